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
  invalid(`Ths supplied prefix(es) do not satisfy the following constraint: ${constraint}`);
/** What AWS has and Cloudyard has not. */
export const oldVersion = (name: string, current: number, given: string) =>
  error(
    'ConcurrentModificationException',
    `Cannot update firehose: ${name} since the current version id: ${current} and specified version id: ${given} do not match`,
  );
export const slowDown = () => error('ServiceUnavailableException', 'Slow down.');
/** Source: API Reference, InvalidKMSResourceException: `code` is the error of KMS. */
export const keyRefused = ({ code, message }: ServiceError) => error('InvalidKMSResourceException', message, { code });
