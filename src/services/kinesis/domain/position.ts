/** Where in a shard reading begins. */
import type { Ctx } from '#kernel/contract';
import type { ShardIteratorType } from '#models/kinesis';
import { invalid } from '../errors.ts';
import { type ShardRow, type StreamRow, tails } from '../state.ts';
import { accountOf, shardId, storeOf } from './names.ts';
import { after, FIRST_ORDINAL, nextOrdinal, ordinalAt, readSequence } from './sequence.ts';

/** What a request says of it. @property operation as error texts name it */
export type Asked = {
  type: ShardIteratorType;
  sequence: string | undefined;
  timestamp: number | undefined;
  operation: string;
};

/** The ordinal to begin with. @throws {ServiceError} InvalidArgumentException */
export function positionOf(asked: Asked, stream: StreamRow, shard: ShardRow, ctx: Ctx): string {
  const { type, sequence, timestamp } = asked;
  const bySequence = type === 'AT_SEQUENCE_NUMBER' || type === 'AFTER_SEQUENCE_NUMBER';
  if (bySequence !== (sequence !== undefined))
    throw invalid(
      `Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${type} and ${bySequence ? 'no' : 'also a'} StartingSequenceNumber.`,
    );
  if (sequence !== undefined) {
    const at = ordinalOf(sequence, asked, stream, shard);
    return type === 'AT_SEQUENCE_NUMBER' ? at : after(at);
  }
  if (type === 'AT_TIMESTAMP') {
    if (timestamp === undefined)
      throw invalid(
        'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp parameter.',
      );
    if (timestamp > ctx.now)
      throw invalid(
        `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${timestamp}, currentTimestampInMillis: ${ctx.now}`,
      );
    return ordinalAt(timestamp);
  }
  if (type === 'TRIM_HORIZON') return FIRST_ORDINAL;
  const tail = storeOf(stream, ctx.store).get(tails, { life: stream.life, shard: shard.index });
  return nextOrdinal(tail?.ordinal, shard.closedAt ?? ctx.now);
}

function ordinalOf(sequence: string, { operation }: Asked, stream: StreamRow, shard: ShardRow): string {
  const read = readSequence(sequence);
  const place = `StartingSequenceNumber ${sequence} used in ${operation} on shard ${shardId(shard.index)} in stream ${stream.name} under account ${accountOf(stream)}`;
  if (read === undefined) throw invalid(`${place} is invalid.`);
  if (read.index !== shard.index)
    throw invalid(
      `Invalid StartingSequenceNumber. It encodes ${shardId(read.index)}, while it was used in a call to a shard with ${shardId(shard.index)}`,
    );
  if (read.born !== shard.born) throw invalid(`${place} is invalid because it did not come from this stream.`);
  return read.ordinal;
}
