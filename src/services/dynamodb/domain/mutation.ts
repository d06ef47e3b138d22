/** A write of one item, from PutItem, UpdateItem, DeleteItem, a batch or a transaction: first decided, then carried out. */
import { type Ctx, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  AttributeUpdates,
  AttributeValue,
  ConditionalOperator,
  ExpectedAttributeMap,
  ReturnValuesOnConditionCheckFailure,
} from '#models/dynamodb';
import {
  conditionFailed,
  duplicateItem,
  emptyKey,
  indexKeyEmptied,
  indexKeyType,
  indexKeyUpdated,
  invalid,
  itemTooLarge,
  keyUpdated,
  nestedTooDeep,
  updateTooLarge,
} from '../errors.ts';
import { ITEM_BYTES_MAX, NESTING_MAX } from '../limits.ts';
import { type ItemRow, items, type TableRow } from '../state.ts';
import { chargeRefused, writeUnits } from './capacity.ts';
import { type Condition, type Path, stepOf, type Update } from './expression/ast.ts';
import { Expressions, type Placeholders, refuseStray } from './expression/bind.ts';
import { knownValues } from './expression/check-update.ts';
import { meets } from './expression/evaluate.ts';
import { applyUpdate, updateCost } from './expression/update.ts';
import type { Found } from './find.ts';
import { checkIndexKeys, keyOf, refuseNestedKeys, type Spot, spotInIndex, spotOfItem } from './keys.ts';
import { type Bound, legacyExpected, legacyUpdates, refuseMixed } from './legacy.ts';
import { projectedSize } from './projection.ts';
import type { Consumption } from './rates.ts';
import { attributeOf, depthOf, type Facts, type Item, itemSize, readItem, showItem, type Value } from './value.ts';
import { type Image, writeItem } from './write.ts';

/** What all writes have in common on the wire. */
export type WriteInput = Placeholders & {
  ConditionExpression?: string | undefined;
  Expected?: ExpectedAttributeMap | undefined;
  ConditionalOperator?: ConditionalOperator | undefined;
  ReturnValuesOnConditionCheckFailure?: ReturnValuesOnConditionCheckFailure | undefined;
};

/** A write whose request has been checked as far as it can be without its table. */
export type Draft = {
  condition: Bound<Condition> | undefined;
  /** Paths that the expressions name. */
  named?: readonly Path[];
  showOld: boolean;
  /** Of PartiQL: an INSERT needs the item to be absent, a DELETE may find it so. */
  absent?: 'required' | 'fine';
  /** Of an update: the tree, the paths it touches, and whether its values are binary. */
  update?: Bound<Update> & { paths: readonly Path[]; binary: boolean; onlyRemoves: boolean; isOld?: true };
};

export type Mutation = Draft & {
  table: TableRow;
  store: StoreView;
  spot: Spot;
  key: Item;
  kind: 'put' | 'delete' | 'update' | 'check';
  image?: Image;
};

export type Decided = { before: ItemRow | undefined; after: Image | undefined };

/** Parameters of both generations in one write. @throws {ServiceError} ValidationException */
export function refuseMixedWrite(
  input: WriteInput & { UpdateExpression?: string | undefined; AttributeUpdates?: AttributeUpdates | undefined },
  updates: boolean,
): void {
  refuseMixed(
    {
      AttributeUpdates: input.AttributeUpdates,
      Expected: input.Expected,
      ConditionalOperator: input.ConditionalOperator,
    },
    { UpdateExpression: input.UpdateExpression, ConditionExpression: input.ConditionExpression },
  );
  const { UpdateExpression, ConditionExpression } = input;
  refuseStray(input, updates ? { UpdateExpression, ConditionExpression } : { ConditionExpression });
}

