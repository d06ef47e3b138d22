/** What STS refuses. Source: STS API Reference, each operation's "Errors"; texts as recorded. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('sts');

export const malformedPolicy = (message: string) => error('MalformedPolicyDocumentException', message);
export const policyTooLarge = () =>
  error(
    'PackedPolicyTooLargeException',
    'Packed size of session policy and tags consumes more than 100% of the allotted space.',
  );
export const invalidRoleArn = (arn: string) => error('ValidationError', `${arn} is invalid`);
export const durationTooLong = () =>
  error('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
export const chainedDurationTooLong = () =>
  error(
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
export const rootMayNotAssume = () => error('AccessDenied', 'Roles may not be assumed by root accounts.');
export const sessionMayNot = (operation: string) =>
  error('AccessDenied', `Cannot call ${operation} with session credentials`);
export const badMfaCode = () =>
  error('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ');
export const noSuchMfa = () =>
  error(
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
export const mfaNeedsUser = () =>
  error(
    'AccessDenied',
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
  );
/** Source: IAM User Guide, "Chaining roles with session tags": the operation fails; the words are ours. */
export const transitiveTagGiven = () =>
  error(
    'ValidationError',
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
