/** Change sets: changes to a stack that are looked at before they are made. */
import { isDeepStrictEqual } from 'node:util';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { discard } from '../deploy/discard.ts';
import { takeActual } from '../domain/actual.ts';
import { begunBefore, markOf } from '../domain/again.ts';
import { setStack, signalOf } from '../domain/events.ts';
import { findStack } from '../domain/find.ts';
import { checkRoot, rootOf } from '../domain/hierarchy.ts';
import { checkTargets } from '../domain/imports.ts';
import { dropSource, keepSource } from '../domain/kept.ts';
import { deploymentOf, disablesRollback } from '../domain/mode.ts';
import { checkName } from '../domain/naming.ts';
import { rollbackOf, shownRollback } from '../domain/rollback.ts';
import { masked, secretsOf } from '../domain/secret.ts';
import { shownParameters } from '../domain/shown.ts';
import { prepare } from '../domain/source.ts';
import { textOf } from '../domain/texts.ts';
import { checkTopics } from '../domain/topics.ts';
import { changeSetExists, invalid, noSuchChangeSet, noSuchStackNamed, wrongChangeSetStatus } from '../errors.ts';
import { CHANGE_SETS_LISTED_MAX, LINGER } from '../limits.ts';
import { type ChangeSetRow, changeSets, type Source, type StackRow, stacks } from '../state.ts';
import { begin, checkRoom, checkUpdatable, passOf, stackArn } from './stack.ts';

