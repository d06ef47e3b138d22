/** Stacks, their resources and their events, as clients see them. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { findStack, isGuarded, resourcesOfThing } from '../domain/find.ts';
import { shownRollback } from '../domain/rollback.ts';
import { shownParameters } from '../domain/shown.ts';
import { numberOf } from '../domain/token.ts';
import { invalid } from '../errors.ts';
import { LINGER, OUTPUTS_MAX, STACKS, STACKS_LISTED_MAX } from '../limits.ts';
import {
  drifts,
  type HookNote,
  type OperationEntry,
  type ResourceRow,
  type StackRow,
  stackEvents,
  stackExports,
  stackImports,
  stackResources,
  stacks,
} from '../state.ts';

type Stack = NonNullable<OutputOf<'cloudformation', 'DescribeStacks'>['Stacks']>[number];

export const describeStacks: Handler<'cloudformation', 'DescribeStacks'> = async (input, ctx) => {
  if (input.StackName !== undefined) {
    const { id, status } = findStack(input.StackName, ctx);
    if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS') await ctx.linger(signalOf(id), LINGER);
    return { Stacks: [await shown(findStack(input.StackName, ctx), ctx)] };
  }
  const after = input.NextToken === undefined ? undefined : { liveName: input.NextToken };
  const rows = ctx.store.list(stacks, { index: 'byName', after, limit: STACKS_LISTED_MAX + 1 });
  const page = await Promise.all(rows.slice(0, STACKS_LISTED_MAX).map((row) => shown(row, ctx)));
  return { Stacks: page, ...(rows.length > page.length && { NextToken: rows[page.length - 1]?.liveName }) };
};

/** What it has none of is left out, but for topics and tags. Source: CloudFormation User Guide, outputs of describe-stacks. */
async function shown(row: StackRow, ctx: Ctx): Promise<Stack> {
  const { tags } = row.source;
  const parameters = await shownParameters(row.source, ctx);
  return {
    StackId: row.id,
    StackName: row.name,
    ...(row.changeSetId !== undefined && { ChangeSetId: row.changeSetId }),
    ...(row.description !== undefined && { Description: row.description }),
    ...(parameters.length > 0 && { Parameters: parameters }),
    CreationTime: row.createdAt,
    ...(row.updatedAt !== undefined && { LastUpdatedTime: row.updatedAt }),
    ...(row.deletedAt !== undefined && { DeletionTime: row.deletedAt }),
    ...(row.isForced && { DeletionMode: 'FORCE_DELETE_STACK' as const }),
    RollbackConfiguration: shownRollback(row.rollback),
    StackStatus: row.status,
    ...(row.reason !== undefined && { StackStatusReason: row.reason }),
    DisableRollback: row.disableRollback,
    ...(row.deployment !== undefined && { DeploymentConfig: row.deployment }),
    NotificationARNs: row.notificationArns,
    ...(row.timeoutMinutes !== undefined && { TimeoutInMinutes: row.timeoutMinutes }),
    ...(row.capabilities.length > 0 && { Capabilities: row.capabilities as NonNullable<Stack['Capabilities']> }),
    ...(row.outputs.length > 0 && { Outputs: row.outputs.map(shownOutput) }),
    ...(row.roleArn !== undefined && { RoleARN: row.roleArn }),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    EnableTerminationProtection: isGuarded(row, ctx),
    ...(row.parentId !== undefined && { ParentId: row.parentId }),
    ...(row.rootId !== undefined && { RootId: row.rootId }),
    DriftInformation: driftOf(row),
    LastOperations: (row.lastOperations ?? []).map(shownOperation),
  };
}

const shownOperation = ({ OperationType, OperationId }: OperationEntry) => ({ OperationType, OperationId });

function shownOutput({ key, value, description, exportName }: StackRow['outputs'][number]) {
  return {
    OutputKey: key,
    OutputValue: value,
    ...(description !== undefined && { Description: description }),
    ...(exportName !== undefined && { ExportName: exportName }),
  };
}

