/**
 * What stands for a snapshot: a runtime that has started and waits to hear that it was restored, upon which its hooks run.
 * Source: Lambda Developer Guide, "Lambda SnapStart runtime hooks"; public runtime interface clients of AWS, `/restore/next`, `/restore/error`.
 */
import type { ServerResponse } from 'node:http';
import { type Millis, SECOND } from '#kernel/base';
import { machineAlarm, machineTick } from '#kernel/clock';
import { RestoreFailed } from '#kernel/contract';

/** Source: Lambda Developer Guide, "Troubleshooting SnapStart errors", SnapStartTimeoutException: for loading and hooks together. */
const RESTORE_TIMEOUT: Millis = 10 * SECOND;
/** Source: Lambda Developer Guide, "Lambda execution environment lifecycle", Init phase: or the function's timeout, where that is longer. */
export const SNAPSHOT_TIMEOUT: Millis = 130 * SECOND;

export class Snapshot {
  #held: ServerResponse | undefined;
  #settle: { resolve: () => void; reject: (error: RestoreFailed) => void } | undefined;

  /** The runtime waits. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** The runtime asks when it is restored. */
  hold(response: ServerResponse): void {
    this.#held?.destroy();
    this.#held = response;
  }

  /** Lets it go on; how long it took until it asks for its first event. @throws {RestoreFailed} */
  async restore(): Promise<Millis> {
    const startedAt = machineTick();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#settle = { resolve, reject };
    this.#held?.writeHead(200, { 'content-length': 0 }).end();
    this.#held = undefined;
    const disarm = machineAlarm(RESTORE_TIMEOUT, () => this.failed('timeout', 'Task timed out after 10.00 seconds'));
    try {
      await promise;
    } finally {
      disarm();
      this.#settle = undefined;
    }
    return machineTick() - startedAt;
  }

  /** The runtime asks for an event. */
  restored(): void {
    this.#settle?.resolve();
  }

  /** A hook failed, or the runtime is gone; nothing where it wasn't being restored. */
  failed(reason: RestoreFailed['reason'], message: string): void {
    this.#settle?.reject(new RestoreFailed(reason, message));
  }
}
