/** Wakes those who wait inside this process: long polls, `until`. Nothing here is kept; whoever wakes looks at the store again. */
import type { Millis } from '#kernel/base';
import type { Clock } from '#kernel/clock';

export class Signals {
  #clock: Clock;
  #stopping = false;
  #waiting = new Map<string, Set<(signalled: boolean) => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Signals that somebody waits for. */
  get waiting(): number {
    return this.#waiting.size;
  }

  raise(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return;
    this.#waiting.delete(name);
    for (const wake of waiting) wake(true);
  }

  /** True when signalled, false when the clock reaches `deadline` or `gone` resolves first. */
  wait(name: string, deadline: Millis, gone: AbortSignal | undefined): Promise<boolean> {
    if (this.#stopping || gone?.aborted === true || deadline <= this.#clock.now()) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const end = (signalled: boolean) => {
        waiting.delete(end);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
        disarm();
        gone?.removeEventListener('abort', onGone);
        resolve(signalled);
      };
      const onGone = () => end(false);
      const disarm = this.#clock.alarm(deadline, () => end(false));
      waiting.add(end);
      gone?.addEventListener('abort', onGone);
    });
  }

  /** Wakes everybody to look at the store again: it holds another state now. */
  raiseAll(): void {
    for (const name of [...this.#waiting.keys()]) this.raise(name);
  }

  /** The cloud is stopping: wakes everybody with false, and nobody waits any more. */
  releaseAll(): void {
    this.#stopping = true;
    for (const waiting of [...this.#waiting.values()]) for (const wake of [...waiting]) wake(false);
  }
}
