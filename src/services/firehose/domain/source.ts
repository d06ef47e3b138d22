/** Streams of Kinesis that a Firehose stream reads: where it begins in each shard, and who wakes it. Source: Developer Guide, "Send data from Kinesis Data Streams to Amazon Data Firehose". */
import { parseArn } from '#kernel/base';
import { type Acting, type Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { CreateDeliveryStreamInput } from '#models/firehose';
import { lastSequence, shardsOf, watchers } from '#services/kinesis/port';
import { invalid } from '../errors.ts';
import { positions, type Source, type StreamRow } from '../state.ts';
import { assumeRole } from './trouble.ts';

/** The source that a request asks for; undefined where records are put. @throws {ServiceError} InvalidArgumentException */
export async function readSource(input: CreateDeliveryStreamInput, ctx: Ctx): Promise<Source | undefined> {
  if (input.DeliveryStreamType !== 'KinesisStreamAsSource') return undefined;
  const { KinesisStreamSourceConfiguration: given } = input;
  if (given === undefined)
    throw invalid('KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.');
  if (input.DeliveryStreamEncryptionConfigurationInput !== undefined)
    throw invalid(
      'Server side encryption from firehose is only allowed for direct put delivery streams and database as a source delivery streams',
    );
  const { KinesisStreamARN: stream, RoleARN: role } = given;
  const acting = await roleOf(role, ctx);
  try {
    await acting.aws(parseArn(stream)?.region).kinesis.DescribeStream({ StreamARN: stream });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'ResourceNotFoundException') throw invalid(error.message);
    throw invalid(`Role ${role} is not authorized to perform DescribeStream on stream ${stream}.`);
  }
  return { stream, role, since: ctx.now };
}

async function roleOf(role: string, ctx: Ctx): Promise<Acting> {
  try {
    return await assumeRole(role, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalid(`Firehose is unable to assume role ${role}. Please check the role provided.`);
  }
}

/** What only streams can do into which records are put. Source: answers of AWS that users have published. */
export const notOfKinesis = () =>
  invalid('This operation is not permitted on KinesisStreamAsSource delivery stream type.');

/** Shards of a source, and the store in which it lies. */
export function shardsOfSource({ stream }: Source, ctx: Ctx) {
  const { account = '', region = '', resource = '' } = parseArn(stream) ?? {};
  const store = ctx.store.in({ account, region });
  return { store, shards: shardsOf(resource.slice('stream/'.length), store, ctx.clock()) };
}

/** In a transaction: a stream begins at the end of its source, and is told of what comes. */
export function follow({ life }: StreamRow, source: Source, store: StoreView, ctx: Ctx): void {
  const { store: there, shards } = shardsOfSource(source, ctx);
  for (const shard of shards)
    store.put(positions, {
      life,
      source: shard.life,
      shard: shard.index,
      after: lastSequence(shard, there, ctx.clock()),
      ...(shard.closedAt !== undefined && { isOver: true }),
    });
  const { account, region } = ctx;
  there.put(watchers, { stream: source.stream, id: life, account, region });
}

/** In a transaction: a stream reads its source no more. */
export function unfollow({ life }: StreamRow, source: Source, store: StoreView, ctx: Ctx): void {
  shardsOfSource(source, ctx).store.delete(watchers, { stream: source.stream, id: life });
  for (const row of store.list(positions, { where: { life } })) store.delete(positions, row);
  ctx.disarm('reread', life);
}
