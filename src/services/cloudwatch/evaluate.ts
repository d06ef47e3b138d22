/** Alarms looked at, as time passes and as other alarms change: state, history, actions. */
import { MINUTE, type Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { COMPARISON_WORDS, comparison, judge, type Rule } from './domain/alarm.ts';
import { note } from './domain/history.ts';
import { runQueries } from './domain/query.ts';
import { parseRule } from './domain/rule.ts';
import { EVALUATE_EVERY, EVALUATE_FINE_EVERY, EXTRA_PERIODS } from './limits.ts';
import {
  type AlarmRow,
  alarms,
  type CompositeAlarmRow,
  type MetricAlarmRow,
  type StateValue,
  watches,
} from './state.ts';

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
  evaluateMetric(alarm, ctx);
};

function evaluateMetric(alarm: MetricAlarmRow, ctx: Ctx): void {
  const period = alarm.period * 1_000;
  // The running period is not over.
  const to = ctx.now - (ctx.now % Math.min(period, MINUTE));
  const count = alarm.evaluationPeriods + EXTRA_PERIODS;
  const from = to - count * period;
  const points = pointsOf(alarm, { from, to }, ctx);
  const range = Array.from({ length: count }, (_, index) =>
    points.get(from + index * period - ((from + index * period) % 1)),
  );
  const rule: Rule = {
    evaluationPeriods: alarm.evaluationPeriods,
    datapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
    treatMissing: alarm.treatMissing,
    breaches: comparison(alarm.comparison, alarm.threshold ?? 0),
  };
  const verdict = judge(range, rule);
  if (verdict === undefined || verdict.state === alarm.state) return;
  const used = [...points].filter(([at]) => at >= to - alarm.evaluationPeriods * period).sort(([a], [b]) => b - a);
  const data = {
    version: '1.0',
    queryDate: wireTime(ctx.now),
    startDate: wireTime(used.at(-1)?.[0] ?? from),
    ...(alarm.single !== undefined && { statistic: alarm.single.Statistic ?? alarm.single.ExtendedStatistic }),
    period: alarm.period,
    recentDatapoints: used.map(([, value]) => value).toReversed(),
    threshold: alarm.threshold,
    evaluatedDatapoints: used.map(([at, value]) => ({ timestamp: wireTime(at), value })),
  };
  setState(alarm, verdict.state, reasonOf(alarm, verdict.state, used, rule), JSON.stringify(data), ctx.store, ctx);
}

/** Values of the alarm's metric or expression, by the start of each period counted from `from`. */
function pointsOf(alarm: MetricAlarmRow, window: { from: Millis; to: Millis }, ctx: Ctx): Map<Millis, number> {
  const results = runQueries(alarm.queries, window, ctx);
  const shown = alarm.queries.find(({ ReturnData }) => ReturnData !== false) ?? alarm.queries[0];
  const value = results.get(shown?.Id ?? '');
  const series = value?.kind === 'series' ? value : value?.kind === 'list' ? value.items[0] : undefined;
  return new Map(series?.points ?? []);
}

