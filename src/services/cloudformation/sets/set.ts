/** Stack sets: made, changed, removed and shown. */
import { type Ctx, type Handler, type OutputOf, passing } from '#kernel/contract';
import { dropSource, keepSource } from '../domain/kept.ts';
import { lookThrough } from '../domain/look-through.ts';
import { checkName } from '../domain/naming.ts';
import { shownParameters } from '../domain/shown.ts';
import { textOf } from '../domain/texts.ts';
import { invalid, notDelegated, organizationMissing, quotaReached, setExists, setNotEmpty } from '../errors.ts';
import { STACK_SETS, STACKS_LISTED_MAX } from '../limits.ts';
import { announceSet } from './announce.ts';
import { beginOperation, checkIdle } from './begin.ts';
import { definitionOf } from './definition.ts';
import { checkCaller, findAnySet, findSet, statusOf } from './find.ts';
import { forgetSetLater } from './forget.ts';
import { type InstanceRow, instances, type SetRow, sets } from './state.ts';
import { existingTargets } from './targets.ts';

export const createStackSet: Handler<'cloudformation', 'CreateStackSet'> = async (input, ctx) => {
  const { StackSetName: name, Description: description, ClientRequestToken: token } = input;
  if (input.CallAs === 'DELEGATED_ADMIN' && input.PermissionModel !== 'SERVICE_MANAGED') throw notDelegated();
  checkSelfManaged(input);
  checkName(name, 'stackSetName');
  const { source, capabilities } = await definitionOf(input, undefined, ctx);
  const roles = rolesOf(input, ctx);
  return ctx.transact((store) => {
    const taken = store.first(sets, { index: 'byName', where: { liveName: name } });
    if (taken !== undefined && taken.token === token && token !== undefined) return { StackSetId: taken.id };
    if (taken !== undefined) throw setExists(name);
    if (store.count(sets, { index: 'byName' }) >= ctx.quota(STACK_SETS)) throw quotaReached();
    const id = `${name}:${ctx.uuid()}`;
    const row: SetRow = {
      id,
      name,
      liveName: name,
      arn: `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stackset/${id}`,
      ...(description !== undefined && { description }),
      source,
      capabilities,
      ...roles,
      isManaged: input.ManagedExecution?.Active ?? false,
      ...(token !== undefined && { token }),
    };
    keepSource(source, ctx);
    store.put(sets, row);
    announceSet(row, 'ACTIVE', ctx);
    return { StackSetId: id };
  });
};

export const updateStackSet: Handler<'cloudformation', 'UpdateStackSet'> = async (input, ctx) => {
  const before = findSet(input, ctx);
  checkSelfManaged(input);
  const { source, capabilities } = await definitionOf(input, before, ctx);
  const roles = rolesOf(input, ctx);
  return ctx.transact((store) => {
    const set = findSet(input, ctx);
    if (!set.isManaged) checkIdle(set, store);
    const row: SetRow = {
      ...set,
      ...(input.Description !== undefined && { description: input.Description }),
      source,
      capabilities,
      ...roles,
      isManaged: input.ManagedExecution?.Active ?? set.isManaged,
    };
    keepSource(source, ctx);
    dropSource(set.source, ctx);
    store.put(sets, row);
    const all = store.list(instances, { where: { setId: row.id } });
    const isSome = input.Accounts !== undefined || input.Regions !== undefined || input.DeploymentTargets !== undefined;
    const targets = isSome ? existingTargets(row, { Regions: [], ...input }, ctx) : all.filter(isOperable);
    // Others stay as they are where neither template nor parameters are given. Source: API Reference, UpdateStackSet, Accounts.
    const isNew = (input.TemplateBody ?? input.TemplateURL ?? input.Parameters) !== undefined;
    const named = new Set(targets.map(({ account, region }) => `${account} ${region}`));
    for (const instance of all)
      if (instance.status === 'CURRENT' && (isNew || named.has(`${instance.account} ${instance.region}`)))
        store.put(instances, { ...instance, status: 'OUTDATED' });
    const { OperationId: id, OperationPreferences: preferences } = input;
    return { OperationId: beginOperation(row, { action: 'UPDATE', id, preferences, targets }, store, ctx) };
  });
};

/** Source: CloudFormation API Reference, StackInstance, "Status": stacks that are INOPERABLE are excluded from UpdateStackSet. */
function isOperable({ status }: InstanceRow): boolean {
  return status !== 'INOPERABLE';
}

