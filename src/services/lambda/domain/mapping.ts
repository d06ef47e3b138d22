/** What an event source mapping is asked to do: checked, with Lambda's defaults; and as clients see it. */
import { parseArn } from '#kernel/base';
import { type Ctx, type InputOf, notBuilt, type OutputOf } from '#kernel/contract';
import { readConsumerArn } from '#services/kinesis/port';
import {
  badMetrics,
  badStartingPosition,
  fifoDestination,
  fifoWindow,
  noPollerGroup,
  noStartingPosition,
  noTimestamp,
  notADestination,
  pollersOrConcurrency,
  pollersOutOfRange,
  pollersTurnedRound,
  queueHasNoPosition,
  queueHasNoTimestamp,
  recordAgeTooShort,
  strayTimestamp,
  tooManyFilters,
  unrecognizedSource,
  unsupportedFor,
  windowNeeded,
} from '../errors-mapping.ts';
import {
  BATCH_DEFAULT,
  BATCH_UNGATHERED_MAX,
  FILTERS_MAX,
  POLLERS,
  RECORD_AGE_MAX,
  RECORD_AGE_MIN,
} from '../limits.ts';
import type { MappingRow } from '../mapping-state.ts';
import { readFilters } from './filter.ts';
import { arnOf } from './names.ts';

type Given = Omit<InputOf<'lambda', 'CreateEventSourceMapping'>, 'FunctionName' | 'EventSourceArn'>;
type Settings = Omit<
  MappingRow,
  'id' | 'name' | 'qualifier' | 'source' | 'kind' | 'lastResult' | 'tags' | 'modifiedAt'
>;

/** Services of Lambda's other sources, as ARNs name them: Amazon MSK, Amazon MQ, Amazon DocumentDB. */
const NOT_HERE: ReadonlySet<string> = new Set(['kafka', 'mq', 'rds']);

/** @throws {ServiceError} InvalidParameterValueException; NotImplemented for sources that are not here */
export function kindOf(source: string | undefined, isSelfManaged = false): MappingRow['kind'] {
  const arn = source === undefined ? undefined : parseArn(source);
  if (source === undefined && isSelfManaged) throw notBuilt('SelfManagedEventSource');
  if (arn !== undefined && NOT_HERE.has(arn.service)) throw notBuilt(`event sources of ${arn.service}`);
  if (arn?.service === 'sqs') return 'sqs';
  if (arn?.service === 'dynamodb' && /^table\/[^/]+\/stream\/.+$/.test(arn.resource)) return 'dynamodb';
  if (arn?.service === 'kinesis' && /^stream\/[a-zA-Z0-9_.-]+(\/consumer\/[a-zA-Z0-9_.-]+:\d+)?$/.test(arn.resource))
    return 'kinesis';
  throw unrecognizedSource(arn === undefined ? undefined : source);
}

/** ARN of the stream that a source is, or that its consumer reads. */
export function streamArnOf(source: string): string {
  return readConsumerArn(source)?.streamArn ?? source;
}

/** Parameters that only streams have, and only queues. */
const OF_STREAMS = [
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
] as const;
const OF_QUEUES = ['ScalingConfig', 'ProvisionedPollerConfig'] as const;
/** Of sources other than Kafka's. */
const METRICS = ['EventCount'];
const OF_OTHERS = [
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
] as const;

/**
 * The settings after a request: what it gives, else what was, else the default.
 *
 * @throws {ServiceError} InvalidParameterValueException
 */
