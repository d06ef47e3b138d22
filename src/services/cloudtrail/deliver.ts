/** What trails do by themselves: each minute they tell what happened, every five they file it, every hour they sign what they filed. */

import { isDeepStrictEqual } from 'node:util';
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { type KeptCall, listCalls } from '#kernel/events';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import { wantsReads } from '../eventbridge/port.ts';
import { notify, toLogs } from './destination.ts';
import { putDigests, putLog } from './domain/files.ts';
import { forgetDelivered } from './domain/forget.ts';
import { type SeenCall, seen } from './domain/point.ts';
import { recordOf } from './domain/record.ts';
import { GLOBAL_REGION, wants, wantsData } from './domain/select.ts';
import { type Insight, lookAtRates, looksAtRates } from './insights.ts';
import { DIGEST_EVERY, FILE_CALLS_MAX, FILE_EVERY, REDELIVERED_FOR, SCAN_EVERY } from './limits.ts';
import { type Mark, type Marks, type TrailRow, trails } from './state.ts';

export const scan: TimerHandler = ({ name }, ctx) => {
  const trail = ctx.store.get(trails, { name: String(name) });
  if (trail?.logging !== true) return;
  ctx.arm('scan', trail.name, ctx.now + SCAN_EVERY, { name: trail.name });
  ctx.start('deliver', trail.name, { name: trail.name });
};

export const deliver: TaskHandler = async ({ name }, ctx) => {
  const trail = ctx.store.get(trails, { name: String(name) });
  if (trail?.logging !== true) return;
  await tell(trail, ctx.clock(), ctx);
  const now = ctx.clock();
  if (now >= trail.nextFileAt) await file(now, trail.name, ctx);
  const filed = ctx.store.get(trails, { name: trail.name });
  if (filed?.validated === true && now >= filed.nextDigestAt) await digest(filed, now, ctx);
};

/** A timer: what happened until a trail stopped or was deleted, that call itself with it, is still delivered. */
export const part: TimerHandler = (payload, ctx) => ctx.start('finish', String(payload.name), payload);

/** Source: CloudTrail User Guide, "CloudTrail digest file structure": a final digest is written, too. */
export const finish: TaskHandler = async (payload, ctx) => {
  const { trail, to, isTold } = payload as { trail: TrailRow; to: Millis; isTold?: boolean };
  const before = ctx.store.get(trails, { name: trail.name });
  if (isTold !== true && before?.logging === false) await tell(trail, to, ctx);
  const { filed, files, failed } = await fileCalls(trail, to, ctx);
  const now = ctx.clock();
  const whole = { ...trail, filed, files: [...trail.files, ...files] };
  // Who deletes a trail ends that.
  if (failed !== undefined && before !== undefined && now - to < REDELIVERED_FOR) {
    ctx.transact(() => ctx.arm('part', trail.name, now + FILE_EVERY, { ...payload, trail: whole, isTold: true }));
    return;
  }
  const digests = trail.validated ? await tryDigests(whole, now, ctx) : undefined;
  ctx.transact((store) => {
    const row = store.get(trails, { name: trail.name });
    if (row?.logging !== false) return;
    const delivered = files.length > 0 && { deliveredAt: now, deliveryTriedAt: now };
    store.put(trails, {
      ...row,
      files: [],
      ...delivered,
      ...(digests !== undefined && { ...digests, digestAt: now }),
    });
  });
};

type Place = { region: string; kind: 'management' | 'data' };

function placesOf(trail: TrailRow, ctx: Ctx): Place[] {
  const own = trail.global ? new Set([ctx.region, GLOBAL_REGION]) : [ctx.region];
  const regions = trail.multiRegion ? [...REGIONS.keys()] : [...own];
  const kinds: Place['kind'][] = wantsData(trail) ? ['management', 'data'] : ['management'];
  return regions.flatMap((region) => kinds.map((kind) => ({ region, kind })));
}

const keyOf = ({ region, kind }: Place) => `${region}/${kind}`;

const OWN = 'cloudtrail.amazonaws.com';
const DELIVERIES = ['s3/PutObject', 'cloudwatch-logs/PutLogEvents'];

/**
 * Whether a call is CloudTrail's own and none of the trail's events. Source: CloudTrail User Guide, "Suppressing recursive events with recursive logging".
 * Deviation: of CloudTrail's own calls, only data events are ever told.
 */
function isOwn({ recursive = true }: TrailRow, { principal, invokedBy, data, service, operation }: SeenCall): boolean {
  if (principal !== OWN && invokedBy !== OWN) return false;
  return principal === OWN && !data ? true : !recursive && DELIVERIES.includes(`${service}/${operation}`);
}

