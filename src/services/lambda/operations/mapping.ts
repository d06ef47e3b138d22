/** Event source mappings: made, changed, shown, deleted. */
import { parseArn } from '#kernel/base';
import { type Aws, type Ctx, type Handler, ServiceError } from '#kernel/contract';
import { checkFilterKey, isSecret } from '../domain/filter-key.ts';
import { findFunction, targetOf, versionOf } from '../domain/find.ts';
import { describeMapping, kindOf, mappingSettings, streamArnOf } from '../domain/mapping.ts';
import { parseName } from '../domain/names.ts';
import { actAsRole } from '../domain/spec.ts';
import { notWithTenants, sourceElsewhere } from '../errors.ts';
import {
  functionMissing,
  mappingExists,
  noResource,
  overReserve,
  queueUnreadable,
  roleMayNotCall,
  streamMissing,
  streamUnreadable,
  visibilityTooShort,
} from '../errors-mapping.ts';
import { LIST_MAPPINGS_MAX } from '../limits.ts';
import { type MappingRow, mappings } from '../mapping-state.ts';
import { forget, queueUrlOf, relane, wake, watch } from '../sources/watch.ts';
import { functions, LATEST, type VersionRow } from '../state.ts';

/** There, or it was: who may not read it is told so before. */
const FIRST_SHARD = 'shardId-000000000000';

export const createEventSourceMapping: Handler<'lambda', 'CreateEventSourceMapping'> = async (input, ctx) => {
  const source = input.EventSourceArn ?? '';
  const kind = kindOf(input.EventSourceArn, input.SelfManagedEventSource !== undefined);
  if (parseArn(source)?.region !== ctx.region) throw sourceElsewhere(ctx.region);
  const settings = mappingSettings(input, source, undefined);
  const { name, qualifier, version } = functionOf(input.FunctionName, ctx);
  if (version.tenancy !== undefined) throw notWithTenants('Event source mapping');
  checkConcurrency(name, settings, ctx);
  checkNew(kind, source, name, qualifier, ctx);
  await checkSource(kind, source, version, ctx);
  const id = ctx.uuid();
  await checkFilterKey({ id, name, qualifier, source, ...settings }, ctx);
  return ctx.transact((store) => {
    checkNew(kind, source, name, qualifier, ctx);
    const row: MappingRow = {
      id,
      name,
      qualifier,
      source,
      kind,
      ...settings,
      lastResult: 'No records processed',
      tags: input.Tags ?? {},
      modifiedAt: ctx.now,
    };
    store.put(mappings, row);
    watch(row, ctx);
    return describeMapping(row, ctx, 'Creating');
  });
};

export const updateEventSourceMapping: Handler<'lambda', 'UpdateEventSourceMapping'> = async (input, ctx) => {
  const before = find(input.UUID, ctx);
  const { name, qualifier, version } =
    input.FunctionName === undefined
      ? { ...before, version: targetOf(before.name, before.qualifier, ctx)?.version }
      : functionOf(input.FunctionName, ctx);
  const settings = mappingSettings(input, before.source, before);
  checkConcurrency(name, settings, ctx);
  if (version !== undefined && input.FunctionName !== undefined)
    await checkSource(before.kind, before.source, version, ctx);
  if (input.KMSKeyArn !== undefined || input.FilterCriteria !== undefined)
    await checkFilterKey({ id: before.id, name, qualifier, source: before.source, ...settings }, ctx);
  return ctx.transact((store) => {
    const row = find(input.UUID, ctx);
    const { concurrencyMax: _, onFailure: __, kmsKeyArn: ___, pollers: ____, metrics: _____, ...rest } = row;
    const changed: MappingRow = {
      ...rest,
      ...mappingSettings(input, row.source, row),
      name,
      qualifier,
      modifiedAt: ctx.now,
    };
    store.put(mappings, changed);
    if (changed.lanes !== row.lanes) relane(row, ctx);
    wake(changed, ctx);
    const state = changed.enabled === row.enabled ? 'Updating' : changed.enabled ? 'Enabling' : 'Disabling';
    return describeMapping(changed, ctx, state);
  });
};

export const getEventSourceMapping: Handler<'lambda', 'GetEventSourceMapping'> = (input, ctx) =>
  describeMapping(find(input.UUID, ctx), ctx);

export const deleteEventSourceMapping: Handler<'lambda', 'DeleteEventSourceMapping'> = (input, ctx) => {
  const row = find(input.UUID, ctx);
  ctx.store.delete(mappings, row);
  forget(row, ctx);
  return describeMapping(row, ctx, 'Deleting');
};

export const listEventSourceMappings: Handler<'lambda', 'ListEventSourceMappings'> = (input, ctx) => {
  const limit = Math.min(input.MaxItems ?? LIST_MAPPINGS_MAX, LIST_MAPPINGS_MAX);
  const after = input.Marker === undefined ? {} : { after: { id: input.Marker } };
  const { EventSourceArn: source, FunctionName: given } = input;
  const named = given === undefined ? undefined : parseName(given, undefined, ctx);
  if (named !== undefined && ctx.store.get(functions, { name: named.name }) === undefined)
    findFunction(named.name, undefined, ctx);
  const where = named === undefined ? undefined : { name: named.name, qualifier: named.qualifier ?? '' };
  const byFunction = where !== undefined && { index: 'byFunction', where };
  const bySource = source !== undefined && { index: 'bySource', where: { source } };
  // A function's mappings are few, those of one source among them fewer.
  const rows =
    byFunction && bySource
      ? ctx.store.list(mappings, { ...byFunction, ...after }).filter((row) => row.source === source)
      : ctx.store.list(mappings, { ...(byFunction || bySource), ...after, limit: limit + 1 });
  return {
    EventSourceMappings: rows
      .slice(0, limit)
      .map((row) => describeMapping(isSecret(row) ? { ...row, filters: [] } : row, ctx)),
    ...(rows.length > limit && { NextMarker: rows[limit - 1]?.id }),
  };
};

