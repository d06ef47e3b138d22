/** A stack's rollback configuration: as it is given, kept, and shown. */
import type { InputOf, OutputOf } from '#kernel/contract';
import { invalid } from '../errors.ts';
import type { StackRow } from '../state.ts';

type Given = InputOf<'cloudformation', 'CreateStack'>['RollbackConfiguration'];
type Shown = NonNullable<OutputOf<'cloudformation', 'DescribeChangeSet'>['RollbackConfiguration']>;

const TYPES = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'];

/**
 * What is kept of it. What is not given stays as it was; an empty list of triggers removes them.
 *
 * @throws {ServiceError} ValidationError
 */
export function rollbackOf(
  given: Given,
  before: StackRow['rollback'],
): { rollback?: NonNullable<StackRow['rollback']> } {
  const triggers =
    given?.RollbackTriggers?.map(({ Arn: arn, Type: type }) => ({ arn, type })) ?? before?.triggers ?? [];
  const minutes = given?.MonitoringTimeInMinutes ?? before?.minutes ?? 0;
  for (const { arn, type } of triggers) {
    if (!TYPES.includes(type)) throw invalid(`RollbackTrigger type ${type} is not supported`);
    if (!/^arn:[a-z-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:./.test(arn))
      throw invalid(`Invalid RollbackTrigger ARN: ${arn}`);
  }
  return triggers.length === 0 && minutes === 0 ? {} : { rollback: { triggers, minutes } };
}

/** The same as it is shown. */
export function shownRollback(rollback: StackRow['rollback']): Shown {
  if (rollback === undefined) return {};
  return {
    RollbackTriggers: rollback.triggers.map(({ arn, type }) => ({ Arn: arn, Type: type })),
    MonitoringTimeInMinutes: rollback.minutes,
  };
}
