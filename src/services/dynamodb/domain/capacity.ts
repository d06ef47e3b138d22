/** What requests consume. Source: Developer Guide, "Capacity unit consumption for read/write operations". */
import type { Ctx } from '#kernel/contract';
import type { Capacity, ConsumedCapacity, ReturnConsumedCapacity } from '#models/dynamodb';
import { READ_UNIT_BYTES, WRITE_UNIT_BYTES } from '../limits.ts';
import type { TableRow } from '../state.ts';

/** Read units of `bytes`: one for each 4 KB begun, half when the read is eventually consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

/** Write units of `bytes`: one for each KB begun. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Units of one table and its indexes; a batch adds them up. */
export type Consumption = { kind: 'read' | 'write'; table: number; indexes: { [index: string]: number } };

/** Adds `more` into `into`. */
export function addConsumption(into: Consumption, more: Consumption): void {
  into.table += more.table;
  for (const [name, units] of Object.entries(more.indexes)) into.indexes[name] = (into.indexes[name] ?? 0) + units;
}

/** Counts what was consumed into the metrics of table and indexes. */
export function countConsumption(table: TableRow, { kind, table: units, indexes }: Consumption, ctx: Ctx): void {
  const metric = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
  let own = units;
  for (const name in indexes) {
    const consumed = indexes[name] ?? 0;
    // What a local index consumes is its table's.
    if (table.indexes.find((index) => index.name === name)?.global !== true) own += consumed;
    else ctx.count(metric, { TableName: table.name, GlobalSecondaryIndexName: name }, consumed);
  }
  if (own > 0) ctx.count(metric, { TableName: table.name }, own);
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
