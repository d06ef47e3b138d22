/** What Lambda refuses of event source mappings. Source of texts: answers recorded from AWS. */
import { errorsOf, type ServiceError } from '#kernel/contract';
import { invalid } from './errors.ts';

const error = errorsOf('lambda');
const user = { Type: 'User' };

export const noResource = () => error('ResourceNotFoundException', 'The resource you requested does not exist.', user);
/** Source of what is said of an ARN: badmintoncryer/cdk-preflight. */
export const unrecognizedSource = (arn?: string) =>
  invalid(`Unrecognized event source.${arn === undefined ? '' : ` Unsupported source arn : ${arn}`}`);
export const functionMissing = () => invalid('Function does not exist');
export const invalidFilter = () => invalid('Invalid filter pattern definition.');
export const unsupportedFor = (parameter: string) =>
  invalid(`Unsupported ${parameter} parameter for given event source mapping type.`);
export const noStartingPosition = () =>
  invalid(
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
  );
export const badStartingPosition = (arn: string) => invalid(`Unsupported starting position for arn type: ${arn}`);
/** Deviation: the words are Cloudyard's own. */
export const noTimestamp = () =>
  invalid('StartingPositionTimestamp is required with the starting position AT_TIMESTAMP.');
/** Source: badmintoncryer/cdk-preflight. */
export const strayTimestamp = () => invalid('Timestamp only valid with StartingPosition AT_TIMESTAMP');
/** Source: badmintoncryer/cdk-preflight. */
export const queueHasNoPosition = () => invalid('StartingPosition is not valid for SQS event sources.');
/** Source: badmintoncryer/cdk-preflight. */
export const queueHasNoTimestamp = () => invalid('Timestamp is not valid for SQS event sources.');
/** Source: badmintoncryer/cdk-preflight. */
export const badMetrics = (known: readonly string[]) =>
  invalid(`Invalid EventSourceMapping metrics. Expected values: [${known.join(', ')}]`);
/** Source of what is said of pollers: badmintoncryer/cdk-preflight. */
export const pollersOutOfRange = (least: number, leastMax: number, most: number) =>
  invalid(
    `MinimumPollers should be between [${least}, ${leastMax}] and MaximumPollers should be between [MinimumPollers, ${most}]`,
  );
export const pollersTurnedRound = () => invalid('MinimumPollers must be less than or equal to MaximumPollers.');
export const pollersOrConcurrency = () =>
  invalid(
    'Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers as the control mechanism and remove maximum concurrency.',
  );
export const noPollerGroup = () => invalid('Invalid parameter: pollerGroupName');
/** Source: badmintoncryer/cdk-preflight. */
export const recordAgeTooShort = (least: number, most: number) =>
  invalid(`MaximumRecordAgeInSeconds must be either -1 (forever) or between ${least} and ${most} (inclusive)`);
/** Source: badmintoncryer/cdk-preflight. */
export const overReserve = (asked: number, reserved: number) =>
  invalid(`MaximumConcurrency: ${asked} is greater than Function Reserved Concurrency: ${reserved}`);
/** Source: badmintoncryer/cdk-preflight. */
export const notADestination = () =>
  invalid("The service specified by the TargetArn isn't supported as a destination.");
/** Source: badmintoncryer/cdk-preflight. */
export const fifoDestination = (what: 'SQS queues' | 'SNS topics') =>
  invalid(`FIFO-type Amazon ${what} aren't supported as a destination.`);
export const windowNeeded = () =>
  invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
export const fifoWindow = () => invalid('Batching window is not supported for FIFO queues');
/** Source: badmintoncryer/cdk-preflight. */
export const tooManyFilters = (max: number, given: number) =>
  invalid(`Too many filter patterns, maximum allowed ${max} patterns, provided ${given} patterns.`);
/** Source: badmintoncryer/cdk-preflight. */
export const filterKeyClosed = () =>
  invalid(
    'Lambda service principal was denied access to decrypt your filter criteria. Please check your KMS key policy',
  );
/** Deviation: the words are Cloudyard's own. */
export const filterKeyRefused = ({ code, message }: ServiceError) =>
  invalid(`Lambda was unable to encrypt your filter criteria. KMS Exception: ${code} KMS Message: ${message}`);
export const mappingExists = (kind: 'sqs' | 'dynamodb' | 'kinesis', source: string, name: string, id: string) =>
  error(
    'ResourceConflictException',
    kind === 'sqs'
      ? `An event source mapping with SQS arn (" ${source} ") and function (" ${name} ") already exists. Please update or delete the existing mapping with UUID ${id}`
      : `The event source arn (" ${source} ") and function (" ${name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${id}`,
    user,
  );
export const roleMayNotCall = (operation: string, service: string) =>
  invalid(`The provided execution role does not have permissions to call ${operation} on ${service}`);
export const streamUnreadable = (stream: string) =>
  invalid(
    `Cannot access stream ${stream}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams Actions on your stream in IAM.`,
  );
export const queueUnreadable = (code: string, message: string) =>
  invalid(`Error occurred while ReceiveMessage. SQS Error Code: ${code}. SQS Error Message: ${message}`);
export const streamMissing = (arn: string) => invalid(`Stream not found: ${arn}`);
export const visibilityTooShort = (visibility: number, timeout: number) =>
  invalid(`Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`);
