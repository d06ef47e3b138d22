/** What EventBridge refuses. Source: EventBridge API Reference, "Errors" of each operation; texts as recorded from AWS. */
import { commonError, errorsOf } from '#kernel/contract';

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
export const resourceNotFound = (arn: string) => error('ResourceNotFoundException', `Resource ${arn} does not exist.`);
export const badPattern = (reason: string) =>
  error('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
export const badSchedule = () => validation('Parameter ScheduleExpression is not valid.');
export const ruleHasTargets = () => validation("Rule can't be deleted since it has targets.");
export const tooManyTargets = (rule: string) =>
  error('LimitExceededException', `The requested resource exceeds the maximum number allowed. (targets of ${rule})`);
export const tooManyRules = () =>
  error('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
export const entriesTooLarge = () => validation('Total size of the entries in the request is over the limit.');
export const defaultBusStays = () => validation('Cannot delete event bus default.');
export const statementNotFound = () =>
  error('ResourceNotFoundException', 'Statement with the provided id does not exist.');
export const illegalStatus = (message: string) => error('IllegalStatusException', message);
export const connectionNotFound = (name: string) =>
  error('ResourceNotFoundException', `Connection '${name}' does not exist.`);
export const connectionExists = (name: string) =>
  error('ResourceAlreadyExistsException', `Connection ${name} already exists.`);
export const destinationNotFound = (name: string) =>
  error('ResourceNotFoundException', `An api-destination '${name}' does not exist.`);
export const destinationExists = (name: string) =>
  error('ResourceAlreadyExistsException', `An api-destination '${name}' already exists.`);
/** For what would have no effect here. */
export const notBuilt = (what: string) => commonError('NotImplemented', `Cloudyard has not built ${what} yet`);
