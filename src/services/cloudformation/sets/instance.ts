/** Instances of stack sets: made, changed, removed, imported, looked at. */
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { lookThrough } from '../domain/look-through.ts';
import { memberOf } from '../domain/member.ts';
import { textAt } from '../domain/s3-text.ts';
import { shownParameters } from '../domain/shown.ts';
import { badToken } from '../domain/token.ts';
import { invalid, organizationMissing, stackMissing, tooManyImported } from '../errors.ts';
import { IMPORTED_INLINE_MAX, IMPORTED_LISTED_MAX, STACKS_LISTED_MAX } from '../limits.ts';
import { stacks } from '../state.ts';
import { beginOperation, type Target } from './begin.ts';
import { findInstance, findSet, findSetOperation } from './find.ts';
import { type InstanceRow, instanceDrifts, instances, type SetRow } from './state.ts';
import { existingTargets, targetsOf } from './targets.ts';

type Overrides = readonly {
  ParameterKey?: string | undefined;
  ParameterValue?: string | undefined;
  UsePreviousValue?: boolean | undefined;
}[];

/**
 * An instance's own values. Without any in the request they stay; with some, those that it does not name are the set's again.
 * Source: CloudFormation API Reference, UpdateStackInstances, "ParameterOverrides".
 */
function overridesOf(
  given: Overrides | undefined,
  before: InstanceRow['overrides'],
  { source }: SetRow,
): InstanceRow['overrides'] {
  if (given === undefined) return before;
  const unknown = given
    .map(({ ParameterKey = '' }) => ParameterKey)
    .filter((name) => !Object.hasOwn(source.parameters, name));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  return Object.fromEntries(
    given.flatMap(({ ParameterKey: key = '', ParameterValue, UsePreviousValue }) => {
      const value = UsePreviousValue === true ? memberOf(before, key) : ParameterValue;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** So much of a set's name is in those of its stacks, which have 128 characters. */
const SET_NAME_PART = 82;

/** An instance that is about to come about. */
function fresh({ id: setId, name }: SetRow, target: Target, ctx: Ctx): InstanceRow {
  const stackName = `StackSet-${name.slice(0, SET_NAME_PART)}-${ctx.uuid()}`;
  return { setId, ...target, stackName, overrides: {}, status: 'OUTDATED', detailed: 'PENDING', lastOperation: '' };
}

/** Gives instances the values that a request has for them; those that are not there yet are noted. In a transaction. */
function note(set: SetRow, targets: readonly Target[], given: Overrides | undefined, store: StoreView, ctx: Ctx): void {
  for (const target of targets) {
    const row = store.get(instances, { setId: set.id, ...target }) ?? fresh(set, target, ctx);
    store.put(instances, { ...row, overrides: overridesOf(given, row.overrides, set) });
  }
}

export const createStackInstances: Handler<'cloudformation', 'CreateStackInstances'> = (input, ctx) => {
  const { OperationId: id, OperationPreferences: preferences } = input;
  const set = findSet(input, ctx);
  const targets = targetsOf(input);
  note(set, targets, input.ParameterOverrides, ctx.store, ctx);
  return { OperationId: beginOperation(set, { action: 'CREATE', id, preferences, targets }, ctx.store, ctx) };
};

export const updateStackInstances: Handler<'cloudformation', 'UpdateStackInstances'> = (input, ctx) => {
  const { OperationId: id, OperationPreferences: preferences } = input;
  const set = findSet(input, ctx);
  const targets = existingTargets(set, input, ctx);
  note(set, targets, input.ParameterOverrides, ctx.store, ctx);
  return { OperationId: beginOperation(set, { action: 'UPDATE', id, preferences, targets }, ctx.store, ctx) };
};

export const deleteStackInstances: Handler<'cloudformation', 'DeleteStackInstances'> = (input, ctx) => {
  const { OperationId: id, OperationPreferences: preferences, RetainStacks: retains } = input;
  const set = findSet(input, ctx);
  // What is gone is gone.
  const targets = targetsOf(input).filter(
    (target) => ctx.store.get(instances, { setId: set.id, ...target }) !== undefined,
  );
  return { OperationId: beginOperation(set, { action: 'DELETE', id, preferences, targets, retains }, ctx.store, ctx) };
};

export const detectStackSetDrift: Handler<'cloudformation', 'DetectStackSetDrift'> = (input, ctx) => {
  const { OperationId: id, OperationPreferences: preferences } = input;
  const set = findSet(input, ctx);
  const targets = ctx.store
    .list(instances, { where: { setId: set.id } })
    .filter(({ stackId }) => stackId !== undefined)
    .map(({ account, region }) => ({ account, region }));
  return { OperationId: beginOperation(set, { action: 'DETECT_DRIFT', id, preferences, targets }, ctx.store, ctx) };
};

export const importStacksToStackSet: Handler<'cloudformation', 'ImportStacksToStackSet'> = async (input, ctx) => {
  const { OperationId: id, OperationPreferences: preferences, StackIdsUrl: url, StackIds: given = [] } = input;
  findSet(input, ctx);
  if (input.OrganizationalUnitIds !== undefined) throw organizationMissing();
  if (url !== undefined && given.length > 0)
    throw invalid('You can specify either StackIds or StackIdsUrl, but not both');
  const ids = url === undefined ? given : (await textAt(url, ctx)).split(/[\s,]+/).filter((one) => one !== '');
  if (ids.length === 0) throw invalid('StackIds are required');
  const most = url === undefined ? IMPORTED_INLINE_MAX : IMPORTED_LISTED_MAX;
  if (ids.length > most) throw tooManyImported(most);
  return ctx.transact((store) => {
    const set = findSet(input, ctx);
    const targets = ids.map((stackId) => {
      const [, region = '', account = '', stackName = ''] =
        /^arn:aws[a-z-]*:cloudformation:([a-z0-9-]+):(\d{12}):stack\/([^/]+)\//.exec(stackId) ?? [];
      const target = { account, region };
      if (account === '') throw invalid(`Invalid stack id ${stackId}`);
      if (store.in(target).get(stacks, { id: stackId })?.liveName === undefined) throw stackMissing(stackId);
      const known = store.get(instances, { setId: set.id, ...target });
      // One that could not be imported may be tried again, each place once in a request.
      if (known !== undefined && known.detailed !== 'FAILED_IMPORT')
        throw invalid(`The stack set has an instance in account ${account} and Region ${region} already`);
      store.put(instances, { ...fresh(set, target, ctx), stackName, stackId });
      return target;
    });
    const asked = { action: 'CREATE' as const, id, preferences, targets, isImport: true as const };
    return { OperationId: beginOperation(set, asked, store, ctx) };
  });
};

type Summary = NonNullable<OutputOf<'cloudformation', 'ListStackInstances'>['Summaries']>[number];

function summary(row: InstanceRow): Summary {
  return {
    StackSetId: row.setId,
    Account: row.account,
    Region: row.region,
    ...(row.stackId !== undefined && { StackId: row.stackId }),
    Status: row.status,
    StackInstanceStatus: { DetailedStatus: row.detailed },
    ...(row.reason !== undefined && { StatusReason: row.reason }),
    DriftStatus: row.drift?.status ?? 'NOT_CHECKED',
    ...(row.drift !== undefined && { LastDriftCheckTimestamp: row.drift.at }),
    LastOperationId: row.lastOperation,
  };
}

export const describeStackInstance: Handler<'cloudformation', 'DescribeStackInstance'> = async (input, ctx) => {
  const set = findSet(input, ctx);
  const row = findInstance(set, input.StackInstanceAccount, input.StackInstanceRegion, ctx);
  const ParameterOverrides = await shownParameters({ ...set.source, parameters: row.overrides }, ctx);
  return { StackInstance: { ...summary(row), ParameterOverrides } };
};

export const listStackInstances: Handler<'cloudformation', 'ListStackInstances'> = (input, ctx) => {
  const set = findSet(input, ctx);
  const { StackInstanceAccount, StackInstanceRegion, MaxResults: limit = STACKS_LISTED_MAX, Filters = [] } = input;
  const isWanted = (row: InstanceRow) =>
    (StackInstanceAccount ?? row.account) === row.account &&
    (StackInstanceRegion ?? row.region) === row.region &&
    Filters.every(({ Name, Values }) => Values === undefined || facts(row)[Name ?? ''] === Values);
  const after = afterOf(input.NextToken);
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(instances, { where: { setId: set.id }, after, limit }),
    isWanted,
    limit,
  );
  return {
    Summaries: found.map(summary),
    ...(last !== undefined && { NextToken: `${last.account} ${last.region}` }),
  };
};

/** @throws {ServiceError} ValidationError */
function afterOf(token: string | undefined): Target | undefined {
  if (token === undefined) return undefined;
  const [, account, region] = /^(\d{12}) ([a-z0-9-]+)$/.exec(token) ?? [];
  if (account === undefined || region === undefined) throw badToken();
  return { account, region };
}

/** What instances are filtered by. */
function facts({ detailed, lastOperation, drift }: InstanceRow): { [name: string]: string } {
  return {
    DETAILED_STATUS: detailed,
    LAST_OPERATION_ID: lastOperation,
    DRIFT_STATUS: drift?.status ?? 'NOT_CHECKED',
  };
}

export const listStackInstanceResourceDrifts: Handler<'cloudformation', 'ListStackInstanceResourceDrifts'> = (
  input,
  ctx,
) => {
  const set = findSet(input, ctx);
  const { account, region } = findInstance(set, input.StackInstanceAccount, input.StackInstanceRegion, ctx);
  const { id: operationId } = findSetOperation(set, input.OperationId, ctx);
  const wanted = input.StackInstanceResourceDriftStatuses;
  const limit = input.MaxResults ?? STACKS_LISTED_MAX;
  const rows = ctx.store
    .list(instanceDrifts, {
      where: { setId: set.id, operationId, account, region },
      after: input.NextToken === undefined ? undefined : { logicalId: input.NextToken },
    })
    .filter(({ status }) => wanted === undefined || wanted.includes(status));
  const page = rows.slice(0, limit);
  return {
    Summaries: page.map((row) => ({
      StackId: row.stackId,
      LogicalResourceId: row.logicalId,
      ...(row.physicalId !== undefined && { PhysicalResourceId: row.physicalId }),
      ResourceType: row.type,
      PropertyDifferences: row.differences,
      StackResourceDriftStatus: row.status,
      Timestamp: row.at,
    })),
    ...(rows.length > limit && { NextToken: page.at(-1)?.logicalId }),
  };
};
