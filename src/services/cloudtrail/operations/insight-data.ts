/** What Insights have found: events, and the rates of calls and errors. */
import { type Millis, page } from '#kernel/base';
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import { markOf, tokenOf } from '../domain/mark.ts';
import { badParameter, badTime, badToken } from '../errors.ts';
import { HISTORY_KEPT, LOOKUP_DEFAULT, RATES_KEPT, RATES_LISTED } from '../limits.ts';
import { callMinutes, type InsightRow, insights, type TrailRow } from '../state.ts';
import { everywhere, readTrail } from './trail.ts';

type Found = OutputOf<'cloudtrail', 'LookupEvents'>;
/** `key` and `value`: what an event must have; `to` exclusive. */
type Asked = {
  key: string | undefined;
  value: string | undefined;
  from: Millis;
  to: Millis;
  limit: number;
  token: string | undefined;
};

/** Insights by their time, newest first. Source: CloudTrail API Reference, LookupEvents: they are found by id, name and source. */
export function insightsFound(
  { key, value, from, to, limit, token }: Asked,
  wanted: (row: InsightRow) => boolean,
  { store }: Ctx,
): Found {
  const mark = token === undefined ? undefined : markOf(token);
  const start = mark === undefined ? { at: to } : { at: mark.at, id: mark.requestId };
  const next = (after: InsightRow | undefined, size: number) =>
    store.list(insights, { from: { at: from }, before: after ?? start, limit: size, reverse: true });
  const fits = (row: InsightRow) => wanted(row) && (key === undefined || shown(row)[key as 'EventId'] === value);
  const { rows, last } = page(next, limit, fits);
  return {
    Events: rows.map(shown),
    ...(last !== undefined && { NextToken: tokenOf({ at: last.at, sequence: 0, requestId: last.id }) }),
  };
}

function shown({ id, at, record }: InsightRow) {
  const { eventName, eventSource } = record.insightDetails as { eventName: string; eventSource: string };
  return {
    EventId: id,
    EventName: eventName,
    EventSource: eventSource,
    EventTime: at,
    Resources: [],
    CloudTrailEvent: JSON.stringify(record),
  };
}

export const listInsightsData: Handler<'cloudtrail', 'ListInsightsData'> = (input, ctx) => {
  const trail = readTrail(input.InsightSource, ctx);
  const from = Math.max(Number(input.StartTime ?? 0), ctx.now - HISTORY_KEPT);
  const to = Number(input.EndTime ?? ctx.now) + 1;
  if (from >= to) throw badParameter('End time must be after the start time.');
  const [[key, value] = []] = Object.entries(input.Dimensions ?? {});
  const limit = input.MaxResults ?? LOOKUP_DEFAULT;
  const asked = { key, value, from, to, limit, token: input.NextToken };
  return insightsFound(asked, (row) => row.data === true && row.trail === trail.arn, ctx);
};

type MetricInput = InputOf<'cloudtrail', 'ListInsightsMetricData'>;

/**
 * Source: CloudTrail API Reference, ListInsightsMetricData. A value is the number of calls, or of errors, in a period: the reference calls it a
 * rate and does not say of which time.
 */
export const listInsightsMetricData: Handler<'cloudtrail', 'ListInsightsMetricData'> = (input, ctx) => {
  const { EventSource: source, EventName: name, InsightType: type, ErrorCode: error } = input;
  if (type === 'ApiErrorRateInsight' && error === undefined)
    throw badParameter('ErrorCode is required when InsightType is ApiErrorRateInsight.');
  if (type === 'ApiCallRateInsight' && error !== undefined)
    throw badParameter('ErrorCode is only valid when InsightType is ApiErrorRateInsight.');
  const trail = trailOf(input, ctx);
  const { instants, valueAt } = ratesOf(input, trail, ctx);
  const begin = input.NextToken === undefined ? 0 : indexOf(input.NextToken, instants);
  const end = begin + (input.MaxResults ?? RATES_LISTED);
  const some = instants.slice(begin, end);
  return {
    ...(input.TrailName !== undefined && { TrailARN: trail?.arn }),
    EventSource: source,
    EventName: name,
    InsightType: type,
    ...(error !== undefined && { ErrorCode: error }),
    Timestamps: some,
    Values: some.map(valueAt),
    ...(end < instants.length && { NextToken: Buffer.from(String(instants[end])).toString('base64url') }),
  };
};

function indexOf(token: string, instants: readonly Millis[]): number {
  const at = Number(Buffer.from(token, 'base64url').toString());
  const index = instants.findIndex((instant) => instant >= at);
  if (index < 0) throw badToken();
  return index;
}

/** The trail that counts: the one that is named, which counts data events; or one of the Region's that counts management events. */
function trailOf({ TrailName: named, InsightType: type }: MetricInput, ctx: Ctx): TrailRow | undefined {
  if (named === undefined)
    return everywhere(ctx).find(
      (row) => row.insights?.types.includes(type) === true && (row.multiRegion || row.arn.split(':')[3] === ctx.region),
    );
  return readTrail(named, ctx);
}

/** Periods, oldest first, and how often the call came in each. */
function ratesOf(input: MetricInput, trail: TrailRow | undefined, ctx: Ctx) {
  const { Period: seconds = 3_600, DataType: kind = 'NonZeroData', EventSource: source, EventName: name } = input;
  const kept = RATES_KEPT[seconds];
  if (kept === undefined) throw badParameter('Period must be 60, 300 or 3600.');
  const period = seconds * 1_000;
  const given = Math.max(Number(input.StartTime ?? 0), ctx.now - kept);
  const to = Math.min(Number(input.EndTime ?? ctx.now), ctx.now);
  if (given >= to) throw badTime();
  const from = given - (given % period);
  const what = { region: ctx.region, type: input.InsightType, source, name, error: input.ErrorCode ?? '' };
  const store = ctx.store.in({ region: trail?.arn.split(':')[3] ?? ctx.region });
  const rows =
    trail === undefined
      ? []
      : store.list(callMinutes, { where: { trail: trail.arn, ...what }, from: { at: from }, before: { at: to } });
  const sums = new Map<Millis, number>();
  for (const { at, count } of rows) sums.set(at - (at % period), (sums.get(at - (at % period)) ?? 0) + count);
  const every = Array.from({ length: Math.ceil((to - from) / period) }, (_, index) => from + index * period);
  return {
    instants: kind === 'FillWithZeros' ? every : [...sums.keys()],
    valueAt: (at: Millis) => sums.get(at) ?? 0,
  };
}
