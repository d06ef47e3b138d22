/**
 * Looks at what a refactor asks for: which resources move, and whether that is all that changes. The task of a refactor that was asked for.
 * Source: CloudFormation User Guide, "Stack refactoring": considerations.
 *
 * Deviation: how CloudFormation words why a refactor can't be is recorded nowhere; the words are ours.
 */
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { canonical } from '../domain/canonical.ts';
import { changedNames } from '../domain/check.ts';
import { signalOf } from '../domain/events.ts';
import { findStack } from '../domain/find.ts';
import { type JsonObject, parseTemplate } from '../domain/parse.ts';
import { readTemplate, type Template } from '../domain/template.ts';
import { textOf } from '../domain/texts.ts';
import { typeNamed } from '../domain/type.ts';
import { invalid } from '../errors.ts';
import { checkUpdatable } from '../operations/stack.ts';
import { type ResourceRow, type StackRow, stackResources } from '../state.ts';
import { hasTransforms } from '../transform/transform.ts';
import { type Laid, layOut, type Side, sideOf } from './layout.ts';
import { matched, placeOf, type Written } from './match.ts';
import { type Action, type Location, type Move, type RefactorRow, refactors } from './state.ts';

/** Everything that a refactor touches. */
export type Examined = {
  stacks: ReadonlyMap<string, StackRow>;
  sides: Side[];
  moves: Move[];
  laid: Map<string, Laid>;
  /** The row of the resource that will be in a place; undefined of one that is nowhere. */
  rowAt(to: Location): ResourceRow | undefined;
};

export const examine: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.store.get(refactors, { id: String(id) });
  if (row?.status !== 'CREATE_IN_PROGRESS') return;
  let done: Partial<RefactorRow>;
  try {
    const { moves, stacks, ...found } = await examined(row, ctx);
    for (const stack of stacks.values()) checkUpdatable(stack);
    const made = row.definitions.filter(({ isNew }) => isNew).map(({ stackId }) => creation(stackId));
    const moved = moves.map((move) => actionOf(move, { moves, stacks, ...found }));
    done = { status: 'CREATE_COMPLETE', execution: 'AVAILABLE', moves, actions: [...made, ...moved] };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    done = { status: 'CREATE_FAILED', reason: error.message };
  }
  ctx.transact((store) => {
    const now = store.get(refactors, row);
    if (now !== undefined) store.put(refactors, { ...now, ...done });
    ctx.signal(signalOf(row.id));
  });
};

/** Finds out what a refactor would do. @throws {ServiceError} ValidationError */
export async function examined(row: RefactorRow, ctx: Ctx): Promise<Examined> {
  const stacks = new Map<string, StackRow>();
  const before: Written[] = [];
  const sides: Side[] = [];
  for (const definition of row.definitions) {
    const { stackName, isNew } = definition;
    const stack = isNew ? undefined : findStack(definition.stackId, ctx);
    const side = await sideOf(definition, stack, ctx);
    if (hasTransforms(side.template.raw))
      throw invalid(`Stack ${stackName}: templates with transforms can't be refactored.`);
    sides.push(side);
    if (stack === undefined) continue;
    stacks.set(stackName, stack);
    const template = readTemplate(parseTemplate(await textOf(stack.source.processed ?? stack.source.template, ctx)));
    checkSections(stackName, template, side.template);
    const there = new Set(rowsOf(stack, ctx).map(({ logicalId }) => logicalId));
    before.push(
      ...writtenOf(
        stackName,
        [...template.resources.values()].filter((one) => there.has(one.logicalId)),
      ),
    );
  }
  const after = sides.flatMap(({ definition, wanted }) => writtenOf(definition.stackName, wanted));
  const { moves, gone, fresh } = matched(before, after, row.mappings);
  if (gone.length + fresh.length > 0) throw invalid(unmatched(gone, fresh));
  if (moves.length === 0) throw invalid('The refactor moves no resources.');
  const origins = new Map(moves.map(({ from, to }) => [placeOf(to), from]));
  const rowAt = (to: Location) => {
    const { stackName, logicalId } = origins.get(placeOf(to)) ?? to;
    const stack = stacks.get(stackName);
    return stack && ctx.store.get(stackResources, { stackId: stack.id, logicalId });
  };
  const laid = layOut(sides, (side) => rowsAfter(side, rowAt), ctx);
  for (const [stackName, { goals }] of laid)
    for (const { logicalId, properties } of goals) checkSame({ stackName, logicalId }, rowAt, properties);
  for (const { to } of moves) await checkMovable(to, rowAt(to), ctx);
  return { stacks, sides, moves, laid, rowAt };
}