function driftOf({ drift }: StackRow) {
  return drift === undefined
    ? { StackDriftStatus: 'NOT_CHECKED' as const }
    : { StackDriftStatus: drift.status, LastCheckTimestamp: drift.at };
}

export const listStacks: Handler<'cloudformation', 'ListStacks'> = (input, ctx) => {
  const [createdAt, id] = input.NextToken?.split('|') ?? [];
  const before = createdAt === undefined || id === undefined ? undefined : { createdAt: numberOf(createdAt) ?? 0, id };
  const range = { reverse: true, before, limit: STACKS_LISTED_MAX + 1 };
  const wanted = [...new Set(input.StackStatusFilter ?? [])];
  const rows =
    wanted.length === 0
      ? ctx.store.list(stacks, { index: 'byAge', ...range })
      : wanted
          .flatMap((status) => ctx.store.list(stacks, { index: 'byStatus', where: { status }, ...range }))
          .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  const page = rows.slice(0, STACKS_LISTED_MAX);
  const last = page.at(-1);
  return {
    StackSummaries: page.map((row) => ({
      StackId: row.id,
      StackName: row.name,
      ...(row.description !== undefined && { TemplateDescription: row.description }),
      CreationTime: row.createdAt,
      ...(row.updatedAt !== undefined && { LastUpdatedTime: row.updatedAt }),
      ...(row.deletedAt !== undefined && { DeletionTime: row.deletedAt }),
      StackStatus: row.status,
      ...(row.reason !== undefined && { StackStatusReason: row.reason }),
      ...(row.parentId !== undefined && { ParentId: row.parentId }),
      ...(row.rootId !== undefined && { RootId: row.rootId }),
      DriftInformation: driftOf(row),
      LastOperations: (row.lastOperations ?? []).map(shownOperation),
    })),
    ...(rows.length > page.length && last !== undefined && { NextToken: `${last.createdAt}|${last.id}` }),
  };
};

export const describeStackEvents: Handler<'cloudformation', 'DescribeStackEvents'> = (input, ctx) => {
  const stack = findStack(input.StackName ?? '', ctx, (name) => invalid(`Stack [${name}] does not exist`));
  const token = numberOf(input.NextToken);
  const before = token === undefined ? undefined : { sequence: token };
  const rows = ctx.store.list(stackEvents, {
    where: { stackId: stack.id },
    before,
    reverse: true,
    limit: STACKS_LISTED_MAX + 1,
  });
  const page = rows.slice(0, STACKS_LISTED_MAX);
  return {
    StackEvents: page.map((row) => ({
      StackId: row.stackId,
      EventId: row.id,
      StackName: stack.name,
      LogicalResourceId: row.logicalId,
      PhysicalResourceId: row.physicalId,
      ResourceType: row.type,
      Timestamp: row.at,
      ResourceStatus: row.status as ResourceRow['status'],
      ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
      ...(row.properties !== undefined && { ResourceProperties: row.properties }),
      ...(row.token !== undefined && { ClientRequestToken: row.token }),
      ...(row.operationId !== undefined && { OperationId: row.operationId }),
      ...(row.hook !== undefined && { ...shownHook(row.hook), HookInvocationId: row.hook.id }),
    })),
    ...(rows.length > page.length && { NextToken: String(page.at(-1)?.sequence) }),
  };
};

/** What an event tells of a hook. */
export function shownHook({ type, status, reason, mode }: HookNote) {
  return {
    HookType: type,
    HookStatus: status,
    HookStatusReason: reason,
    HookInvocationPoint: 'PRE_PROVISION' as const,
    HookFailureMode: mode,
  };
}

function inOrderOfTemplate(stack: StackRow, ctx: Ctx): ResourceRow[] {
  return ctx.store
    .list(stackResources, { where: { stackId: stack.id } })
    .toSorted((a, b) => (a.logicalId < b.logicalId ? -1 : 1));
}