/** @throws {ServiceError} InvalidParameterValueException for more at a time than are reserved for the function */
function checkConcurrency(name: string, { concurrencyMax = 0 }: Pick<MappingRow, 'concurrencyMax'>, ctx: Ctx): void {
  const reserved = ctx.store.get(functions, { name })?.reserved;
  if (reserved !== undefined && concurrencyMax > reserved) throw overReserve(concurrencyMax, reserved);
}

/** @throws {ServiceError} ResourceNotFoundException */
function find(id: string, ctx: Ctx): MappingRow {
  const row = ctx.store.get(mappings, { id });
  if (row === undefined) throw noResource();
  return row;
}

/** @throws {ServiceError} InvalidParameterValueException */
function functionOf(given: string, ctx: Ctx): { name: string; qualifier: string; version: VersionRow } {
  const { account, name, qualifier = '' } = parseName(given, undefined, ctx);
  const version = versionOf(ctx.store, name, qualifier === '' ? LATEST : qualifier);
  if (version === undefined || account !== ctx.account) throw functionMissing();
  return { name, qualifier, version };
}

function checkNew(kind: MappingRow['kind'], source: string, name: string, qualifier: string, ctx: Ctx): void {
  const before = ctx.store
    .list(mappings, { index: 'byFunction', where: { name, qualifier } })
    .find((row) => row.source === source);
  if (before !== undefined) throw mappingExists(kind, source, name, before.id);
}

const denied = (error: unknown) => error instanceof ServiceError && error.code.startsWith('AccessDenied');

/** Whether one may make a call; what else comes of it does not matter. @throws {ServiceError} the denial */
async function mayCall(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (denied(error) || !(error instanceof ServiceError)) throw error;
  });
}

/** Tries what the readers of a stream do, by the stream's policy, too, which may let in roles of other accounts. */
async function tryStream(StreamARN: string, { kinesis }: Aws): Promise<void> {
  const { StreamDescription } = await kinesis.DescribeStream({ StreamARN, Limit: 1 });
  const ShardId = StreamDescription.Shards[0]?.ShardId ?? '';
  const { ShardIterator = '' } = await kinesis.GetShardIterator({ StreamARN, ShardId, ShardIteratorType: 'LATEST' });
  await mayCall(kinesis.GetRecords({ StreamARN, ShardIterator, DryRun: true }));
}

async function tryConsumer(StreamARN: string, ConsumerARN: string, { kinesis }: Aws): Promise<void> {
  await kinesis.DescribeStreamSummary({ StreamARN });
  // AWS's own role for functions of streams may not look at consumers, and need not.
  await kinesis.DescribeStreamConsumer({ ConsumerARN }).catch((error: unknown) => {
    if (!denied(error)) throw error;
  });
  const StartingPosition = { Type: 'LATEST' } as const;
  await mayCall(kinesis.SubscribeToShard({ ConsumerARN, ShardId: FIRST_SHARD, StartingPosition, DryRun: true }));
}

/** The function's role must be able to read the source. */
async function checkSource(kind: MappingRow['kind'], source: string, version: VersionRow, ctx: Ctx): Promise<void> {
  const acting = await actAsRole(version, ctx);
  const aws = acting.aws();
  if (kind === 'kinesis') {
    const stream = streamArnOf(source);
    const isConsumer = stream !== source;
    try {
      await (isConsumer ? tryConsumer(stream, source, aws) : tryStream(stream, aws));
    } catch (error) {
      if (denied(error) && isConsumer) throw roleMayNotCall('SubscribeToShard, DescribeStreamSummary', 'Kinesis');
      if (denied(error)) throw streamUnreadable(source);
      if (error instanceof ServiceError) throw streamMissing(source);
      throw error;
    }
    return;
  }
  if (kind === 'dynamodb') {
    try {
      await aws['dynamodb-streams'].DescribeStream({ StreamArn: source, Limit: 1 });
    } catch (error) {
      if (denied(error)) throw streamUnreadable(source);
      if (error instanceof ServiceError) throw streamMissing(source);
      throw error;
    }
    return;
  }
  const QueueUrl = queueUrlOf(source);
  try {
    const { Attributes } = await aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
    const visibility = Number(Attributes?.VisibilityTimeout ?? 0);
    if (visibility < version.timeout) throw visibilityTooShort(visibility, version.timeout);
    for (const action of ['ReceiveMessage', 'DeleteMessage'])
      acting.authorize({ action: `sqs:${action}`, resource: source, account: ctx.account });
  } catch (error) {
    if (denied(error)) throw roleMayNotCall('ReceiveMessage', 'SQS');
    if (error instanceof ServiceError && error.code === 'QueueDoesNotExist')
      throw queueUnreadable('AWS.SimpleQueueService.NonExistentQueue', error.message);
    throw error;
  }
}
