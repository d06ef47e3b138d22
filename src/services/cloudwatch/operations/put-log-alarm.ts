/** Alarms on logs, made and changed. */
import { isDeepStrictEqual } from 'node:util';
import { type Ctx, type Handler, type InputOf, notBuilt, ServiceError } from '#kernel/contract';
import { forgetContributors } from '../contributors.ts';
import { isBanded } from '../domain/alarm.ts';
import { warmUpOf } from '../domain/warm-up.ts';
import { validation } from '../errors.ts';
import { checkKind, commonOf, keep, treatmentOf } from '../keep-alarm.ts';
import { forgetRuns } from '../log-alarm.ts';
import { type AlarmRow, alarms, type LogAlarmRow } from '../state.ts';

type Input = InputOf<'cloudwatch', 'PutLogAlarm'>;

export const putLogAlarm: Handler<'cloudwatch', 'PutLogAlarm'> = async (input, ctx) => {
  check(input);
  const treatMissing = treatmentOf(input.TreatMissingData);
  const { QueryARN: given, ...query } = input.ScheduledQueryConfiguration;
  const find = () => ctx.store.get(alarms, { name: input.AlarmName });
  const known = find();
  checkKind(input.AlarmName, 'LogAlarm', known);
  commonOf(input, known, '', ctx);
  if (given !== undefined && (known?.kind !== 'LogAlarm' || known.queryArn !== given))
    throw validation(`${given} is not the scheduled query of this alarm.`);
  const queryArn = await schedule(input, known, ctx);
  ctx.transact((store) => {
    const before = find();
    const warmUp = warmUpOf(input.WarmUpConfiguration, before, ctx.now);
    const row: LogAlarmRow = {
      ...commonOf(input, before, 'Unchecked: Initial alarm creation', ctx),
      kind: 'LogAlarm',
      query,
      queryArn,
      evaluationPeriods: input.QueryResultsToEvaluate,
      datapointsToAlarm: input.QueryResultsToAlarm,
      threshold: input.Threshold,
      comparison: input.ComparisonOperator,
      treatMissing,
      ...(warmUp !== undefined && { warmUp }),
    };
    keep(row, before, store, ctx);
    if (before?.kind !== 'LogAlarm' || isDeepStrictEqual(before.query, query)) return;
    forgetRuns(row.name, store);
    forgetContributors(row.name, store);
  });
  return {};
};

function check(input: Input): void {
  const unbuilt = ['ActionConfiguration', 'ActionLogLineRoleArn'] as const;
  const asked = unbuilt.find((name) => input[name] !== undefined);
  if (asked !== undefined) throw notBuilt(asked);
  const lines = input.ActionLogLineCount ?? 0;
  // Source: CloudWatch API Reference, PutLogAlarm.
  if (lines < 0 || lines > 50) throw validation('ActionLogLineCount must be between 0 and 50.');
  if (lines > 0) throw notBuilt('log lines in what actions tell');
  if (input.QueryResultsToAlarm > input.QueryResultsToEvaluate)
    throw validation('QueryResultsToAlarm must be less than or equal to QueryResultsToEvaluate.');
  if (isBanded(input.ComparisonOperator))
    throw validation(`ComparisonOperator ${input.ComparisonOperator} is not supported for log alarms.`);
}

/** Makes or changes the query that CloudWatch Logs carries out. @returns its ARN @throws {ServiceError} ValidationException with what Logs says */
async function schedule(input: Input, before: AlarmRow | undefined, ctx: Ctx): Promise<string> {
  const { ScheduledQueryConfiguration: query, AlarmName } = input;
  const { ScheduleExpression, StartTimeOffset, EndTimeOffset } = query.ScheduleConfiguration;
  const aggregated = `stats ${query.AggregationExpression}`;
  const given = {
    queryLanguage: 'CWLI' as const,
    queryString: query.QueryString.trim() === '' ? aggregated : `${query.QueryString} | ${aggregated}`,
    ...(query.LogGroupIdentifiers !== undefined && { logGroupIdentifiers: [...query.LogGroupIdentifiers] }),
    scheduleExpression: ScheduleExpression,
    startTimeOffset: StartTimeOffset,
    ...(EndTimeOffset !== undefined && { endTimeOffset: EndTimeOffset }),
    executionRoleArn: query.ScheduledQueryRoleARN,
  };
  const arn = `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:alarm:${AlarmName}`;
  const logs = ctx.awsFor(arn)['cloudwatch-logs'];
  try {
    if (before?.kind === 'LogAlarm') {
      await logs.UpdateScheduledQuery({ identifier: before.queryArn, ...given });
      return before.queryArn;
    }
    // Each alarm has its own, also one that is made again while the query of the one before it is yet to go.
    const name = `log-alarm-${ctx.uuid()}`;
    const tags = Object.fromEntries((query.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    const made = await logs.CreateScheduledQuery({ name, ...given, ...(query.Tags !== undefined && { tags }) });
    return made.scheduledQueryArn ?? '';
  } catch (error) {
    throw error instanceof ServiceError ? validation(error.message) : error;
  }
}
