/** What events say of stacks that did not come about, or did not go. */
import type { ServiceError } from '#kernel/contract';

/**
 * Why a stack goes that was to be made, and at whose wish. Source: events of stacks that people show, such as "No export named production:ECSTaskExecutionRole found. Rollback requested by user."
 * and "The following resource(s) failed to create: [Registry]. Rollback requested by user." (stratospheric-dev/stratospheric, issue 204).
 */
export function requested(why: string, what: 'Rollback' | 'Delete'): string {
  return `${why.replace(/\.?\s*$/, '')}. ${what} requested by user.`;
}

/** Of resources that were not made and of those that were not changed. Source: serverless/serverless, issue 1745; those that were cancelled are among them: ks888/LambStatus, issue 6. */
export function failureReason(rows: readonly { logicalId: string; status: string }[], kind: string): string {
  const verbOf = (status: string) => /^(CREATE|UPDATE)_FAILED$/.exec(status)?.[1]?.toLowerCase() ?? kind;
  const byVerb = Map.groupBy(rows, ({ status }) => verbOf(status));
  return [...byVerb.keys()]
    .sort()
    .map((verb) => {
      const names = byVerb.get(verb)?.map(({ logicalId }) => logicalId) ?? [];
      return `The following resource(s) failed to ${verb}: [${names.join(', ')}]. `;
    })
    .join('');
}

/** Of resources that are still there. */
export function deletionReason(names: readonly string[]): string {
  return `The following resource(s) failed to delete: [${names.join(', ')}]. `;
}

/** Of an update that is complete though something is still there. Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 744. */
export const LEFT_BEHIND = 'Update successful. One or more resources could not be deleted.';

/** Source: smoketurner/serverless-vpc-plugin, issue 1221; CloudFormation User Guide, "Choose how to handle failures": immutable updates aren't supported. */
export const NO_REPLACEMENT = 'Replacement type updates not supported on stack with disable-rollback.';

/** Source: users' stacks, such as serverless's of a table whose keys change. */
export const customNamed = (name: string) =>
  `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`;

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

/** Why a stack of which nothing was made is done. Source: what users have quoted of stacks' events. */
export const UNSOUND = "Validation failure detected. See the operation's FAILED event for details.";
/** Why its operation failed: so much is wrong before anything is made. Source: the same. */
export const unsound = (count: number): string =>
  `Validation failed with ${count} error(s). Call DescribeEvents to retrieve the full list of issues with resource and property details, resolve each error, then retry the operation.`;
