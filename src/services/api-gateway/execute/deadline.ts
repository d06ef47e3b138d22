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
  return before(AbortSignal.timeout(timeout), work);
}

/** What `work` gives before a signal ends it. @throws {DeadlineError} */
export function before<T>(end: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new DeadlineError('no answer in time'));
    if (end.aborted) onEnd();
    end.addEventListener('abort', onEnd, { once: true });
    work.then(resolve, reject).finally(() => end.removeEventListener('abort', onEnd));
  });
}
