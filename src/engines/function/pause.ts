/** Between calls an environment stands still. Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle": it is frozen. */
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm } from '#kernel/clock';

/** Not at once: stopping and going on costs more than a call that follows soon. */
const FREEZE_AFTER: Millis = 20;

export class Pause {
  readonly #signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  #disarm: Disarm = () => {};
  #isFrozen = false;

  /** @param signal sends to all its processes */
  constructor(signal: (signal: 'SIGSTOP' | 'SIGCONT') => void) {
    this.#signal = signal;
  }

  begin(): void {
    this.#disarm = machineAlarm(FREEZE_AFTER, () => {
      this.#isFrozen = true;
      this.#signal('SIGSTOP');
    });
  }

  end(): void {
    this.#disarm();
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.#signal('SIGCONT');
  }
}
