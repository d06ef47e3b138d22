/** What hooks have said, and which will be asked about a change set. */
import type { Handler, OutputOf } from '#kernel/contract';
import { findStack } from '../domain/find.ts';
import { lookThrough } from '../domain/look-through.ts';
import { numberOf } from '../domain/token.ts';
import { hookResultMissing, invalid, nothingInvoked } from '../errors.ts';
import { STACKS_LISTED_MAX } from '../limits.ts';
import { findChangeSet } from '../operations/change-set.ts';
import { hookNamed, LAMBDA_HOOK } from './activation.ts';
import { hookArn, VERSION } from './invoke.ts';
import { hooksFor, isOld, versionOf } from './pass.ts';
import { hookResults, type ResultRow } from './state.ts';

export const listHookResults: Handler<'cloudformation', 'ListHookResults'> = (input, ctx) => {
  const { TargetType, TargetId, TypeArn, Status } = input;
  if ((TargetType === undefined) !== (TargetId === undefined))
    throw invalid('TargetType and TargetId must be specified together.');
  if (Status !== undefined && TypeArn === undefined) throw invalid('Status can only be specified with TypeArn.');
  const token = numberOf(input.NextToken);
  const before = token === undefined ? undefined : { number: token };
  const hook = TypeArn === undefined ? undefined : (hookNamed({ TypeArn }, ctx)?.name ?? '');
  const query =
    TargetType !== undefined && TargetId !== undefined
      ? { index: 'byTarget', where: { targetType: TargetType, targetId: TargetId } }
      : hook !== undefined
        ? { index: 'byHook', where: { hook } }
        : { index: 'byNumber' };
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(hookResults, { ...query, reverse: true, before, limit }),
    (row) => (Status === undefined || row.status === Status) && !isOld(row, ctx),
    STACKS_LISTED_MAX,
  );
  if (TargetId !== undefined && found.length === 0 && token === undefined && TypeArn === undefined)
    throw nothingInvoked();
  return {
    ...(TargetType !== undefined && { TargetType }),
    ...(TargetId !== undefined && { TargetId }),
    HookResults: found.map((row) => ({
      ...shown(row),
      TypeArn: hookArn(row.hook, ctx),
      // Who asks for a target knows it.
      ...(TargetId === undefined && {
        InvokedAt: row.at,
        TargetType: row.targetType,
        TargetId: row.targetId,
        HookExecutionTarget: row.stackId,
      }),
    })),
    ...(last !== undefined && { NextToken: String(last.number) }),
  };
};

function shown(row: ResultRow) {
  return {
    HookResultId: row.id,
    InvocationPoint: 'PRE_PROVISION' as const,
    FailureMode: row.mode,
    TypeName: row.hook,
    TypeVersionId: VERSION,
    TypeConfigurationVersionId: row.configurationVersion,
    Status: row.status,
    HookStatusReason: row.reason,
  };
}

export const getHookResult: Handler<'cloudformation', 'GetHookResult'> = (input, ctx) => {
  const row = ctx.store.get(hookResults, { id: input.HookResultId ?? '' });
  if (row === undefined || isOld(row, ctx)) throw hookResultMissing(input.HookResultId ?? '');
  return {
    ...shown(row),
    OriginalTypeName: LAMBDA_HOOK,
    TypeArn: hookArn(row.hook, ctx),
    InvokedAt: row.at,
    ...(row.annotations !== undefined && row.annotations.length > 0 && { Annotations: row.annotations }),
    // Source: CloudFormation API Reference, HookTarget: resources are the only targets that it tells of.
    ...(row.targetType === 'RESOURCE' && {
      Target: {
        TargetType: 'RESOURCE' as const,
        TargetTypeName: row.targetName,
        TargetId: row.targetId,
        Action: row.action,
      },
    }),
  };
};

type ChangeSetHook = NonNullable<OutputOf<'cloudformation', 'DescribeChangeSetHooks'>['Hooks']>[number];

const ACTIONS = { Add: 'CREATE', Modify: 'UPDATE', Remove: 'DELETE', Import: 'IMPORT' } as const;

export const describeChangeSetHooks: Handler<'cloudformation', 'DescribeChangeSetHooks'> = (input, ctx) => {
  const set = findChangeSet(input, ctx);
  const stack = findStack(set.stackId, ctx);
  const wanted = input.LogicalResourceId;
  const found = set.changes.flatMap(({ ResourceChange: change }): ChangeSetHook[] => {
    const { LogicalResourceId, ResourceType: name = '', Action: ResourceAction } = change ?? {};
    if (LogicalResourceId === undefined || (wanted !== undefined && wanted !== LogicalResourceId)) return [];
    const action = ACTIONS[ResourceAction as keyof typeof ACTIONS];
    if (ResourceAction === undefined || action === undefined) return [];
    return hooksFor({ stack, operation: 'RESOURCE', name, action }, ctx).map(([hook, { mode }]) => ({
      InvocationPoint: 'PRE_PROVISION',
      FailureMode: mode,
      TypeName: hook.name,
      TypeVersionId: VERSION,
      TypeConfigurationVersionId: versionOf(hook),
      TargetDetails: {
        TargetType: 'RESOURCE',
        ResourceTargetDetails: { LogicalResourceId, ResourceType: name, ResourceAction },
      },
    }));
  });
  const from = numberOf(input.NextToken) ?? 0;
  const end = from + STACKS_LISTED_MAX;
  const isPlanning = set.status === 'CREATE_PENDING' || set.status === 'CREATE_IN_PROGRESS';
  return {
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    StackId: stack.id,
    StackName: stack.name,
    Hooks: found.slice(from, end),
    Status: isPlanning ? 'PLANNING' : set.status === 'CREATE_COMPLETE' ? 'PLANNED' : 'UNAVAILABLE',
    ...(found.length > end && { NextToken: String(end) }),
  };
};