/** Calls since a mark that the trail wants; and the mark after them. */
function since(
  trail: TrailRow,
  place: Place,
  mark: Mark | undefined,
  to: number,
  ctx: Ctx,
): { calls: SeenCall[]; mark: Mark | undefined } {
  const view = ctx.store.in({ region: place.region });
  const rows = listCalls(view, place.kind, {
    from: Math.max(mark?.at ?? trail.startedAt ?? 0, to - REDELIVERED_FOR),
    to,
    limit: FILE_CALLS_MAX,
    after: mark,
  });
  const last = rows.at(-1);
  return {
    calls: rows.map((row) => seen(row, view)).filter((row) => wants(trail, row, ctx.region) && !isOwn(trail, row)),
    mark: last === undefined ? mark : { at: last.at, sequence: last.sequence, requestId: last.requestId },
  };
}

/** What is new of all places, and the marks after it. */
function news(trail: TrailRow, marks: Marks, to: Millis, ctx: Ctx): { calls: SeenCall[]; marks: Marks } {
  const after = { ...marks };
  const calls = placesOf(trail, ctx).flatMap((place) => {
    const found = since(trail, place, marks[keyOf(place)], to, ctx);
    if (found.mark !== undefined) after[keyOf(place)] = found.mark;
    return found.calls;
  });
  return { calls, marks: after };
}

/** To EventBridge, and to the trail's log group, which may be behind. */
async function tell(trail: TrailRow, to: Millis, ctx: Ctx): Promise<void> {
  const { calls: all, marks: told } = news(trail, trail.told, to, ctx);
  const logging = trail.logged === undefined ? { calls: all, marks: told } : news(trail, trail.logged, to, ctx);
  const looks = looksAtRates(trail, to);
  // Calls are counted when a whole minute of them is.
  if (!looks && all.length === 0 && logging.calls.length === 0) return;
  const written = logging.calls.map((call) => ({ timestamp: call.at, message: JSON.stringify(recordOf(call)) }));
  const error = written.length === 0 ? undefined : await toLogs(trail, 'CloudTrail', written, ctx);
  const logged = error === undefined ? logging.marks : (trail.logged ?? trail.told);
  // What is counted and how far calls have been counted are one transaction: nothing counts twice after a crash.
  ctx.transact((store) => {
    const row = store.get(trails, { name: trail.name });
    if (row === undefined) return;
    const { logsError: _, logged: __, ...rest } = row;
    store.put(trails, {
      ...rest,
      told,
      ...(trail.logGroupArn !== undefined && !isDeepStrictEqual(logged, told) && { logged }),
      ...(rest.insights !== undefined && { insights: { ...rest.insights, lookedAt: to } }),
      ...(trail.logGroupArn !== undefined &&
        written.length > 0 &&
        (error === undefined ? { logsAt: to } : { logsError: error })),
    });
    if (looks) beginInsights(row, all, to, store, ctx);
    const others = loggingBefore(trail, ctx);
    for (const call of all)
      if (isTold(call, ctx) && !others.some(({ row: other, home }) => tells(other, call, home)))
        ctx.emit('aws.event', eventOf(call, ctx), { account: ctx.account, region: call.region });
  });
}

/** Source: EventBridge User Guide, "AWS service events delivered via CloudTrail": calls that only read are told to rules that ask for them, but those for tokens to all. */
function isTold(call: KeptCall, ctx: Ctx): boolean {
  const isForToken = call.service === 'sts' && /^Get(Federation|Session)Token$/.test(call.operation);
  return !call.readonly || isForToken || (!call.data && wantsReads(ctx.store.in({ region: call.region })));
}

type Other = { row: TrailRow; home: string };

/** Trails that log and come before one: of several that want a call, the first tells EventBridge. */
function loggingBefore(trail: TrailRow, ctx: Ctx): Other[] {
  return [...REGIONS.keys()]
    .flatMap((home) =>
      ctx.store
        .in({ region: home })
        .list(trails)
        .map((row) => ({ row, home })),
    )
    .filter(({ row }) => row.logging && row.arn < trail.arn);
}

const tells = (trail: TrailRow, call: SeenCall, home: string) =>
  call.at >= (trail.startedAt ?? Number.POSITIVE_INFINITY) && wants(trail, call, home);

function eventOf(call: SeenCall, ctx: Ctx): Record<string, unknown> {
  const record = recordOf(call);
  const source = `aws.${String(record.eventSource).split('.')[0]}`;
  return {
    source,
    detailType: 'AWS API Call via CloudTrail',
    detail: record,
    resources: [],
    at: call.at,
    id: ctx.uuid(),
  };
}

