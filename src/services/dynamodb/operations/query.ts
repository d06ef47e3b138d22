/** Reading many items: Query and Scan. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { AttributeValue, QueryInput, ScanInput, Select } from '#models/dynamodb';
import { consume, readUnits, showConsumption } from '../domain/capacity.ts';
import { type Condition, type Path, stepOf } from '../domain/expression/ast.ts';
import { Expressions, refuseStray } from '../domain/expression/bind.ts';
import { meets } from '../domain/expression/evaluate.ts';
import { project } from '../domain/expression/project.ts';
import { findIndex, findTable, placeOfOther } from '../domain/find.ts';
import { keyParts, keyRange } from '../domain/key-condition.ts';
import {
  baseOf,
  keyAttributes,
  keyOf,
  keysOf,
  keyValues,
  refuseNestedKeys,
  type Spot,
  segmentBounds,
  spotInIndex,
} from '../domain/keys.ts';
import { type Bound, legacyConditions, legacyProjection, refuseMixed } from '../domain/legacy.ts';
import { type Page, type Range, readPage, type Start } from '../domain/page.ts';
import { inProjection, projectItem } from '../domain/projection.ts';
import type { Consumption } from '../domain/rates.ts';
import type { Projection } from '../domain/reading.ts';
import { attributeOf, compareTexts, type Item, showItem, typeOf } from '../domain/value.ts';
import { invalid, invalidParameter, keyMismatch, startKeyUseless } from '../errors.ts';
import type { IndexSpec, ItemRow, KeySpec, TableRow } from '../state.ts';

export const query: Handler<'dynamodb', 'Query'> = (input, ctx) => {
  refuseMixed(
    {
      AttributesToGet: input.AttributesToGet,
      QueryFilter: input.QueryFilter,
      ConditionalOperator: input.ConditionalOperator,
      ...(input.KeyConditionExpression !== undefined && { KeyConditions: input.KeyConditions }),
    },
    {
      ProjectionExpression: input.ProjectionExpression,
      FilterExpression: input.FilterExpression,
      KeyConditionExpression: input.KeyConditionExpression,
    },
  );
  const { FilterExpression, KeyConditionExpression } = input;
  refuseStray(input, { FilterExpression, KeyConditionExpression }, input.ProjectionExpression);
  const oldFilter = legacyConditions(input.QueryFilter, input.ConditionalOperator);
  const oldProjection = input.AttributesToGet === undefined ? undefined : legacyProjection(input.AttributesToGet);
  const startKey = startValues(input.ExclusiveStartKey);
  if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined)
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  const expressions = new Expressions(input, { FilterExpression, KeyConditionExpression }, input.ProjectionExpression);
  const condition = expressions.condition('KeyConditionExpression', input.KeyConditionExpression);
  const filter = filterIn(expressions, input.FilterExpression, oldFilter);
  const projection = projectionIn(expressions, input.ProjectionExpression, oldProjection);
  expressions.finish();
  const parts = askedParts(condition, expressions, input.KeyConditions);
  checkSelect(input, projection);
  const { table, store } = findTable(input.TableName, ctx);
  const index = input.IndexName === undefined ? undefined : findIndex(table, input.IndexName);
  checkConsistent(index, input);
  const spec = index ?? table;
  if (startKey !== undefined) checkStartCount(startKey, table, index, '');
  const { range } = keyRange(parts, spec, startKey);
  const start = startKey === undefined ? undefined : startOf(startKey, table, index);
  if (start !== undefined) refuseOutside(start, range);
  if (startKey !== undefined && spec.range === undefined && index === undefined) throw useless(startKey);
  if (projection !== undefined) refuseNestedKeys(table, projection.paths, projection.bindings.names);
  if (filter !== undefined) refuseKeyFilter(filter, spec);
  checkIndexUse(table, index, input, projection);
  if (filter !== undefined) refuseNestedKeys(table, filter.paths, filter.bound.bindings.names);
  const read = readPage(
    table,
    index,
    store,
    range,
    input.Limit ?? Number.POSITIVE_INFINITY,
    input.ScanIndexForward === false,
    start,
  );
  // Behind an item that is named by its whole key there is nothing to go on with.
  const isOne = index === undefined && (table.range === undefined || isOnly(range));
  const page = isOne ? { ...read, more: false } : read;
  const named = table.insights && namedBy(parts);
  return answer(input, 'Query', table, index, page, filter?.bound, projection, ctx, range.partition, named);
};

const isOnly = ({ from, to }: Extract<Range, { partition: string }>) => from !== undefined && from === to;

/** As much of the key as a query names whole. */
function namedBy(parts: ReturnType<typeof keyParts>): Item {
  const named = parts.flatMap(({ name, operator, values: [value] }) =>
    operator === '=' && value !== undefined ? [[name, value] as const] : [],
  );
  return Object.fromEntries(named);
}

