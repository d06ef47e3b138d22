/** Operations on stack sets, as clients see and stop them. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { lookThrough } from '../domain/look-through.ts';
import { numberOf } from '../domain/token.ts';
import { setOperationOver } from '../errors.ts';
import { LINGER, STACKS_LISTED_MAX } from '../limits.ts';
import { announceOperation } from './announce.ts';
import { operateLater } from './begin.ts';
import { driftOf } from './drift.ts';
import { findAnySet, findSet, findSetOperation } from './find.ts';
import { type SetOperationRow, type SetRow, setOperations, units } from './state.ts';

type Operation = NonNullable<OutputOf<'cloudformation', 'DescribeStackSetOperation'>['StackSetOperation']>;

export const describeStackSetOperation: Handler<'cloudformation', 'DescribeStackSetOperation'> = async (input, ctx) => {
  const set = findAnySet(input, ctx);
  const { endedAt, id } = findSetOperation(set, input.OperationId, ctx);
  if (endedAt === undefined) await ctx.linger(signalOf(`${set.id} ${id}`), LINGER);
  return { StackSetOperation: shown(set, findSetOperation(set, id, ctx), ctx) };
};

function shown(set: SetRow, row: SetOperationRow, ctx: Ctx): Operation {
  return {
    ...summary(row),
    StackSetId: row.setId,
    ...(row.retains !== undefined && { RetainStacks: row.retains }),
    AdministrationRoleARN: row.adminRoleArn,
    ExecutionRoleName: row.executionRole,
    ...(row.action === 'DETECT_DRIFT' && { StackSetDriftDetectionDetails: driftOf(set, row, ctx) }),
  };
}

function summary(row: SetOperationRow) {
  return {
    OperationId: row.id,
    Action: row.action,
    Status: row.status,
    OperationPreferences: row.preferences,
    CreationTimestamp: row.createdAt,
    ...(row.endedAt !== undefined && { EndTimestamp: row.endedAt }),
    StatusDetails: { FailedStackInstancesCount: row.failed },
  };
}

export const listStackSetOperations: Handler<'cloudformation', 'ListStackSetOperations'> = (input, ctx) => {
  const set = findAnySet(input, ctx);
  const token = numberOf(input.NextToken);
  const limit = input.MaxResults ?? STACKS_LISTED_MAX;
  const rows = ctx.store.list(setOperations, {
    index: 'byNumber',
    where: { setId: set.id },
    reverse: true,
    before: token === undefined ? undefined : { number: token },
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  return {
    Summaries: page.map(summary),
    ...(rows.length > limit && { NextToken: String(page.at(-1)?.number) }),
  };
};

export const listStackSetOperationResults: Handler<'cloudformation', 'ListStackSetOperationResults'> = (input, ctx) => {
  const set = findAnySet(input, ctx);
  const { id: operationId } = findSetOperation(set, input.OperationId, ctx);
  const limit = input.MaxResults ?? STACKS_LISTED_MAX;
  const token = numberOf(input.NextToken);
  const after = token === undefined ? undefined : { order: token };
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(units, { where: { setId: set.id, operationId }, after, limit }),
    ({ status }) => input.Filters?.every(({ Values }) => Values === undefined || Values === status) ?? true,
    limit,
  );
  return {
    Summaries: found.map((row) => ({
      Account: row.account,
      Region: row.region,
      Status: row.status,
      ...(row.reason !== undefined && { StatusReason: row.reason }),
      ...(row.gate !== undefined && { AccountGateResult: row.gate }),
    })),
    ...(last !== undefined && { NextToken: String(last.order) }),
  };
};

export const stopStackSetOperation: Handler<'cloudformation', 'StopStackSetOperation'> = (input, ctx) => {
  const set = findSet(input, ctx);
  const operation = findSetOperation(set, input.OperationId, ctx);
  if (operation.endedAt !== undefined) throw setOperationOver(operation.id, operation.status);
  const row: SetOperationRow = { ...operation, status: 'STOPPING' };
  ctx.store.put(setOperations, row);
  announceOperation(set, row, ctx);
  operateLater(row, ctx);
  return {};
};