function rowsOf({ id }: StackRow, ctx: Ctx): ResourceRow[] {
  return ctx.store.list(stackResources, { where: { stackId: id } }).filter(({ thing }) => thing !== undefined);
}

function rowsAfter({ wanted, definition: { stackName } }: Side, rowAt: Examined['rowAt']) {
  return new Map(
    wanted.flatMap(({ logicalId }) => {
      const row = rowAt({ stackName, logicalId });
      return row === undefined ? [] : [[logicalId, row] as const];
    }),
  );
}

function writtenOf(
  stackName: string,
  all: readonly { logicalId: string; type: string; properties: JsonObject }[],
): Written[] {
  return all.map(({ logicalId, type, properties }) => ({ stackName, logicalId, type, properties }));
}

/** Parameters, conditions and mappings stay what they are. */
function checkSections(stackName: string, { raw: before }: Template, { raw: after }: Template): void {
  for (const name of ['Parameters', 'Conditions', 'Mappings']) {
    const old = (before[name] ?? {}) as JsonObject;
    const [other] = Object.entries((after[name] ?? {}) as JsonObject).filter(
      ([key, value]) => canonical(old[key]) !== canonical(value),
    );
    if (other !== undefined)
      throw invalid(`Stack ${stackName}: ${name} can't be added or changed by a refactor: ${other[0]}.`);
  }
}

function unmatched(gone: readonly Written[], fresh: readonly Written[]): string {
  const told = (all: readonly Written[]) => `[${all.map((one) => `${one.stackName}/${one.logicalId}`).join(', ')}]`;
  if (fresh.length === 0) return `A refactor can't delete resources: ${told(gone)}.`;
  if (gone.length === 0) return `A refactor can't create resources: ${told(fresh)}.`;
  return `Resources are in no template any more: ${told(gone)}, or are new: ${told(fresh)}. Map each to what it becomes.`;
}

/** A refactor changes no property. */
function checkSame(to: Location, rowAt: Examined['rowAt'], properties: JsonObject): void {
  const { thing } = rowAt(to) ?? {};
  const names = changedNames((thing?.properties ?? {}) as JsonObject, properties);
  if (names.length > 0)
    throw invalid(`A refactor can't change resources: ${to.stackName}/${to.logicalId} differs in ${names.join(', ')}.`);
}

/** What CloudFormation makes itself belongs to its stack. */
async function checkMovable(to: Location, row: ResourceRow | undefined, ctx: Ctx): Promise<void> {
  const type = row?.type ?? '';
  const found = await typeNamed(type, ctx.findResource);
  if (found?.schema === undefined || type.startsWith('AWS::CloudFormation::'))
    throw invalid(`Resource type ${type} is not supported by refactors: ${to.stackName}/${to.logicalId}.`);
}

function creation(stackId: string): Action {
  return {
    Action: 'CREATE',
    Entity: 'STACK',
    Description: `Stack ${stackId} created.`,
    TagResources: [],
    UntagResources: [],
  };
}

function actionOf({ from, to, isGiven }: Move, { rowAt, sides }: Examined): Action {
  const idOf = (name: string) =>
    sides.find(({ definition }) => definition.stackName === name)?.definition.stackId ?? name;
  const id = rowAt(to)?.thing?.id ?? '';
  return {
    Action: 'MOVE',
    Entity: 'RESOURCE',
    PhysicalResourceId: id,
    ResourceIdentifier: id,
    Description: 'No configuration changes detected.',
    Detection: isGiven ? 'MANUAL' : 'AUTO',
    ...(isGiven && { DetectionReason: 'Resource mapping was given.' }),
    TagResources: [
      { Key: 'aws:cloudformation:stack-name', Value: to.stackName },
      { Key: 'aws:cloudformation:stack-id', Value: idOf(to.stackName) },
      { Key: 'aws:cloudformation:logical-id', Value: to.logicalId },
    ],
    UntagResources: [],
    ResourceMapping: {
      Source: { StackName: idOf(from.stackName), LogicalResourceId: from.logicalId },
      Destination: { StackName: idOf(to.stackName), LogicalResourceId: to.logicalId },
    },
  };
}