/** The comparisons of the key, from either generation of parameters. @throws {ServiceError} ValidationException */
function askedParts(
  condition: { tree: Condition } | undefined,
  { bindings }: Expressions,
  given: QueryInput['KeyConditions'],
): ReturnType<typeof keyParts> {
  if (condition !== undefined) return keyParts({ tree: condition.tree, bindings, legacy: false });
  const old = legacyConditions(given);
  if (old === undefined) throw invalid('Conditions can be of length 1 or 2 only');
  return keyParts({ ...old, legacy: true });
}

/** Faults of numbers and sets in a starting key are told without saying where they are. Source: answers recorded from AWS. */
const PLAIN_FAULT = /contains duplicates|number set|numeric value|significant digits|number with magnitude/;

/** @throws {ServiceError} ValidationException */
function startValues(given: { [name: string]: AttributeValue } | undefined): Item | undefined {
  if (given === undefined) return undefined;
  try {
    return keyValues(given);
  } catch (error) {
    if (!(error instanceof ServiceError) || PLAIN_FAULT.test(error.message)) throw error;
    throw invalid(`The provided starting key is invalid: ${error.message}`);
  }
}

export const scan: Handler<'dynamodb', 'Scan'> = (input, ctx) => {
  refuseMixed(
    {
      AttributesToGet: input.AttributesToGet,
      ScanFilter: input.ScanFilter,
      ConditionalOperator: input.ConditionalOperator,
    },
    { ProjectionExpression: input.ProjectionExpression, FilterExpression: input.FilterExpression },
  );
  refuseStray(input, { FilterExpression: input.FilterExpression }, input.ProjectionExpression);
  const oldProjection = input.AttributesToGet === undefined ? undefined : legacyProjection(input.AttributesToGet);
  const oldFilter = legacyConditions(input.ScanFilter, input.ConditionalOperator);
  const startKey = startValues(input.ExclusiveStartKey);
  const segment = segmentOf(input);
  const expressions = new Expressions(input, { FilterExpression: input.FilterExpression }, input.ProjectionExpression);
  const filter = filterIn(expressions, input.FilterExpression, oldFilter);
  const projection = projectionIn(expressions, input.ProjectionExpression, oldProjection);
  expressions.finish();
  checkSelect(input, projection);
  const { table, store } = findTable(input.TableName, ctx);
  const index = input.IndexName === undefined ? undefined : findIndex(table, input.IndexName);
  checkConsistent(index, input);
  if (startKey !== undefined) {
    checkStartCount(startKey, table, index, index === undefined ? `: ${keyMismatch().message}` : '');
    if (index !== undefined) checkIndexStart(startKey, index);
  }
  checkIndexUse(table, index, input, projection);
  const start = startKey === undefined ? undefined : startOf(startKey, table, index);
  const outside =
    start !== undefined &&
    (start.partition < segment[0] || (segment[1] !== undefined && start.partition >= segment[1]));
  if (outside)
    throw invalid(
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: ' +
        `${input.TotalSegments} Segment: ${input.Segment}`,
    );
  if (projection !== undefined) refuseNestedKeys(table, projection.paths, projection.bindings.names);
  if (filter !== undefined) refuseNestedKeys(table, filter.paths, filter.bound.bindings.names);
  const page = readPage(table, index, store, { segment }, input.Limit ?? Number.POSITIVE_INFINITY, false, start);
  return answer(input, 'Scan', table, index, page, filter?.bound, projection, ctx);
};

