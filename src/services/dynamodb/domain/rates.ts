/**
 * What a table, its indexes and each partition key of them may give in a second.
 *
 * Deviation: the account's quotas (40,000 units for a table), and that a new table on demand gives 4,000 units written and 12,000
 * read until it has grown, are not enforced. A partition is the items of one partition key, as DynamoDB divides busy tables in time.
 *
 * @see Developer Guide, "DynamoDB burst and adaptive capacity", "Key range throughput exceeded (hot partitions)"
 */
import type { Ctx } from '#kernel/contract';
import { hotKey, onDemandExceeded, throughputExceeded } from '../errors.ts';
import { BURST_SECONDS, PARTITION_READ_UNITS, PARTITION_WRITE_UNITS } from '../limits.ts';
import type { IndexSpec, TableRow } from '../state.ts';
import { placeOfOther } from './find.ts';
import { spotInIndex } from './keys.ts';
import type { Item } from './value.ts';

/** Units of one table and its indexes; a batch adds them up. */
export type Consumption = {
  kind: 'read' | 'write';
  table: number;
  indexes: { [index: string]: number };
  /** Which partition of the table was touched, or of the global index that was read; what was written, if there is anything. */
  at?: { partition: string; item?: Item | undefined } | undefined;
};

/** What was used up, of the table or of an index. */
export type Short = {
  index?: IndexSpec;
  cause: 'KeyRangeThroughput' | 'ProvisionedThroughput' | 'MaxOnDemandThroughput';
};

const PARTITION_RATES = {
  read: { ratePerSecond: PARTITION_READ_UNITS, burst: PARTITION_READ_UNITS },
  write: { ratePerSecond: PARTITION_WRITE_UNITS, burst: PARTITION_WRITE_UNITS },
};

/** Takes what is consumed from all that it touches; or says what is used up. Amounts of 0 only ask. */
export function shortOf(table: TableRow, consumption: Consumption, ctx: Ctx): Short | undefined {
  return shortOfPartition(table, consumption, ctx) ?? shortOfTable(table, consumption, ctx);
}

/** The same of the partitions alone. */
export function shortOfPartition(table: TableRow, consumption: Consumption, ctx: Ctx): Short | undefined {
  const { kind, at } = consumption;
  if (at === undefined) return undefined;
  const place = placeOfOther(table, ctx);
  return firstShort(table, consumption, (one, units, index) => {
    const partition =
      index === undefined || kind === 'read'
        ? at.partition
        : at.item === undefined
          ? undefined
          : spotInIndex(index, at.item)?.partition;
    return partition === undefined || ctx.spend(`${kind} ${one.pile} ${partition}`, PARTITION_RATES[kind], units, place)
      ? undefined
      : 'KeyRangeThroughput';
  });
}

/** The same of table and indexes as wholes: what was provisioned, or the most that was allowed on demand; what is not used adds up for five minutes. */
function shortOfTable(table: TableRow, consumption: Consumption, ctx: Ctx): Short | undefined {
  if (isFree(table)) return undefined;
  const { kind } = consumption;
  const place = placeOfOther(table, ctx);
  return firstShort(table, consumption, ({ pile, throughput, onDemand }, units) => {
    const provisioned = kind === 'read' ? throughput?.read : throughput?.write;
    const allowed = kind === 'read' ? onDemand?.MaxReadRequestUnits : onDemand?.MaxWriteRequestUnits;
    const rate = provisioned ?? allowed ?? -1;
    if (rate <= 0 || ctx.spend(`${kind} ${pile}`, { ratePerSecond: rate, burst: rate * BURST_SECONDS }, units, place))
      return undefined;
    return provisioned === undefined ? 'MaxOnDemandThroughput' : 'ProvisionedThroughput';
  });
}

/** Neither table nor index has a limit as a whole: the usual on-demand table. */
function isFree(table: TableRow): boolean {
  return (
    table.throughput === undefined &&
    table.onDemand === undefined &&
    table.indexes.every((index) => index.onDemand === undefined)
  );
}

type Limited = Pick<TableRow, 'pile' | 'throughput' | 'onDemand'>;

/** Goes over what is touched: global indexes by themselves, local ones with their table. */
function firstShort(
  table: TableRow,
  { kind, table: units, indexes }: Consumption,
  causeOf: (one: Limited, units: number, index: IndexSpec | undefined) => Short['cause'] | undefined,
): Short | undefined {
  let own = units;
  // A read of a global index does not touch the table.
  let isTouched = kind === 'write' || units > 0;
  let hasIndexes = false;
  for (const name in indexes) {
    hasIndexes = true;
    const index = table.indexes.find((one) => one.name === name);
    const amount = indexes[name] ?? 0;
    if (index?.global !== true) {
      own += amount;
      isTouched = true;
      continue;
    }
    const cause = causeOf(index, amount, index);
    if (cause !== undefined) return { index, cause };
  }
  const cause = isTouched || !hasIndexes ? causeOf(table, own, undefined) : undefined;
  return cause === undefined ? undefined : { cause };
}

/** The error of what is used up. */
export function refusal(table: TableRow, { index, cause }: Short, kind: 'read' | 'write'): Error {
  const resource = index === undefined ? table.arn : `${table.arn}/index/${index.name}`;
  const reason = `${index === undefined ? 'Table' : 'Index'}${kind === 'read' ? 'Read' : 'Write'}${cause}Exceeded`;
  if (cause === 'MaxOnDemandThroughput') return onDemandExceeded(reason, resource);
  if (cause === 'KeyRangeThroughput' && (index ?? table).throughput === undefined)
    return hotKey(reason, resource, index !== undefined);
  return throughputExceeded(reason, resource, index !== undefined);
}