/** Checks the expressions of a write. @throws {ServiceError} ValidationException */
export function draftWrite(
  input: WriteInput & { UpdateExpression?: string | undefined; AttributeUpdates?: AttributeUpdates | undefined },
  updates: boolean,
): Draft {
  const { ConditionExpression: text, UpdateExpression: updateText } = input;
  refuseMixedWrite(input, updates);
  const showOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const plain =
    text === undefined &&
    updateText === undefined &&
    input.ExpressionAttributeNames === undefined &&
    input.ExpressionAttributeValues === undefined;
  if (plain && !updates) return { condition: legacyExpected(input.Expected, input.ConditionalOperator), showOld };
  const expressions = new Expressions(
    input,
    updates ? { UpdateExpression: updateText, ConditionExpression: text } : { ConditionExpression: text },
  );
  const update = expressions.update(updateText);
  const condition = expressions.condition('ConditionExpression', text);
  expressions.finish();
  const named = [...(condition?.paths ?? []), ...(update?.named ?? [])];
  const facts: Facts = { size: 0, binary: false };
  const old = updates && update === undefined ? legacyUpdates(input.AttributeUpdates ?? {}, facts) : undefined;
  const bound =
    condition === undefined
      ? legacyExpected(input.Expected, input.ConditionalOperator)
      : { tree: condition.tree, bindings: expressions.bindings };
  if (update !== undefined) {
    return {
      condition: bound,
      showOld,
      named,
      update: {
        tree: update.tree,
        bindings: expressions.bindings,
        paths: update.paths,
        binary: expressions.binary,
        onlyRemoves: update.tree.set.length + update.tree.add.length === 0,
      },
    };
  }
  if (old === undefined) return { condition: bound, showOld, named };
  const { set, add, remove, delete: deletes } = old.tree;
  return {
    condition: bound,
    showOld,
    update: {
      ...old,
      binary: facts.binary,
      isOld: true,
      onlyRemoves: set.length + add.length === 0 && remove.length + deletes.length > 0,
    },
  };
}

/** An item that may be kept, whatever its table. @throws {ServiceError} ValidationException */
export function checkedItem(given: { readonly [name: string]: AttributeValue }): Facts & { item: Item } {
  const facts: Facts = { size: 0, binary: false };
  const item = readItem(given, facts);
  if (facts.size > ITEM_BYTES_MAX) throw itemTooLarge();
  return { item, ...facts };
}

/**
 * A put, its item checked; `found` brings the table once the item itself is known to be sound.
 *
 * @throws {ServiceError} ValidationException
 */
export function putMutation(draft: Draft, { item, ...facts }: Facts & { item: Item }, found: () => Found): Mutation {
  const { table, store } = found();
  refuseNested(table, draft);
  const spot = spotOfItem(table, item);
  if (table.indexes.length > 0) checkIndexKeys(table.indexes, item);
  return {
    ...draft,
    table,
    store,
    spot,
    key: item,
    kind: 'put',
    image: { item, size: facts.size, binary: facts.binary },
  };
}

/**
 * A delete, update or check, its key checked.
 *
 * @throws {ServiceError} ValidationException
 */
export function keyMutation(
  draft: Draft,
  kind: 'delete' | 'update' | 'check',
  values: Item,
  found: () => Found,
): Mutation {
  const { table, store } = found();
  const { key, ...spot } = keyOf(table, values, emptyKey);
  if (draft.update !== undefined) {
    refuseKeyUpdates(table, draft.update);
    if (table.indexes.length > 0)
      checkIndexKeys(table.indexes, knownValues(draft.update.tree, draft.update.bindings), {
        mistyped: indexKeyType,
        emptied: indexKeyEmptied,
      });
  }
  refuseNested(table, draft);
  return { ...draft, table, store, spot, key, kind };
}

function refuseNested(table: TableRow, { named, condition, update }: Draft): void {
  const names = condition?.bindings.names ?? update?.bindings.names;
  if (named !== undefined && names !== undefined) refuseNestedKeys(table, named, names);
}

function refuseKeyUpdates(table: TableRow, { paths, bindings }: NonNullable<Draft['update']>): void {
  for (const [first] of paths) {
    const name = first === undefined ? undefined : stepOf(first, bindings.names);
    if (name === table.hash.name || name === table.range?.name) throw keyUpdated(String(name));
  }
}

/** Looks at what is there, checks the condition and works out what will be. @throws {ServiceError} ConditionalCheckFailedException, ValidationException */
export function decide(mutation: Mutation): Decided {
  const { table, store, spot, condition } = mutation;
  const before = store.get(items, { pile: table.pile, partition: spot.partition, sort: spot.sort });
  if (mutation.absent === 'required' && before !== undefined) throw duplicateItem();
  if (mutation.absent === 'fine' && before === undefined) return { before, after: undefined };
  if (condition !== undefined && !meets(condition.tree, before?.item ?? {}, condition.bindings)) {
    throw conditionFailed(
      mutation.showOld && before !== undefined ? showItem(before.item, before.binary === true) : undefined,
    );
  }
  if (mutation.kind === 'check') return { before, after: undefined };
  const after = mutation.kind === 'update' ? updated(mutation, before) : mutation.image;
  if (after !== undefined && sizeWithLocal(table, after) > ITEM_BYTES_MAX)
    throw mutation.kind === 'update' ? updateTooLarge() : itemTooLarge();
  return { before, after };
}

