/** What requests name: streams by name or ARN, shards, consumers. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalid, noSuchConsumer, noSuchStream, shardNotFound, streamElsewhere } from '../errors.ts';
import { type ConsumerRow, consumers, type ShardRow, type StreamRow, shards, streams } from '../state.ts';

/** A request that names a stream. */
export type Named = { StreamName?: string; StreamARN?: string };
/** Where to look: in a transaction the store is its own. */
export type Where = Pick<Ctx, 'store' | 'account' | 'region' | 'partition'>;

const CONSUMER = /^stream\/([a-zA-Z0-9_.-]+)\/consumer\/([a-zA-Z0-9_.-]+):(\d+)$/;
const STREAM = /^stream\/([a-zA-Z0-9_.-]{1,128})$/;

/** ARN of the stream of that name, in the Region of the request. */
export function arnOf(name: string, account: string, { partition, region }: Where): string {
  return `arn:${partition}:kinesis:${region}:${account}:stream/${name}`;
}

/** Owner of a stream or a consumer. */
export const accountOf = ({ arn }: { arn: string }) => parseArn(arn)?.account ?? '';
/** Name and account of a stream, from a request. @throws {ServiceError} InvalidArgumentException */
export function placeOf({ StreamName: name, StreamARN: arn }: Named, ctx: Where): { name: string; account: string } {
  if (arn === undefined) {
    if (name === undefined) throw invalid('Either StreamName or StreamARN must be provided.');
    return { name, account: ctx.account };
  }
  const { account = '', region, resource = '' } = parseArn(arn) ?? {};
  const [, named = ''] = STREAM.exec(resource) ?? [];
  if (named === '') throw invalid(`StreamARN ${arn} is invalid.`);
  if (name !== undefined && name !== named) throw invalid('StreamName and StreamARN do not name the same stream.');
  if (region !== ctx.region) throw streamElsewhere(arn);
  return { name: named, account };
}

/** Rows of the account that a stream or a consumer belongs to. */
export const storeOf = (of: { arn: string }, store: StoreView): StoreView => store.in({ account: accountOf(of) });

/** @throws {ServiceError} ResourceNotFoundException, InvalidArgumentException */
export function findStream(named: Named, ctx: Where): StreamRow {
  const { name, account } = placeOf(named, ctx);
  const found = ctx.store.in({ account }).get(streams, { name });
  if (found === undefined) throw noSuchStream(name, account);
  return found;
}

/** The stream as it is in a transaction. @throws {ServiceError} ResourceNotFoundException where it is gone by now */
export function again({ name, life, arn }: StreamRow, store: StoreView): StreamRow {
  const found = storeOf({ arn }, store).get(streams, { name });
  if (found?.life !== life) throw noSuchStream(name, accountOf({ arn }));
  return found;
}

/** Id of the shard of that number: `shardId-000000000001`. */
export const shardId = (index: number) => `shardId-${String(index).padStart(12, '0')}`;

/** The number of a shard; of an id what follows its hyphen, with zeros or without. Undefined where it is none. Source: AWS's answers as recorded by the tests of Kinesalite. */
export function shardIndex(id: string): number | undefined {
  const digits = id.split('-')[1] || id;
  const index = /^\d+$/.test(digits) ? Number(digits) : Infinity;
  return index < 2 ** 31 ? index : undefined;
}

/** @param gone what is said where an id is one, but no shard has it. @throws {ServiceError} ResourceNotFoundException */
export function findShard(stream: StreamRow, id: string, store: StoreView, gone = shardNotFound): ShardRow {
  const index = shardIndex(id);
  if (index === undefined) throw shardNotFound(id, stream.name, accountOf(stream));
  const row = storeOf(stream, store).get(shards, { life: stream.life, index });
  if (row === undefined) throw gone(shardId(index), stream.name, accountOf(stream));
  return row;
}

/** Stream and name of a consumer, from its ARN. */
export function readConsumerArn(arn: string): { stream: string; streamArn: string; name: string } | undefined {
  const [, stream = '', name = ''] = CONSUMER.exec(parseArn(arn)?.resource ?? '') ?? [];
  return name === '' ? undefined : { stream, streamArn: arn.slice(0, arn.indexOf('/consumer/')), name };
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findConsumer(
  { ConsumerARN: arn, ConsumerName, StreamARN }: { ConsumerARN?: string; ConsumerName?: string; StreamARN?: string },
  ctx: Where,
): { stream: StreamRow; consumer: ConsumerRow } {
  const read = arn === undefined ? undefined : readConsumerArn(arn);
  const name = read?.name ?? ConsumerName;
  const streamArn = read?.streamArn ?? StreamARN;
  if (name === undefined || streamArn === undefined)
    throw invalid('Either ConsumerARN or both StreamARN and ConsumerName must be provided.');
  const stream = findStream({ StreamARN: streamArn }, ctx);
  const consumer = storeOf(stream, ctx.store).get(consumers, { life: stream.life, name });
  if (consumer === undefined || (arn !== undefined && consumer.arn !== arn))
    throw noSuchConsumer(arn ?? name, accountOf(stream));
  return { stream, consumer };
}
