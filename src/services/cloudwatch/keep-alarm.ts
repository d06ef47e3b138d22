/** What alarms of all kinds have in common when they are made or changed. */
import { parseArn } from '#kernel/base';
import type { Ctx, InputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { announceConfiguration } from './announce.ts';
import { note } from './domain/history.ts';
import { alarmShown } from './domain/shown.ts';
import { validation } from './errors.ts';
import { type AlarmRow, alarms, type MetricAlarmRow } from './state.ts';

/** Whose resources an alarm may act on. Source: CloudWatch API Reference, PutMetricAlarm, PutCompositeAlarm, the lists of actions. */
const VENDORS = new Set(['aiops', 'automate', 'autoscaling', 'lambda', 'sns', 'ssm', 'ssm-incidents', 'swf']);

type MetricInput = InputOf<'cloudwatch', 'PutMetricAlarm'>;
type CommonInput = Pick<
  MetricInput,
  | 'AlarmName'
  | 'AlarmDescription'
  | 'ActionsEnabled'
  | 'AlarmActions'
  | 'OKActions'
  | 'InsufficientDataActions'
  | 'Tags'
>;

/** The members that every kind has; what is known of an alarm before is kept. @throws {ServiceError} ValidationException */
export function commonOf(input: CommonInput, before: AlarmRow | undefined, reason: string, ctx: Ctx) {
  const arn = `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:alarm:${input.AlarmName}`;
  for (const action of [
    ...(input.AlarmActions ?? []),
    ...(input.OKActions ?? []),
    ...(input.InsufficientDataActions ?? []),
  ]) {
    if (!action.startsWith('arn:')) throw validation(`Invalid arn syntax: ${action}`);
    const vendor = action.split(':')[2] ?? '';
    // Source: badmintoncryer/cdk-preflight.
    if (!VENDORS.has(vendor)) throw validation(`Unsupported AWS vendor ${vendor}`);
    // Source: CloudWatch's answers to alarms that would tell topics elsewhere, as users show them.
    const region = parseArn(action)?.region ?? '';
    if (region !== '' && region !== ctx.region)
      throw validation(`Invalid region ${region} specified. Only ${ctx.region} is supported.`);
  }
  return {
    name: input.AlarmName,
    arn,
    ...(input.AlarmDescription !== undefined && { description: input.AlarmDescription }),
    actionsEnabled: input.ActionsEnabled ?? true,
    alarmActions: [...(input.AlarmActions ?? [])],
    okActions: [...(input.OKActions ?? [])],
    insufficientDataActions: [...(input.InsufficientDataActions ?? [])],
    tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    configuredAt: ctx.now,
    state: before?.state ?? ('INSUFFICIENT_DATA' as const),
    reason: before?.reason ?? reason,
    ...(before?.reasonData !== undefined && { reasonData: before.reasonData }),
    stateUpdatedAt: before?.stateUpdatedAt ?? ctx.now,
    transitionedAt: before?.transitionedAt ?? ctx.now,
  };
}

/** Keeps an alarm that is made or changed. In a transaction. @throws {ServiceError} ValidationException: its name is that of another kind */
export function keep(row: AlarmRow, before: AlarmRow | undefined, store: StoreView, ctx: Ctx): void {
  checkKind(row.name, row.kind, before);
  store.put(alarms, row);
  announceConfiguration(before, row, ctx);
  const summary = before === undefined ? `Alarm "${row.name}" created` : `Alarm "${row.name}" updated`;
  note(
    row,
    'ConfigurationUpdate',
    summary,
    {
      version: '1.0',
      type: before === undefined ? 'Create' : 'Update',
      [before === undefined ? 'createdAlarm' : 'updatedAlarm']: alarmShown(row),
    },
    store,
    ctx,
  );
}

/** @throws {ServiceError} ValidationException: the name is that of an alarm of another kind */
export function checkKind(name: string, kind: AlarmRow['kind'], before: AlarmRow | undefined): void {
  if (before !== undefined && before.kind !== kind)
    throw validation(`An alarm with name ${name} already exists and is a ${before.kind}.`);
}

/** What is made of missing values. @throws {ServiceError} ValidationException */
export function treatmentOf(treatMissing = 'missing'): MetricAlarmRow['treatMissing'] {
  if (!isTreatment(treatMissing))
    throw validation(
      `Option ${treatMissing} is not supported for TreatMissingData. Supported options are [breaching, notBreaching, ignore, missing]`,
    );
  return treatMissing;
}

/**
 * What is made of percentiles of few values.
 * Source: CloudWatch API Reference, PutMetricAlarm, EvaluateLowSampleCountPercentile; the refusal is worded after that about missing values.
 *
 * @throws {ServiceError} ValidationException
 */
export function lowSamplesOf(option: string | undefined): string | undefined {
  if (option !== undefined && option !== 'evaluate' && option !== 'ignore')
    throw validation(
      `Option ${option} is not supported for EvaluateLowSampleCountPercentile. Supported options are [evaluate, ignore]`,
    );
  return option;
}

function isTreatment(text: string): text is MetricAlarmRow['treatMissing'] {
  return ['breaching', 'notBreaching', 'ignore', 'missing'].includes(text);
}
