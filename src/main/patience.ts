/** A clock that is turned waits for what follows from each alarm, but not for ever: what goes round in circles never comes to rest. */
import type { Millis } from '#kernel/base';
import { type Activity, machineAlarm } from '#kernel/clock';
import type { Log } from '#kernel/gateway';

/** So long (of the machine's time) work that goes on by itself is waited for. */
const PATIENCE: Millis = 60_000;
/** And so long once it took longer than that, until there is rest again. */
const IMPATIENCE: Millis = 250;

/**
 * `settle`, or an end of waiting for it: after a minute, and then after a moment each time, until nothing goes on any more.
 * The log hears once that the clock moves on beside the work.
 */
export function patiently(
  settle: () => Promise<void>,
  activity: Activity,
  log: Log,
  { patience, impatience }: { patience: Millis; impatience: Millis } = { patience: PATIENCE, impatience: IMPATIENCE },
): () => Promise<void> {
  let endless: Promise<void> | undefined;
  return async () => {
    if (activity.isIdle) endless = undefined;
    const rest = endless ?? settle();
    if (await within(rest, endless === undefined ? patience : impatience)) endless = undefined;
    else if (endless === undefined) {
      endless = rest;
      log('warn', 'Work goes on and on; the clock moves on beside it', { waitedMillis: patience });
    }
  };
}

/** Whether the promise resolves in time, in milliseconds of the machine. */
async function within(done: Promise<void>, limit: Millis): Promise<boolean> {
  const over = Promise.withResolvers<false>();
  const disarm = machineAlarm(limit, () => over.resolve(false));
  try {
    return await Promise.race([done.then(() => true), over.promise]);
  } finally {
    disarm();
  }
}
