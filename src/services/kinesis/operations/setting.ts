/** What a stream is set to: retention, encryption, monitoring, mode, the size of its records. */
import { DAY, HOUR } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { EnhancedMonitoringOutput, MetricsName } from '#models/kinesis';
import type { KeyMetadata } from '#models/kms';
import { accountOf, again, findStream, type Named, storeOf } from '../domain/names.ts';
import { horizonOf } from '../domain/retention.ts';
import { throughKms } from '../domain/sealing.ts';
import { tally } from '../domain/shards.ts';
import { invalid, keyDisabled, keyInvalidState, limitExceeded } from '../errors.ts';
import { KEY_CHANGES_A_DAY, MODE_CHANGES_A_DAY, RETENTION_HOURS_MAX, RETENTION_HOURS_MIN } from '../limits.ts';
import { type StreamRow, streams } from '../state.ts';
import { addOnDemand, checkWarmth } from './stream.ts';

function change(row: StreamRow, changes: Partial<StreamRow>, ctx: Ctx): void {
  storeOf(row, ctx.store).put(streams, { ...row, ...changes });
}

/** @throws {ServiceError} InvalidArgumentException */
function checkHours(hours: number): void {
  if (hours < RETENTION_HOURS_MIN)
    throw invalid(
      `Minimum allowed retention period is ${RETENTION_HOURS_MIN} hours. Requested retention period (${hours} hours) is too short.`,
    );
  if (hours > RETENTION_HOURS_MAX)
    throw invalid(
      `Maximum allowed retention period is ${RETENTION_HOURS_MAX} hours. Requested retention period (${hours} hours) is too long.`,
    );
}

/** What was too old before stays gone. */
export const increaseStreamRetentionPeriod: Handler<'kinesis', 'IncreaseStreamRetentionPeriod'> = (input, ctx) => {
  const row = findStream(input, ctx);
  const { RetentionPeriodHours: hours } = input;
  checkHours(hours);
  if (hours < row.retentionHours)
    throw invalid(
      `Requested retention period (${hours} hours) for stream ${row.name} can not be shorter than existing retention period (${row.retentionHours} hours). Use DecreaseRetentionPeriod API.`,
    );
  change(row, { retentionHours: hours, goneBefore: horizonOf(row, ctx.now) }, ctx);
  return {};
};

export const decreaseStreamRetentionPeriod: Handler<'kinesis', 'DecreaseStreamRetentionPeriod'> = (input, ctx) => {
  const row = findStream(input, ctx);
  const { RetentionPeriodHours: hours } = input;
  checkHours(hours);
  if (hours > row.retentionHours)
    throw invalid(
      `Requested retention period (${hours} hours) for stream ${row.name} can not be longer than existing retention period (${row.retentionHours} hours). Use IncreaseRetentionPeriod API.`,
    );
  change(row, { retentionHours: hours, goneBefore: Math.max(row.goneBefore, ctx.now - hours * HOUR) }, ctx);
  return {};
};

/** The times of a change within a day, with now. @throws {ServiceError} LimitExceededException */
function keyChanges(before: readonly number[] = [], operation: string, ctx: Ctx): number[] {
  const today = before.filter((at) => at > ctx.now - DAY);
  if (today.length >= KEY_CHANGES_A_DAY)
    throw limitExceeded(
      `${operation} cannot be called more than ${KEY_CHANGES_A_DAY} times in a rolling 24-hour period.`,
    );
  return [...today, ctx.now];
}

/** Records from now on are sealed with the key; those that are there stay as they are. */
export const startStreamEncryption: Handler<'kinesis', 'StartStreamEncryption'> = async (input, ctx) => {
  const row = findStream(input, ctx);
  if (input.EncryptionType !== 'KMS') throw invalid(`EncryptionType ${input.EncryptionType} is invalid.`);
  const { KeyMetadata } = await throughKms(() => ctx.awsForCaller().kms.DescribeKey({ KeyId: input.KeyId }));
  if (KeyMetadata?.KeySpec !== 'SYMMETRIC_DEFAULT') throw invalid('Only symmetric KMS keys are supported.');
  checkUsable(KeyMetadata);
  ctx.transact((store) => {
    const current = again(row, store);
    const sealedAt = keyChanges(current.sealedAt, 'StartStreamEncryption', ctx);
    storeOf(row, store).put(streams, { ...current, keyId: input.KeyId, sealedAt });
  });
  return {};
};