export function mappingSettings(given: Given, source: string, before: MappingRow | undefined): Settings {
  const kind = kindOf(source);
  if (kind === 'dynamodb' && given.StartingPositionTimestamp !== undefined)
    throw unsupportedFor('StartingPositionTimestamp');
  if (kind === 'sqs' && given.StartingPosition !== undefined) throw queueHasNoPosition();
  if (kind === 'sqs' && given.StartingPositionTimestamp !== undefined) throw queueHasNoTimestamp();
  for (const name of [...OF_OTHERS, ...(kind === 'sqs' ? OF_STREAMS : OF_QUEUES)])
    if (given[name] !== undefined && !isEmpty(given[name])) throw unsupportedFor(name);
  if (given.DestinationConfig?.OnSuccess !== undefined) throw unsupportedFor('DestinationConfig');
  const batchSize = given.BatchSize ?? before?.batchSize ?? BATCH_DEFAULT[kind];
  const window = given.MaximumBatchingWindowInSeconds ?? before?.window ?? 0;
  if (kind === 'sqs') checkQueueBatch(source.endsWith('.fifo'), batchSize, window);
  else if (before === undefined) checkPosition(kind, given, source);
  const age = given.MaximumRecordAgeInSeconds ?? -1;
  if (age !== -1 && age < RECORD_AGE_MIN) throw recordAgeTooShort(RECORD_AGE_MIN, RECORD_AGE_MAX);
  const filters =
    given.FilterCriteria === undefined
      ? (before?.filters ?? [])
      : (given.FilterCriteria.Filters ?? []).map(({ Pattern = '' }) => Pattern);
  if (filters.length > FILTERS_MAX) throw tooManyFilters(FILTERS_MAX, filters.length);
  readFilters(filters, kind);
  const onFailure =
    given.DestinationConfig === undefined ? before?.onFailure : given.DestinationConfig.OnFailure?.Destination;
  if (onFailure !== undefined && onFailure !== '') checkOnFailure(onFailure);
  const concurrencyMax =
    given.ScalingConfig === undefined ? before?.concurrencyMax : given.ScalingConfig.MaximumConcurrency;
  const pollers =
    given.ProvisionedPollerConfig === undefined ? before?.pollers : pollersOf(given.ProvisionedPollerConfig);
  if (pollers !== undefined && concurrencyMax !== undefined) throw pollersOrConcurrency();
  const kmsKeyArn = given.KMSKeyArn ?? before?.kmsKeyArn;
  const counted = given.MetricsConfig === undefined ? before?.metrics : given.MetricsConfig.Metrics;
  if (counted?.some((metric) => !METRICS.includes(metric)) === true) throw badMetrics(METRICS);
  const startingPosition = before?.startingPosition ?? given.StartingPosition;
  const startingTimestamp = before?.startingTimestamp ?? given.StartingPositionTimestamp;
  return {
    enabled: given.Enabled ?? before?.enabled ?? true,
    batchSize,
    window,
    filters,
    reportsItems: given.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? before?.reportsItems ?? false,
    lanes: given.ParallelizationFactor ?? before?.lanes ?? 1,
    bisects: given.BisectBatchOnFunctionError ?? before?.bisects ?? false,
    recordAgeMax: given.MaximumRecordAgeInSeconds ?? before?.recordAgeMax ?? -1,
    retriesMax: given.MaximumRetryAttempts ?? before?.retriesMax ?? -1,
    tumbling: given.TumblingWindowInSeconds ?? before?.tumbling ?? 0,
    ...(concurrencyMax !== undefined && { concurrencyMax }),
    ...(pollers !== undefined && { pollers }),
    ...(counted !== undefined && { metrics: counted as 'EventCount'[] }),
    ...(kmsKeyArn !== undefined && kmsKeyArn !== '' && { kmsKeyArn }),
    ...(startingPosition !== undefined && { startingPosition }),
    ...(startingTimestamp !== undefined && { startingTimestamp }),
    ...(onFailure !== undefined && onFailure !== '' && { onFailure }),
  };
}

