/**
 * CloudTrail Insights: calls that come much more often than in the week before, and errors that do.
 *
 * Deviation: AWS does not publish when a rate is unusual; here it is from `UNUSUAL_MIN` calls a minute on, and `UNUSUAL_TIMES` the usual rate.
 *
 * @see CloudTrail User Guide, "Working with CloudTrail Insights"
 */
import { DAY, HOUR, isoSeconds, MINUTE, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { KeptCall } from '#kernel/events';
import type { StoreView } from '#kernel/store';
import { eventName } from './domain/event-name.ts';
import type { TrailRecord } from './domain/record.ts';
import { eventSource } from './domain/source.ts';
import { HISTORY_KEPT, SCAN_EVERY } from './limits.ts';
import {
  callMinutes,
  callRates,
  type InsightType,
  insights,
  type OpenInsight,
  type RateRow,
  type TrailRow,
} from './state.ts';

const UNUSUAL_MIN = 20;
const UNUSUAL_TIMES = 3;
/** The time that is compared with. */
const BASELINE: Millis = 7 * DAY;
/** Nothing is unusual so soon. Source: User Guide: "it can take up to 36 hours for CloudTrail to begin delivering Insights events". */
const WARM_UP: Millis = 36 * HOUR;
/** Callers and programs that an event names. */
const NAMED_MAX = 5;
/** Old rows that one look removes. */
const SWEPT = 1_000;

type Counted = { type: InsightType; call: KeptCall; count: number; users: Counts; agents: Counts; errors: Counts };
type Counts = { [value: string]: number };

/** What the trail's Insights look at: calls, of those for management only writes; and errors of all. */
function countsOf(trail: TrailRow, calls: readonly KeptCall[]): Map<string, Counted> {
  const counts = new Map<string, Counted>();
  for (const call of calls) {
    for (const type of (call.data ? trail.insights?.data : trail.insights?.types) ?? []) {
      if (type === 'ApiCallRateInsight' ? call.readonly && !call.data : call.error === undefined) continue;
      const error = type === 'ApiErrorRateInsight' ? `/${call.error}` : '';
      const what = `${type}/${call.region}/${call.service}/${call.operation}${error}`;
      const found = counts.get(what) ?? { type, call, count: 0, users: {}, agents: {}, errors: {} };
      found.count += 1;
      found.users[call.principal] = (found.users[call.principal] ?? 0) + 1;
      found.agents[call.userAgent] = (found.agents[call.userAgent] ?? 0) + 1;
      found.errors[call.error ?? 'null'] = (found.errors[call.error ?? 'null'] ?? 0) + 1;
      counts.set(what, found);
    }
  }
  return counts;
}

/** Calls a minute in the week before. */
function usualOf({ days }: RateRow, enabledAt: Millis, now: Millis): number {
  const since = Math.max(enabledAt, now - BASELINE);
  const sum = Object.entries(days).reduce(
    (all, [day, count]) => (Number(day) * DAY >= now - BASELINE - DAY ? all + count : all),
    0,
  );
  return (sum * MINUTE) / Math.max(MINUTE, now - since);
}

/** Whether a minute has passed: a task that is taken up again after a crash does not look once more, which would end what goes on. */
export function looksAtRates({ insights: looked }: TrailRow, now: Millis): boolean {
  return looked !== undefined && now - (looked.lookedAt ?? 0) >= SCAN_EVERY / 2;
}

/**
 * Looks at the calls of a minute. In a transaction.
 *
 * @returns what is to be told: insights that have begun or ended
 */
export function lookAtRates(
  trail: TrailRow,
  calls: readonly KeptCall[],
  now: Millis,
  store: StoreView,
  ctx: Ctx,
): Insight[] {
  const enabledAt = trail.insights?.since;
  if (enabledAt === undefined) return [];
  const told: Insight[] = [];
  keepMinutes(trail, calls, store);
  const counts = countsOf(trail, calls);
  for (const [what, counted] of counts) {
    const row = store.get(callRates, { trail: trail.arn, what }) ?? { trail: trail.arn, what, days: {} };
    const usual = usualOf(row, enabledAt, now);
    const isUnusual =
      now - enabledAt >= WARM_UP && counted.count >= UNUSUAL_MIN && counted.count > UNUSUAL_TIMES * usual;
    if (isUnusual) told.push(...goOn(row, counted, usual, now, store, ctx));
    else {
      if (row.insight !== undefined) told.push(end(row.insight, now, ctx));
      const { insight: _, open: __, ...rest } = row;
      store.put(callRates, { ...rest, days: added(row.days, counted.count, now) });
    }
  }
  for (const row of store.list(callRates, { index: 'byOpen', where: { trail: trail.arn, open: 1 } })) {
    if (counts.has(row.what) || row.insight === undefined) continue;
    told.push(end(row.insight, now, ctx));
    const { insight: _, open: __, ...rest } = row;
    store.put(callRates, rest);
  }
  for (const { id, data, record } of told)
    store.put(insights, { id, at: now, trail: trail.arn, ...(data === true && { data }), record });
  const past = { before: { at: now - HISTORY_KEPT }, limit: SWEPT };
  for (const old of store.list(insights, past)) store.delete(insights, old);
  for (const old of store.list(callMinutes, { index: 'byTime', ...past })) store.delete(callMinutes, old);
  return told;
}

/** Keeps how often calls came, minute by minute. */
function keepMinutes(trail: TrailRow, calls: readonly KeptCall[], store: StoreView): void {
  for (const [at, some] of Map.groupBy(calls, (call) => call.at - (call.at % MINUTE)))
    for (const { type, call, count } of countsOf(trail, some).values()) {
      const error = type === 'ApiErrorRateInsight' ? (call.error ?? '') : '';
      const [source, name] = [eventSource(call), eventName(call)];
      const key = { trail: trail.arn, region: call.region, type, source, name, error, at };
      store.put(callMinutes, { ...key, count: (store.get(callMinutes, key)?.count ?? 0) + count });
    }
}

/** A trail's rates are of no use any more. In a transaction. */
export function forgetRates(trail: string, store: StoreView): void {
  for (const row of store.list(callRates, { where: { trail } })) store.delete(callRates, row);
  for (const row of store.list(callMinutes, { where: { trail } })) store.delete(callMinutes, row);
}

/** What is unusual does not count to what is usual. */
function added(days: { [day: string]: number }, count: number, now: Millis): { [day: string]: number } {
  const today = Math.floor(now / DAY);
  const kept = Object.entries(days).filter(([day]) => Number(day) >= today - BASELINE / DAY);
  return { ...Object.fromEntries(kept), [today]: (days[today] ?? 0) + count };
}

/** An insight of a Region, as CloudTrail writes it. */
export type Insight = { id: string; region: string; data?: true; record: TrailRecord };

function goOn(
  row: RateRow,
  { type, call, count, users, agents, errors }: Counted,
  usual: number,
  now: Millis,
  store: StoreView,
  ctx: Ctx,
): Insight[] {
  const before = row.insight;
  const sum = (a: Counts, b: Counts) => {
    const all = { ...a };
    for (const [value, times] of Object.entries(b)) all[value] = (all[value] ?? 0) + times;
    return Object.fromEntries(
      Object.entries(all)
        .toSorted(([, x], [, y]) => y - x)
        .slice(0, NAMED_MAX),
    );
  };
  const insight: OpenInsight = {
    shared: before?.shared ?? ctx.uuid(),
    type,
    region: call.region,
    source: eventSource(call),
    name: eventName(call),
    ...(call.data && { data: true }),
    ...(type === 'ApiErrorRateInsight' && call.error !== undefined && { error: call.error }),
    from: before?.from ?? now - MINUTE,
    usual: before?.usual ?? usual,
    count: (before?.count ?? 0) + count,
    minutes: (before?.minutes ?? 0) + 1,
    users: sum(before?.users ?? {}, users),
    agents: sum(before?.agents ?? {}, agents),
    errors: sum(before?.errors ?? {}, errors),
  };
  store.put(callRates, { ...row, open: 1, insight });
  return before === undefined ? [recorded('Start', insight, now, ctx)] : [];
}

const end = (insight: OpenInsight, now: Millis, ctx: Ctx) => recorded('End', insight, now, ctx);

/** Source: CloudTrail User Guide, "CloudTrail record contents for Insights events". Deviation: no callers of the baseline are named. */
function recorded(state: 'Start' | 'End', insight: OpenInsight, now: Millis, ctx: Ctx): Insight {
  const id = ctx.uuid();
  const { minutes, count, users, agents, error } = insight;
  const { errors = { [error ?? 'null']: count } } = insight;
  const attributed = (attribute: string, values: Counts) => ({
    attribute,
    insight: Object.entries(values).map(([value, times]) => ({ value, average: times / minutes })),
    baseline: [],
  });
  const record = {
    eventVersion: '1.11',
    eventTime: isoSeconds(state === 'Start' ? insight.from : now),
    awsRegion: insight.region,
    eventID: id,
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: ctx.account,
    sharedEventID: insight.shared,
    insightDetails: {
      state,
      eventSource: insight.source,
      eventName: insight.name,
      insightType: insight.type,
      ...(error !== undefined && { errorCode: error }),
      insightContext: {
        statistics: {
          baseline: { average: insight.usual },
          insight: { average: count / minutes },
          insightDuration: minutes,
          baselineDuration: BASELINE / MINUTE,
        },
        attributions: [
          attributed('userIdentityArn', users),
          attributed('userAgent', agents),
          attributed('errorCode', errors),
        ],
      },
    },
    eventCategory: 'Insight',
  };
  return { id, region: insight.region, ...(insight.data === true && { data: true }), record };
}
