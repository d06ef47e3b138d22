/** Alarms: shown, switched, deleted. */
import { page } from '#kernel/base';
import type { Ctx, Handler, InputOf, OutputOf } from '#kernel/contract';
import { seriesId } from '#kernel/metering';
import { announceConfiguration } from '../announce.ts';
import { forgetContributors } from '../contributors.ts';
import { note } from '../domain/history.ts';
import { historyToken, nextToken, readHistoryToken, readToken } from '../domain/pages.ts';
import { compositeShown, logShown, metricShown } from '../domain/shown.ts';
import { alarmNotFound, badStateData, badToken, invalidCombination, resourceNotFound, validation } from '../errors.ts';
import { setState } from '../evaluate.ts';
import { ALARMS_LISTED_DEFAULT, HISTORY_LISTED_DEFAULT } from '../limits.ts';
import { dropLogAlarm } from '../log-alarm.ts';
import {
  type AlarmRow,
  alarmHistory,
  alarms,
  contributors,
  type HistoryRow,
  type MetricAlarmRow,
  mutedAlarms,
  unwatch,
  watches,
} from '../state.ts';
import { forgetSuppressor, suppressorChanged } from '../suppress.ts';

export const deleteAlarms: Handler<'cloudwatch', 'DeleteAlarms'> = (input, ctx) => {
  const found = input.AlarmNames.map((name) => ctx.store.get(alarms, { name }));
  const used = input.AlarmNames.filter((child) =>
    ctx.store.list(watches, { where: { child } }).some(({ parent }) => !input.AlarmNames.includes(parent)),
  );
  if (used.length > 0)
    throw validation(`Cannot delete ${used.join(', ')} as there are composite alarm(s) depending on it.`);
  for (const row of found) {
    if (row === undefined) continue;
    ctx.store.delete(alarms, { name: row.name });
    suppressorChanged({ ...row, state: 'INSUFFICIENT_DATA' }, row.state, ctx.store, ctx);
    announceConfiguration(row, undefined, ctx);
    ctx.disarm('look', row.name);
    ctx.store.delete(mutedAlarms, { name: row.name });
    forgetContributors(row.name, ctx.store);
    if (row.kind === 'LogAlarm') dropLogAlarm(row, ctx);
    unwatch(row.name, ctx.store);
    forgetSuppressor(row.name, ctx.store, ctx);
    note(row, 'ConfigurationUpdate', `Alarm "${row.name}" deleted`, { version: '1.0', type: 'Delete' }, ctx.store, ctx);
  }
  return {};
};

export const setAlarmState: Handler<'cloudwatch', 'SetAlarmState'> = (input, ctx) => {
  const row = ctx.store.get(alarms, { name: input.AlarmName });
  if (row === undefined) throw alarmNotFound(input.AlarmName);
  if (input.StateReasonData !== undefined) checkJson(input.StateReasonData);
  setState(row, input.StateValue, input.StateReason, input.StateReasonData, ctx.store, ctx);
  return {};
};

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw badStateData('TheStateReasonData parameter is not valid JSON');
  }
}

const switched =
  (actionsEnabled: boolean) =>
  (input: { AlarmNames: readonly string[] }, ctx: Ctx): Record<string, never> => {
    for (const name of input.AlarmNames) {
      const row = ctx.store.get(alarms, { name });
      if (row !== undefined) ctx.store.put(alarms, { ...row, actionsEnabled });
    }
    return {};
  };

export const enableAlarmActions: Handler<'cloudwatch', 'EnableAlarmActions'> = switched(true);
export const disableAlarmActions: Handler<'cloudwatch', 'DisableAlarmActions'> = switched(false);