/** An item shares its limit with its entries in local indexes. Source: Developer Guide, "Item size for tables with Local Secondary Indexes". */
function sizeWithLocal(table: TableRow, { item, size }: Image): number {
  const entered = table.indexes.filter((index) => !index.global && spotInIndex(index, item) !== undefined);
  return entered.reduce((sum, index) => sum + projectedSize(table, index, item), size);
}

/** The same for a write that is no part of a transaction: when its condition is not met, it costs nevertheless. @throws {ServiceError} */
export function decideAlone(mutation: Mutation, ctx: Ctx): Decided {
  try {
    return decide(mutation);
  } catch (error) {
    if (wasTried(error)) chargeRefused(mutation.table, mutation.spot.partition, refusedUnits(mutation), ctx);
    throw error;
  }
}

/** Whether a write was refused for what is there. */
export function wasTried(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    (error.code === 'ConditionalCheckFailedException' || error.code === 'DuplicateItemException')
  );
}

/** Units of a write that was refused so: of the larger of the item that is there and the one that is put. */
export function refusedUnits({ table, store, spot, image }: Mutation): number {
  const there = store.get(items, { pile: table.pile, ...spot })?.size ?? 0;
  return writeUnits(Math.max(there, image?.size ?? 0));
}

function updated({ table, key, update }: Mutation, before: ItemRow | undefined): Image | undefined {
  if (update === undefined) return undefined;
  if (before === undefined && update.onlyRemoves) return undefined;
  const item = applyUpdate(update.tree, before?.item ?? key, update.bindings, update.isOld);
  const size = itemSize(item);
  if (size > ITEM_BYTES_MAX) throw updateTooLarge();
  const touched: [string, Value][] = [];
  for (const [first] of update.paths) {
    const name = String(first === undefined ? '' : stepOf(first, update.bindings.names));
    const value = attributeOf(item, name);
    if (value === undefined) continue;
    if (depthOf(value) >= NESTING_MAX) throw nestedTooDeep();
    touched.push([name, value]);
  }
  if (table.indexes.length > 0)
    checkIndexKeys(table.indexes, Object.fromEntries(touched), { mistyped: indexKeyUpdated, emptied: indexKeyEmptied });
  const binary = update.binary || before?.binary === true || table.hash.type === 'B' || table.range?.type === 'B';
  return { item, size, binary };
}

/**
 * UpdateItem, which stands alone, measures an item without its key and adds what the actions cost.
 * Source: measured answers of AWS (nubo-db/dynoxide, issue 187).
 *
 * @throws {ServiceError} ValidationException
 */
export function checkUpdateSize({ key, update }: Mutation, { after }: Decided): void {
  if (after === undefined || update === undefined) return;
  if (after.size - itemSize(key) + updateCost(update.tree) > ITEM_BYTES_MAX) throw updateTooLarge();
}

/** The item that a write was about, or its key where there is none. */
export function touchedBy({ key }: Mutation, { before, after }: Decided): Item {
  return after?.item ?? before?.item ?? key;
}

/** Writes what was decided; gives what it consumes. */
export function carryOut(mutation: Mutation, { before, after }: Decided, ctx: Ctx): Consumption {
  const { table, store, spot, kind } = mutation;
  const consumption: Consumption = {
    kind: 'write',
    table: writeUnits(Math.max(before?.size ?? 0, after?.size ?? 0)),
    indexes: {},
    at: { partition: spot.partition, item: after?.item ?? before?.item },
  };
  if (kind === 'check') return consumption;
  consumption.indexes = writeItem(table, store, ctx, spot, before, after);
  return consumption;
}

/** @throws {ServiceError} ValidationException */
export function checkReturnValues(wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== 'NONE' && wanted !== 'ALL_OLD')
    throw invalid('ReturnValues can only be ALL_OLD or NONE');
}
