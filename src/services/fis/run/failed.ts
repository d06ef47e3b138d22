/** Why an experiment can't go on. */
import { ServiceError } from '#kernel/contract';
import type { Failure } from '../state.ts';

/** Source: FIS User Guide, "Troubleshooting AWS FIS", error codes. */
export type FailureCode =
  | 'AuthorizationFailure'
  | 'ConfigurationFailure'
  | 'DependentServiceFailure'
  | 'InvalidTarget'
  | 'QuotaExceededFailure';

export class Failed extends Error {
  override name = 'Failed';
  readonly why: Failure & { reason: string };

  constructor(code: FailureCode, reason: string, location: string, accountId: string) {
    super(reason);
    // Source: the model: reasons have up to 512 characters.
    this.why = { code, location, accountId, reason: reason.slice(0, 512) };
  }
}

const DENIED = /AccessDenied|Unauthorized|NotAuthorized/;

/**
 * What another service says no to is why the experiment fails.
 *
 * @throws {Failed}
 */
export async function failing<T>(
  { doing, location, account }: { doing: string; location: string; account: string },
  work: () => Promise<T> | T,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A session that is over as soon as it was given out: the cloud's state was replaced meanwhile, and this task with it.
    if (!(error instanceof ServiceError) || error.code === 'ExpiredToken') throw error;
    const code = DENIED.test(error.code)
      ? 'AuthorizationFailure'
      : (error.status ?? 400) >= 500
        ? 'DependentServiceFailure'
        : 'ConfigurationFailure';
    throw new Failed(code, `${doing}: ${error.message}`, location, account);
  }
}
