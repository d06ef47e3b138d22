/** What Firehose refuses. Source: Firehose API Reference, each operation's "Errors"; texts as recorded from AWS where they are known. */
import { errorsOf, type ServiceError } from '#kernel/contract';

const error = errorsOf('firehose');

export const noSuchStream = (name: string, account: string) =>
  error('ResourceNotFoundException', `Firehose ${name} under account ${account} not found.`);
export const streamExists = (name: string, account: string) =>
  error('ResourceInUseException', `Firehose ${name} under accountId ${account} already exists`);
export const tooManyStreams = (most: number) =>
  error('LimitExceededException', `You have already consumed your firehose quota of ${most} hoses.`);
export const tooManyTags = (most: number) =>
  error('LimitExceededException', `Firehose streams can have at most ${most} tags.`);
export const invalid = (message: string) => error('InvalidArgumentException', message);
export const badPrefix = (constraint: string) =>
  invalid(`The supplied prefix(es) do not satisfy the following constraint: ${constraint}`);
/** What AWS has and Cloudyard has not. */
export const oldVersion = (name: string, current: number, given: string) =>
  error(
    'ConcurrentModificationException',
    `Cannot update firehose: ${name} since the current version id: ${current} and specified version id: ${given} do not match`,
  );
/** Source of these: badmintoncryer/cdk-preflight, measured in September 2026. */
export const roleElsewhere = (caller: string) =>
  error('AccessDeniedException', `User: ${caller} is not authorized to access this resource`);
export const keyElsewhere = () =>
  invalid('Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose');
export const bucketKeyElsewhere = (key: string, region: string, place: string) =>
  invalid(
    `KMS Key ${key} does not exist in the same region as the S3 bucket. KMS Key region: ${region}. S3 Bucket Region: ${place}`,
  );
export const slowDown = () => error('ServiceUnavailableException', 'Slow down.');
/** Source: API Reference, InvalidKMSResourceException: `code` is the error of KMS. */
export const keyRefused = ({ code, message }: ServiceError) => error('InvalidKMSResourceException', message, { code });
