/** What requests consume. Source: Developer Guide, "Capacity unit consumption for read/write operations". */
import type { Ctx } from '#kernel/contract';
import type { Capacity, ConsumedCapacity, ReturnConsumedCapacity } from '#models/dynamodb';
import { onDemandExceeded, throughputExceeded } from '../errors.ts';
import { BURST_SECONDS, READ_UNIT_BYTES, WRITE_UNIT_BYTES } from '../limits.ts';
import type { IndexSpec, TableRow } from '../state.ts';
import { placeOf } from './find.ts';
import { noteAccess, noteThrottle } from './insights.ts';
import type { Item } from './value.ts';

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

/** Counts what was consumed into the metrics of table and indexes. */
export function countConsumption(table: TableRow, { kind, table: units, indexes }: Consumption, ctx: Ctx): void {
  const metric = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
  const place = placeOfOther(table, ctx);
  let own = units;
  for (const name in indexes) {
    const consumed = indexes[name] ?? 0;
    // What a local index consumes is its table's.
    if (table.indexes.find((index) => index.name === name)?.global !== true) own += consumed;
    else ctx.count(metric, { TableName: table.name, GlobalSecondaryIndexName: name }, consumed, 'Count', place);
  }
  if (own > 0) ctx.count(metric, { TableName: table.name }, own, 'Count', place);
}

/** Where the metrics of a table belong that is another account's. */
export function placeOfOther({ arn, name }: TableRow, { account }: Ctx): ReturnType<typeof placeOf> | undefined {
  const at = arn.length - name.length - ':table/'.length - account.length;
  return arn.startsWith(account, at) ? undefined : placeOf(arn);
}

/** Whether table and global indexes have anything left; asked before what is not to be undone. */
export function hasCapacity(table: TableRow, kind: 'read' | 'write', ctx: Ctx): boolean {
  if (isFree(table)) return true;
  const indexes = kind === 'read' ? [] : table.indexes.filter((index) => index.global);
  return [table, ...indexes].every((one) => canSpend(one, kind, 0, ctx));
}

type Limited = Pick<TableRow, 'pile' | 'throughput' | 'onDemand'>;

/** Neither table nor index has a limit: the usual on-demand table. Deviation: its quota of the account and the rate of one partition (3,000 units read, 1,000 written) are not enforced, and each account that calls has units of its own. */
function isFree(table: TableRow): boolean {
  return (
    table.throughput === undefined &&
    table.onDemand === undefined &&
    table.indexes.every((index) => index.onDemand === undefined)
  );
}

/** Takes what is consumed, for an item. @throws {ServiceError} ProvisionedThroughputExceededException, ThrottlingException */
export function spend(table: TableRow, consumption: Consumption, ctx: Ctx, item?: Item): void {
  const { kind } = consumption;
  const short = isFree(table) ? undefined : shortOf(table, consumption, ctx);
  if (table.insights !== undefined && item !== undefined) {
    if (short === undefined) noteAccess(table, consumption, item, ctx);
    else noteThrottle(table, kind, short.index, item, ctx);
  }
  if (short === undefined) return;
  countThrottled(table, short.index, kind, 1, ctx);
  throw refusal(table, short.index, kind);
}

/** Refuses a batch of which nothing could be carried out; that has been counted part by part. @throws {ServiceError} as `spend` */
export function refuseShort(table: TableRow, consumption: Consumption, ctx: Ctx): void {
  const short = isFree(table) ? undefined : shortOf(table, consumption, ctx);
  if (short !== undefined) throw refusal(table, short.index, consumption.kind);
}

/** Counts what was throttled of a table or an index; also where the call is refused for it. */
export function countThrottled(
  { name, arn }: TableRow,
  index: IndexSpec | undefined,
  kind: 'read' | 'write',
  events: number,
  ctx: Ctx,
): void {
  const metric = kind === 'read' ? 'ReadThrottleEvents' : 'WriteThrottleEvents';
  const dimensions = { TableName: name, ...(index !== undefined && { GlobalSecondaryIndexName: index.name }) };
  ctx.count(metric, dimensions, events, 'Count', { ...placeOf(arn), refused: true });
}

/**
 * Takes and counts what a write consumes whose condition is not met: as much as the item that is there, or one unit.
 * Source: Developer Guide, "Capacity unit consumption for write operations".
 */
export function chargeRefused(table: TableRow, bytes: number, ctx: Ctx): void {
  const count = (metric: string, value: number) =>
    ctx.count(metric, { TableName: table.name }, value, 'Count', { ...placeOf(table.arn), refused: true });
  const units = writeUnits(bytes);
  count('ConditionalCheckFailedRequests', 1);
  spend(table, { kind: 'write', table: units, indexes: {} }, ctx);
  count('ConsumedWriteCapacityUnits', units);
}

/** The table or the index that can't give what is consumed. */
function shortOf(
  table: TableRow,
  { kind, table: units, indexes }: Consumption,
  ctx: Ctx,
): { index?: IndexSpec } | undefined {
  let own = units;
  for (const name in indexes) {
    const index = table.indexes.find((one) => one.name === name);
    if (index?.global !== true) own += indexes[name] ?? 0;
    else if (!canSpend(index, kind, indexes[name] ?? 0, ctx)) return { index };
  }
  return own > 0 && !canSpend(table, kind, own, ctx) ? {} : undefined;
}

/** The rate is what was provisioned or the most that was allowed on demand; what was not used adds up for five minutes. */
function canSpend({ pile, throughput, onDemand }: Limited, kind: 'read' | 'write', units: number, ctx: Ctx): boolean {
  const provisioned = kind === 'read' ? throughput?.read : throughput?.write;
  const allowed = kind === 'read' ? onDemand?.MaxReadRequestUnits : onDemand?.MaxWriteRequestUnits;
  const rate = provisioned ?? allowed ?? -1;
  if (rate <= 0) return true;
  return ctx.spend(`${kind} ${pile}`, { ratePerSecond: rate, burst: rate * BURST_SECONDS }, units);
}

function refusal(table: TableRow, index: IndexSpec | undefined, kind: 'read' | 'write'): Error {
  const arn = index === undefined ? table.arn : `${table.arn}/index/${index.name}`;
  const what = `${index === undefined ? 'Table' : 'Index'}${kind === 'read' ? 'Read' : 'Write'}`;
  if ((index ?? table).throughput === undefined) return onDemandExceeded(`${what}MaxOnDemandThroughputExceeded`, arn);
  return throughputExceeded(`${what}ProvisionedThroughputExceeded`, arn, index !== undefined);
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
