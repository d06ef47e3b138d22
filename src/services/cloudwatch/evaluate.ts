/** Alarms looked at, as time passes and as other alarms change: state and history. */
import { MINUTE, type Millis, offsetAt } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { startActions } from './actions.ts';
import { announceState } from './announce.ts';
import { type Judged, settleContributors } from './contributors.ts';
import { type Border, beyond, isBanded, judge, type Rule, ruleOf, samplesNeeded } from './domain/alarm.ts';
import { note } from './domain/history.ts';
import { type InsightPoints, insightCalls } from './domain/insight-metric.ts';
import type { Points, Series } from './domain/math.ts';
import type { Window } from './domain/period.ts';
import { runQueries } from './domain/query.ts';
import { parseRule } from './domain/rule.ts';
import { isWaiting } from './domain/warm-up.ts';
import { longTime, reasonOf, seriesReason, type Used, wireTime } from './domain/words.ts';
import { readInsights } from './insight-log.ts';
import { DAY_SECONDS, EVALUATE_EVERY, EVALUATE_FINE_EVERY, EXTRA_PERIODS, WEEK_SECONDS } from './limits.ts';
import {
  type AlarmRow,
  alarms,
  type CompositeAlarmRow,
  type MetricAlarmRow,
  type StateValue,
  watches,
} from './state.ts';
import { suppressed, suppressorChanged } from './suppress.ts';

/** When an alarm is looked at next: just after a period has ended. */
export function nextLook({ period }: MetricAlarmRow, now: Millis): Millis {
  const every = period < 60 ? EVALUATE_FINE_EVERY : EVALUATE_EVERY;
  return now - (now % every) + every;
}

/** A timer: one metric alarm is looked at. */
export const look: TimerHandler = ({ name }, ctx) => {
  const alarm = ctx.store.get(alarms, { name: String(name) });
  if (alarm?.kind !== 'MetricAlarm') return;
  ctx.arm('look', alarm.name, nextLook(alarm, ctx.now), { name: alarm.name });
  if (insightCalls(alarm.queries).length > 0) ctx.start('lookAtInsights', alarm.name, { name: alarm.name });
  else evaluateMetric(alarm, ctx);
};

/** A task: one metric alarm on Contributor Insights rules is looked at. */
export const lookAtInsights: TaskHandler = async ({ name }, ctx) => {
  const find = () => ctx.store.get(alarms, { name: String(name) });
  const alarm = find();
  if (alarm?.kind !== 'MetricAlarm') return;
  const insights = await readInsights(alarm.queries, windowOf(alarm, ctx.now), ctx);
  ctx.transact(() => {
    const now = find();
    // One that was changed meanwhile is looked at anew.
    if (now?.kind === 'MetricAlarm' && now.configuredAt === alarm.configuredAt) evaluateMetric(now, ctx, insights);
  });
};

function evaluateMetric(alarm: MetricAlarmRow, ctx: Ctx, insights?: InsightPoints): void {
  const window = windowOf(alarm, ctx.now);
  const { several, isPartial, isFailing, ...readings } = readingsIfAny(alarm, window, ctx, insights);
  const rule = ruleOf(alarm);
  const { isPartial: wasPartial = false, isFailing: wasFailing = false, ...rest } = alarm;
  const now: MetricAlarmRow = { ...rest, ...(isPartial && { isPartial }), ...(isFailing && { isFailing }) };
  const series = several?.map(({ points }) => points) ?? [readings.values];
  const last = instantsOf(alarm, window).slice(-alarm.evaluationPeriods);
  if (
    isWaiting(
      alarm.warmUp,
      series.some((points) => last.every((at) => points.has(at))),
      ctx.now,
    )
  )
    return;
  if (alarm.lowSamples === 'ignore' && hasFewSamples(alarm, window, ctx)) return;
  if (alarm.warmUp?.isOver === false) now.warmUp = { ...alarm.warmUp, isOver: true };
  if (wasPartial !== isPartial || wasFailing !== isFailing || now.warmUp !== alarm.warmUp) ctx.store.put(alarms, now);
  if (several !== undefined && (several.length > 0 || rule.treatMissing !== 'ignore'))
    evaluateSeveral(now, several, window, rule, ctx);
  if (several === undefined || several.length === 0) evaluateOne(now, readings, window, rule, ctx);
}

/** Whether too few values came in the evaluated periods for the percentile that an alarm looks at. */
function hasFewSamples(alarm: MetricAlarmRow, { to }: Window, ctx: Ctx): boolean {
  const { MetricStat: stat } = alarm.queries.find(({ ReturnData }) => ReturnData !== false) ?? {};
  const needed = samplesNeeded(stat?.Stat ?? '');
  if (stat === undefined || needed === 0) return false;
  const from = to - alarm.evaluationPeriods * alarm.period * 1_000;
  const counts = runQueries(
    [{ Id: 'n', MetricStat: { ...stat, Stat: 'SampleCount' } }],
    { from, to, offset: to % (alarm.period * 1_000) },
    ctx,
  ).get('n');
  const found = counts?.kind === 'series' ? [...counts.points.values()] : [];
  return found.reduce((all, count) => all + count, 0) < needed;
}

