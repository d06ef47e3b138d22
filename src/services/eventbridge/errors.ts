/** What EventBridge refuses. Source: EventBridge API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('eventbridge');

export const validation = (message: string) => error('ValidationException', message);
export const busNotFound = (name: string) => error('ResourceNotFoundException', `Event bus ${name} does not exist.`);
export const ruleNotFound = (name: string, bus: string) =>
  error('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`);
export const busExists = (name: string) => error('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
export const exists = (what: string, name: string) =>
  error('ResourceAlreadyExistsException', `${what} ${name} already exists.`);
export const notFound = (what: string, name: string) =>
  error('ResourceNotFoundException', `${what} ${name} does not exist.`);
export const badPattern = (reason: string) =>
  error('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
export const tooManyWildcards = () =>
  badPattern(
    'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
  );
export const badSchedule = () => validation('Parameter ScheduleExpression is not valid.');
/** Source: radkawar/stackd, measured in 2026. */
export const scheduledForManagement = () =>
  validation(
    'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS rule state is not supported with scheduled rule expressions.',
  );
/** Source: github.com/rebuy-de/aws-nuke/issues/448. */
export const isManaged = (rule: string) =>
  error('ManagedRuleException', `${rule} is a managed rule. Set 'force' parameter to true to override.`);
export const ruleHasTargets = () => validation("Rule can't be deleted since it has targets.");
export const tooMany = () =>
  error('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
/** The words are ours. */
export const policyTooLong = (max: number) =>
  error('PolicyLengthExceededException', `The policy of an event bus may have up to ${max} characters.`);
export const entriesTooLarge = () => validation('Total size of the entries in the request is over the limit.');
export const defaultBusStays = () => validation('Cannot delete event bus default.');
export const noPolicy = () => error('ResourceNotFoundException', 'EventBus does not have a policy.');
export const statementNotFound = () =>
  error('ResourceNotFoundException', 'Statement with the provided id does not exist.');
/** @param others all filters that there are */
export const oneFilter = (operation: string, others: string) =>
  validation(`At most one filter is allowed for ${operation}. Use either : ${others}.`);
export const illegalStatus = (message: string) => error('IllegalStatusException', message);
/** @param before what DescribeConnection says before it */
export const connectionNotFound = (name: string, before = '') =>
  error('ResourceNotFoundException', `${before}Connection '${name}' does not exist.`);
export const connectionExists = (name: string) =>
  error('ResourceAlreadyExistsException', `Connection ${name} already exists.`);
/** @param before what DescribeApiDestination says before it */
export const destinationNotFound = (name: string, before = '') =>
  error('ResourceNotFoundException', `${before}An api-destination '${name}' does not exist.`);
export const destinationExists = (name: string) =>
  error('ResourceAlreadyExistsException', `An api-destination '${name}' already exists.`);
