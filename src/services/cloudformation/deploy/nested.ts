/**
 * Stacks in stacks.
 *
 * Deviation: a nested stack removes what an update has replaced as soon as it is done itself, not once its parent is: should the parent go back, the
 * replaced things are made anew.
 */
import { type Ctx, type Properties, ServiceError } from '#kernel/contract';
import { takeActual } from '../domain/actual.ts';
import { executedBelow, skippedIn } from '../domain/hierarchy.ts';
import { notMade } from '../errors.ts';
import { changeSets, type EventRow, type StackRow, stackEvents, stackOperations, stacks } from '../state.ts';
import type { OwnScope, OwnType } from './step-scope.ts';

type Nested = {
  TemplateURL: string;
  Parameters?: { [name: string]: unknown };
  NotificationARNs?: string[];
  TimeoutInMinutes?: number;
};

/** Lists reach a nested stack's parameters joined. */
function parametersOf({ Parameters = {} }: Nested) {
  const isPlain = (value: unknown) => [value].flat().every((one) => one !== null && typeof one !== 'object');
  if (typeof Parameters !== 'object' || Array.isArray(Parameters) || !Object.values(Parameters).every(isPlain))
    throw notMade('Value of property Parameters must be an object with String (or simple type) properties');
  return Object.entries(Parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: Array.isArray(value) ? value.join(',') : String(value),
  }));
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');

/** What a stack is made of, as its parent's template says. */
export function askedOf(
  properties: Properties,
  tags: { readonly [key: string]: string },
  capabilities: readonly string[],
) {
  const { TemplateURL, NotificationARNs, ...rest } = properties as Nested;
  if (typeof TemplateURL !== 'string') throw notMade('Value of property TemplateURL must be of type String');
  if (!isTexts(NotificationARNs ?? []))
    throw notMade('Value of property NotificationARNs must be of type List of String');
  const own = (properties.Tags ?? []) as { Key: string; Value: string }[];
  if (!Array.isArray(own) || !own.every((one) => typeof one?.Key === 'string'))
    throw notMade('Value of property Tags must be a list of objects with Key and Value');
  const inherited = Object.entries(tags).filter(
    ([key]) => !key.startsWith('aws:') && !own.some(({ Key }) => Key === key),
  );
  return {
    TemplateURL,
    Parameters: parametersOf({ TemplateURL, ...rest }),
    Tags: [...own, ...inherited.map(([Key, Value]) => ({ Key, Value }))],
    // What its parent's author knows they know of it, too.
    Capabilities: ['CAPABILITY_NAMED_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const].filter(
      (name) => name === 'CAPABILITY_AUTO_EXPAND' || capabilities.length > 0,
    ),
    ...(NotificationARNs !== undefined && { NotificationARNs }),
  };
}

const asked = (properties: Properties, { work: { stack, operation }, tags }: OwnScope) => ({
  ...askedOf(properties, tags, stack.capabilities),
  ...(operation.isBlind && { DisableValidation: true }),
});

/** What has been begun is done as the parent's operation is: in the same name. */
function tie(id: string, { ctx, work, row: { logicalId } }: OwnScope): void {
  const { stack, operation } = work;
  const parent = { parentId: stack.id, rootId: stack.rootId ?? stack.id };
  ctx.transact((store) => {
    const row = store.get(stacks, { id });
    const own = store.get(stackOperations, { stackId: id });
    const executed = row && executedBelow(stack, logicalId, ctx);
    if (row !== undefined)
      store.put(stacks, {
        ...row,
        ...parent,
        ...(stack.roleArn !== undefined && { roleArn: stack.roleArn }),
        ...(executed !== undefined && { changeSetId: executed.id }),
      });
    if (executed !== undefined) {
      const isGoing = row?.status.endsWith('_IN_PROGRESS');
      const ended = row !== undefined && hasGoneWell(row) ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
      store.put(changeSets, { ...executed, execution: isGoing ? 'EXECUTE_IN_PROGRESS' : ended });
    }
    if (own !== undefined) store.put(stackOperations, { ...own, pass: operation.pass });
  });
}

/** Where the change set of a nested stack brings things back, they count as what they are from here on. */
function revert({ ctx, work, row: { logicalId } }: OwnScope): void {
  const executed = executedBelow(work.stack, logicalId, ctx);
  if (executed?.revertsDrift !== true) return;
  ctx.transact((store) => {
    takeActual(executed, store);
    store.put(changeSets, { ...executed, execution: 'EXECUTE_IN_PROGRESS' });
  });
}

const hasGoneWell = ({ status }: StackRow) => !/ROLLBACK|FAILED/.test(status);

function made(row: StackRow) {
  const outputs = row.outputs.map(({ key, value }) => [`Outputs.${key}`, value]);
  return { id: row.id, attributes: Object.fromEntries(outputs) };
}

/** The stack once nothing moves in it any more. */
function settledStack(id: string, scope: OwnScope): StackRow | undefined {
  const row = scope.ctx.store.get(stacks, { id });
  return row?.status.endsWith('_IN_PROGRESS') === true ? scope.later() : row;
}