/** Without either, the mapping has none of its own. @throws {ServiceError} InvalidParameterValueException */
function pollersOf(given: NonNullable<Given['ProvisionedPollerConfig']>): MappingRow['pollers'] {
  const { MinimumPollers, MaximumPollers, PollerGroupName: group = '' } = given;
  if (group !== '') throw noPollerGroup();
  if (MinimumPollers === undefined && MaximumPollers === undefined) return undefined;
  const { least: fewest, leastMax, most: limit, mostDefault } = POLLERS;
  const least = MinimumPollers ?? fewest;
  const most = MaximumPollers ?? mostDefault;
  if (least < fewest || most < fewest) throw pollersOutOfRange(fewest, leastMax, limit);
  if (least > most) throw pollersTurnedRound();
  return { least, most };
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function checkQueueBatch(isFifo: boolean, batchSize: number, window: number): void {
  if (isFifo && window > 0) throw fifoWindow();
  if (batchSize > BATCH_UNGATHERED_MAX && window === 0) throw windowNeeded();
}

function checkPosition(kind: MappingRow['kind'], given: Given, source: string): void {
  const { StartingPosition: position, StartingPositionTimestamp: timestamp } = given;
  if (position === undefined) throw noStartingPosition();
  if (position === 'AT_TIMESTAMP' && kind !== 'kinesis') throw badStartingPosition(source);
  if (position !== 'AT_TIMESTAMP' && timestamp !== undefined) throw strayTimestamp();
  if (position === 'AT_TIMESTAMP' && timestamp === undefined) throw noTimestamp();
}

function checkOnFailure(arn: string): void {
  const { service = '', resource = '' } = parseArn(arn) ?? {};
  if (!['sqs', 'sns', 's3'].includes(service)) throw notADestination();
  if (service !== 's3' && resource.endsWith('.fifo'))
    throw fifoDestination(service === 'sqs' ? 'SQS queues' : 'SNS topics');
}

/** ARN of a mapping: what it is tagged by. */
export function mappingArn({ partition, region, account }: Ctx, id: string): string {
  return `arn:${partition}:lambda:${region}:${account}:event-source-mapping:${id}`;
}

/** Deviation: changes are done when they are answered; the answer names the state that clients of AWS wait to see ended. */
export function describeMapping(
  row: MappingRow,
  ctx: Ctx,
  state = row.enabled ? 'Enabled' : 'Disabled',
): OutputOf<'lambda', 'GetEventSourceMapping'> {
  const isStream = row.kind !== 'sqs';
  return {
    UUID: row.id,
    ...(row.startingPosition !== undefined && { StartingPosition: row.startingPosition }),
    ...(row.startingTimestamp !== undefined && { StartingPositionTimestamp: row.startingTimestamp }),
    BatchSize: row.batchSize,
    MaximumBatchingWindowInSeconds: row.window,
    EventSourceArn: row.source,
    ...(row.filters.length > 0 && { FilterCriteria: { Filters: row.filters.map((Pattern) => ({ Pattern })) } }),
    ...(row.kmsKeyArn !== undefined && { KMSKeyArn: row.kmsKeyArn }),
    ...(row.metrics !== undefined && { MetricsConfig: { Metrics: row.metrics } }),
    ...(row.concurrencyMax !== undefined && { ScalingConfig: { MaximumConcurrency: row.concurrencyMax } }),
    ...(row.pollers !== undefined && {
      ProvisionedPollerConfig: { MinimumPollers: row.pollers.least, MaximumPollers: row.pollers.most },
    }),
    FunctionArn: arnOf(ctx, ctx.account, row.name, row.qualifier),
    LastModified: row.modifiedAt,
    State: state,
    StateTransitionReason: isStream ? 'User action' : 'USER_INITIATED',
    FunctionResponseTypes: row.reportsItems ? ['ReportBatchItemFailures'] : [],
    EventSourceMappingArn: mappingArn(ctx, row.id),
    ...(isStream && {
      LastProcessingResult: row.lastResult,
      ParallelizationFactor: row.lanes,
      DestinationConfig: { OnFailure: row.onFailure === undefined ? {} : { Destination: row.onFailure } },
      MaximumRecordAgeInSeconds: row.recordAgeMax,
      BisectBatchOnFunctionError: row.bisects,
      MaximumRetryAttempts: row.retriesMax,
      TumblingWindowInSeconds: row.tumbling,
    }),
  };
}
