/** What SQS refuses. Source: SQS API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf, type ServiceError } from '#kernel/contract';
import { BATCH_BYTES_MAX, BATCH_ENTRIES_MAX } from './limits.ts';

const error = errorsOf('sqs');

const KMS_ERRORS = {
  AccessDeniedException: 'KmsAccessDenied',
  DisabledException: 'KmsDisabled',
  InvalidKeyUsageException: 'KmsInvalidKeyUsage',
  KMSInvalidStateException: 'KmsInvalidState',
  NotFoundException: 'KmsNotFound',
  ThrottlingException: 'KmsThrottled',
} as const;
/** KMS's error as SQS passes it on; undefined for one that it has no name for. */
export const kmsError = ({ code, message }: ServiceError) => {
  const own = KMS_ERRORS[code as keyof typeof KMS_ERRORS];
  return own === undefined ? undefined : error(own, message);
};
export const queueDoesNotExist = () => error('QueueDoesNotExist', 'The specified queue does not exist.');
/** Of an ARN in place of a URL. Source: badmintoncryer/cdk-preflight. */
export const invalidAddress = (url: string) =>
  error('InvalidAddress', `The address ${url} is not valid for this endpoint.`);
export const queueNameExists = (attribute: string) =>
  error(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  );
export const queueDeletedRecently = () =>
  error(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  );
export const purgeInProgress = (name: string) =>
  error('PurgeQueueInProgress', `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`);
/** Source: SQS API Reference, "RequestThrottled". */
export const requestThrottled = () => error('RequestThrottled', 'The request was denied due to request throttling.');
export const missingParameter = (name: string) =>
  error('MissingParameter', `The request must contain the parameter ${name}.`);