export const deleteStackSet: Handler<'cloudformation', 'DeleteStackSet'> = (input, ctx) => {
  checkCaller(input.CallAs);
  const found = ctx.store.first(sets, { index: 'byName', where: { liveName: input.StackSetName } });
  const { liveName: _, ...set } = found ?? findSet(input, ctx);
  checkIdle(set, ctx.store);
  if (ctx.store.first(instances, { where: { setId: set.id } }) !== undefined) throw setNotEmpty();
  ctx.store.put(sets, set);
  forgetSetLater(set, ctx);
  announceSet(set, 'DELETED', ctx);
  return {};
};

type StackSet = NonNullable<OutputOf<'cloudformation', 'DescribeStackSet'>['StackSet']>;

/** What a set that was never looked at for drift says. */
const NEVER_CHECKED = {
  DriftStatus: 'NOT_CHECKED' as const,
  TotalStackInstancesCount: 0,
  DriftedStackInstancesCount: 0,
  InSyncStackInstancesCount: 0,
  InProgressStackInstancesCount: 0,
  FailedStackInstancesCount: 0,
};

export const describeStackSet: Handler<'cloudformation', 'DescribeStackSet'> = async (input, ctx) => {
  const row = findAnySet(input, ctx);
  const { source, capabilities } = row;
  const regions = ctx.store.list(instances, { where: { setId: row.id } }).map(({ region }) => region);
  const set: StackSet = {
    StackSetName: row.name,
    StackSetId: row.id,
    StackSetARN: row.arn,
    ...(row.description !== undefined && { Description: row.description }),
    Status: statusOf(row),
    TemplateBody: await textOf(source.template, ctx),
    Parameters: await shownParameters(source, ctx),
    Capabilities: capabilities as NonNullable<StackSet['Capabilities']>,
    Tags: Object.entries(source.tags).map(([Key, Value]) => ({ Key, Value })),
    AdministrationRoleARN: row.adminRoleArn,
    ExecutionRoleName: row.executionRole,
    StackSetDriftDetectionDetails: row.drift ?? NEVER_CHECKED,
    OrganizationalUnitIds: [],
    PermissionModel: 'SELF_MANAGED',
    ManagedExecution: { Active: row.isManaged },
    Regions: [...new Set(regions)].toSorted(),
  };
  return { StackSet: set };
};

export const listStackSets: Handler<'cloudformation', 'ListStackSets'> = (input, ctx) => {
  checkCaller(input.CallAs);
  const limit = input.MaxResults ?? STACKS_LISTED_MAX;
  const after = input.NextToken === undefined ? undefined : { id: input.NextToken };
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(sets, { after, limit }),
    (row) => input.Status === undefined || statusOf(row) === input.Status,
    limit,
  );
  return {
    Summaries: found.map((row) => ({
      StackSetName: row.name,
      StackSetId: row.id,
      ...(row.description !== undefined && { Description: row.description }),
      Status: statusOf(row),
      PermissionModel: 'SELF_MANAGED' as const,
      DriftStatus: row.drift?.DriftStatus ?? 'NOT_CHECKED',
      ...(row.drift !== undefined && { LastDriftCheckTimestamp: row.drift.LastDriftCheckTimestamp }),
      ManagedExecution: { Active: row.isManaged },
    })),
    ...(last !== undefined && { NextToken: last.id }),
  };
};

type Model = { PermissionModel?: string | undefined; AutoDeployment?: { Enabled?: boolean | undefined } | undefined };

/** @throws {ServiceError} ValidationError for what only an organization has */
function checkSelfManaged({ PermissionModel: model, AutoDeployment: deployment }: Model): void {
  if (model === 'SERVICE_MANAGED') throw organizationMissing();
  // Source: badmintoncryer/cdk-preflight.
  if (deployment !== undefined) throw invalid('AutoDeployment is not supported');
}

type Roles = { AdministrationRoleARN?: string | undefined; ExecutionRoleName?: string | undefined };

/** The roles by which a set reaches its accounts. Source: CloudFormation User Guide, "Grant self-managed permissions": their usual names. */
function rolesOf(
  { AdministrationRoleARN: given, ExecutionRoleName }: Roles,
  ctx: Ctx,
): Pick<SetRow, 'adminRoleArn' | 'executionRole'> {
  if (given !== undefined) ctx.authorize(passing(given, 'cloudformation'));
  return {
    adminRoleArn: given ?? `arn:${ctx.partition}:iam::${ctx.account}:role/AWSCloudFormationStackSetAdministrationRole`,
    executionRole: ExecutionRoleName ?? 'AWSCloudFormationStackSetExecutionRole',
  };
}