/** The words of CloudWatch's own reasons. */
function reasonOf(
  alarm: MetricAlarmRow,
  state: StateValue,
  used: readonly (readonly [Millis, number])[],
  rule: Rule,
): string {
  const crossed = state === 'ALARM' ? 'Threshold Crossed' : state === 'OK' ? 'Threshold Crossed' : 'Insufficient Data';
  const threshold = alarm.threshold ?? 0;
  if (state === 'INSUFFICIENT_DATA')
    return `${crossed}: ${alarm.evaluationPeriods} datapoint${alarm.evaluationPeriods === 1 ? ' was' : 's were'} unknown.`;
  if (used.length === 0)
    return `${crossed}: no datapoints were received for ${alarm.evaluationPeriods} period${alarm.evaluationPeriods === 1 ? '' : 's'} and ${alarm.evaluationPeriods} missing datapoint${alarm.evaluationPeriods === 1 ? ' was' : 's were'} treated as [${alarm.treatMissing === 'breaching' ? 'Breaching' : 'NonBreaching'}].`;
  const words = COMPARISON_WORDS[alarm.comparison] ?? '';
  const deciding =
    state === 'ALARM'
      ? used.filter(([, value]) => rule.breaches(value)).slice(0, rule.datapointsToAlarm)
      : used.filter(([, value]) => !rule.breaches(value)).slice(0, 1);
  const shown = deciding.map(([at, value]) => `${decimal(value)} (${dayTime(at)})`).join(', ');
  const was = deciding.length === 1 ? `datapoint [${shown}] was` : `datapoints [${shown}] were`;
  return `${crossed}: ${deciding.length} out of the last ${alarm.evaluationPeriods} ${was}${state === 'OK' ? ' not' : ''} ${words} the threshold (${decimal(threshold)})${state === 'ALARM' ? ` (minimum ${rule.datapointsToAlarm} datapoint${rule.datapointsToAlarm === 1 ? '' : 's'} for OK -> ALARM transition)` : ` (minimum 1 datapoint for ALARM -> OK transition)`}.`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `01/01/26 00:05:00`. */
function dayTime(at: Millis): string {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time}`;
}

function wireTime(at: Millis): string {
  return new Date(at).toISOString().replace('Z', '+0000');
}

/** Gives an alarm another state: noted, acted on, told to the alarms that watch it. In a transaction. */
export function setState(
  alarm: AlarmRow,
  state: StateValue,
  reason: string,
  reasonData: string | undefined,
  store: StoreView,
  ctx: Ctx,
): void {
  const { reasonData: _, ...rest } = alarm;
  const changed: AlarmRow = {
    ...rest,
    state,
    reason,
    ...(reasonData !== undefined && { reasonData }),
    stateUpdatedAt: ctx.now,
    transitionedAt: alarm.state === state ? alarm.transitionedAt : ctx.now,
  };
  store.put(alarms, changed);
  if (alarm.state === state) return;
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
  announce(alarm, changed, ctx);
  if (state === 'ALARM') ctx.emit('cloudwatch.alarm', { arn: changed.arn });
  const actions =
    state === 'ALARM' ? alarm.alarmActions : state === 'OK' ? alarm.okActions : alarm.insufficientDataActions;
  if (alarm.actionsEnabled)
    for (const action of actions)
      ctx.start('act', `${alarm.name}/${action}/${ctx.now}`, {
        name: alarm.name,
        action,
        old: alarm.state,
        state,
        at: ctx.now,
        reason,
      });
  for (const { parent } of store.list(watches, { where: { child: alarm.name } })) {
    const composite = store.get(alarms, { name: parent });
    if (composite?.kind === 'CompositeAlarm') evaluateComposite(composite, store, ctx);
  }
}

/** Source: CloudWatch User Guide, "Alarm events and EventBridge". */
function announce(before: AlarmRow, after: AlarmRow, ctx: Ctx): void {
  const state = ({ state: value, reason, reasonData, stateUpdatedAt }: AlarmRow) => ({
    value,
    reason,
    ...(reasonData !== undefined && { reasonData }),
    timestamp: wireTime(stateUpdatedAt),
  });
  const configuration =
    after.kind === 'CompositeAlarm'
      ? { alarmRule: after.rule, actionsEnabled: after.actionsEnabled }
      : { ...(after.description !== undefined && { description: after.description }), metrics: after.queries };
  const detail = { alarmName: after.name, state: state(after), previousState: state(before), configuration };
  ctx.announce('CloudWatch Alarm State Change', detail, [after.arn]);
}

/** A composite alarm follows its children. In a transaction. */
export function evaluateComposite(alarm: CompositeAlarmRow, store: StoreView, ctx: Ctx): void {
  const rule = parseRule(alarm.rule);
  const stateOf = (name: string) => store.get(alarms, { name })?.state;
  const state = rule.holds(stateOf) ? 'ALARM' : 'OK';
  if (state === alarm.state) return;
  const trigger = alarm.children
    .map((name) => store.get(alarms, { name }))
    .find((child) => child?.transitionedAt === ctx.now);
  const reason =
    trigger === undefined
      ? `${alarm.arn} was created and its alarm rule evaluates to ${state}`
      : `${trigger.arn} transitioned to ${trigger.state} at ${longTime(ctx.now)}`;
  setState(alarm, state, reason, undefined, store, ctx);
}

/** `Thursday 01 January, 2026 00:05:00 UTC`. */
function longTime(at: Millis): string {
  const date = new Date(at);
  const day = date.toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
  const month = date.toLocaleDateString('en-US', { month: 'long', timeZone: 'UTC' });
  return `${day} ${String(date.getUTCDate()).padStart(2, '0')} ${month}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
}

