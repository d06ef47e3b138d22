/**
 * What a dead letter says of why its event was not delivered. Pure.
 *
 * @see EventBridge User Guide, "Using dead-letter queues to process undelivered events": the attributes of a message
 */
import type { ServiceError } from '#kernel/contract';

/** EventBridge's own codes, by the codes that targets refuse with. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/Throttl|TooManyRequests|RequestLimit|ThroughputExceeded/, 'THROTTLING'],
  [/AccessDenied|NotAuthorized|AuthorizationError|AuthorizationFailed|SecretNotAccessible/, 'NO_PERMISSIONS'],
  [/NotFound|NonExistentQueue|DoesNotExist/, 'NO_RESOURCE'],
  [/AlreadyExists/, 'RESOURCE_ALREADY_EXISTS'],
  [/LimitExceeded/, 'RESOURCE_LIMIT_EXCEEDED'],
  [/Timeout|TimedOut/, 'TIMEOUT'],
  [/Unreachable/, 'CONNECTION_FAILURE'],
  [/Invalid|Validation|TooLarge|TooLong/, 'INVALID_PARAMETER'],
  [/^Internal/, 'INTERNAL_ERROR'],
];

/** The ERROR_CODE of a dead letter. */
export function deadLetterCode({ code, message }: Pick<ServiceError, 'code' | 'message'>): string {
  if (message.includes('sts:AssumeRole')) return 'FAILED_TO_ASSUME_ROLE';
  return CODES.find(([pattern]) => pattern.test(code))?.[1] ?? 'SDK_CLIENT_ERROR';
}

/** Why there was no further attempt, by what logs say of it; nothing for what no attempt could mend. */
export const EXHAUSTED: { readonly [condition: string]: string | undefined } = {
  MAX_RETRY_ATTEMPTS: 'MaximumRetryAttempts',
  EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
};