/** What is unusual is told to EventBridge at once; a task brings it to the log group and the bucket. In a transaction. */
function beginInsights(trail: TrailRow, calls: readonly KeptCall[], now: number, store: StoreView, ctx: Ctx): void {
  const told = lookAtRates(trail, calls, now, store, ctx);
  for (const { record, region, id } of told) {
    const event = { source: 'aws.cloudtrail', detailType: 'AWS Insight via CloudTrail', detail: record, resources: [] };
    ctx.emit('aws.event', { ...event, at: now, id }, { account: ctx.account, region });
  }
  if (told.length > 0)
    ctx.start('fileInsights', `${trail.name}/${now}`, { name: trail.name, at: now, logs: told, files: told });
}

/** A task: insights are written to the log group and the bucket; what these do not take now, later. */
export const fileInsights: TaskHandler = async (payload, ctx) => {
  const { name, at, logs, files } = payload as { name: string; at: Millis; logs: Insight[]; files: Insight[] };
  const trail = ctx.store.get(trails, { name });
  if (trail === undefined) return;
  const written = logs.map(({ record }) => ({ timestamp: at, message: JSON.stringify(record) }));
  const error = written.length === 0 ? undefined : await toLogs(trail, 'CloudTrail-Insight', written, ctx);
  const left = { logs: error === undefined ? [] : logs, files: [] as Insight[] };
  for (const [region, some] of Map.groupBy(files, (one) => one.region)) {
    const records = some.map(({ record }) => record);
    await putLog(trail, region, records, at, ctx, 'CloudTrail-Insight').catch((error) => {
      if (!(error instanceof ServiceError)) throw error;
      left.files.push(...some);
    });
  }
  const now = ctx.clock();
  if (left.logs.length + left.files.length > 0 && now - at < REDELIVERED_FOR)
    ctx.transact(() => ctx.arm('insight', `${name}/${at}`, now + FILE_EVERY, { name, at, ...left }));
};

/** A timer: insights that could not be written are tried again. */
export const insight: TimerHandler = (payload, ctx) =>
  ctx.start('fileInsights', `${payload.name}/${payload.at}`, payload);

/** Files for each Region where something happened before an instant. */
async function fileCalls(trail: TrailRow, to: Millis, ctx: Ctx) {
  const now = ctx.clock();
  const filed = { ...trail.filed };
  const files: TrailRow['files'] = [];
  let failed: string | undefined;
  for (const place of placesOf(trail, ctx)) {
    const { calls, mark } = since(trail, place, trail.filed[keyOf(place)], to, ctx);
    try {
      if (calls.length > 0) {
        const made = await putLog(trail, place.region, calls.map(recordOf), now, ctx);
        files.push({ bucket: trail.bucket, ...made, from: calls[0]?.at ?? now, to: calls.at(-1)?.at ?? now });
      }
      if (mark !== undefined) filed[keyOf(place)] = mark;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failed = error.code;
    }
  }
  return { filed, files, failed, notified: await notify(trail, files, ctx) };
}

async function file(now: number, name: string, ctx: Ctx): Promise<void> {
  const trail = ctx.store.get(trails, { name });
  if (trail === undefined) return;
  const { filed, files, failed, notified } = await fileCalls(trail, now, ctx);
  ctx.transact((store) => {
    const row = store.get(trails, { name });
    if (row === undefined) return;
    const { deliveryError: _, ...rest } = row;
    store.put(trails, {
      ...rest,
      filed,
      nextFileAt: now + FILE_EVERY,
      files: row.validated ? [...row.files, ...files] : [],
      ...(files.length > 0 && { deliveredAt: now }),
      ...(failed !== undefined && { deliveryError: failed }),
      ...((files.length > 0 || failed !== undefined) && { deliveryTriedAt: now }),
      ...(notified !== undefined && { notifications: { ...row.notifications, ...notified } }),
    });
    for (const { region, kind } of placesOf(trail, ctx)) if (kind === 'data') forgetDelivered(region, now, store);
  });
}

async function digest(trail: TrailRow, now: number, ctx: Ctx): Promise<void> {
  const digests = await tryDigests(trail, now, ctx);
  if (digests === undefined) return;
  ctx.transact((store) => {
    const row = store.get(trails, { name: trail.name });
    if (row !== undefined)
      store.put(trails, { ...row, ...digests, digestAt: now, files: [], nextDigestAt: now + DIGEST_EVERY });
  });
}

/** Undefined where the bucket does not take it. */
async function tryDigests(trail: TrailRow, now: Millis, ctx: Ctx) {
  try {
    return await putDigests(trail, now, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return undefined;
  }
}
