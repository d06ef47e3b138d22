/** Streams: made, described, listed, removed. */
import { page } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { EnhancedMetrics, StreamModeDetails } from '#models/kinesis';
import { accountOf, arnOf, findStream, storeOf } from '../domain/names.ts';
import { readToken, writeToken } from '../domain/pages.ts';
import { openAll, tally } from '../domain/shards.ts';
import { withTags } from '../domain/tags.ts';
import { inUse, invalid, isMissing, limitExceeded, noSuchStream, streamExists, unfit } from '../errors.ts';
import {
  DESCRIBE_SHARDS_DEFAULT,
  LIST_STREAMS_DEFAULT,
  ON_DEMAND_STREAMS_MAX,
  RECORD_KIB_DEFAULT,
  RETENTION_HOURS_MIN,
  SHARDS_OF_STREAM_MAX,
  SHARDS_ON_DEMAND,
} from '../limits.ts';
import { type StreamRow, streams, tallies } from '../state.ts';
import { shownShards } from './shard.ts';

/**
 * Without a mode the stream has the shards that are asked for, or is on demand. Source of that: tests of LocalStack, whose stream of AWS had four shards.
 *
 * Deviation: the stream is ACTIVE at once, so that a client under a frozen clock need not wait; AWS takes some seconds in CREATING.
 */
export const createStream: Handler<'kinesis', 'CreateStream'> = (input, ctx) => {
  const { StreamName: name, ShardCount } = input;
  const mode = input.StreamModeDetails?.StreamMode ?? (ShardCount === undefined ? 'ON_DEMAND' : 'PROVISIONED');
  const isProvisioned = mode === 'PROVISIONED';
  if (input.WarmThroughputMiBps !== undefined && ShardCount !== undefined)
    throw unfit("Either 'warmThroughputMiBps' or 'shardCount' can be set but not both");
  if (input.WarmThroughputMiBps !== undefined && isProvisioned)
    throw unfit('WarmThroughputMiBps cannot be set while creating stream in Provisioned StreamMode');
  checkWarmth(input.WarmThroughputMiBps);
  if (isProvisioned && ShardCount === undefined) throw isMissing('shardCount');
  if (!isProvisioned && ShardCount !== undefined)
    throw unfit('ShardCount must not be specified when StreamMode is ON_DEMAND.');
  const count = ShardCount ?? SHARDS_ON_DEMAND;
  if (count > SHARDS_OF_STREAM_MAX)
    throw limitExceeded(`A stream can have at most ${SHARDS_OF_STREAM_MAX} shards. Requested: ${count}.`);
  if (ctx.store.get(streams, { name }) !== undefined) throw streamExists(name, ctx.account);
  const arn = arnOf(name, ctx.account, ctx);
  const row: StreamRow = {
    name,
    arn,
    life: ctx.uuid(),
    id: idOf(ctx),
    createdAt: ctx.now,
    mode,
    retentionHours: RETENTION_HOURS_MIN,
    goneBefore: ctx.now,
    maxRecordKiB: input.MaxRecordSizeInKiB ?? RECORD_KIB_DEFAULT,
    distribution: input.RecordDistributionStrategy ?? 'USER_PARTITION_KEY',
    monitored: [],
    nextShard: 0,
    openShards: 0,
    consumers: 0,
    rescaledAt: [],
    modeChangedAt: [],
    tags: withTags({}, input.Tags ?? {}, arn),
  };
  if (!isProvisioned) addOnDemand(row, ctx);
  openAll(row, count, ctx.store, ctx);
  return {};
};

/** @throws {ServiceError} ValidationException */
export function checkWarmth(mib: number | undefined): void {
  if (mib !== undefined)
    throw unfit(
      'WarmThroughputMiBps needs an account with a minimum throughput billing commitment (On-demand Advantage).',
    );
}

/** In a transaction: one more stream on demand. @throws {ServiceError} LimitExceededException */
export function addOnDemand(stream: StreamRow, ctx: Ctx): void {
  const { onDemand = 0 } = storeOf(stream, ctx.store).get(tallies, { id: 'all' }) ?? {};
  const most = ctx.quota(ON_DEMAND_STREAMS_MAX);
  if (onDemand >= most)
    throw limitExceeded(
      `This request would exceed the on-demand stream limit of ${most} for the account ${accountOf(stream)} in ${ctx.region}.`,
    );
  tally(stream, { onDemand: 1 }, ctx.store, ctx);
}

