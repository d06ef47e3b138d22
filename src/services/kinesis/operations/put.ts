/** Writing records. What is acknowledged is durable, and has its place in its shard for good. */
import type { Ctx } from '#kernel/contract';
import type { PutRecordInput, PutRecordOutput, PutRecordsInput, PutRecordsOutput } from '#models/kinesis';
import { append, type Entry } from '../domain/append.ts';
import { hashKeyOf, toHex } from '../domain/hash-keys.ts';
import { countShard, countStream, countThrottle, measured } from '../domain/metrics.ts';
import { accountOf, findStream, shardId } from '../domain/names.ts';
import { keyToWrite } from '../domain/sealing.ts';
import { readSequence } from '../domain/sequence.ts';
import { shardFor } from '../domain/shards.ts';
import { dryRun, invalid, isMissing, rateExceeded, tooLong } from '../errors.ts';
import { RECORDS_BYTES_MAX, SHARD_RATES } from '../limits.ts';
import type { StreamRow } from '../state.ts';

type Given = { Data: Uint8Array; PartitionKey?: string; ExplicitHashKey?: string };

/** Writes one record. @throws {ServiceError} ProvisionedThroughputExceededException over the rates of its shard, ResourceNotFoundException, InvalidArgumentException */
export async function putRecord(input: PutRecordInput, ctx: Ctx): Promise<PutRecordOutput> {
  const stream = findStream(input, ctx);
  const entry = entryOf(stream, input, '', ctx);
  const { SequenceNumberForOrdering: ordering } = input;
  // Later numbers of a shard are greater whatever number was named.
  if (ordering !== undefined && readSequence(ordering) === undefined)
    throw invalid(
      `ExclusiveMinimumSequenceNumber ${ordering} used in PutRecord on stream ${stream.name} under account ${accountOf(stream)} is invalid.`,
    );
  if (input.DryRun === true) throw dryRun();
  const put = async () => {
    const refused = throttled(stream, entry, ctx);
    if (refused !== undefined) throw rateExceeded(shardId(refused), stream.name, accountOf(stream));
    const [written] = await write(stream, [entry], ctx);
    countStream(stream, 'PutRecord.Bytes', entry.size, 'Bytes', ctx);
    return { ShardId: shardId(written?.shard ?? 0), SequenceNumber: written?.sequence ?? '', ...encryptionOf(stream) };
  };
  return measured(stream, 'PutRecord', put, ctx);
}

/** Writes up to 500 records; those over the rates of their shards are refused one by one. @throws {ServiceError} as PutRecord */
export async function putRecords(input: PutRecordsInput, ctx: Ctx): Promise<PutRecordsOutput> {
  const stream = findStream(input, ctx);
  const entries = input.Records.map((one, at) => entryOf(stream, one, `records.${at + 1}.member.`, ctx));
  if (bytesOf(entries) > RECORDS_BYTES_MAX)
    throw invalid(`Records size exceeds ${RECORDS_BYTES_MAX / 1_048_576} MB limit`);
  if (input.DryRun === true) throw dryRun();
  const put = () => putAll(stream, entries, ctx);
  return measured(stream, 'PutRecords', put, ctx, ({ FailedRecordCount = 0 }) => FailedRecordCount < entries.length);
}

async function putAll(stream: StreamRow, entries: readonly Entry[], ctx: Ctx): Promise<PutRecordsOutput> {
  const refused = entries.map((entry) => throttled(stream, entry, ctx));
  const taken = entries.filter((_, at) => refused[at] === undefined);
  const written = taken.length === 0 ? [] : await write(stream, taken, ctx);
  countPutRecords(stream, entries, taken, ctx);
  return {
    FailedRecordCount: entries.length - taken.length,
    Records: refused.map((shard) => {
      if (shard === undefined) {
        const { shard: index = 0, sequence = '' } = written.shift() ?? {};
        return { SequenceNumber: sequence, ShardId: shardId(index) };
      }
      const { code, message } = rateExceeded(shardId(shard), stream.name, accountOf(stream));
      return { ErrorCode: code, ErrorMessage: message };
    }),
    ...encryptionOf(stream),
  };
}

const encryptionOf = ({ keyId }: StreamRow) => (keyId === undefined ? {} : { EncryptionType: 'KMS' as const });

/** @param at where the record stands in the request: `records.2.member.` */
function entryOf(stream: StreamRow, given: Given, at: string, ctx: Ctx): Entry {
  const { Data: data, PartitionKey: key, ExplicitHashKey: explicit } = given;
  const most = stream.maxRecordKiB * 1_024;
  if (data.length > most) throw tooLong(`${at}data`, most);
  const size = data.length + Buffer.byteLength(key ?? '');
  // Source: API Reference, UpdateStreamRecordDistributionStrategy: under AUTO Kinesis spreads the records itself.
  if (stream.distribution === 'AUTO' && explicit === undefined)
    return { data, key, size, hash: toHex(BigInt(`0x${ctx.random.bytes(16).toString('hex')}`)) };
  if (key === undefined) throw isMissing(`${at}partitionKey`);
  return { data, key, size, hash: hashKeyOf(key, explicit) };
}

/** Charges the rates of the entry's shard. @returns the shard's number where it takes no more */
function throttled(stream: StreamRow, { hash, size }: Entry, ctx: Ctx): number | undefined {
  const { index } = shardFor(stream, hash, ctx.store);
  const key = `${stream.life}/${index}`;
  const isOver =
    !ctx.take(`${key} records in`, SHARD_RATES.recordsIn) || !ctx.spend(`${key} bytes in`, SHARD_RATES.bytesIn, size);
  countThrottle(stream, index, 'Write', isOver, ctx);
  return isOver ? index : undefined;
}

async function write(stream: StreamRow, entries: readonly Entry[], ctx: Ctx) {
  const written = await append(stream, entries, await keyToWrite(stream, ctx), ctx);
  for (const [shard, own] of Map.groupBy(entries, (_, at) => written[at]?.shard ?? 0)) {
    countShard(stream, shard, 'IncomingBytes', bytesOf(own), 'Bytes', ctx);
    countShard(stream, shard, 'IncomingRecords', own.length, 'Count', ctx);
  }
  countStream(stream, 'IncomingBytes', bytesOf(entries), 'Bytes', ctx);
  countStream(stream, 'IncomingRecords', entries.length, 'Count', ctx);
  return written;
}

const bytesOf = (entries: readonly Entry[]) => entries.reduce((sum, { size }) => sum + size, 0);

function countPutRecords(stream: StreamRow, all: readonly Entry[], taken: readonly Entry[], ctx: Ctx): void {
  const count = (metric: string, value: number) => countStream(stream, `PutRecords.${metric}`, value, 'Count', ctx);
  countStream(stream, 'PutRecords.Bytes', bytesOf(taken), 'Bytes', ctx);
  count('Records', taken.length);
  count('TotalRecords', all.length);
  count('SuccessfulRecords', taken.length);
  count('FailedRecords', 0);
  count('ThrottledRecords', all.length - taken.length);
}