/** An alarm that looks at the series of a query's groups. */
function evaluateSeveral(
  alarm: MetricAlarmRow,
  several: readonly Series[],
  window: Window,
  rule: Rule,
  ctx: Ctx,
): void {
  const judged = several.map(({ attributes = {}, points }): Judged => {
    const valueAt = (at: Millis) => points.get(at);
    const verdict = judge(instantsOf(alarm, window).map(valueAt), rule);
    const isAlarm = verdict && verdict.state === 'ALARM';
    const used = usedOf(alarm, window, (at) => {
      const value = points.get(at);
      return value === undefined ? undefined : { at, value, breaches: rule.breaches(value) };
    });
    return { attributes, isAlarm, reason: seriesReason(alarm, isAlarm === true, used) };
  });
  const { state, reason } = settleContributors(alarm, judged, ctx.store, ctx);
  // Without a series the alarm's own rule for what is missing decides.
  if (several.length > 0 && (state !== alarm.state || reason !== alarm.reason))
    setState(alarm, state, reason, undefined, ctx.store, ctx);
}

/** An alarm that looks at one series. */
function evaluateOne(alarm: MetricAlarmRow, { values, borders }: Readings, window: Window, rule: Rule, ctx: Ctx): void {
  const distance = (at: Millis) => {
    const value = values.get(at);
    if (value === undefined || borders === undefined) return value;
    const border = borders.get(at);
    return border === undefined ? undefined : beyond(value, border);
  };
  const verdict = judge(instantsOf(alarm, window).map(distance), rule);
  if (verdict === undefined || verdict.state === alarm.state) return;
  const used = usedOf(alarm, window, (at) => {
    const [value, measured] = [values.get(at), distance(at)];
    if (value === undefined || measured === undefined) return undefined;
    return { at, value, border: borders?.get(at), breaches: rule.breaches(measured) };
  });
  const data = {
    version: '1.0',
    queryDate: wireTime(ctx.now),
    startDate: wireTime(used.at(-1)?.at ?? window.from),
    ...(alarm.single !== undefined && { statistic: alarm.single.Statistic ?? alarm.single.ExtendedStatistic }),
    period: alarm.period,
    recentDatapoints: used.map(({ value }) => value).toReversed(),
    ...(borders === undefined
      ? { threshold: alarm.threshold }
      : {
          recentLowerThresholds: used.map(({ border }) => border?.lower).toReversed(),
          recentUpperThresholds: used.map(({ border }) => border?.upper).toReversed(),
        }),
    evaluatedDatapoints: used.map(({ at, value }) => ({ timestamp: wireTime(at), value })),
  };
  setState(alarm, verdict.state, reasonOf(alarm, verdict.state, used, rule), JSON.stringify(data), ctx.store, ctx);
}

/** The starts of the periods that are looked at, oldest first. */
function instantsOf(alarm: MetricAlarmRow, { from }: Window): Millis[] {
  return Array.from({ length: periodsIn(alarm) }, (_, index) => from + index * alarm.period * 1_000);
}

/** What is there in the periods that are told of, newest first. */
function usedOf(alarm: MetricAlarmRow, window: Window, at: (instant: Millis) => Used | undefined): Used[] {
  const first = window.to - alarm.evaluationPeriods * alarm.period * 1_000;
  return instantsOf(alarm, window)
    .flatMap((instant) => (instant >= first ? (at(instant) ?? []) : []))
    .toReversed();
}

const periodsIn = ({ evaluationPeriods }: MetricAlarmRow) => evaluationPeriods + EXTRA_PERIODS;

/**
 * What an alarm looks at: whole periods up to the last minute, or up to the clock's last hour, day or week.
 *
 * @see CloudWatch User Guide, "Alarm evaluation window"
 */
function windowOf(alarm: MetricAlarmRow, now: Millis): Window {
  const { period: seconds, wallClock } = alarm;
  const period = seconds * 1_000;
  let to = now - (now % Math.min(period, MINUTE));
  if (wallClock !== undefined && seconds <= WEEK_SECONDS) {
    // 1970 began on a Thursday; weeks begin on Monday.
    const offset = offsetAt(wallClock, now) + (seconds === WEEK_SECONDS ? 3 * DAY_SECONDS * 1_000 : 0);
    to = now - ((now + offset) % period);
  }
  return { from: to - periodsIn(alarm) * period, to, offset: to % period };
}

/** `several`: of an alarm whose query groups; `isPartial`: the query could look at no more; `isFailing`: it can't be worked out. */
type Readings = { values: Points; borders: Map<Millis, Border> | undefined };
type AllReadings = Readings & { several: readonly Series[] | undefined; isPartial: boolean; isFailing: boolean };

/** What can't be worked out with the data of today has no values; an alarm's look never fails. */
function readingsIfAny(alarm: MetricAlarmRow, window: Window, ctx: Ctx, insights?: InsightPoints): AllReadings {
  try {
    return readingsOf(alarm, window, ctx, insights);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { values: new Map(), borders: undefined, several: undefined, isPartial: false, isFailing: true };
  }
}

