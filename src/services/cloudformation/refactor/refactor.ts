/** Refactors of stacks: asked for, looked at, executed. */
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { setStack, signalOf } from '../domain/events.ts';
import { keepSource } from '../domain/kept.ts';
import { lookThrough } from '../domain/look-through.ts';
import { templateText } from '../domain/source.ts';
import { keepText } from '../domain/texts.ts';
import { numberOf } from '../domain/token.ts';
import { invalid, noSuchRefactor, noSuchStackNamed, refactorUnavailable } from '../errors.ts';
import { LINGER, REFACTOR_LIFE, REFACTORED_STACKS_MAX, STACKS_LISTED_MAX } from '../limits.ts';
import { checkUpdatable, obsolete, stackArn } from '../operations/stack.ts';
import { type StackRow, stacks } from '../state.ts';
import { type Definition, type RefactorRow, refactors } from './state.ts';

export const createStackRefactor: Handler<'cloudformation', 'CreateStackRefactor'> = async (input, ctx) => {
  const { StackDefinitions: given, Description: description } = input;
  if (given.length === 0) throw invalid('StackDefinitions must not be empty.');
  if (given.length > REFACTORED_STACKS_MAX)
    throw invalid(`A refactor has at most ${REFACTORED_STACKS_MAX} stacks; ${given.length} are given.`);
  const definitions: Definition[] = [];
  for (const one of given) definitions.push(await definitionOf(one, input.EnableStackCreation ?? false, ctx));
  const names = new Set(definitions.map(({ stackName }) => stackName));
  if (names.size < definitions.length) throw invalid('Each stack of a refactor must have one definition.');
  const mappings = (input.ResourceMappings ?? []).map(({ Source, Destination }) => ({
    from: locationOf(Source),
    to: locationOf(Destination),
  }));
  const other = mappings.flatMap(({ from, to }) => [from, to]).find(({ stackName }) => !names.has(stackName));
  if (other !== undefined) throw invalid(`Stack ${other.stackName} of a mapping is not a stack of this refactor.`);
  const id = ctx.uuid();
  ctx.transact((store) => {
    for (const { template } of definitions) ctx.blobs.keep(template);
    const last = store.first(refactors, { index: 'byNumber', reverse: true });
    forgetOld(store, ctx);
    store.put(refactors, {
      id,
      at: ctx.now,
      number: (last?.number ?? 0) + 1,
      ...(description !== undefined && { description }),
      status: 'CREATE_IN_PROGRESS',
      execution: 'UNAVAILABLE',
      definitions,
      mappings,
      moves: [],
      actions: [],
    });
    ctx.start('examine', id, { id });
  });
  return { StackRefactorId: id };
};

/** With each refactor so many of the oldest go, if their time is over. */
const FORGOTTEN_MAX = 10;

/** In a transaction. */
function forgetOld(store: StoreView, ctx: Ctx): void {
  for (const row of store.list(refactors, { index: 'byNumber', limit: FORGOTTEN_MAX })) {
    if (!isOld(row, ctx)) continue;
    store.delete(refactors, row);
    for (const { template } of row.definitions) ctx.blobs.drop(template);
  }
}

/** Whether a refactor can't be asked for any more: nothing goes on with it. */
function isOld(row: RefactorRow, { now }: Ctx): boolean {
  return (row.at ?? 0) + REFACTOR_LIFE < now && !isGoing(row);
}

const isGoing = ({ status, execution }: RefactorRow) => `${status} ${execution}`.includes('IN_PROGRESS');

type Given = InputOf<'cloudformation', 'CreateStackRefactor'>['StackDefinitions'][number];

async function definitionOf(
  { StackName: given, ...template }: Given,
  mayCreate: boolean,
  ctx: Ctx,
): Promise<Definition> {
  if (given === undefined) throw invalid('Each stack definition must have a StackName.');
  const stack = given.startsWith('arn:')
    ? ctx.store.get(stacks, { id: given })
    : ctx.store.first(stacks, { index: 'byName', where: { liveName: given } });
  if (stack === undefined && (!mayCreate || given.startsWith('arn:'))) throw noSuchStackNamed(given);
  const text = await templateText(template, stack, ctx);
  return {
    stackName: stack?.name ?? given,
    stackId: stack?.id ?? stackArn(given, ctx),
    isNew: stack === undefined,
    operation: stack?.operation ?? 0,
    template: await keepText(text, ctx),
  };
}

function locationOf({ StackName, LogicalResourceId }: { StackName: string; LogicalResourceId: string }) {
  const [, name = StackName] = /^arn:[^/]+:stack\/([^/]+)\//.exec(StackName) ?? [];
  return { stackName: name, logicalId: LogicalResourceId };
}

