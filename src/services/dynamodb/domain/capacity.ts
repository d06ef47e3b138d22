/** What requests consume. Source: Developer Guide, "Capacity unit consumption for read/write operations". */
import type { Ctx } from '#kernel/contract';
import type { Capacity, ConsumedCapacity, ReturnConsumedCapacity } from '#models/dynamodb';
import { READ_UNIT_BYTES, WRITE_UNIT_BYTES } from '../limits.ts';
import type { TableRow } from '../state.ts';
import { placeOf, placeOfOther } from './find.ts';
import { noteAccess, noteThrottle } from './insights.ts';
import { type Consumption, refusal, type Short, shortOf } from './rates.ts';
import type { Item } from './value.ts';

/** Read units of `bytes`: one for each 4 KB begun, half when the read is eventually consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

/** Write units of `bytes`: one for each KB begun. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Adds `more` into `into`. */
export function addConsumption(into: Consumption, more: Consumption): void {
  into.table += more.table;
  for (const [name, units] of Object.entries(more.indexes))
    into.indexes[name] = units + (Object.hasOwn(into.indexes, name) ? (into.indexes[name] ?? 0) : 0);
}

/**
 * Takes what is consumed from what table and indexes may give, and counts it.
 *
 * @param item the item, or as much of a key as was named, for which contributor insights count it; PartiQL counts for none
 * @throws {ServiceError} ProvisionedThroughputExceededException, ThrottlingException
 */
export function consume(table: TableRow, consumption: Consumption, ctx: Ctx, item?: Item): void {
  spend(table, consumption, ctx, item);
  countConsumption(table, consumption, ctx);
}

/** Counts what was consumed into the metrics of table and indexes, beside what is provisioned. */
export function countConsumption(table: TableRow, { kind, table: units, indexes }: Consumption, ctx: Ctx): void {
  const place = placeOfOther(table, ctx);
  const count = (
    { throughput }: Pick<TableRow, 'throughput'>,
    dimensions: { [name: string]: string },
    used: number,
  ) => {
    const [consumed, provisioned] = CAPACITY_METRICS[kind];
    ctx.count(consumed, dimensions, used, 'Count', place);
    if (throughput !== undefined) ctx.count(provisioned, dimensions, throughput[kind], 'Count', place);
  };
  let own = units;
  for (const name in indexes) {
    const consumed = indexes[name] ?? 0;
    const index = table.indexes.find((one) => one.name === name);
    // What a local index consumes is its table's.
    if (index?.global !== true) own += consumed;
    else count(index, { TableName: table.name, GlobalSecondaryIndexName: name }, consumed);
  }
  if (own > 0) count(table, { TableName: table.name }, own);
}

const CAPACITY_METRICS = {
  read: ['ConsumedReadCapacityUnits', 'ProvisionedReadCapacityUnits'],
  write: ['ConsumedWriteCapacityUnits', 'ProvisionedWriteCapacityUnits'],
} as const;

/** Takes what is consumed, for an item. @throws {ServiceError} ProvisionedThroughputExceededException, ThrottlingException */
export function spend(table: TableRow, consumption: Consumption, ctx: Ctx, item?: Item): void {
  const short = throttled(table, consumption, ctx, item);
  if (short !== undefined) throw refusal(table, short, consumption.kind);
}

/** The same; says what was used up, instead, and notes it. */
export function throttled(table: TableRow, consumption: Consumption, ctx: Ctx, item?: Item): Short | undefined {
  const { kind } = consumption;
  const short = shortOf(table, consumption, ctx);
  if (table.insights !== undefined && item !== undefined) {
    if (short === undefined) noteAccess(table, consumption, item, ctx);
    else noteThrottle(table, kind, short.index, item, ctx);
  }
  if (short !== undefined) countThrottled(table, short, kind, ctx);
  return short;
}

/** What asks whether an item may be written, before that is done and its cost is known. */
export function asked(table: TableRow, at: Consumption['at']): Consumption {
  const indexes = table.indexes.filter((index) => index.global);
  return { kind: 'write', table: 0, indexes: Object.fromEntries(indexes.map(({ name }) => [name, 0])), at };
}

/** Counts what was throttled of a table or an index, also by its cause; though the call is refused for it. */
export function countThrottled(
  { name, arn }: TableRow,
  { index, cause }: Short,
  kind: 'read' | 'write',
  ctx: Ctx,
): void {
  const dimensions = { TableName: name, ...(index !== undefined && { GlobalSecondaryIndexName: index.name }) };
  const verb = kind === 'read' ? 'Read' : 'Write';
  for (const metric of [`${verb}ThrottleEvents`, `${verb}${cause}ThrottleEvents`])
    ctx.count(metric, dimensions, 1, 'Count', { ...placeOf(arn), refused: true });
}

/**
 * Takes and counts what a write consumes that is refused for what is there.
 * Source: Developer Guide, "Capacity unit consumption for write operations".
 */
export function chargeRefused(table: TableRow, partition: string, units: number, ctx: Ctx): void {
  const count = (metric: string, value: number) =>
    ctx.count(metric, { TableName: table.name }, value, 'Count', { ...placeOf(table.arn), refused: true });
  count('ConditionalCheckFailedRequests', 1);
  spend(table, { kind: 'write', table: units, indexes: {}, at: { partition } }, ctx);
  count('ConsumedWriteCapacityUnits', units);
}

/**
 * The answer's ConsumedCapacity.
 *
 * @param given  the table as the request names it
 * @param split  also says how much of it is reading and writing, as transactions do
 */
export function showConsumption(
  wanted: ReturnConsumedCapacity | undefined,
  given: string,
  table: TableRow,
  consumption: Consumption,
  split = false,
): { ConsumedCapacity?: ConsumedCapacity } {
  if (wanted === undefined || wanted === 'NONE') return {};
  const member = consumption.kind === 'read' ? 'ReadCapacityUnits' : 'WriteCapacityUnits';
  const units = (count: number): Capacity => ({ CapacityUnits: count, ...(split && { [member]: count }) });
  const names = Object.keys(consumption.indexes);
  const total = names.reduce((sum, name) => sum + (consumption.indexes[name] ?? 0), consumption.table);
  const consumed: ConsumedCapacity = { TableName: given, ...units(total) };
  if (wanted === 'INDEXES') {
    consumed.Table = units(consumption.table);
    const group = (global: boolean) => {
      const own = names.filter((name) => table.indexes.some((index) => index.name === name && index.global === global));
      return own.length === 0
        ? undefined
        : Object.fromEntries(own.map((name) => [name, units(consumption.indexes[name] ?? 0)]));
    };
    const [local, global] = [group(false), group(true)];
    if (local !== undefined) consumed.LocalSecondaryIndexes = local;
    if (global !== undefined) consumed.GlobalSecondaryIndexes = global;
  }
  return { ConsumedCapacity: consumed };
}
