/** AWS::CloudFormation::StackSet: a set and its instances, brought to what a template says, operation by operation. */
import { type Made, type Properties, type ResourceScope, ServiceError, tagListOf } from '#kernel/contract';
import type { OwnScope, OwnType } from '../deploy/step-scope.ts';
import { canonical } from '../domain/canonical.ts';
import { MASK } from '../domain/secret.ts';
import { shownParameters } from '../domain/shown.ts';
import { textOf } from '../domain/texts.ts';
import { openOperations } from './begin.ts';
import { type InstanceRow, instances, type SetRow, setOperations, sets } from './state.ts';
import { accountsOf, type Targeted } from './targets.ts';

type Pair = { ParameterKey: string; ParameterValue: string };
type Group = {
  DeploymentTargets: NonNullable<Targeted['DeploymentTargets']>;
  Regions: string[];
  ParameterOverrides?: Pair[];
};
/** Accounts that have the same to be done in the same Regions. */
type Batch = { Accounts: string[]; Regions: string[]; ParameterOverrides: Pair[] };
type Instance = Pick<InstanceRow, 'account' | 'region' | 'overrides'>;
type Begin = (operation: { OperationId: string; OperationPreferences?: object }) => Promise<unknown>;

/** The set itself, as its operations take it. */
function definitionOf(properties: Properties, scope: ResourceScope) {
  const { StackInstancesGroup, OperationPreferences, StackSetName, ...rest } = properties;
  return { ...rest, StackSetName: String(StackSetName), Tags: tagListOf(properties, scope) };
}

function wantedOf(properties: Properties): Instance[] {
  const groups = (properties.StackInstancesGroup ?? []) as Group[];
  return groups.flatMap(({ DeploymentTargets, Regions, ParameterOverrides = [] }) => {
    const pairs = ParameterOverrides.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]);
    const overrides = Object.fromEntries(pairs) as Instance['overrides'];
    const accounts = accountsOf(DeploymentTargets);
    return accounts.flatMap((account) => Regions.map((region) => ({ account, region, overrides })));
  });
}

function keyOf({ account, region }: Instance): string {
  return `${account} ${region}`;
}

/** Instances put together as one request takes them. */
function batchesOf(all: readonly Instance[]): Batch[] {
  const byAccount = Map.groupBy(all, ({ account, overrides }) => `${account} ${canonical(overrides)}`);
  const rows = [...byAccount.values()].map((few) => ({
    account: few[0]?.account ?? '',
    Regions: few.map(({ region }) => region),
    ParameterOverrides: Object.entries(few[0]?.overrides ?? {}).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
  }));
  const alike = Map.groupBy(rows, ({ Regions, ParameterOverrides }) => canonical([Regions, ParameterOverrides]));
  return [...alike.values()].flatMap((few) => {
    const [first] = few;
    return first === undefined ? [] : [{ ...first, Accounts: few.map(({ account }) => account) }];
  });
}

/** The next operation that brings a set's instances to what is wanted; undefined where they are that. */
function nextOf(set: SetRow, wanted: readonly Instance[], { aws, ctx }: OwnScope): Begin | undefined {
  const StackSetName = set.id;
  const there = ctx.store.list(instances, { where: { setId: set.id } });
  const byKey = new Map(there.map((row) => [keyOf(row), row]));
  const keys = new Set(wanted.map(keyOf));
  const [gone] = batchesOf(there.filter((row) => !keys.has(keyOf(row))).map((row) => ({ ...row, overrides: {} })));
  if (gone !== undefined) {
    const { Accounts, Regions } = gone;
    return (operation) =>
      aws.cloudformation.DeleteStackInstances({ StackSetName, Accounts, Regions, RetainStacks: false, ...operation });
  }
  const [fresh] = batchesOf(wanted.filter((one) => !byKey.has(keyOf(one))));
  if (fresh !== undefined)
    return (operation) => aws.cloudformation.CreateStackInstances({ StackSetName, ...fresh, ...operation });
  const [other] = batchesOf(
    wanted.filter((one) => canonical(byKey.get(keyOf(one))?.overrides) !== canonical(one.overrides)),
  );
  if (other !== undefined)
    return (operation) => aws.cloudformation.UpdateStackInstances({ StackSetName, ...other, ...operation });
  return undefined;
}

/**
 * Begins one operation after the other, each once, until nothing is left to do.
 *
 * @param definition changes the set itself, before its instances
 * @throws {ServiceError} NotStabilized where one does not succeed
 * @throws {Later} while one is under way
 */
