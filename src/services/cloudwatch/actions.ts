/** What alarms do when their state changes: topics are told, functions called. */
import type { Millis } from '#kernel/base';
import { type Ctx, notBuilt, persistently, ServiceError, type TaskHandler } from '#kernel/contract';
import { regionTitle } from '#kernel/world';
import { configurationOf, stateOf } from './announce.ts';
import { note } from './domain/history.ts';
import { wireTime } from './domain/words.ts';
import { isMuted, keptBack } from './mute.ts';
import { type AlarmRow, alarms, type Contributor, type MetricQuery, type StateValue } from './state.ts';

/** Begins what an alarm's state asks for. In a transaction. @param before the alarm in its last state, where that is at hand */
export function startActions(alarm: AlarmRow, old: StateValue, ctx: Ctx, before?: AlarmRow): void {
  if (!alarm.actionsEnabled || keptBack(alarm.name, old, ctx)) return;
  const { state, reason } = alarm;
  const previous = before === undefined ? { value: old } : stateOf(before);
  begin(alarm, { old, state, reason, at: ctx.now, previous }, ctx);
}

/** Begins what the state of one of an alarm's series asks for. In a transaction. */
export function startContributorActions(alarm: AlarmRow, change: Omit<Change, 'at'>, ctx: Ctx): void {
  if (!alarm.actionsEnabled || isMuted(alarm.name, ctx)) return;
  begin(alarm, { ...change, at: ctx.now }, ctx);
}

type Change = {
  old: StateValue;
  state: StateValue;
  at: Millis;
  reason: string;
  /** The alarm's last state, as functions are told of it. */
  previous?: object;
  /** The one of the alarm's series that has changed; without it, the alarm itself. */
  contributor?: Contributor;
};

function begin(alarm: AlarmRow, change: Change, ctx: Ctx): void {
  const { state, at, contributor } = change;
  const actions =
    state === 'ALARM' ? alarm.alarmActions : state === 'OK' ? alarm.okActions : alarm.insufficientDataActions;
  const whose = contributor === undefined ? alarm.name : `${alarm.name}/${contributor.id}`;
  for (const action of actions) ctx.start('act', `${whose}/${action}/${at}`, { name: alarm.name, action, ...change });
}

/** A task: one action of an alarm is carried out, in the name of CloudWatch. */
export const act: TaskHandler = async (payload, ctx) => {
  const { name, action, ...change } = payload as Change & { name: string; action: string };
  const alarm = ctx.store.get(alarms, { name });
  if (alarm === undefined) return;
  const type = change.contributor === undefined ? 'Action' : 'AlarmContributorAction';
  const told = { notificationResource: action, stateUpdateTimestamp: change.at };
  const noted = (summary: string, data: object) =>
    ctx.transact((store) => note(alarm, type, summary, { ...data, ...told }, store, ctx, change.contributor));
  try {
    await persistently(() => carryOut(alarm, action, change, ctx), ctx);
    noted(`Successfully executed action ${action}`, { actionState: 'Succeeded' });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const summary = `Failed to execute action ${action}. Received error: "${error.message}"`;
    noted(summary, { actionState: 'Failed', error: error.message });
  }
};

/** Each as the principal that it is known by. Source: CloudWatch User Guide, "Notify users on alarm changes", "Invoke a Lambda function from an alarm". */
async function carryOut(alarm: AlarmRow, action: string, change: Change, ctx: Ctx): Promise<void> {
  if (/^arn:[a-z-]+:sns:/.test(action)) {
    const { state, old } = change;
    await ctx.awsFor(alarm.arn, 'cloudwatch').sns.Publish({
      TopicArn: action,
      Subject: `${state}: "${alarm.name}" in ${wordsOf(ctx.region)}`.slice(0, 100),
      Message: JSON.stringify(messageOf(alarm, { ...change, old }, ctx)),
    });
  } else if (/^arn:[a-z-]+:lambda:/.test(action))
    await ctx.awsFor(alarm.arn, 'lambda.alarms.cloudwatch').lambda.Invoke({
      FunctionName: action,
      InvocationType: 'Event',
      Payload: Buffer.from(JSON.stringify(eventOf(alarm, change, ctx))),
    });
  else throw notBuilt(`the action ${action}`);
}

/** Regions from before 2022, by the names that CloudWatch's mails use. Source: recorded notifications. */
const EUROPE = /^Europe (?!\((?:Spain|Zurich)\))/;
const wordsOf = (region: string) => regionTitle(region).replace(EUROPE, 'EU ');

/** What SNS is sent. Source: recorded notifications. */
function messageOf(alarm: AlarmRow, { old, state, at, reason, contributor }: Change, ctx: Ctx): object {
  const common = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: ctx.account,
    AlarmConfigurationUpdatedTimestamp: wireTime(alarm.configuredAt),
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: wireTime(at),
    Region: wordsOf(ctx.region),
    AlarmArn: alarm.arn,
    OldStateValue: old,
    OKActions: alarm.okActions,
    AlarmActions: alarm.alarmActions,
    InsufficientDataActions: alarm.insufficientDataActions,
    ...(contributor !== undefined && {
      AlarmContributorId: contributor.id,
      AlarmContributorAttributes: contributor.attributes,
    }),
  };
  if (alarm.kind === 'CompositeAlarm') return { ...common, AlarmRule: alarm.rule };
  if (alarm.kind === 'LogAlarm')
    return {
      ...common,
      Trigger: {
        ScheduledQueryConfiguration: { ...alarm.query, QueryARN: alarm.queryArn },
        QueryResultsToEvaluate: alarm.evaluationPeriods,
        QueryResultsToAlarm: alarm.datapointsToAlarm,
        ComparisonOperator: alarm.comparison,
        Threshold: alarm.threshold,
        TreatMissingData: alarm.treatMissing,
      },
    };
  const { single } = alarm;
  return {
    ...common,
    Trigger: {
      ...(single === undefined
        ? { Metrics: alarm.queries.map(toldQuery) }
        : {
            MetricName: single.MetricName,
            Namespace: single.Namespace,
            StatisticType: single.Statistic === undefined ? 'ExtendedStatistic' : 'Statistic',
            Statistic: (single.Statistic ?? single.ExtendedStatistic ?? '').toUpperCase(),
            Unit: single.Unit ?? null,
            Dimensions: single.Dimensions.map(toldDimension),
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

const toldDimension = ({ Name, Value }: { Name?: string; Value?: string }) => ({ value: Value, name: Name });

/** A query as notifications tell it: as it was put, but for the dimensions. Source: recorded notifications. */
function toldQuery({ MetricStat: stat, ...query }: MetricQuery): object {
  const told = { ...query, ReturnData: query.ReturnData !== false };
  if (stat === undefined) return told;
  const Dimensions = (stat.Metric?.Dimensions ?? []).map(toldDimension);
  return { ...told, MetricStat: { ...stat, Metric: { ...stat.Metric, Dimensions } } };
}

/** What a function is sent. Source: CloudWatch User Guide, "Invoke a Lambda function from an alarm". */
function eventOf(alarm: AlarmRow, { previous, state, at, reason, contributor }: Change, ctx: Ctx): object {
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
        ...(alarm.reasonData !== undefined && contributor === undefined && { reasonData: alarm.reasonData }),
      },
      ...(contributor === undefined ? { previousState: previous } : { alarmContributor: contributor }),
      configuration: configurationOf(alarm),
    },
  };
}
