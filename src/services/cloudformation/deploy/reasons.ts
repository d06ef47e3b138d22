/** What events say of stacks that did not come about, or did not go. */
import type { ServiceError } from '#kernel/contract';

/** What is wrong with the template itself. Source: events of stacks that people show, such as "No export named production:ECSTaskExecutionRole found. Rollback requested by user." */
export function rolledBack(why: string): string {
  return `${why.replace(/\.?\s*$/, '')}. Rollback requested by user.`;
}

/** Of resources that are still there. */
export function deletionReason(names: readonly string[]): string {
  return `The following resource(s) failed to delete: [${names.join(', ')}]. `;
}

/** Of an update that is complete though something is still there. Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 744. */
export const LEFT_BEHIND = 'Update successful. One or more resources could not be deleted.';

/** Source: smoketurner/serverless-vpc-plugin, issue 1221; CloudFormation User Guide, "Choose how to handle failures": immutable updates aren't supported. */
export const NO_REPLACEMENT = 'Replacement type updates not supported on stack with disable-rollback.';

/** Source: CloudFormation CLI User Guide, "Handler error codes". */
const HANDLER_CODES =
  /^(NotUpdatable|InvalidRequest|AccessDenied|InvalidCredentials|AlreadyExists|NotFound|ResourceConflict|Throttling|ServiceLimitExceeded|NotStabilized|GeneralServiceException|ServiceInternalError|NetworkFailure|InternalFailure|InvalidTypeConfiguration|UnauthorizedTaggingOperation)$/;

/** Services' codes, as those of handlers: the first that fits. What is not built here keeps its name. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^NotImplemented$/, 'NotImplemented'],
  [/AlreadyExist|AlreadyOwned|^ResourceExists|QueueNameExists|ResourceInUse/, 'AlreadyExists'],
  [/NotFound|NoSuch|NonExist|DoesNotExist/, 'NotFound'],
  [/AccessDenied|AccessForbidden|Authorization|Unauthorized/, 'AccessDenied'],
  [/Throttl|TooManyRequests|RateExceeded/, 'Throttling'],
  [/LimitExceeded|QuotaExceeded|^OverLimit|^TooMany/, 'ServiceLimitExceeded'],
  [/Conflict|InUse|OperationAborted|ConcurrentModification/, 'ResourceConflict'],
  [/Invalid|Validation|Malformed|BadRequest|MissingParameter/, 'InvalidRequest'],
];

/** What the handler of a type makes of its service's error. */
export function handlerCode({ code, message }: ServiceError): string {
  if (HANDLER_CODES.test(code)) return code;
  if (/already exist/i.test(message)) return 'AlreadyExists';
  return KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? 'GeneralServiceException';
}
