/** What DynamoDB Streams refuses. Source: DynamoDB Streams API Reference, each operation's "Errors"; texts as recorded from AWS. */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('dynamodb-streams');

export const invalid = (message: string) => error('ValidationException', message);
/** A number above what the operation allows, in the words of a broken constraint. */
export const limitTooHigh = (given: number, max: number) =>
  invalid(
    `1 validation error detected: Value '${given}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
  );
export const badStreamArn = () => invalid('Invalid StreamArn');
export const badIterator = () => invalid('Invalid ShardIterator');
export const streamNotFound = (arn: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
export const shardNotFound = (id: string, arn: string) =>
  error('ResourceNotFoundException', `Requested resource not found: Shard: ${id} in Stream: ${arn} not found`);
/** Source: DynamoDB Streams API Reference, "Errors" of GetRecords. */
export const trimmed = () =>
  error('TrimmedDataAccessException', 'The operation attempted to read past the oldest stream record in a shard.');
export const expiredIterator = () =>
  error(
    'ExpiredIteratorException',
    'The provided iterator exceeds the maximum age allowed: the shard iterator has expired and can no longer be used to retrieve stream records.',
  );
