/** What Kinesis refuses. Source: Kinesis API Reference, each operation's "Errors"; texts as recorded from AWS where they are known. */
import { errorsOf, type ServiceError } from '#kernel/contract';

const error = errorsOf('kinesis');

export const invalid = (message: string) => error('InvalidArgumentException', message);
export const unfit = (message: string) => error('ValidationException', message);
export const noSuch = (message: string) => error('ResourceNotFoundException', message);
export const inUse = (message: string) => error('ResourceInUseException', message);
export const limitExceeded = (message: string) => error('LimitExceededException', message);
export const noSuchStream = (name: string, account: string) =>
  noSuch(`Stream ${name} under account ${account} not found.`);
/** Source: badmintoncryer/cdk-preflight, measured in September 2026. Deviation: the code is not known. */
export const streamElsewhere = (arn: string) =>
  invalid(`The region specified in the ARN '${arn}' does not match the endpoint region`);
export const noSuchShard = (shard: string, stream: string, account: string) =>
  noSuch(`Shard ${shard} in stream ${stream} under account ${account} does not exist`);
export const shardNotFound = (shard: string, stream: string, account: string) =>
  noSuch(`Could not find shard ${shard} in stream ${stream} under account ${account}.`);
export const noSuchConsumer = (name: string, account: string) =>
  noSuch(`Consumer ${name}, account ${account} not found.`);
export const streamExists = (name: string, account: string) =>
  inUse(`Stream ${name} under account ${account} already exists.`);
export const rateExceeded = (shard: string, stream: string, account: string) =>
  error(
    'ProvisionedThroughputExceededException',
    `Rate exceeded for shard ${shard} in stream ${stream} under account ${account}.`,
  );
export const tooManyShards = (account: string, region: string, open: number, limit: number, more: number) =>
  limitExceeded(
    `This request would exceed the shard limit for the account ${account} in ${region}. Current shard count for the account: ${open}. Limit: ${limit}. Number of additional shards that would have resulted from this request: ${more}. Refer to the AWS Service Limits page (https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.`,
  );
/** One record of a request that is too long. @param at its place in the request: `data`, `records.2.member.data` */
export const tooLong = (at: string, most: number) =>
  unfit(
    `1 validation error detected: Value at '${at}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
export const isMissing = (at: string) =>
  unfit(`1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`);
export const isOnDemand = (name: string, account: string) =>
  unfit(`Request is invalid. Stream ${name} under account ${account} is in On-Demand mode.`);
export const badIterator = () => invalid('Invalid ShardIterator.');
export const expiredIterator = (message: string) => error('ExpiredIteratorException', message);
export const expiredToken = (message: string) => error('ExpiredNextTokenException', message);
/** The answer to a request that was to be checked only. Source: API Reference, DryRunOperationException. */
export const dryRun = () =>
  error('DryRunOperationException', 'Request would have succeeded, but DryRun flag is set to true.');

/** KMS's errors by the names that Kinesis has for them. */
const KMS_ERRORS = {
  AccessDeniedException: 'KMSAccessDeniedException',
  DisabledException: 'KMSDisabledException',
  KMSInvalidStateException: 'KMSInvalidStateException',
  NotFoundException: 'KMSNotFoundException',
  OptInRequired: 'KMSOptInRequired',
  ThrottlingException: 'KMSThrottlingException',
} as const;

/** As KMS says it of a key that can't be used. */
export const keyDisabled = (arn: string) => error('KMSDisabledException', `${arn} is disabled.`);
export const keyInvalidState = (arn: string, state: string) =>
  error('KMSInvalidStateException', `${arn} is ${state.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()}.`);
/** KMS's refusal as Kinesis passes it on. */
export const keyRefused = ({ code, message }: ServiceError) => {
  const own = KMS_ERRORS[code as keyof typeof KMS_ERRORS];
  return own === undefined ? invalid(message) : error(own, message);
};