/** @throws {ServiceError} StackRefactorNotFoundException */
function findRefactor(id: string, ctx: Ctx): RefactorRow {
  const row = ctx.store.get(refactors, { id });
  if (row === undefined || isOld(row, ctx)) throw noSuchRefactor(id);
  return row;
}

export const describeStackRefactor: Handler<'cloudformation', 'DescribeStackRefactor'> = async (input, ctx) => {
  const asked = findRefactor(input.StackRefactorId, ctx);
  if (isGoing(asked)) await ctx.linger(signalOf(asked.id), LINGER);
  const row = findRefactor(asked.id, ctx);
  return { ...shown(row), StackIds: row.definitions.map(({ stackId }) => stackId) };
};

function shown(row: RefactorRow) {
  return {
    StackRefactorId: row.id,
    ...(row.description !== undefined && { Description: row.description }),
    Status: row.status,
    ...(row.reason !== undefined && { StatusReason: row.reason }),
    ExecutionStatus: row.execution,
    ...(row.executionReason !== undefined && { ExecutionStatusReason: row.executionReason }),
  };
}

export const listStackRefactors: Handler<'cloudformation', 'ListStackRefactors'> = (input, ctx) => {
  const token = numberOf(input.NextToken);
  const { ExecutionStatusFilter: wanted = [], MaxResults: limit = STACKS_LISTED_MAX } = input;
  const before = token === undefined ? undefined : { number: token };
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(refactors, { index: 'byNumber', reverse: true, before, limit }),
    (row) => (wanted.length === 0 || wanted.includes(row.execution)) && !isOld(row, ctx),
    limit,
  );
  return { StackRefactorSummaries: found.map(shown), ...(last !== undefined && { NextToken: String(last.number) }) };
};

export const listStackRefactorActions: Handler<'cloudformation', 'ListStackRefactorActions'> = (input, ctx) => {
  const { actions } = findRefactor(input.StackRefactorId, ctx);
  const from = numberOf(input.NextToken) ?? 0;
  const end = from + (input.MaxResults ?? STACKS_LISTED_MAX);
  return {
    StackRefactorActions: actions.slice(from, end),
    ...(actions.length > end && { NextToken: String(end) }),
  };
};

export const executeStackRefactor: Handler<'cloudformation', 'ExecuteStackRefactor'> = (input, ctx) => {
  const row = findRefactor(input.StackRefactorId, ctx);
  if (row.execution !== 'AVAILABLE') throw refactorUnavailable(row.id, row.execution);
  const there = row.definitions.map((one) => ({ one, stack: ctx.store.get(stacks, { id: one.stackId }) }));
  if (there.some(({ one, stack }) => isOther(one, stack, ctx))) {
    ctx.store.put(refactors, { ...row, execution: 'OBSOLETE', executionReason: 'The stacks have changed meanwhile.' });
    return {};
  }
  for (const { stack } of there) if (stack !== undefined) checkUpdatable(stack);
  for (const { one, stack } of there) {
    if (stack !== undefined) obsolete(stack, ctx.store);
    const [begun, status] =
      stack === undefined ? [fresh(one, ctx), 'CREATE_IN_PROGRESS' as const] : [stack, 'UPDATE_IN_PROGRESS' as const];
    setStack(
      begun,
      status,
      { reason: 'User Initiated', ...(stack !== undefined && { updatedAt: ctx.now }) },
      ctx.store,
      ctx,
    );
  }
  ctx.store.put(refactors, { ...row, execution: 'EXECUTE_IN_PROGRESS', pass: ctx.pass() });
  ctx.start('refactor', row.id, { id: row.id });
  return {};
};

/** Whether a stack is not any more what the refactor was made for. */
function isOther({ stackName, isNew, operation }: Definition, stack: StackRow | undefined, ctx: Ctx): boolean {
  if (isNew) return ctx.store.first(stacks, { index: 'byName', where: { liveName: stackName } }) !== undefined;
  return stack?.liveName === undefined || stack.operation !== operation;
}

/** A stack that the refactor makes. */
function fresh({ stackId: id, stackName: name, template }: Definition, ctx: Ctx): StackRow {
  const source = { template, parameters: {}, looked: {}, tags: {} };
  keepSource(source, ctx);
  return {
    id,
    name,
    liveName: name,
    status: 'CREATE_IN_PROGRESS',
    source,
    outputs: [],
    capabilities: [],
    notificationArns: [],
    disableRollback: false,
    onFailure: 'ROLLBACK',
    isProtected: false,
    createdAt: ctx.now,
    operation: 0,
  };
}
