/** Configurations of real-time logs: which fields of how many requests go to which streams. */
import type { Ctx, Handler } from '#kernel/contract';
import type { EndPoint, RealtimeLogConfig } from '#models/cloudfront';
import { isUsed, touch } from '../domain/find.ts';
import { arnOf, newEtag } from '../domain/ids.ts';
import { pageOf, pageSize } from '../domain/page.ts';
import { isField, REALTIME, realtimeName } from '../domain/realtime-log.ts';
import * as errors from '../errors.ts';
import { REALTIME_CONFIGS_MAX } from '../limits.ts';
import { type ThingRow, things } from '../state.ts';

const STREAM = /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[\w.-]+$/;
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

const missing = () => errors.thingError('NoSuchRealtimeLogConfig', 'The real-time log configuration does not exist.');

type Named = { Name?: string | undefined; ARN?: string | undefined };

/** By the ARN where both are given. @throws {ServiceError} NoSuchRealtimeLogConfig */
export function findRealtime({ Name, ARN }: Named, ctx: Ctx): ThingRow {
  if (Name === undefined && ARN === undefined)
    throw errors.invalidArgument('Either the name or the ARN of the real-time log configuration is required.');
  const id = ARN === undefined ? Name : realtimeName(ARN, ctx);
  const row = id === undefined ? undefined : ctx.store.get(things, { kind: REALTIME, id });
  if (row === undefined) throw missing();
  return row;
}

const shown = ({ config }: ThingRow) => config as RealtimeLogConfig;

function check({ SamplingRate: rate, EndPoints: ends, Fields: fields }: RealtimeLogConfig): void {
  if (!Number.isInteger(rate) || rate < 1 || rate > 100)
    throw errors.invalidArgument('The parameter SamplingRate must be between 1 and 100.');
  if (ends.length !== 1) throw errors.invalidArgument('The parameter EndPoints must have exactly one endpoint.');
  if (ends.some((one) => !isStream(one)))
    throw errors.invalidArgument('The parameter EndPoints must name a Kinesis stream and a role.');
  if (fields.length === 0) throw errors.invalidArgument('The parameter Fields must not be empty.');
  const unknown = fields.find((one) => !isField(one));
  if (unknown !== undefined) throw errors.invalidArgument(`The parameter Fields contains an unknown field: ${unknown}`);
  if (new Set(fields).size !== fields.length)
    throw errors.invalidArgument('The parameter Fields contains duplicate values.');
}

function isStream({ StreamType: type, KinesisStreamConfig: stream }: EndPoint): boolean {
  return type === 'Kinesis' && STREAM.test(stream?.StreamARN ?? '') && ROLE.test(stream?.RoleARN ?? '');
}

export const createRealtimeLogConfig: Handler<'cloudfront', 'CreateRealtimeLogConfig'> = (input, ctx) => {
  const { Name: name, SamplingRate, EndPoints, Fields } = input;
  if (!/^[\w-]{1,64}$/.test(name)) throw errors.invalidArgument('The parameter Name contains invalid characters.');
  const config = { ARN: arnOf(ctx, REALTIME, name), Name: name, SamplingRate, EndPoints, Fields };
  check(config);
  if (ctx.store.get(things, { kind: REALTIME, id: name }) !== undefined)
    throw errors.thingError('RealtimeLogConfigAlreadyExists', `Real-time log configuration ${name} already exists.`);
  if (ctx.store.count(things, { where: { kind: REALTIME } }) >= REALTIME_CONFIGS_MAX)
    throw errors.tooMany('TooManyRealtimeLogConfigs', 'real-time log configurations');
  const { now } = ctx;
  const row = { kind: REALTIME, id: name, name, config, etag: newEtag(ctx), createdAt: now, modifiedAt: now };
  ctx.store.put(things, row);
  return { RealtimeLogConfig: config };
};

export const getRealtimeLogConfig: Handler<'cloudfront', 'GetRealtimeLogConfig'> = (input, ctx) => ({
  RealtimeLogConfig: shown(findRealtime(input, ctx)),
});

export const listRealtimeLogConfigs: Handler<'cloudfront', 'ListRealtimeLogConfigs'> = (input, ctx) => {
  const { Marker: id } = input;
  const where = { kind: REALTIME };
  const rows = ctx.store.list(things, {
    where,
    ...(id !== undefined && id !== '' && { after: { id } }),
    limit: pageSize(input) + 1,
  });
  const { Quantity: _, ...page } = pageOf(input, rows, (row) => row.id, shown);
  return { RealtimeLogConfigs: page };
};

export const updateRealtimeLogConfig: Handler<'cloudfront', 'UpdateRealtimeLogConfig'> = (input, ctx) => {
  const row = findRealtime(input, ctx);
  const before = shown(row);
  const config = {
    ...before,
    SamplingRate: input.SamplingRate ?? before.SamplingRate,
    EndPoints: input.EndPoints ?? before.EndPoints,
    Fields: input.Fields ?? before.Fields,
  };
  check(config);
  ctx.store.put(things, { ...row, config, modifiedAt: ctx.now });
  touch(ctx);
  return { RealtimeLogConfig: config };
};

export const deleteRealtimeLogConfig: Handler<'cloudfront', 'DeleteRealtimeLogConfig'> = (input, ctx) => {
  const row = findRealtime(input, ctx);
  if (isUsed(ctx.store, `${REALTIME}/${row.id}`))
    throw errors.thingError(
      'RealtimeLogConfigInUse',
      'The real-time log configuration is attached to one or more cache behaviors.',
    );
  ctx.store.delete(things, row);
  return {};
};