export const invalidParameter = (message: string) => error('InvalidParameterValue', message);
export const badValue = (name: string, value: unknown, reason: string) =>
  error('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
export const unknownAttribute = (name: string) => error('InvalidAttributeName', `Unknown Attribute ${name}.`);
/** Source of this text, and of those about redrive policies: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). */
export const fifoAttribute = (name: string) =>
  error('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`);
export const badAttribute = (name: string) =>
  error('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
export const badAttributeFor = (message: string) => error('InvalidAttributeValue', message);
export const messageTooLong = (limit: number) =>
  error(
    'InvalidParameterValue',
    `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
  );
/** Source: github.com/Particular/NServiceBus.AmazonSQS/issues/2630. `where`: in what of the message it was found. */
export const badCharacter = (character: string, where: string) =>
  error(
    'InvalidMessageContents',
    `Invalid binary character '#x${character.codePointAt(0)?.toString(16).toUpperCase()}' was found in the ${where}, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`,
  );
export const badReceiptHandle = (handle: string) =>
  error('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
/** Source: aws/aws-sdk-php, issue 694. */
/** Deviation: the texts of tokens were never compared with an answer of AWS. */
export const badToken = () => invalidParameter('Invalid or expired next token.');
export const otherList = () =>
  invalidParameter(
    'Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.',
  );
export const noAttributeName = () => invalidParameter('The request must contain non-empty message attribute name.');
/** Made after the text about values. */
export const noAttributeType = (name: string) =>
  invalidParameter(`Message (user) attribute '${name}' must contain a non-empty attribute type.`);
/** Source: grafana/k6-jslib-aws, pull request 65. */
export const badAttributeType = (name: string) =>
  invalidParameter(
    `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
  );
/** Source: softwaremill/elasticmq, issue 373. */
export const noAttributeValue = (name: string, type: string) =>
  invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${type}'.`);
/** Source: users' reports. */
export const notANumber = (name: string) =>
  invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
/** Source: github.com/aws/aws-sdk-java-v2/issues/3101. */
export const otherQueuesHandle = (handle: string) =>
  error('ReceiptHandleIsInvalid', `The receipt handle "${handle}" is not valid for this queue.`);
export const expiredReceiptHandle = (handle: string) =>
  badValue('ReceiptHandle', handle, 'The receipt handle has expired.');
/** Source: smaskalik/sqsmover, issue 54. */
export const expiredInBatch = () => error('ReceiptHandleIsInvalid', 'The receipt handle has expired');
export const notInFlight = (handle: string) =>
  badValue('ReceiptHandle', handle, 'Message does not exist or is not available for visibility timeout change.');
export const overLimit = () => error('OverLimit', 'The maximum number of messages is in flight for this queue.');
export const emptyBatch = (entry: string) =>
  error('EmptyBatchRequest', `There should be at least one ${entry} in the request.`);
export const tooManyEntries = (count: number) =>
  error(
    'TooManyEntriesInBatchRequest',
    `Maximum number of entries per request are ${BATCH_ENTRIES_MAX}. You have sent ${count}.`,
  );
export const idRepeated = (id: string) => error('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
export const badBatchId = () =>
  error(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  );
export const batchTooLong = (bytes: number) =>
  error(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
  );
export const delayOfFifo = (delay: number) =>
  badValue('DelaySeconds', delay, 'The request include parameter that is not valid for this queue type.');
export const noDeduplication = () =>
  invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
export const labelExists = (label: string) =>
  invalidParameter(`Value ${label} for parameter Label is invalid. Reason: Already exists.`);
export const labelMissing = (label: string) =>
  invalidParameter(`Value ${label} for parameter Label is invalid. Reason: can't find label.`);
/** Made after the text about names of queues. */
export const badLabel = (label: string) =>
  badValue('Label', label, 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
/** Source: github.com/amazon-archives/aws-sdk-core-ruby/issues/138. */
export const badPrincipals = (accounts: readonly string[]) =>
  badValue('PrincipalId', `[${accounts.join(', ')}]`, 'Unable to verify.');
export const ownersAction = (action: string) =>
  badValue('ActionName', `SQS:${action}`, 'Only the queue owner is allowed to invoke this action.');
export const badActionName = (action: string) =>
  badValue('ActionName', `SQS:${action}`, 'Please refer to the appropriate WSDL for a list of valid actions. ');
export const tooManyActions = (count: number) =>
  error('OverLimit', `${count} Actions were found, maximum allowed is 7.`);
export const policyTooLarge = () => error('OverLimit', 'Submitted policy is over max allowed size.');
/** Source: users' reports of the text about actions; those about the others are made after it. */
export const policyOverLimit = (count: number, what: string, max: number) =>
  error(
    'OverLimit',
    `${count} ${what} were found in ${what === 'statements' ? '' : 'a statement from '}the submitted policy, max allowed is ${max}`,
  );
export const badArn = (name: string) =>
  invalidParameter(
    `You must use this format to specify the ${name}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
  );
export const resourceMissing = (name: string) =>
  error('ResourceNotFoundException', `The resource that you specified for the ${name} parameter doesn't exist.`);
export const notADeadLetterQueue = () => invalidParameter('Source queue must be configured as a Dead Letter Queue.');
export const sameSourceAndDestination = () =>
  invalidParameter('Source queue arn and destination queue arn cannot be the same.');
export const differentQueueTypes = () =>
  invalidParameter('The source queue and destination queue must be of the same queue type.');
export const moveRateOutOfRange = () =>
  invalidParameter(
    "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.",
  );
export const taskRunning = () =>
  invalidParameter(
    'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
  );
export const tooManyMoveTasks = () =>
  error('OverLimit', 'The maximum number of active message movement tasks has been reached.');
export const badTaskHandle = () => invalidParameter('Value for parameter TaskHandle is invalid.');
export const noSuchTask = () => error('ResourceNotFoundException', 'Task does not exist.');
export const taskNotActive = () => invalidParameter('Only active tasks can be cancelled.');
export const tooManyTags = (queue: string) => invalidParameter(`Too many tags added for queue ${queue}.`);
export const badTagKeys = () => invalidParameter('Tag keys must be between 1 and 128 characters in length.');
export const badTagValues = () => invalidParameter('Tag values must be between 0 and 256 characters in length.');
