/**
 * Alarms on logs: CloudWatch Logs carries out their queries, and what each run gives is a value, or one for each of the query's groups.
 *
 * @see CloudWatch User Guide, "Log alarms"
 */
import type { Ctx, EventHandler, TaskHandler } from '#kernel/contract';
import { ifThere } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { Answer } from '#services/cloudwatch-logs/port';
import { type Judged, settleContributors } from './contributors.ts';
import { valuesOf } from './domain/aggregation.ts';
import { judge, ruleOf } from './domain/alarm.ts';
import { isWaiting } from './domain/warm-up.ts';
import { reasonOf, seriesReason, type Used, wireTime } from './domain/words.ts';
import { setState } from './evaluate.ts';
import { type AlarmRow, alarms, type LogAlarmRow, type LogRunRow, logRuns } from './state.ts';
import { alarmNameOf } from './suppress.ts';

/** A run of an alarm's query has ended. */
export const answered: EventHandler = (payload, ctx) => {
  const { resource, scheduledQuery, at } = payload as Answer;
  if (alarmOf(resource, scheduledQuery, ctx) === undefined) startDrop(resource, scheduledQuery, ctx);
  else ctx.start('lookAtAnswer', `${resource}/${at}`, payload);
};

/** The alarm that a query is managed for; one that is gone has left it behind, as has one that a crash has kept from being written. */
function alarmOf(arn: string, queryArn: string, { store }: Ctx): LogAlarmRow | undefined {
  const alarm: AlarmRow | undefined = store.get(alarms, { name: alarmNameOf(arn) });
  return alarm?.kind === 'LogAlarm' && alarm.queryArn === queryArn ? alarm : undefined;
}

/** A task: what a run gave is kept, and the alarm judged by its last ones. */
export const lookAtAnswer: TaskHandler = async (payload, ctx) => {
  const { resource, scheduledQuery, at, queryId } = payload as Answer;
  const alarm = alarmOf(resource, scheduledQuery, ctx);
  if (alarm === undefined) return;
  const logs = ctx.awsFor(alarm.arn)['cloudwatch-logs'];
  const results = queryId === undefined ? [] : ((await logs.GetQueryResults({ queryId })).results ?? []);
  const values = valuesOf(results, alarm.query.AggregationExpression);
  ctx.transact((store) => {
    const now = alarmOf(resource, scheduledQuery, ctx);
    if (now === undefined) return;
    store.put(logRuns, { alarm: now.name, at, values });
    const { isFailing: was = false, ...rest } = now;
    const isFailing = queryId === undefined;
    const next: LogAlarmRow = { ...rest, ...(isFailing && { isFailing }) };
    const all = store.list(logRuns, { where: { alarm: now.name } }).slice(-now.evaluationPeriods);
    const hasAll = all.length === now.evaluationPeriods && all.every((run) => run.values.length > 0);
    const waits = isWaiting(now.warmUp, hasAll, ctx.now);
    if (!waits && now.warmUp?.isOver === false) next.warmUp = { ...now.warmUp, isOver: true };
    if (was !== isFailing || next.warmUp !== now.warmUp) store.put(alarms, next);
    if (!waits) evaluate(next, store, ctx);
  });
};

function evaluate(alarm: LogAlarmRow, store: StoreView, ctx: Ctx): void {
  const all = store.list(logRuns, { where: { alarm: alarm.name } });
  const runs = all.slice(-alarm.evaluationPeriods);
  for (const old of all.slice(0, -alarm.evaluationPeriods)) store.delete(logRuns, old);
  const rule = ruleOf(alarm);
  const series = seriesOf(runs);
  const isGrouped = [...series.values()].some(({ attributes }) => Object.keys(attributes).length > 0);
  const usedOf = (points: ReadonlyMap<number, number>) =>
    [...points].map(([at, value]): Used => ({ at, value, breaches: rule.breaches(value) })).toReversed();
  if (!isGrouped) {
    const points = series.values().next().value?.points ?? new Map<number, number>();
    if (rule.treatMissing !== 'ignore') settleContributors(alarm, [], store, ctx);
    const verdict = judge(
      runs.map(({ at }) => points.get(at)),
      rule,
    );
    if (verdict === undefined || verdict.state === alarm.state) return;
    const used = usedOf(points);
    const data = {
      version: '1.0',
      queryDate: wireTime(ctx.now),
      threshold: alarm.threshold,
      evaluatedDatapoints: used.map(({ at, value }) => ({ timestamp: wireTime(at), value })),
    };
    setState(alarm, verdict.state, reasonOf(alarm, verdict.state, used, rule), JSON.stringify(data), store, ctx);
    return;
  }
  const judged = [...series.values()].map(({ attributes, points }): Judged => {
    const verdict = judge(
      runs.map(({ at }) => points.get(at)),
      rule,
    );
    const isAlarm = verdict && verdict.state === 'ALARM';
    return { attributes, isAlarm, reason: seriesReason(alarm, isAlarm === true, usedOf(points)) };
  });
  const { state, reason } = settleContributors(alarm, judged, store, ctx);
  if (state !== alarm.state || reason !== alarm.reason) setState(alarm, state, reason, undefined, store, ctx);
}

type Values = LogRunRow['values'][number];

/** What the runs gave, series by series. */
function seriesOf(
  runs: readonly LogRunRow[],
): Map<string, Pick<Values, 'attributes'> & { points: Map<number, number> }> {
  const series = new Map<string, Pick<Values, 'attributes'> & { points: Map<number, number> }>();
  for (const { at, values } of runs)
    for (const { attributes, value } of values) {
      const id = JSON.stringify(attributes);
      const known = series.get(id);
      if (known === undefined) series.set(id, { attributes, points: new Map([[at, value]]) });
      else known.points.set(at, value);
    }
  return series;
}

/** An alarm is gone, and what was kept for it goes. In a transaction. */
export function dropLogAlarm({ name, arn, queryArn }: LogAlarmRow, ctx: Ctx): void {
  forgetRuns(name, ctx.store);
  startDrop(arn, queryArn, ctx);
}

/** An alarm looks at something else from now on. In a transaction. */
export function forgetRuns(alarm: string, store: StoreView): void {
  for (const run of store.list(logRuns, { where: { alarm } })) store.delete(logRuns, run);
}

function startDrop(resource: string, scheduledQuery: string, ctx: Ctx): void {
  ctx.start('dropQuery', scheduledQuery, { resource, scheduledQuery });
}

/** A task: a query that no alarm needs any more. */
export const dropQuery: TaskHandler = async (payload, ctx) => {
  const { resource, scheduledQuery: identifier } = payload as Pick<Answer, 'resource' | 'scheduledQuery'>;
  await ifThere(
    'ResourceNotFoundException',
    ctx.awsFor(resource)['cloudwatch-logs'].DeleteScheduledQuery({ identifier }),
  );
};
