/**
 * Rollback triggers: alarms that are watched while a stack is made or changed, and for a while afterwards.
 * Source: CloudFormation User Guide, "Roll back your CloudFormation stack on alarm breach with rollback triggers".
 *
 * Deviation: how CloudFormation words the reasons is recorded nowhere; the words are ours.
 */
import type { Ctx, EventHandler } from '#kernel/contract';
import { type OperationRow, type StackRow, stackOperations, watched } from '../state.ts';
import { Later } from './later.ts';
import type { Work } from './step-scope.ts';
import { wake } from './wake.ts';

const MINUTE = 60_000;

/** An operation on a stack begins: its alarms can stop it. In a transaction. */
export function watch({ id: stackId, rollback }: StackRow, ctx: Ctx): void {
  for (const { arn } of rollback?.triggers ?? []) ctx.store.put(watched, { arn, stackId });
}

/** It is over. In a transaction. */
export function unwatch({ id: stackId, rollback }: StackRow, ctx: Ctx): void {
  for (const { arn } of rollback?.triggers ?? []) ctx.store.delete(watched, { arn, stackId });
  ctx.disarm('resume', keyOf(stackId));
}

/** Looks at the alarms of an operation that begins or goes on: one that is missing, or tells of trouble, stops it. */
export async function checkAlarms({ stack, operation, ctx }: Work): Promise<void> {
  const { triggers = [] } = stack.rollback ?? {};
  if (triggers.length === 0 || operation.stopped !== undefined) return;
  const { MetricAlarms = [], CompositeAlarms = [] } = await ctx.awsWith(operation.pass).cloudwatch.DescribeAlarms({
    AlarmNames: triggers.map(({ arn }) => arn.slice(arn.indexOf(':alarm:') + 7)),
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  for (const { type, arn } of triggers) {
    const kind: { AlarmArn?: string | undefined; StateValue?: string | undefined }[] =
      type === 'AWS::CloudWatch::Alarm' ? MetricAlarms : CompositeAlarms;
    const found = kind.find(({ AlarmArn }) => AlarmArn === arn);
    const why = found === undefined ? `Rollback trigger ${arn} does not exist. ` : alarmed(arn);
    if (found !== undefined && found.StateValue !== 'ALARM') continue;
    ctx.transact(() => stop(stack.id, why, ctx));
    return;
  }
}

/** All is made; for so long it may still go back. @throws {Later} */
export function monitor({ stack, operation, ctx }: Work): void {
  const until = operation.monitorUntil ?? ctx.clock() + (stack.rollback?.minutes ?? 0) * MINUTE;
  if (ctx.clock() >= until) return;
  ctx.transact((store) => {
    const now = store.get(stackOperations, { stackId: stack.id }) ?? operation;
    store.put(stackOperations, { ...now, monitorUntil: until });
    ctx.arm('resume', keyOf(stack.id), until, { stackId: stack.id });
  });
  throw new Later();
}

/** An alarm of CloudWatch has gone off. */
export const alarmRaised: EventHandler = ({ arn }, ctx) => {
  for (const { stackId } of ctx.store.list(watched, { where: { arn: String(arn) } })) {
    const operation = stop(stackId, alarmed(String(arn)), ctx);
    if (operation !== undefined) wake(stackId, ctx);
  }
};

function stop(stackId: string, stopped: string, ctx: Ctx): OperationRow | undefined {
  const operation = ctx.store.get(stackOperations, { stackId });
  if (operation?.phase !== 'forward' || operation.kind === 'delete') return;
  ctx.store.put(stackOperations, { ...operation, stopped });
  return operation;
}

function alarmed(arn: string): string {
  return `Rollback trigger ${arn} is in ALARM state. `;
}

function keyOf(stackId: string): string {
  return `${stackId} monitor`;
}
