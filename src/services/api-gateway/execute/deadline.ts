/** The end of patience with what an API calls. */
import type { Millis } from '#kernel/base';

export class DeadlineError extends Error {
  override name = 'DeadlineError';
}

/**
 * What `work` gives; it goes on where it takes longer. Like functions, integrations are on the machine's time.
 *
 * @throws {DeadlineError}
 */
export function within<T>(work: Promise<T>, timeout: Millis): Promise<T> {
  const signal = AbortSignal.timeout(timeout);
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new DeadlineError(`no answer in ${timeout} ms`));
    signal.addEventListener('abort', onEnd, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onEnd));
  });
}