/** A task: one action of an alarm is carried out, in the name of CloudWatch. */
export const act: TaskHandler = async (payload, ctx) => {
  const { name, action, old, state, at, reason } = payload as {
    name: string;
    action: string;
    old: StateValue;
    state: StateValue;
    at: Millis;
    reason: string;
  };
  const alarm = ctx.store.get(alarms, { name });
  if (alarm === undefined) return;
  const describe = (happened: string) => `${happened} action ${action}`;
  try {
    await carryOut(alarm, action, { old, state, at, reason }, ctx);
    ctx.transact((store) =>
      note(
        alarm,
        'Action',
        describe('Successfully executed'),
        { actionState: 'Succeeded', notificationResource: action, stateUpdateTimestamp: at },
        store,
        ctx,
      ),
    );
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    ctx.transact((store) =>
      note(
        alarm,
        'Action',
        `Failed to execute action ${action}. Received error: "${error.message}"`,
        { actionState: 'Failed', notificationResource: action, stateUpdateTimestamp: at, error: error.message },
        store,
        ctx,
      ),
    );
  }
};

type Change = { old: StateValue; state: StateValue; at: Millis; reason: string };

async function carryOut(alarm: AlarmRow, action: string, change: Change, ctx: Ctx): Promise<void> {
  const aws = ctx.awsFor(alarm.arn);
  if (/^arn:[a-z-]+:sns:/.test(action)) {
    const { state, old } = change;
    await aws.sns.Publish({
      TopicArn: action,
      Subject: `${state}: "${alarm.name}" in ${REGION_WORDS(ctx.region)}`.slice(0, 100),
      Message: JSON.stringify(messageOf(alarm, { ...change, old }, ctx)),
    });
  } else if (/^arn:[a-z-]+:lambda:/.test(action))
    await aws.lambda.Invoke({
      FunctionName: action,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(eventOf(alarm, change, ctx))),
    });
  else throw new ServiceError('NotImplemented', `Cloudyard has no action ${action} yet`, { status: 501 });
}

/** Regions by the names that CloudWatch's mails use. */
function REGION_WORDS(region: string): string {
  return REGION_NAMES[region] ?? region;
}

const REGION_NAMES: { readonly [region: string]: string } = {
  'ap-northeast-1': 'Asia Pacific (Tokyo)',
  'ap-southeast-1': 'Asia Pacific (Singapore)',
  'ap-southeast-2': 'Asia Pacific (Sydney)',
  'eu-central-1': 'EU (Frankfurt)',
  'eu-west-1': 'EU (Ireland)',
  'eu-west-2': 'EU (London)',
  'us-east-1': 'US East (N. Virginia)',
  'us-east-2': 'US East (Ohio)',
  'us-west-1': 'US West (N. California)',
  'us-west-2': 'US West (Oregon)',
};

/** What SNS is sent. Source: recorded notifications. */
function messageOf(alarm: AlarmRow, { old, state, at, reason }: Change, ctx: Ctx): object {
  const common = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: ctx.account,
    AlarmConfigurationUpdatedTimestamp: wireTime(alarm.configuredAt),
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: wireTime(at),
    Region: REGION_WORDS(ctx.region),
    AlarmArn: alarm.arn,
    OldStateValue: old,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
  };
  if (alarm.kind === 'CompositeAlarm') return { ...common, AlarmRule: alarm.rule };
  const { single } = alarm;
  return {
    ...common,
    Trigger: {
      ...(single === undefined
        ? { Metrics: alarm.queries }
        : {
            MetricName: single.MetricName,
            Namespace: single.Namespace,
            StatisticType: single.Statistic === undefined ? 'ExtendedStatistic' : 'Statistic',
            Statistic: (single.Statistic ?? single.ExtendedStatistic ?? '').toUpperCase(),
            Unit: single.Unit ?? null,
            Dimensions: single.Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
          }),
      Period: alarm.period,
      EvaluationPeriods: alarm.evaluationPeriods,
      ...(alarm.datapointsToAlarm !== undefined && { DatapointsToAlarm: alarm.datapointsToAlarm }),
      ComparisonOperator: alarm.comparison,
      Threshold: alarm.threshold,
      TreatMissingData: alarm.treatMissing,
      EvaluateLowSampleCountPercentile: alarm.lowSamples ?? '',
    },
  };
}

/** What a function is sent. Source: CloudWatch User Guide, "Invoke a Lambda function from an alarm". */
function eventOf(alarm: AlarmRow, { old, state, at, reason }: Change, ctx: Ctx): object {
  return {
    source: 'aws.cloudwatch',
    alarmArn: alarm.arn,
    accountId: ctx.account,
    time: wireTime(at),
    region: ctx.region,
    alarmData: {
      alarmName: alarm.name,
      state: {
        value: state,
        reason,
        timestamp: wireTime(at),
        ...(alarm.reasonData !== undefined && { reasonData: alarm.reasonData }),
      },
      previousState: { value: old },
      configuration:
        alarm.kind === 'CompositeAlarm'
          ? { alarmRule: alarm.rule }
          : { ...(alarm.description !== undefined && { description: alarm.description }), metrics: alarm.queries },
    },
  };
}
