/** The machine's own time, for what really runs: processes, sockets. It can't be turned. */
import type { Millis } from '#kernel/base';
import type { Disarm } from './clock.ts';

/** Milliseconds since the epoch, as other programs of this machine see them. */
export function machineNow(): Millis {
  return Date.now();
}

/** Milliseconds since some instant, with fractions; never goes back. */
export function machineTick(): Millis {
  return performance.now();
}

/** Resolves after a while of the machine's time. */
export function machineWait(delay: Millis): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}

/** Calls `act` after a while, unless disarmed. It keeps no process alive. */
export function machineAlarm(delay: Millis, act: () => void): Disarm {
  const timer = setTimeout(act, delay).unref();
  return () => clearTimeout(timer);
}
