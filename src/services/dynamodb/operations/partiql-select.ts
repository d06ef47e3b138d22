/** SELECT: the ranges its WHERE names, page by page. */
import type { Ctx } from '#kernel/contract';
import type { ReturnConsumedCapacity } from '#models/dynamodb';
import { stepOf } from '../domain/expression/ast.ts';
import { checkOverlap } from '../domain/expression/check-update.ts';
import { type Found, findIndex } from '../domain/find.ts';
import { baseOf, spotInIndex } from '../domain/keys.ts';
import { type Page, readPage } from '../domain/page.ts';
import { attributesOf, orderOf, type Plan, planOf } from '../domain/partiql/plan.ts';
import type { Prepared } from '../domain/partiql/prepare.ts';
import type { Exists, Select } from '../domain/partiql/statement.ts';
import type { Place } from '../domain/partiql/token.ts';
import { inProjection } from '../domain/projection.ts';
import {
  consistentOnGlobal,
  noSuchIndexHere,
  notProjected,
  notProjectedFilter,
  severalKeyAttributes,
} from '../errors.ts';
import { IN_KEYS_PAGE, PAGE_BYTES_MAX } from '../limits.ts';
import type { IndexSpec, TableRow } from '../state.ts';
import { answer, pageConsumption } from './query.ts';

export type SelectOptions = {
  consistent?: boolean | undefined;
  limit?: number | undefined;
  wanted?: ReturnConsumedCapacity | undefined;
  from?: Place | undefined;
};

/**
 * Whether a SELECT names one item of the table by its whole key.
 *
 * @param asksMore and something else of it
 * @throws {ServiceError} ValidationException
 */
export function namesOneItem(
  { bindings }: Prepared,
  select: Select | Exists,
  table: TableRow,
  asksMore = false,
): boolean {
  if (indexOf(select, table) !== undefined) return false;
  const plan = planOf(select.where, table, bindings);
  return plan.isOneItem && plan.asksMore === asksMore;
}

/** The index that a SELECT reads. Order: as recorded from AWS. @throws {ServiceError} ValidationException */
function indexOf(select: Select | Exists, table: TableRow): IndexSpec | undefined {
  if (select.index === undefined) return undefined;
  if (!table.indexes.some(({ name }) => name === select.index)) throw noSuchIndexHere();
  const index = findIndex(table, select.index);
  if (index.more !== undefined) throw severalKeyAttributes();
  return index;
}

/** One page. @throws {ServiceError} ValidationException */
export function runSelect(prepared: Prepared, select: Select, { table, store }: Found, how: SelectOptions, ctx: Ctx) {
  const { bindings } = prepared;
  const index = indexOf(select, table);
  if (index?.global === true && how.consistent === true) throw consistentOnGlobal();
  const spec = index ?? table;
  const planned = planOf(select.where, spec, bindings);
  checkProjected(prepared, select, table, index, planned);
  if (select.projection !== undefined) checkOverlap('ProjectionExpression', select.projection, bindings.names);
  const { plan, reverse } = orderOf(select, planned, spec);
  const { page, next } = readRanges(plan, { table, store }, index, reverse, how);
  const [only] = plan.ranges.length === 1 ? plan.ranges : [];
  const shown = answer(
    { TableName: select.table, ConsistentRead: how.consistent, ReturnConsumedCapacity: how.wanted } as never,
    plan.isScan ? 'Scan' : 'Query',
    table,
    index,
    page,
    select.where === undefined ? undefined : { tree: select.where, bindings },
    select.projection === undefined ? undefined : { paths: select.projection, bindings },
    ctx,
    only !== undefined && 'partition' in only ? only.partition : undefined,
  );
  return { shown, next, consumption: pageConsumption(page, index, how.consistent === true) };
}

function checkProjected(
  { bindings }: Prepared,
  select: Select,
  table: TableRow,
  index: IndexSpec | undefined,
  plan: Plan,
): void {
  if (index === undefined) return;
  if (index.global && select.projection !== undefined) {
    const names = select.projection.map(([first]) =>
      first === undefined ? '' : String(stepOf(first, bindings.names)),
    );
    const missing = names.filter((name) => !inProjection(table, index, name));
    if (missing.length > 0) throw notProjected(index.name, missing);
  }
  if (plan.isScan) return;
  const filtered = new Set<string>();
  attributesOf(select.where, bindings.names, filtered);
  const missing = [...filtered].filter((name) => !inProjection(table, index, name));
  if (missing.length > 0) throw notProjectedFilter(index.name, missing);
}

/** Range after range until the limit, a megabyte or the end. */
function readRanges(
  { ranges, whole }: Plan,
  { table, store }: Found,
  index: IndexSpec | undefined,
  reverse: boolean,
  { limit: asked = Number.POSITIVE_INFINITY, from = { range: 0 } }: SelectOptions,
): { page: Page; next: Place | undefined } {
  const limit = ranges.length > 1 ? Math.min(asked, IN_KEYS_PAGE) : asked;
  const isAlone = whole && index === undefined;
  const page: Page = { rows: [], bytes: 0, more: false };
  let { start } = from;
  for (let at = from.range; at < ranges.length; at += 1) {
    const range = ranges[at];
    if (range === undefined) break;
    if (page.rows.length >= limit || page.bytes >= PAGE_BYTES_MAX)
      return { page: { ...page, more: true }, next: { range: at } };
    const read = readPage(table, index, store, range, limit - page.rows.length, reverse, start);
    page.rows.push(...read.rows);
    page.bytes += read.bytes;
    start = undefined;
    const last = read.rows.at(-1);
    if (!read.more || isAlone || last === undefined) continue;
    const { partition, sort } = last;
    const spot = index === undefined ? undefined : spotInIndex(index, last.item);
    return {
      page: { ...page, more: true },
      next: {
        range: at,
        start:
          index === undefined || spot === undefined
            ? { partition, sort, basePartition: '', baseSort: '' }
            : { ...spot, ...baseOf(table, index, last, last.item) },
      },
    };
  }
  return { page, next: undefined };
}