export const describeAlarms: Handler<'cloudwatch', 'DescribeAlarms'> = (input, ctx) => {
  if (input.AlarmNames !== undefined && input.AlarmNamePrefix !== undefined)
    throw invalidCombination('AlarmNames and AlarmNamePrefix are mutually exclusive.');
  const family = familyIn(input);
  if (family !== undefined) return relatives(family, input, ctx);
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const { StateValue: state, ActionPrefix: prefix } = input;
  const fits = (row: AlarmRow) =>
    kinds.has(row.kind) &&
    (state === undefined || row.state === state) &&
    (prefix === undefined || row.alarmActions.some((action) => action.startsWith(prefix)));
  const limit = input.MaxRecords ?? ALARMS_LISTED_DEFAULT;
  const first = readToken('alarms', input.NextToken);
  const named = namedIn(input, ctx)?.filter((row) => row.name > (first ?? ''));
  const next = (after: AlarmRow | undefined, count: number) => listed(input, after?.name ?? first, count, ctx);
  const { rows, last } = named === undefined ? page(next, limit, fits) : firstOf(named.filter(fits), limit);
  return {
    MetricAlarms: rows.flatMap((row) => (row.kind === 'MetricAlarm' ? [metricShown(row)] : [])),
    CompositeAlarms: rows.flatMap((row) => (row.kind === 'CompositeAlarm' ? [compositeShown(row)] : [])),
    LogAlarms: rows.flatMap((row) => (row.kind === 'LogAlarm' ? [logShown(row)] : [])),
    NextToken: nextToken('alarms', last?.name),
  };
};

type DescribeInput = InputOf<'cloudwatch', 'DescribeAlarms'>;
type DescribeOutput = OutputOf<'cloudwatch', 'DescribeAlarms'>;
type Family = { of: string; areParents: boolean };

/** Whose parents or children are asked for. @throws {ServiceError} ValidationError: that goes with nothing else */
function familyIn({ MaxRecords, NextToken, ...asked }: DescribeInput): Family | undefined {
  const { ParentsOfAlarmName: child, ChildrenOfAlarmName: parent } = asked;
  const of = child ?? parent;
  if (of === undefined) return undefined;
  if (Object.values(asked).filter((member) => member !== undefined).length > 1)
    throw validation(
      `${child === undefined ? 'ChildrenOfAlarmName' : 'ParentsOfAlarmName'} can only be used with MaxRecords and NextToken.`,
    );
  return { of, areParents: child !== undefined };
}

/** Alarms that watch one, or are watched by it, whatever their kind. Source: CloudWatch API Reference, DescribeAlarms: little is told of them. */
function relatives({ of, areParents }: Family, { MaxRecords, NextToken }: DescribeInput, ctx: Ctx): DescribeOutput {
  const { store } = ctx;
  const names = areParents
    ? store.list(watches, { where: { child: of } }).map(({ parent }) => parent)
    : store.list(watches, { index: 'byParent', where: { parent: of } }).map(({ child }) => child);
  const first = readToken('alarms', NextToken) ?? '';
  const all = names.toSorted().filter((name) => name > first);
  const { rows, last } = firstOf(
    all.flatMap((name) => store.get(alarms, { name }) ?? []),
    MaxRecords ?? ALARMS_LISTED_DEFAULT,
  );
  const told = (kind: AlarmRow['kind']) =>
    rows
      .filter((row) => row.kind === kind)
      .map((row) => ({
        AlarmName: row.name,
        AlarmArn: row.arn,
        ...(!areParents && { StateValue: row.state, StateUpdatedTimestamp: row.stateUpdatedAt }),
      }));
  return {
    MetricAlarms: told('MetricAlarm'),
    CompositeAlarms: told('CompositeAlarm'),
    LogAlarms: told('LogAlarm'),
    NextToken: nextToken('alarms', last?.name),
  };
}

const firstOf = (rows: AlarmRow[], limit: number) => ({
  rows: rows.slice(0, limit),
  last: rows.length > limit ? rows[limit - 1] : undefined,
});

/** Alarms that the request names one by one, in the order of their names. */
function namedIn({ AlarmNames: names }: DescribeInput, { store }: Ctx): AlarmRow[] | undefined {
  return names && [...new Set(names)].toSorted().flatMap((name) => store.get(alarms, { name }) ?? []);
}