/** @throws {ServiceError} KMSDisabledException, KMSInvalidStateException. Source: Kinesis API Reference, StartStreamEncryption, Errors */
function checkUsable({ Arn: arn = '', KeyState: state }: KeyMetadata): void {
  if (state === 'Disabled') throw keyDisabled(arn);
  if (state !== 'Enabled') throw keyInvalidState(arn, state ?? '');
}

export const stopStreamEncryption: Handler<'kinesis', 'StopStreamEncryption'> = (input, ctx) => {
  const { keyId, ...row } = findStream(input, ctx);
  if (keyId !== undefined && keyId !== input.KeyId)
    throw invalid(`Stream ${row.name} under account ${accountOf(row)} is not encrypted with the key ${input.KeyId}.`);
  change(row, { unsealedAt: keyChanges(row.unsealedAt, 'StopStreamEncryption', ctx) }, ctx);
  return {};
};

/** In the order in which AWS tells them. Source: AWS CLI, examples of enable- and disable-enhanced-monitoring. */
const METRICS: readonly MetricsName[] = [
  'IncomingBytes',
  'OutgoingRecords',
  'IteratorAgeMilliseconds',
  'IncomingRecords',
  'ReadProvisionedThroughputExceeded',
  'WriteProvisionedThroughputExceeded',
  'OutgoingBytes',
];

function monitor(
  input: Named & { ShardLevelMetrics: MetricsName[] },
  decide: (before: readonly MetricsName[], named: readonly MetricsName[]) => MetricsName[],
  ctx: Ctx,
): EnhancedMonitoringOutput {
  const row = findStream(input, ctx);
  const named = input.ShardLevelMetrics.includes('ALL') ? METRICS : input.ShardLevelMetrics;
  const monitored = decide(row.monitored, named);
  change(row, { monitored }, ctx);
  return {
    StreamName: row.name,
    StreamARN: row.arn,
    CurrentShardLevelMetrics: [...row.monitored],
    DesiredShardLevelMetrics: monitored,
  };
}

export const enableEnhancedMonitoring: Handler<'kinesis', 'EnableEnhancedMonitoring'> = (input, ctx) =>
  monitor(input, (before, named) => METRICS.filter((one) => before.includes(one) || named.includes(one)), ctx);

export const disableEnhancedMonitoring: Handler<'kinesis', 'DisableEnhancedMonitoring'> = (input, ctx) =>
  monitor(input, (before, named) => before.filter((one) => !named.includes(one)), ctx);

/** A stream keeps its shards. Deviation: on demand it also keeps their number, and their rates; AWS adds shards as more is written. */
export const updateStreamMode: Handler<'kinesis', 'UpdateStreamMode'> = (input, ctx) => {
  const row = findStream(input, ctx);
  const {
    StreamModeDetails: { StreamMode: mode },
  } = input;
  checkWarmth(input.WarmThroughputMiBps);
  if (mode === row.mode) return {};
  const changes = row.modeChangedAt.filter((at) => at > ctx.now - DAY);
  if (changes.length >= MODE_CHANGES_A_DAY)
    throw limitExceeded(
      `Stream ${row.name} under account ${accountOf(row)} can switch between modes only ${MODE_CHANGES_A_DAY} times in 24 hours.`,
    );
  if (mode === 'ON_DEMAND') {
    addOnDemand(row, ctx);
    tally(row, { shards: -row.openShards }, ctx.store, ctx);
  } else tally(row, { shards: row.openShards, onDemand: -1 }, ctx.store, ctx);
  change(row, { mode, modeChangedAt: [...changes, ctx.now] }, ctx);
  return {};
};

export const updateMaxRecordSize: Handler<'kinesis', 'UpdateMaxRecordSize'> = (input, ctx) => {
  change(findStream(input, ctx), { maxRecordKiB: input.MaxRecordSizeInKiB }, ctx);
  return {};
};

export const updateStreamRecordDistributionStrategy: Handler<'kinesis', 'UpdateStreamRecordDistributionStrategy'> = (
  input,
  ctx,
) => {
  change(findStream(input, ctx), { distribution: input.RecordDistributionStrategy }, ctx);
  return {};
};