/** The id of the stack that has a thing. @throws {ServiceError} ValidationError */
function stackOfThing(id: string | undefined, ctx: Ctx): string {
  if (id === undefined) throw invalid('Either StackName or PhysicalResourceId must be specified.');
  const [row] = resourcesOfThing(id, ctx);
  if (row === undefined) throw invalid(`Stack for ${id} does not exist`);
  return row.stackId;
}

export const describeStackResources: Handler<'cloudformation', 'DescribeStackResources'> = (input, ctx) => {
  const stack = findStack(input.StackName ?? stackOfThing(input.PhysicalResourceId, ctx), ctx);
  const wanted = input.LogicalResourceId;
  return {
    StackResources: inOrderOfTemplate(stack, ctx)
      .filter(({ logicalId }) => wanted === undefined || logicalId === wanted)
      .map((row) => ({
        StackName: stack.name,
        StackId: stack.id,
        ...summary(row, ctx),
        Timestamp: row.updatedAt,
      })),
  };
};

export const listStackResources: Handler<'cloudformation', 'ListStackResources'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx);
  const rows = inOrderOfTemplate(stack, ctx).filter(({ logicalId }) => logicalId > (input.NextToken ?? ''));
  const page = rows.slice(0, STACKS_LISTED_MAX);
  return {
    StackResourceSummaries: page.map((row) => ({ ...summary(row, ctx), LastUpdatedTimestamp: row.updatedAt })),
    ...(rows.length > page.length && { NextToken: page.at(-1)?.logicalId }),
  };
};

export const describeStackResource: Handler<'cloudformation', 'DescribeStackResource'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx, (name) => invalid(`Stack '${name}' does not exist`));
  const row = ctx.store.get(stackResources, { stackId: stack.id, logicalId: input.LogicalResourceId });
  if (row === undefined) throw invalid(`Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
  return {
    StackResourceDetail: {
      StackName: stack.name,
      StackId: stack.id,
      ...summary(row, ctx),
      LastUpdatedTimestamp: row.updatedAt,
      Metadata: row.metadata ?? '{}',
    },
  };
};

function summary(row: ResourceRow, ctx: Ctx) {
  const drift = ctx.store.get(drifts, row);
  return {
    LogicalResourceId: row.logicalId,
    ...(row.thing !== undefined && { PhysicalResourceId: row.thing.id }),
    ResourceType: row.type,
    ResourceStatus: row.status,
    ...(row.reason !== undefined && { ResourceStatusReason: row.reason }),
    DriftInformation: {
      StackResourceDriftStatus:
        drift === undefined || drift.status === 'UNKNOWN' ? ('NOT_CHECKED' as const) : drift.status,
      ...(drift !== undefined && { LastCheckTimestamp: drift.at }),
    },
  };
}

export const listExports: Handler<'cloudformation', 'ListExports'> = (input, ctx) => {
  const after = input.NextToken === undefined ? undefined : { name: input.NextToken };
  const rows = ctx.store.list(stackExports, { after, limit: STACKS_LISTED_MAX + 1 });
  const page = rows.slice(0, STACKS_LISTED_MAX);
  return {
    Exports: page.map(({ name, value, stackId }) => ({ Name: name, Value: value, ExportingStackId: stackId })),
    ...(rows.length > page.length && { NextToken: page.at(-1)?.name }),
  };
};

export const listImports: Handler<'cloudformation', 'ListImports'> = (input, ctx) => {
  const rows = ctx.store.list(stackImports, { where: { name: input.ExportName } });
  if (rows.length === 0) throw invalid(`Export '${input.ExportName}' is not imported by any stack.`);
  return { Imports: rows.map(({ stackName }) => stackName) };
};

/** Source: CloudFormation User Guide, "Understand CloudFormation quotas". */
export const describeAccountLimits: Handler<'cloudformation', 'DescribeAccountLimits'> = (_, ctx) => ({
  AccountLimits: [
    { Name: 'StackLimit', Value: ctx.quota(STACKS) },
    { Name: 'StackOutputsLimit', Value: OUTPUTS_MAX },
    { Name: 'ConcurrentResourcesLimit', Value: 2_500 },
  ],
});