/** @throws {ServiceError} ValidationException */
function segmentOf({ Segment: segment, TotalSegments: total }: ScanInput): readonly [string, string | undefined] {
  if (segment === undefined && total === undefined) return ['', undefined];
  if (total === undefined)
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  if (segment === undefined)
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  if (segment >= total)
    throw invalid(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  return segmentBounds(segment, total);
}

type Filter = { bound: Bound<Condition>; paths: readonly Path[]; called: 'Filter Expression' | 'QueryFilter' };

function filterIn(
  expressions: Expressions,
  text: string | undefined,
  old: Bound<Condition> | undefined,
): Filter | undefined {
  const found = expressions.condition('FilterExpression', text);
  if (found !== undefined) {
    const bound = { tree: found.tree, bindings: expressions.bindings };
    return { bound, paths: found.paths, called: 'Filter Expression' };
  }
  if (old === undefined) return undefined;
  const paths = Object.keys(old.bindings.names).map((placeholder) => [placeholder]);
  return { bound: old, paths, called: 'QueryFilter' };
}

function projectionIn(
  expressions: Expressions,
  text: string | undefined,
  old: Projection | undefined,
): Projection | undefined {
  const paths = expressions.projection(text);
  return paths === undefined ? old : { paths, bindings: expressions.bindings };
}

function checkSelect(input: QueryInput | ScanInput, projection: Projection | undefined): void {
  const select: Select | undefined = input.Select;
  const parameter = input.ProjectionExpression === undefined ? 'AttributesToGet' : 'ProjectionExpression';
  if (select === 'SPECIFIC_ATTRIBUTES' && projection === undefined)
    throw invalid('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && input.IndexName === undefined)
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  if (projection !== undefined && select !== undefined && select !== 'SPECIFIC_ATTRIBUTES')
    throw invalid(
      `Cannot specify the ${parameter} when choosing to get ${select === 'COUNT' ? 'only the Count' : select}`,
    );
}

function checkConsistent(index: IndexSpec | undefined, input: QueryInput | ScanInput): void {
  if (index?.global === true && input.ConsistentRead === true)
    throw invalid('Consistent reads are not supported on global secondary indexes');
}

/** What a global index can't give. @throws {ServiceError} ValidationException */
function checkIndexUse(
  table: TableRow,
  index: IndexSpec | undefined,
  input: QueryInput | ScanInput,
  projection: Projection | undefined,
): void {
  if (index?.global !== true) return;
  if (input.Select === 'ALL_ATTRIBUTES' && index.projection.type !== 'ALL')
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  if (projection === undefined) return;
  const missing = projection.paths
    .map(([first]) => (first === undefined ? '' : String(stepOf(first, projection.bindings.names))))
    .filter((name) => !inProjection(table, index, name));
  if (missing.length > 0)
    throw invalidParameter(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`);
}

function refuseKeyFilter(filter: Filter, spec: KeySpec): void {
  const keys = keysOf(spec).map((key) => key.name);
  for (const [first] of filter.paths) {
    const name = first === undefined ? undefined : stepOf(first, filter.bound.bindings.names);
    if (keys.includes(String(name)))
      throw invalid(`${filter.called} can only contain non-primary key attributes: Primary key attribute: ${name}`);
  }
}

/** A starting key names exactly the keys of the table and of the index. @throws {ServiceError} ValidationException */
function checkStartCount(key: Item, table: TableRow, index: IndexSpec | undefined, why: string): void {
  const names = new Set([table, ...(index === undefined ? [] : [index])].flatMap(keysOf).map(({ name }) => name));
  if (Object.keys(key).length !== names.size) throw invalid(`The provided starting key is invalid${why}`);
}

function checkIndexStart(key: Item, index: IndexSpec): void {
  for (const { name, type } of keysOf(index)) {
    const value = attributeOf(key, name);
    if (value === undefined) throw invalid('The provided starting key is invalid');
    if (typeOf(value) !== type) throw keyMismatch();
  }
}

/** The spot a page goes on from. @throws {ServiceError} ValidationException */
function startOf(key: Item, table: TableRow, index: IndexSpec | undefined): Start {
  let base: Spot;
  try {
    base = keyOf(table, keyAttributes(key, table));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw invalid(`The provided starting key is invalid: ${error.message}`);
  }
  if (index === undefined) return { partition: base.partition, sort: base.sort, basePartition: '', baseSort: '' };
  const spot = spotInIndex(index, key);
  if (spot === undefined) throw invalid('The provided starting key is invalid');
  return { ...spot, ...baseOf(table, index, base, key) };
}

/** Of a partition that holds one item nothing can be left. */
function useless(key: Item): Error {
  const [[name, value] = ['', {}]] = Object.entries(key);
  return startKeyUseless(name, typeOf(value), String(value.S ?? value.N ?? value.B));
}

function refuseOutside({ partition, sort }: Start, range: Extract<Range, { partition: string }>): void {
  const { from, to, after, before, prefix } = range;
  const below =
    (from !== undefined && compareTexts(sort, from) < 0) || (after !== undefined && compareTexts(sort, after) <= 0);
  const above =
    (to !== undefined && compareTexts(sort, to) > 0) || (before !== undefined && compareTexts(sort, before) >= 0);
  if (below || above || (prefix !== undefined && !sort.startsWith(prefix)))
    throw invalid('The provided starting key does not match the range key predicate');
  if (partition === range.partition) return;
  const isWhole = [from, to, after, before, prefix].every((bound) => bound === undefined);
  throw isWhole
    ? invalid('The provided starting key is outside query boundaries based on provided conditions')
    : invalid('The query can return at most one row and cannot be restarted');
}

/**
 * What a page consumes: every byte that was read, whatever is shown of it.
 *
 * @param fetches each item of a local index is read from its table as well
 */
export function pageConsumption(
  page: Page,
  index: IndexSpec | undefined,
  consistent: boolean,
  fetches = false,
): Consumption {
  const units = readUnits(page.bytes, consistent);
  if (index === undefined) return { kind: 'read', table: units, indexes: {} };
  const table = fetches ? page.rows.reduce((sum, row) => sum + readUnits(row.size, consistent), 0) : 0;
  return { kind: 'read', table, indexes: { [index.name]: units } };
}

/** Whether what is asked for is not all in a local index. */
function needsTable(
  input: QueryInput | ScanInput,
  table: TableRow,
  index: IndexSpec | undefined,
  projection: Projection | undefined,
): boolean {
  if (index === undefined || index.global || index.projection.type === 'ALL') return false;
  if (input.Select === 'ALL_ATTRIBUTES') return true;
  return (
    projection?.paths.some(
      ([first]) => first !== undefined && !inProjection(table, index, String(stepOf(first, projection.bindings.names))),
    ) === true
  );
}

/** What Query and Scan answer. */
export function answer(
  input: QueryInput | ScanInput,
  operation: 'Query' | 'Scan',
  table: TableRow,
  index: IndexSpec | undefined,
  page: Page,
  filter: Bound<Condition> | undefined,
  projection: Projection | undefined,
  ctx: Ctx,
  partition?: string,
  named?: Item,
) {
  const shown = (row: ItemRow) =>
    index === undefined || (!index.global && (input.Select === 'ALL_ATTRIBUTES' || projection !== undefined))
      ? row.item
      : projectItem(table, index, row.item);
  const found =
    filter === undefined
      ? page.rows
      : page.rows.filter((row) =>
          meets(filter.tree, index === undefined ? row.item : projectItem(table, index, row.item), filter.bindings),
        );
  const fetches = needsTable(input, table, index, projection);
  const consumption = pageConsumption(page, index, input.ConsistentRead === true, fetches);
  if (partition !== undefined) consumption.at = { partition };
  consume(table, consumption, ctx, named);
  const dimensions = { TableName: table.name, Operation: operation };
  ctx.count('ReturnedItemCount', dimensions, found.length, 'Count', placeOfOther(table, ctx));
  const last = page.more ? page.rows.at(-1) : undefined;
  return {
    ...(input.Select !== 'COUNT' && {
      Items: found.map((row) => {
        const item = shown(row);
        return showItem(
          projection === undefined ? item : project(item, projection.paths, projection.bindings.names),
          row.binary === true,
        );
      }),
    }),
    Count: found.length,
    ScannedCount: page.rows.length,
    ...(last !== undefined && {
      LastEvaluatedKey: showItem(keyAttributes(last.item, ...(index === undefined ? [table] : [table, index])), true),
    }),
    ...showConsumption(input.ReturnConsumedCapacity, input.TableName, table, consumption),
  };
}