/** Values of the alarm's metric or expression by the start of each period, and the band that they are compared with. */
function readingsOf(alarm: MetricAlarmRow, window: Window, ctx: Ctx, insights: InsightPoints | undefined): AllReadings {
  const results = runQueries(alarm.queries, window, ctx, { keeps: true, ...(insights !== undefined && { insights }) });
  const isShown = ({ Id, ReturnData }: { Id?: string; ReturnData?: boolean }) =>
    ReturnData !== false && Id !== alarm.thresholdId;
  const value = results.get((alarm.queries.find(isShown) ?? alarm.queries[0])?.Id ?? '');
  const series = value?.kind === 'series' ? value : value?.kind === 'list' ? value.items[0] : undefined;
  return {
    values: series?.points ?? new Map(),
    borders: bordersOf(alarm, results),
    several: alarm.language === 'sql' && value?.kind === 'list' ? value.items : undefined,
    isPartial: [...results.values()].some((result) => result.kind === 'list' && result.isPartial === true),
    isFailing: false,
  };
}

function bordersOf(
  { comparison: name, thresholdId }: MetricAlarmRow,
  results: ReturnType<typeof runQueries>,
): Map<Millis, Border> | undefined {
  if (!isBanded(name)) return undefined;
  const band = results.get(thresholdId ?? '');
  const [upper, lower] = band?.kind === 'list' ? band.items : [];
  return new Map(
    [...(upper?.points ?? [])].map(([at, high]) => [at, { lower: lower?.points.get(at) ?? high, upper: high }]),
  );
}

/**
 * Gives an alarm another state: noted, acted on, told to the alarms that watch it. In a transaction.
 *
 * @param path the alarms whose changes have led here: where composite alarms watch each other in a ring, it is gone round once
 * @see CloudWatch API Reference, PutCompositeAlarm: an evaluation stops where it comes to a cycle
 */
export function setState(
  alarm: AlarmRow,
  state: StateValue,
  reason: string,
  reasonData: string | undefined,
  store: StoreView,
  ctx: Ctx,
  path: readonly string[] = [],
): void {
  const { reasonData: _, ...rest } = alarm;
  const next: AlarmRow = {
    ...rest,
    state,
    reason,
    ...(reasonData !== undefined && { reasonData }),
    stateUpdatedAt: ctx.now,
    transitionedAt: alarm.state === state ? alarm.transitionedAt : ctx.now,
  };
  if (alarm.state === state) {
    store.put(alarms, next);
    return;
  }
  const changed = next.kind === 'CompositeAlarm' ? suppressed(next, alarm.state, store, ctx) : next;
  store.put(alarms, changed);
  const told = (from: AlarmRow) => ({
    stateValue: from.state,
    stateReason: from.reason,
    ...(from.reasonData !== undefined && { stateReasonData: JSON.parse(from.reasonData) }),
  });
  note(
    changed,
    'StateUpdate',
    `Alarm updated from ${alarm.state} to ${state}`,
    { version: '1.0', oldState: told(alarm), newState: told(changed) },
    store,
    ctx,
  );
  announceState(alarm, changed, ctx);
  if (state === 'ALARM') ctx.emit('cloudwatch.alarm', { arn: changed.arn });
  if (changed.kind !== 'CompositeAlarm') startActions(changed, alarm.state, ctx, alarm);
  suppressorChanged(changed, alarm.state, store, ctx);
  for (const { parent } of store.list(watches, { where: { child: alarm.name } })) {
    const composite = path.includes(parent) ? undefined : store.get(alarms, { name: parent });
    if (composite?.kind === 'CompositeAlarm') evaluateComposite(composite, store, ctx, [...path, alarm.name]);
  }
}

/** A composite alarm follows its children. In a transaction. */
export function evaluateComposite(
  alarm: CompositeAlarmRow,
  store: StoreView,
  ctx: Ctx,
  path: readonly string[] = [],
): void {
  const rule = parseRule(alarm.rule);
  const stateOf = (name: string) => store.get(alarms, { name })?.state;
  const state = rule.holds(stateOf) ? 'ALARM' : 'OK';
  if (state === alarm.state) return;
  const trigger = alarm.children
    .map((name) => store.get(alarms, { name }))
    .find((child) => child?.transitionedAt === ctx.now);
  if (trigger === undefined) {
    const reason = `${alarm.arn} was created and its alarm rule evaluates to ${state}`;
    setState(alarm, state, reason, undefined, store, ctx, path);
    return;
  }
  const timestamp = wireTime(trigger.stateUpdatedAt);
  const data = { triggeringAlarms: [{ arn: trigger.arn, state: { value: trigger.state, timestamp } }] };
  const reason = `${trigger.arn} transitioned to ${trigger.state} at ${longTime(ctx.now)}`;
  setState(alarm, state, reason, JSON.stringify(data), store, ctx, path);
}
