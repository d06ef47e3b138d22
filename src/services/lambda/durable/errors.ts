/** What Lambda says of durable functions. Source: the answers of AWS as its SDKs' issues and its testing libraries for durable functions have them. */
import { errorsOf } from '#kernel/contract';
import { invalid } from '../errors.ts';
import { OPERATION_BYTES_MAX } from './limits.ts';

const error = errorsOf('lambda');
const user = { Type: 'User' };

export const timeoutMissing = () =>
  invalid('You cannot create a function with a durable configuration without an executionTimeout');
export const runtimeNotDurable = () =>
  invalid('You cannot use a managed runtime that does not support a durable configuration');
export const notMadeDurable = () =>
  invalid(
    'You cannot add a durable configuration to a function that was originally created with no durable configuration',
  );
export const unqualified = () => invalid('You cannot invoke a durable function using an unqualified ARN.');
export const tooLongToWait = () =>
  invalid('You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.');
/** Deviation: the words are Cloudyard's own. */
export const notDurable = () => invalid('You cannot name an execution of a function that is not durable.');
export const alreadyStarted = (arn: string) =>
  error('DurableExecutionAlreadyStartedException', `Execution already started: ${arn}`, user);
export const noExecution = () => error('ResourceNotFoundException', 'Durable Execution does not exist', user);
export const invalidToken = () => invalid('Invalid checkpoint token');
export const otherToken = () => invalid('Checkpoint token is not valid for the durable execution ARN');
export const invalidMarker = () => invalid('Invalid Marker');
export const manyStatuses = () => invalid('Cannot filter by more than one status');
export const invalidCallback = () => invalid('Invalid callback id');
export const callbackClosed = () =>
  error('CallbackTimeoutException', 'The callback is either timed out or already completed', user);
/** Deviation: the words are Cloudyard's own. */
export const wrongStatus = (status: string) =>
  error('ResourceConflictException', `The durable execution is ${status}.`, user);

// Checkpoints.
export const manyExecutionUpdates = () => invalid('Cannot checkpoint multiple EXECUTION updates.');
export const executionNotLast = () => invalid('EXECUTION checkpoint must be the last update.');
export const twiceUpdated = () => invalid('Cannot update the same operation twice in a single request.');
export const inconsistent = (what: string) => invalid(`Inconsistent operation ${what}.`);
export const inconsistentParent = () => invalid('Inconsistent parent operation id.');
export const invalidParent = () => invalid('Invalid parent operation id.');
export const invalidAction = () => invalid('Invalid action for the given operation type.');
export const alreadyThere = (type: string) => invalid(`Cannot start a ${type} that already exist.`);
export const wrongState = (type: string, what: 'start' | 'close' | 're-attempt') =>
  invalid(`Invalid current ${type} state to ${what}.`);
export const uncancellable = () => invalid('Cannot cancel a WAIT that does not exist or has already completed.');
export const optionsMissing = (type: string, options: string) =>
  invalid(`Update for ${type} operation requires ${options}.`);
export const invalidStepOptions = () => invalid('Invalid StepOptions for the given action.');
export const errorOfSuccess = () => invalid('Cannot provide an Error for SUCCEED action.');
export const payloadOfFailure = () => invalid('Cannot provide a Payload for FAIL action.');
export const errorAndPayload = () => invalid('Cannot provide both error and payload to RETRY a STEP.');
export const errorTooLarge = (max: number) => invalid(`Error object size must be less than ${max} bytes.`);
export const payloadTooLong = (type: string) =>
  invalid(`${type} output payload size must be less than or equal to ${OPERATION_BYTES_MAX} bytes.`);
export const chainedTooLong = (way: 'input' | 'output', max: number) =>
  invalid(`CHAINED_INVOKE ${way} payload size must be less than or equal to ${max} bytes.`);
export const resultTooLong = (max: number) =>
  invalid(`Execution output payload size must be less than or equal to ${max} bytes.`);
export const chainedElsewhere = (where: 'account' | 'region') =>
  invalid(`Cannot start a CHAINED_INVOKE on a function in another ${where}.`);
/** Deviation: the words are Cloudyard's own. */
export const tooManyOperations = (max: number) => invalid(`A durable execution can have at most ${max} operations.`);
/** Deviation: the words are Cloudyard's own. */
export const tooMuchWritten = (max: number) => invalid(`A durable execution can keep at most ${max} bytes.`);
