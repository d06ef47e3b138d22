/** Mute rules: times in which alarms do not act. */
import { DAY, MINUTE, page, ScheduleError, zoneOffset } from '#kernel/base';
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { beginnings, durationOf, isOnce, statusOf } from '../domain/mute.ts';
import { nextToken, readToken } from '../domain/pages.ts';
import { alarmNotFound, noMuteRule, tooManyMuteRules, validation } from '../errors.ts';
import { MUTE_DURATION_MAX, MUTE_RULES_LISTED_DEFAULT, MUTE_RULES_MAX } from '../limits.ts';
import { alarms, type MuteRuleRow, muteRules, muteTargets } from '../state.ts';
import { armMute, unmute } from '../unmute.ts';

type PutInput = InputOf<'cloudwatch', 'PutAlarmMuteRule'>;

/** The name of a rule for policies and tags. */
export function muteRuleArn(name: string, ctx: Pick<Ctx, 'partition' | 'region' | 'account'>): string {
  return `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:alarm-mute-rule:${name}`;
}

export const putAlarmMuteRule: Handler<'cloudwatch', 'PutAlarmMuteRule'> = (input, ctx) => {
  const { Expression: expression, Duration: duration, Timezone: zone } = input.Rule.Schedule;
  checkTimes(input, ctx);
  const targets = [...new Set(input.MuteTargets?.AlarmNames ?? [])];
  const unknown = targets.find((name) => ctx.store.get(alarms, { name }) === undefined);
  if (unknown !== undefined) throw validation(`Alarm ${unknown} does not exist`);
  const before = ctx.store.get(muteRules, { name: input.Name });
  if (before === undefined && ctx.store.count(muteRules) >= MUTE_RULES_MAX) throw tooManyMuteRules();
  const row: MuteRuleRow = {
    name: input.Name,
    arn: muteRuleArn(input.Name, ctx),
    ...(input.Description !== undefined && { description: input.Description }),
    expression,
    duration,
    ...(zone !== undefined && { zone }),
    targets,
    ...(input.StartDate !== undefined && { from: input.StartDate }),
    ...(input.ExpireDate !== undefined && { to: input.ExpireDate }),
    tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    updatedAt: ctx.now,
  };
  ctx.store.put(muteRules, row);
  forgetTargets(before, ctx.store);
  for (const alarm of targets) ctx.store.put(muteTargets, { alarm, rule: row.name });
  armMute(row, ctx);
  unmute([...new Set([...(before?.targets ?? []), ...targets])], ctx);
  return {};
};

function checkTimes({ Rule, StartDate: from, ExpireDate: to }: PutInput, ctx: Ctx): void {
  const { Expression, Duration, Timezone: zone = 'UTC' } = Rule.Schedule;
  if (zoneOffset(zone, 0) === undefined) throw validation(`Timezone ${zone} is not valid`);
  try {
    beginnings(Expression, zone);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw validation(`Expression ${Expression} is not a valid cron or at expression`);
  }
  const duration = durationOf(Duration);
  if (duration === undefined) throw validation(`Duration ${Duration} is not a valid ISO 8601 duration`);
  if (duration < MINUTE || duration > MUTE_DURATION_MAX)
    throw validation(`Duration must be between PT1M and P${MUTE_DURATION_MAX / DAY}D`);
  if (to !== undefined && to <= Math.max(from ?? 0, ctx.now))
    throw validation('ExpireDate must be in the future and after StartDate');
}

function forgetTargets(rule: MuteRuleRow | undefined, store: StoreView): void {
  for (const alarm of rule?.targets ?? []) store.delete(muteTargets, { alarm, rule: rule?.name ?? '' });
}

export const deleteAlarmMuteRule: Handler<'cloudwatch', 'DeleteAlarmMuteRule'> = ({ AlarmMuteRuleName: name }, ctx) => {
  const row = ctx.store.get(muteRules, { name });
  if (row === undefined) return {};
  ctx.store.delete(muteRules, { name });
  ctx.disarm('windowEnds', name);
  forgetTargets(row, ctx.store);
  unmute(row.targets, ctx);
  return {};
};

/** What a list shows of a rule, and its description too. */
function summaryOf(row: MuteRuleRow, ctx: Ctx) {
  return {
    AlarmMuteRuleArn: row.arn,
    ...(row.to !== undefined && { ExpireDate: row.to }),
    Status: statusOf(row, ctx.now),
    MuteType: isOnce(row.expression) ? 'ONE_TIME' : 'RECURRING',
    LastUpdatedTimestamp: row.updatedAt,
  };
}

export const getAlarmMuteRule: Handler<'cloudwatch', 'GetAlarmMuteRule'> = ({ AlarmMuteRuleName: name }, ctx) => {
  const row = ctx.store.get(muteRules, { name });
  if (row === undefined) throw noMuteRule(name);
  return {
    Name: name,
    ...(row.description !== undefined && { Description: row.description }),
    Rule: {
      Schedule: {
        Expression: row.expression,
        Duration: row.duration,
        ...(row.zone !== undefined && { Timezone: row.zone }),
      },
    },
    ...(row.targets.length > 0 && { MuteTargets: { AlarmNames: row.targets } }),
    ...(row.from !== undefined && { StartDate: row.from }),
    ...summaryOf(row, ctx),
  };
};

export const listAlarmMuteRules: Handler<'cloudwatch', 'ListAlarmMuteRules'> = (input, ctx) => {
  const { AlarmName: alarm, Statuses: statuses, MaxRecords: limit = MUTE_RULES_LISTED_DEFAULT } = input;
  const first = readToken('mute rules', input.NextToken);
  if (alarm !== undefined && ctx.store.get(alarms, { name: alarm }) === undefined) throw alarmNotFound(alarm);
  const next = (after: MuteRuleRow | undefined, count: number): readonly MuteRuleRow[] => {
    const name = after?.name ?? first;
    if (alarm === undefined)
      return ctx.store.list(muteRules, { ...(name !== undefined && { after: { name } }), limit: count });
    return ctx.store
      .list(muteTargets, { where: { alarm }, ...(name !== undefined && { after: { rule: name } }), limit: count })
      .flatMap(({ rule }) => ctx.store.get(muteRules, { name: rule }) ?? []);
  };
  const wanted = (row: MuteRuleRow) => statuses === undefined || statuses.includes(statusOf(row, ctx.now));
  const { rows, last } = page(next, limit, wanted);
  return {
    AlarmMuteRuleSummaries: rows.map((row) => summaryOf(row, ctx)),
    NextToken: nextToken('mute rules', last?.name),
  };
};