export const createChangeSet: Handler<'cloudformation', 'CreateChangeSet'> = async (input, ctx) => {
  const type = input.ChangeSetType ?? 'UPDATE';
  if (input.DeploymentMode !== undefined && type !== 'UPDATE')
    throw invalid(`DeploymentMode is not supported for changeSet type: ${type}`);
  const found = stackFor(input.StackName, type, input.ChangeSetName, ctx);
  if (found !== undefined && type !== 'CREATE') checkUpdatable(found);
  if (type === 'IMPORT' && (input.ResourcesToImport ?? []).length === 0)
    throw invalid('ResourcesToImport must be specified for change sets of type IMPORT.');
  const id = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:changeSet/${input.ChangeSetName}/${ctx.uuid()}`;
  const facts = {
    id: found?.id ?? stackArn(input.StackName, ctx),
    name: found?.name ?? input.StackName,
    notificationArns: input.NotificationARNs ?? found?.notificationArns ?? [],
  };
  const { source, template, capabilities } = await prepare(input, found, facts, ctx, true);
  if (type === 'IMPORT')
    checkTargets(
      (input.ResourcesToImport ?? []).map((one) => one.LogicalResourceId),
      template,
    );
  const pass = await passOf(input.RoleARN ?? found?.roleArn, ctx);
  const named = { index: 'byStack', where: { stackId: facts.id, name: input.ChangeSetName } };
  const known = ctx.store.first(changeSets, named);
  const mismatch = known && (await mismatchOf(known.source, source, ctx));
  return ctx.transact((store) => {
    const same = store.first(changeSets, named);
    const isAgain = same !== undefined && input.ClientToken !== undefined && same.token === input.ClientToken;
    if (isAgain && (mismatch === undefined || same.id !== known?.id)) return { Id: same.id, StackId: same.stackId };
    // Deviation: one that was carried out gives its name away. The AWS CLI names them by the second, in which two fit here.
    if (same?.execution === 'EXECUTE_COMPLETE') discard(same, ctx);
    else if (same !== undefined) throw changeSetExists(input.ChangeSetName, mismatch ?? 'ClientToken');
    if (found === undefined) review(facts, source, store, ctx);
    keepSource(source, ctx);
    store.put(changeSets, {
      id,
      name: input.ChangeSetName,
      stackId: facts.id,
      type,
      status: 'CREATE_PENDING',
      execution: 'UNAVAILABLE',
      ...(input.Description !== undefined && { description: input.Description }),
      source,
      ...(template.description !== undefined && { templateDescription: template.description }),
      capabilities,
      notificationArns: facts.notificationArns,
      ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }),
      ...(input.OnStackFailure !== undefined && { onFailure: input.OnStackFailure }),
      ...deploymentOf(input.DeploymentConfig),
      ...rollbackOf(input.RollbackConfiguration, found?.rollback),
      includesNested: input.IncludeNestedStacks ?? false,
      ...(input.DisableValidation !== true && { isUnchecked: true as const }),
      ...(input.ImportExistingResources === true && { takesExisting: true as const }),
      ...(input.DeploymentMode !== undefined && { revertsDrift: true as const }),
      ...(input.ClientToken !== undefined && { token: input.ClientToken }),
      imports: (input.ResourcesToImport ?? []).map(({ ResourceType, LogicalResourceId, ResourceIdentifier }) => ({
        type: ResourceType,
        logicalId: LogicalResourceId,
        identifier: { ...ResourceIdentifier },
      })),
      pass,
      changes: [],
      createdAt: ctx.now,
      operationId: ctx.uuid(),
    });
    ctx.start('compare', id, { id });
    return { Id: id, StackId: facts.id };
  });
};

/** The stack that a change set is for; undefined where it is to be made. */
function stackFor(name: string, type: ChangeSetRow['type'], changeSet: string, ctx: Ctx): StackRow | undefined {
  const found = name.startsWith('arn:')
    ? ctx.store.get(stacks, { id: name })
    : ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
  const isNew = found === undefined || found.status === 'REVIEW_IN_PROGRESS';
  if (type === 'CREATE' && !isNew)
    throw invalid(`Stack [${name}] already exists and cannot be created again with the changeSet [${changeSet}].`);
  if (type === 'UPDATE' && isNew) throw noSuchStackNamed(name);
  if (found === undefined && name.startsWith('arn:')) throw noSuchStackNamed(name);
  if (found === undefined) checkName(name, 'stackName');
  return found;
}

/** A stack that waits for its first change set to be executed. */
function review(
  { id, name, notificationArns }: { id: string; name: string; notificationArns: string[] },
  source: Source,
  store: Ctx['store'],
  ctx: Ctx,
): void {
  checkRoom(ctx);
  keepSource(source, ctx);
  const row: StackRow = {
    id,
    name,
    liveName: name,
    status: 'REVIEW_IN_PROGRESS',
    source,
    outputs: [],
    capabilities: [],
    notificationArns,
    disableRollback: false,
    onFailure: 'ROLLBACK',
    isProtected: false,
    createdAt: ctx.now,
    operation: 0,
  };
  setStack(row, 'REVIEW_IN_PROGRESS', { reason: 'User Initiated' }, store, ctx);
}

/** In what a change set of the same name differs. Source: aws-actions/aws-cloudformation-github-deploy, issue 122. */
async function mismatchOf(a: Source, b: Source, ctx: Ctx): Promise<'Template' | 'Parameters' | undefined> {
  if ((await textOf(a.template, ctx)) !== (await textOf(b.template, ctx))) return 'Template';
  return isDeepStrictEqual(a.parameters, b.parameters) ? undefined : 'Parameters';
}

type Named = { ChangeSetName: string; StackName?: string | undefined };

/** @throws {ServiceError} ChangeSetNotFound, ValidationError */
export function findChangeSet({ ChangeSetName: name, StackName }: Named, ctx: Ctx): ChangeSetRow {
  const row = name.startsWith('arn:')
    ? ctx.store.get(changeSets, { id: name })
    : ctx.store.first(changeSets, { index: 'byStack', where: { stackId: stackIdOf(StackName, ctx), name } });
  if (row === undefined) throw noSuchChangeSet(name);
  return row;
}

function stackIdOf(name: string | undefined, ctx: Ctx): string {
  if (name === undefined) throw invalid('StackName must be specified if ChangeSetName is not specified as an ARN.');
  return findStack(name, ctx, noSuchStackNamed).id;
}

export const describeChangeSet: Handler<'cloudformation', 'DescribeChangeSet'> = async (input, ctx) => {
  const { id, status } = findChangeSet(input, ctx);
  if (status.endsWith('_IN_PROGRESS')) await ctx.linger(signalOf(id), LINGER);
  const row = findChangeSet(input, ctx);
  const stack = findStack(row.stackId, ctx);
  const parameters = await shownParameters(row.source, ctx);
  const tags = Object.entries(row.source.tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ...named(row, stack, ctx),
    ...(parameters.length > 0 && { Parameters: parameters }),
    RollbackConfiguration: shownRollback(row.rollback),
    NotificationARNs: row.notificationArns,
    Capabilities: row.capabilities as ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[],
    ...(tags.length > 0 && { Tags: tags }),
    ...(row.onFailure !== undefined && { OnStackFailure: row.onFailure }),
    ...(row.deployment !== undefined && { DeploymentConfig: row.deployment }),
    ...(row.revertsDrift && { DeploymentMode: 'REVERT_DRIFT' as const }),
    ...(row.actual !== undefined && {
      StackDriftStatus: Object.keys(row.actual).length > 0 ? ('DRIFTED' as const) : ('IN_SYNC' as const),
    }),
    Changes:
      input.IncludePropertyValues === true
        ? row.changes.map((change) => withoutSecrets(change, secretsOf(row.source, stack.source)))
        : row.changes.map(withoutValues),
  };
};

type Change = NonNullable<OutputOf<'cloudformation', 'DescribeChangeSet'>['Changes']>[number];

/** Contexts are JSON: their texts are looked at one by one. */
function withoutSecrets(change: Change, secrets: ReadonlySet<string>): Change {
  const { ResourceChange = {}, ...other } = change;
  const contexts = (['BeforeContext', 'AfterContext', 'PreviousDeploymentContext'] as const).flatMap((name) => {
    const text = ResourceChange[name];
    return text === undefined ? [] : [[name, JSON.stringify(masked(JSON.parse(text), secrets))]];
  });
  const plain = masked(ResourceChange, secrets) as typeof ResourceChange;
  return { ...other, ResourceChange: { ...plain, ...Object.fromEntries(contexts) } };
}

/** Values are only told to who asks for them. */
function withoutValues({ ResourceChange, ...rest }: Change): Change {
  if (ResourceChange === undefined) return rest;
  const {
    BeforeContext: _,
    AfterContext: __,
    PreviousDeploymentContext: ___,
    Details = [],
    ...change
  } = ResourceChange;
  return {
    ...rest,
    ResourceChange: {
      ...change,
      Details: Details.map(({ Target, ...detail }) => {
        if (Target === undefined) return detail;
        const {
          Path,
          BeforeValue,
          AfterValue,
          BeforeValueFrom,
          AfterValueFrom,
          Drift,
          AttributeChangeType,
          ...target
        } = Target;
        return { ...detail, Target: target };
      }),
    },
  };
}

function named(row: ChangeSetRow, stack: StackRow, ctx: Ctx) {
  return {
    ChangeSetName: row.name,
    ChangeSetId: row.id,
    StackId: row.stackId,
    StackName: stack.name,
    ...(row.description !== undefined && { Description: row.description }),
    CreationTime: row.createdAt,
    ExecutionStatus: row.execution,
    Status: row.status,
    ...(row.reason !== undefined && { StatusReason: row.reason }),
    IncludeNestedStacks: row.includesNested,
    ...(row.parentId !== undefined && { ParentChangeSetId: row.parentId, RootChangeSetId: rootOf(row, ctx).id }),
    ImportExistingResources: row.takesExisting ?? false,
  };
}

export const listChangeSets: Handler<'cloudformation', 'ListChangeSets'> = (input, ctx) => {
  const stack = findStack(input.StackName, ctx, noSuchStackNamed);
  const rows = ctx.store.list(changeSets, {
    index: 'byStack',
    where: { stackId: stack.id },
    after: input.NextToken === undefined ? undefined : { name: input.NextToken },
    limit: CHANGE_SETS_LISTED_MAX + 1,
  });
  const page = rows.slice(0, CHANGE_SETS_LISTED_MAX);
  return {
    Summaries: page.map((row) => named(row, stack, ctx)),
    ...(rows.length > page.length && { NextToken: page.at(-1)?.name }),
  };
};

export const deleteChangeSet: Handler<'cloudformation', 'DeleteChangeSet'> = (input, ctx) => {
  const row = input.ChangeSetName.startsWith('arn:')
    ? ctx.store.get(changeSets, { id: input.ChangeSetName })
    : ctx.store.first(changeSets, {
        index: 'byStack',
        where: { stackId: stackIdOf(input.StackName, ctx), name: input.ChangeSetName },
      });
  // What is gone is gone.
  if (row === undefined) return {};
  checkRoot(row, 'deleted', ctx);
  if (row.execution === 'EXECUTE_IN_PROGRESS')
    throw wrongChangeSetStatus(row.id, 'execution status', row.execution, 'deleted');
  discard(row, ctx);
  return {};
};

export const executeChangeSet: Handler<'cloudformation', 'ExecuteChangeSet'> = async (input, ctx) => {
  const asked = findChangeSet(input, ctx);
  checkRoot(asked, 'executed', ctx);
  if (begunBefore(findStack(asked.stackId, ctx), input) !== undefined) return {};
  if (input.DisableRollback !== undefined && asked.onFailure !== undefined)
    throw invalid('You can specify either DisableRollback or OnStackFailure, but not both.');
  const pass = await passOf(asked.roleArn ?? findStack(asked.stackId, ctx).roleArn, ctx);
  await checkTopics(asked.notificationArns, ctx);
  ctx.transact((store) => {
    const row = findChangeSet(input, ctx);
    if (row.status !== 'CREATE_COMPLETE') throw wrongChangeSetStatus(row.id, 'status', row.status, 'executed');
    if (row.execution !== 'AVAILABLE')
      throw wrongChangeSetStatus(row.id, 'execution status', row.execution, 'executed');
    const stack = findStack(row.stackId, ctx);
    const isNew = stack.status === 'REVIEW_IN_PROGRESS';
    const disableRollback = disablesRollback({ ...input, DeploymentConfig: row.deployment });
    if (!isNew) checkUpdatable({ ...stack, disableRollback });
    // Its siblings were made for the stack as it was.
    for (const other of store.list(changeSets, { index: 'byStack', where: { stackId: stack.id } }))
      if (other.id !== row.id) discard(other, ctx);
    store.put(changeSets, { ...row, execution: 'EXECUTE_IN_PROGRESS' });
    takeActual(row, store);
    if (isNew) dropSource(stack.source, ctx);
    const kind = row.type === 'IMPORT' ? 'import' : isNew ? 'create' : 'update';
    const { rollback: _, deployment: __, description: ___, ...rest } = stack;
    begin(
      {
        ...rest,
        ...(row.rollback !== undefined && { rollback: row.rollback }),
        ...(row.templateDescription !== undefined && { description: row.templateDescription }),
        ...(isNew && { source: row.source }),
        capabilities: row.capabilities,
        notificationArns: row.notificationArns,
        ...(row.roleArn !== undefined && { roleArn: row.roleArn }),
        ...(row.onFailure !== undefined && { onFailure: row.onFailure }),
        disableRollback,
        ...deploymentOf(row.deployment),
        changeSetId: row.id,
        ...(!isNew && { updatedAt: ctx.now }),
      },
      {
        kind,
        pass,
        target: row.source,
        retain: [],
        ...(row.imports.length > 0 && { imports: row.imports }),
        ...(input.RetainExceptOnCreate === true && { retainsExceptOnCreate: true }),
        mark: markOf(input),
      },
      'User Initiated',
      store,
      ctx,
    );
  });
  return {};
};