function listed(
  { AlarmNamePrefix: startsWith, StateValue: state }: DescribeInput,
  name: string | undefined,
  limit: number,
  { store }: Ctx,
): AlarmRow[] {
  const after = name === undefined ? undefined : { name };
  const prefix = startsWith === undefined ? {} : { startsWith };
  if (state !== undefined) return store.list(alarms, { index: 'byState', where: { state }, after, ...prefix, limit });
  return store.list(alarms, { after, ...prefix, limit });
}

export const describeAlarmContributors: Handler<'cloudwatch', 'DescribeAlarmContributors'> = (input, { store }) => {
  if (store.get(alarms, { name: input.AlarmName }) === undefined) throw resourceNotFound(input.AlarmName);
  // There are so few that one answer has them all.
  if (input.NextToken !== undefined) throw badToken();
  const rows = store.list(contributors, { where: { alarm: input.AlarmName } });
  return {
    AlarmContributors: rows.map(({ id, attributes, reason, transitionedAt }) => ({
      ContributorId: id,
      ContributorAttributes: attributes,
      StateReason: reason,
      StateTransitionedTimestamp: transitionedAt,
    })),
  };
};

export const describeAlarmsForMetric: Handler<'cloudwatch', 'DescribeAlarmsForMetric'> = (input, ctx) => {
  const { Namespace: namespace, MetricName: metric, Dimensions = [], Statistic, Period, Unit } = input;
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const series = seriesId({ namespace, metric, dimensions });
  const rows = ctx.store
    .list(alarms, { index: 'bySeries', where: { series } })
    .filter(
      (row): row is MetricAlarmRow =>
        row.kind === 'MetricAlarm' &&
        (Statistic === undefined || row.single?.Statistic === Statistic) &&
        (Period === undefined || row.single?.Period === Period) &&
        (Unit === undefined || row.single?.Unit === Unit),
    );
  return { MetricAlarms: rows.map(metricShown) };
};

export const describeAlarmHistory: Handler<'cloudwatch', 'DescribeAlarmHistory'> = (input, ctx) => {
  const reverse = input.ScanBy !== 'TimestampAscending';
  const [from, to] = [Number(input.StartDate ?? 0), Number(input.EndDate ?? Number.MAX_SAFE_INTEGER)];
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const first = input.NextToken === undefined ? undefined : readHistoryToken(input.NextToken);
  const { rows, last } = page<HistoryRow>(
    (past, limit) => {
      const place = past ?? first;
      const own = place && {
        at: place.at,
        sequence: place.sequence,
        ...(input.AlarmName === undefined && { name: place.name }),
      };
      const bounds = reverse
        ? { from: { at: from }, ...(own === undefined ? { to: { at: to } } : { before: own }) }
        : { to: { at: to }, ...(own === undefined ? { from: { at: from } } : { after: own }) };
      const range = { ...bounds, limit, reverse };
      return input.AlarmName === undefined
        ? ctx.store.list(alarmHistory, { index: 'byTime', ...range })
        : ctx.store.list(alarmHistory, { where: { name: input.AlarmName }, ...range });
    },
    input.MaxRecords ?? HISTORY_LISTED_DEFAULT,
    (row) =>
      kinds.has(row.alarmType) &&
      (input.HistoryItemType === undefined || row.type === input.HistoryItemType) &&
      (input.AlarmContributorId === undefined || row.contributor?.id === input.AlarmContributorId),
  );
  return {
    AlarmHistoryItems: rows.map((row) => ({
      AlarmName: row.name,
      AlarmType: row.alarmType,
      Timestamp: row.at,
      HistoryItemType: row.type,
      HistorySummary: row.summary,
      HistoryData: row.data,
      ...(row.contributor !== undefined && {
        AlarmContributorId: row.contributor.id,
        AlarmContributorAttributes: row.contributor.attributes,
      }),
    })),
    ...(last !== undefined && { NextToken: historyToken(last) }),
  };
};