/** Such as `ab3…-x1y`. */
function idOf(ctx: Ctx): string {
  const text = ctx.random.bytes(32).toString('hex');
  return `${text.slice(0, 20)}-${text.slice(20, 23)}`;
}

/** What descriptions and the summary have in common. */
function described(row: StreamRow) {
  const monitoring: EnhancedMetrics = { ShardLevelMetrics: [...row.monitored] };
  return {
    StreamName: row.name,
    StreamARN: row.arn,
    StreamStatus: 'ACTIVE' as const,
    StreamModeDetails: modeOf(row),
    RetentionPeriodHours: row.retentionHours,
    StreamCreationTimestamp: row.createdAt,
    EnhancedMonitoring: [monitoring],
    EncryptionType: row.keyId === undefined ? ('NONE' as const) : ('KMS' as const),
    ...(row.keyId !== undefined && { KeyId: row.keyId }),
  };
}

const modeOf = ({ mode }: StreamRow): StreamModeDetails => ({ StreamMode: mode });

export const describeStream: Handler<'kinesis', 'DescribeStream'> = (input, ctx) => {
  const row = findStream(input, ctx);
  const { Limit: limit = DESCRIBE_SHARDS_DEFAULT, ExclusiveStartShardId: start } = input;
  const { rows, last } = shownShards(row, start, limit, () => true, ctx);
  return { StreamDescription: { ...described(row), Shards: rows, HasMoreShards: last !== undefined } };
};

export const describeStreamSummary: Handler<'kinesis', 'DescribeStreamSummary'> = (input, ctx) => {
  const row = findStream(input, ctx);
  return {
    StreamDescriptionSummary: {
      ...described(row),
      StreamId: row.id,
      OpenShardCount: row.openShards,
      ConsumerCount: row.consumers,
      MaxRecordSizeInKiB: row.maxRecordKiB,
      RecordDistributionStrategy: row.distribution,
    },
  };
};

/** Names in their order. */
export const listStreams: Handler<'kinesis', 'ListStreams'> = (input, ctx) => {
  const { Limit: limit = LIST_STREAMS_DEFAULT, ExclusiveStartStreamName: start, NextToken: token } = input;
  const name = token === undefined ? start : readToken(token, ctx).name;
  if (name !== undefined && typeof name !== 'string') throw invalid('NextToken is invalid.');
  const { rows, last } = page<StreamRow>((row, size) => {
    const begin = row?.name ?? name;
    return ctx.store.list(streams, { ...(begin !== undefined && { after: { name: begin } }), limit: size });
  }, limit);
  return {
    StreamNames: rows.map((row) => row.name),
    HasMoreStreams: last !== undefined,
    ...(last !== undefined && { NextToken: writeToken({ name: last.name }, ctx) }),
    StreamSummaries: rows.map((row) => ({
      StreamName: row.name,
      StreamARN: row.arn,
      StreamStatus: 'ACTIVE',
      StreamModeDetails: modeOf(row),
      StreamCreationTimestamp: row.createdAt,
    })),
  };
};

/** Deviation: the stream is gone at once; AWS shows it as DELETING for some seconds. */
export const deleteStream: Handler<'kinesis', 'DeleteStream'> = (input, ctx) => {
  const row = findStream(input, ctx);
  const account = accountOf(row);
  if (row.consumers > 0 && input.EnforceConsumerDeletion !== true)
    throw inUse(`Stream ${row.name} under account ${account} has registered consumers. Deregister them first.`);
  const store = storeOf(row, ctx.store);
  if (!store.delete(streams, row)) throw noSuchStream(row.name, account);
  tally(row, row.mode === 'PROVISIONED' ? { shards: -row.openShards } : { onDemand: -1 }, store, ctx);
  ctx.arm('sweep', row.life, ctx.now + 1, { account, life: row.life });
  return {};
};