/** More than one operation on 500 resources makes. */
const EVENTS_MAX = 5_000;

/** What a stack that has gone back said of itself when it failed, in its last operation. Source: aws-quickstart/quickstart-hashicorp-consul, issue 69; aws-amplify/amplify-cli, issue 911. */
function failed(stackId: string, { store }: Ctx): EventRow | undefined {
  const own = ({ physicalId }: EventRow) => physicalId === stackId;
  const events = store.list(stackEvents, { where: { stackId }, reverse: true, limit: EVENTS_MAX }).filter(own);
  const last = events.slice(0, events.findIndex(({ reason }) => reason === 'User Initiated') + 1);
  return last.find(({ status }) => /_FAILED$|^(UPDATE_)?ROLLBACK_IN_PROGRESS$/.test(status));
}

/** The stack of this name, unless it only waits to be made. */
function begunAs(name: string, { store }: Ctx): string | undefined {
  const row = store.first(stacks, { index: 'byName', where: { liveName: name } });
  return row?.status === 'REVIEW_IN_PROGRESS' ? undefined : row?.id;
}

/** Asks for a change; a stack whose own way back has failed goes on with that. Resolves to what it does. */
async function change(StackName: string, properties: Properties, scope: OwnScope): Promise<'updating' | 'back'> {
  const { ctx, work, aws } = scope;
  const { stack, operation } = work;
  const row = ctx.store.get(stacks, { id: StackName });
  if (operation.number < 0 && row?.status === 'UPDATE_ROLLBACK_FAILED') {
    const ResourcesToSkip = skippedIn(row.name, operation.skip ?? []);
    await aws.cloudformation.ContinueUpdateRollback({ StackName, ResourcesToSkip });
    return 'back';
  }
  // What failed before is tried again where it was left as it failed.
  const kept = stack.disableRollback && { DisableRollback: true };
  await aws.cloudformation.UpdateStack({ StackName, ...asked(properties, scope), ...kept });
  return 'updating';
}

export const nested: OwnType = {
  isDeep: true,
  async create(properties, scope) {
    const { ctx, aws, work } = scope;
    const reviewed = executedBelow(work.stack, scope.row.logicalId, ctx);
    const StackName = (reviewed && ctx.store.get(stacks, { id: reviewed.stackId })?.name) ?? scope.name(128);
    let id = scope.noted ?? begunAs(StackName, ctx);
    if (id === undefined) {
      const { TimeoutInMinutes } = properties as Nested;
      const { StackId = '' } = await aws.cloudformation.CreateStack({
        StackName,
        ...asked(properties, scope),
        ...(TimeoutInMinutes !== undefined && { TimeoutInMinutes: Number(TimeoutInMinutes) }),
        DisableRollback: work.stack.disableRollback,
      });
      id = StackId;
    }
    if (scope.noted === undefined) {
      const noted = id;
      tie(noted, scope);
      ctx.transact(() => scope.note(noted));
    }
    const row = settledStack(id, scope);
    if (row?.status === 'CREATE_COMPLETE') return made(row);
    const why = row && (row.reason ?? failed(id, ctx)?.reason);
    throw notMade(`Embedded stack ${id} was not successfully created: ${why ?? 'it is gone'}`);
  },
  async update(id, properties, _, scope) {
    let noted = scope.noted;
    if (noted === undefined) {
      settledStack(id, scope);
      revert(scope);
      try {
        noted = await change(id, properties, scope);
        tie(id, scope);
      } catch (error) {
        if (!(error instanceof ServiceError && error.message === 'No updates are to be performed.')) throw error;
        noted = 'same';
      }
      const what = noted;
      scope.ctx.transact(() => scope.note(what));
    }
    const row = settledStack(id, scope);
    if (row !== undefined && hasGoneWell(row)) return made(row);
    // It has gone back by itself already.
    if (row?.status === 'UPDATE_ROLLBACK_COMPLETE' && noted !== 'updating') return made(row);
    const told = row?.reason === undefined ? failed(id, scope.ctx) : row;
    throw notMade(
      `Embedded stack ${id} was not successfully updated. Currently in ${told?.status} with reason: ${told?.reason ?? ''}`,
    );
  },
  async delete(id, _, scope) {
    const row = scope.ctx.store.get(stacks, { id });
    if (row === undefined || row.status === 'DELETE_COMPLETE') return;
    if (scope.noted === undefined) {
      if (row.status !== 'DELETE_IN_PROGRESS') await scope.aws.cloudformation.DeleteStack({ StackName: id });
      tie(id, scope);
      scope.ctx.transact(() => scope.note('deleting'));
    }
    const now = settledStack(id, scope);
    if (now !== undefined && now.status !== 'DELETE_COMPLETE')
      throw notMade(`Embedded stack ${id} was not successfully deleted: ${now.reason ?? ''}`);
  },
};