async function reconcile(
  setId: string,
  properties: Properties,
  wanted: readonly Instance[],
  scope: OwnScope,
  definition?: Begin,
): Promise<void> {
  const { ctx, row, stackId } = scope;
  const OperationPreferences = properties.OperationPreferences as object | undefined;
  for (let count = 0; ; count += 1) {
    const OperationId = `${row.step?.suffix}-${row.step?.kind}-${count}`;
    const done = ctx.store.get(setOperations, { setId, id: OperationId });
    if (done?.endedAt !== undefined) {
      if (done.status !== 'SUCCEEDED') throw notStabilized(setId, OperationId, done.status);
      continue;
    }
    const [open] = openOperations(setId, ctx.store);
    if (open !== undefined) {
      // It says so when it has ended.
      ctx.transact((store) => {
        const now = store.get(setOperations, open) ?? open;
        store.put(setOperations, { ...now, forStack: stackId });
      });
      return scope.later();
    }
    const set = ctx.store.get(sets, { id: setId });
    if (set === undefined) return;
    const begin = count === 0 && definition !== undefined ? definition : nextOf(set, wanted, scope);
    if (begin === undefined) return;
    await begin({ OperationId, ...(OperationPreferences !== undefined && { OperationPreferences }) });
    // It is looked at once more under the same number.
    count -= 1;
  }
}

/** Source: stack events that users have published. */
function notStabilized(setId: string, operationId: string, status: string): ServiceError {
  return new ServiceError(
    'NotStabilized',
    `Resource of type 'Stack set operation [${operationId}] was unexpectedly stopped or failed. status reason(s): [${status}]' with identifier '${setId}' did not stabilize.`,
  );
}

function made(id: string): Made {
  return { id, attributes: { StackSetId: id } };
}

/** What the API refuses, as the handler tells it. Source: badmintoncryer/cdk-preflight. */
async function inHandlersWords<T>(work: Promise<T>, { ctx }: OwnScope): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ValidationError')) throw error;
    const facts = `Service: CloudFormation, Status Code: 400, Request ID: ${ctx.uuid()}`;
    throw new ServiceError('InvalidRequest', `${error.message} (${facts}) (SDK Attempt Count: 1)`);
  }
}

export const stackSet: OwnType = {
  create: (properties, scope) => inHandlersWords(create(properties, scope), scope),
  update: (id, properties, before, scope) => inHandlersWords(update(id, properties, before, scope), scope),
  async delete(id, properties, scope) {
    const set = scope.ctx.store.get(sets, { id });
    if (set?.liveName === undefined) return;
    await reconcile(id, properties, [], scope);
    await scope.aws.cloudformation.DeleteStackSet({ StackSetName: id });
  },
  async read(id, properties, { ctx }) {
    const set = ctx.store.get(sets, { id });
    if (set?.liveName === undefined) return undefined;
    const { source } = set;
    const there = ctx.store.list(instances, { where: { setId: id } });
    const facts = (all: readonly Instance[]) =>
      all
        .map((one) => `${keyOf(one)} ${canonical(one.overrides)}`)
        .toSorted()
        .join();
    const isSame = facts(there) === facts(wantedOf(properties));
    return {
      StackSetName: set.name,
      Description: set.description,
      PermissionModel: 'SELF_MANAGED',
      AdministrationRoleARN: set.adminRoleArn,
      ExecutionRoleName: set.executionRole,
      Capabilities: set.capabilities,
      ManagedExecution: { Active: set.isManaged },
      Parameters: await parametersOf(set, properties, ctx),
      Tags: Object.entries(source.tags).map(([Key, Value]) => ({ Key, Value })),
      TemplateBody: await textOf(source.template, ctx),
      StackInstancesGroup: isSame ? properties.StackInstancesGroup : batchesOf(there).map(groupOf),
    };
  },
};

async function create(properties: Properties, scope: OwnScope): Promise<Made> {
  const wanted = wantedOf(properties);
  let id = scope.noted;
  if (id === undefined) {
    const definition = definitionOf(properties, scope);
    // The same token again, after a crash, is the same set.
    const ClientRequestToken = scope.row.step?.suffix ?? '';
    const { StackSetId = '' } = await scope.aws.cloudformation.CreateStackSet({ ...definition, ClientRequestToken });
    scope.begun(StackSetId);
    id = StackSetId;
  }
  await reconcile(id, properties, wanted, scope);
  return made(id);
}

async function update(id: string, properties: Properties, before: Properties, scope: OwnScope): Promise<Made> {
  const definition = definitionOf(properties, scope);
  const old = definitionOf(before, { ...scope, tags: scope.tagsBefore });
  const change: Begin = (operation) => scope.aws.cloudformation.UpdateStackSet({ ...definition, ...operation });
  const isSame = canonical(definition) === canonical(old);
  await reconcile(id, properties, wantedOf(properties), scope, isSame ? undefined : change);
  return made(id);
}

/** As a template says them: a secret is told to who knows it. */
async function parametersOf({ source }: SetRow, wanted: Properties, ctx: OwnScope['ctx']) {
  const known = new Set(
    ((wanted.Parameters ?? []) as Pair[]).map((one) => `${one.ParameterKey}=${one.ParameterValue}`),
  );
  const shown = await shownParameters(source, ctx);
  return shown.map(({ ParameterKey, ParameterValue }) => {
    const value = source.parameters[ParameterKey];
    const isKnown = ParameterValue === MASK && known.has(`${ParameterKey}=${value}`);
    return { ParameterKey, ParameterValue: isKnown ? value : ParameterValue };
  });
}

function groupOf({ Accounts, ...rest }: Batch): Group {
  return { DeploymentTargets: { Accounts }, ...rest };
}
