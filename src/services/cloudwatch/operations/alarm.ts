/** Alarms: shown, switched, deleted. */
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import { announceConfiguration } from '../announce.ts';
import { note } from '../domain/history.ts';
import { compositeShown, metricShown } from '../domain/shown.ts';
import { alarmNotFound, badStateData, invalidCombination, validation } from '../errors.ts';
import { setState } from '../evaluate.ts';
import { ALARMS_LISTED_DEFAULT, HISTORY_LISTED_DEFAULT } from '../limits.ts';
import { type AlarmRow, alarmHistory, alarms, type MetricAlarmRow, unwatch, watches } from '../state.ts';
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
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const limit = input.MaxRecords ?? ALARMS_LISTED_DEFAULT;
  const rows =
    input.AlarmNames !== undefined
      ? input.AlarmNames.flatMap((name) => ctx.store.get(alarms, { name }) ?? [])
      : listed(input, ctx);
  const fits = rows.filter(
    (row) =>
      kinds.has(row.kind) &&
      (input.StateValue === undefined || row.state === input.StateValue) &&
      (input.ActionPrefix === undefined ||
        row.alarmActions.some((action) => action.startsWith(input.ActionPrefix ?? ''))),
  );
  const page = fits.slice(0, limit);
  return {
    MetricAlarms: page.flatMap((row) => (row.kind === 'MetricAlarm' ? [metricShown(row)] : [])),
    CompositeAlarms: page.flatMap((row) => (row.kind === 'CompositeAlarm' ? [compositeShown(row)] : [])),
    ...(fits.length > limit && { NextToken: page.at(-1)?.name }),
  };
};

function listed(input: InputOf<'cloudwatch', 'DescribeAlarms'>, ctx: Ctx): AlarmRow[] {
  const names = (found: { child: string; parent: string }[], which: 'child' | 'parent') =>
    found.flatMap((row) => ctx.store.get(alarms, { name: row[which] }) ?? []);
  if (input.ChildrenOfAlarmName !== undefined)
    return names(ctx.store.list(watches, { index: 'byParent', where: { parent: input.ChildrenOfAlarmName } }), 'child');
  if (input.ParentsOfAlarmName !== undefined)
    return names(ctx.store.list(watches, { where: { child: input.ParentsOfAlarmName } }), 'parent');
  const after = input.NextToken === undefined ? undefined : { name: input.NextToken };
  return ctx.store.list(alarms, {
    after,
    ...(input.AlarmNamePrefix !== undefined && { startsWith: input.AlarmNamePrefix }),
  });
}

export const describeAlarmsForMetric: Handler<'cloudwatch', 'DescribeAlarmsForMetric'> = (input, ctx) => {
  const dimensions = JSON.stringify(sorted(input.Dimensions ?? []));
  const rows = ctx.store
    .list(alarms)
    .filter(
      (row): row is MetricAlarmRow =>
        row.kind === 'MetricAlarm' &&
        row.single?.MetricName === input.MetricName &&
        row.single.Namespace === input.Namespace &&
        JSON.stringify(sorted(row.single.Dimensions)) === dimensions &&
        (input.Statistic === undefined || row.single.Statistic === input.Statistic) &&
        (input.Period === undefined || row.single.Period === input.Period),
    );
  return { MetricAlarms: rows.map(metricShown) };
};

function sorted(dimensions: readonly { Name: string; Value: string }[]) {
  return dimensions.map(({ Name, Value }) => [Name, Value]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

export const describeAlarmHistory: Handler<'cloudwatch', 'DescribeAlarmHistory'> = (input, ctx) => {
  const limit = input.MaxRecords ?? HISTORY_LISTED_DEFAULT;
  const descending = input.ScanBy !== 'TimestampAscending';
  const [from, to] = [Number(input.StartDate ?? 0), Number(input.EndDate ?? Number.MAX_SAFE_INTEGER)];
  const kinds = new Set<string>(input.AlarmTypes ?? ['MetricAlarm']);
  const rows = (
    input.AlarmName === undefined
      ? ctx.store.list(alarmHistory, { index: 'byTime', reverse: descending })
      : ctx.store.list(alarmHistory, { where: { name: input.AlarmName }, reverse: descending })
  ).filter(
    (row) =>
      row.at >= from &&
      row.at <= to &&
      kinds.has(row.alarmType) &&
      (input.HistoryItemType === undefined || row.type === input.HistoryItemType),
  );
  const skip = Number(input.NextToken ?? 0);
  const page = rows.slice(skip, skip + limit);
  return {
    AlarmHistoryItems: page.map((row) => ({
      AlarmName: row.name,
      AlarmType: row.alarmType,
      Timestamp: row.at,
      HistoryItemType: row.type,
      HistorySummary: row.summary,
      HistoryData: row.data,
    })),
    ...(rows.length > skip + limit && { NextToken: String(skip + limit) }),
  };
};
