/** What a handler sees of the store: its account's and Region's rows of the tables it names. */
import { invariant } from '#kernel/base';
import { encodeKey, type KeyPart, pastKey, textRange } from './key.ts';
import { placeKey, rowKey } from './row.ts';
import type { AnyTable, Place, Table } from './table.ts';
import type { Transaction } from './transaction.ts';

/**
 * Which rows, in the order of the key or of `index`: `where` fixes leading fields; the bounds go on from there with the
 * following ones (`from` and `to` inclusive, `after` and `before` exclusive); `startsWith` limits the next text field.
 */
export type Query<Row> = {
  index?: string;
  where?: Partial<Row>;
  from?: Partial<Row>;
  after?: Partial<Row>;
  to?: Partial<Row>;
  before?: Partial<Row>;
  startsWith?: string;
  limit?: number;
  reverse?: boolean;
};

export interface Reads {
  get<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, key: Pick<Row, Key>): Row | undefined;
  /** All rows that match, at most `limit`. */
  list<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, query?: Query<Row>): Row[];
  first<Row extends object, Key extends keyof Row & string>(
    table: Table<Row, Key>,
    query?: Query<Row>,
  ): Row | undefined;
  /** How many rows match; costs what it counts, so only for ranges that are bounded. */
  count<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, query?: Query<Row>): number;
}

export interface Writes {
  /** Adds the row, or replaces the one with its key. The row is frozen. */
  put<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, row: Row): void;
  /** Adds a row whose key no row has had, as that of a sequence: it isn't looked for. The row is frozen. */
  insert<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, row: Row): void;
  /** True when there was such a row. */
  delete<Row extends object, Key extends keyof Row & string>(table: Table<Row, Key>, key: Pick<Row, Key>): boolean;
}

export interface StoreView extends Reads, Writes {
  /** The same transaction, looking at another account or Region. */
  in(place: Partial<Place>): StoreView;
}

/** A view of `source()`'s transaction. The source is asked at each use, so that a handler that has awaited can't write outside one. */
export function viewOf(source: () => Transaction, place: Place): StoreView {
  return {
    get: (table, key) => source().read(table, placeKey(table, place) + rowKey(table, key)) as never,
    list: (table, query = {}) => list(source(), table, place, query) as never[],
    first: (table, query = {}) => list(source(), table, place, { ...query, limit: 1 })[0] as never,
    count: (table, query = {}) => {
      const [from, to] = bounds(table, place, query);
      return source().count(table, query.index, from, to);
    },
    put: (table, row) => source().put(table, place, row),
    insert: (table, row) => source().put(table, place, row, true),
    delete: (table, key) => source().delete(table, place, placeKey(table, place) + rowKey(table, key)),
    in: (other) => viewOf(source, { ...place, ...other }),
  };
}

function list(tx: Transaction, table: AnyTable, place: Place, query: Query<object>): object[] {
  const [from, to] = bounds(table, place, query);
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const found = tx.range(table, query.index, { from, to, limit, reverse: query.reverse });
  if (query.index === undefined) return found.map(([, row]) => row as object);
  return found.map(([, key]) => {
    const row = tx.read(table, key as string);
    invariant(row !== undefined, `index ${query.index} of ${table.name} names a row that is not there`);
    return row;
  });
}

/** The half-open range of encoded keys that a query means. */
export function bounds(table: AnyTable, place: Place, query: Query<object>): [from: string, to: string] {
  const fields = query.index === undefined ? table.key : table.indexes[query.index];
  invariant(fields !== undefined, `${table.name} has no index ${query.index}`);
  const fixed = leading(table.name, fields, query.where);
  const beginning = placeKey(table, place) + encodeKey(fixed);
  if (query.startsWith !== undefined) {
    const [from, to] = textRange(beginning, query.startsWith);
    const low = lowerBound(table.name, fields.slice(fixed.length), beginning, query);
    return [low === undefined || low < from ? from : low, to];
  }
  const rest = fields.slice(fixed.length);
  const high =
    query.to !== undefined
      ? pastKey(beginning + encodeKey(leading(table.name, rest, query.to)))
      : query.before !== undefined
        ? beginning + encodeKey(leading(table.name, rest, query.before))
        : pastKey(beginning);
  return [lowerBound(table.name, rest, beginning, query) ?? beginning, high];
}

function lowerBound(
  name: string,
  rest: readonly string[],
  beginning: string,
  query: Query<object>,
): string | undefined {
  if (query.from !== undefined) return beginning + encodeKey(leading(name, rest, query.from));
  if (query.after !== undefined) return pastKey(beginning + encodeKey(leading(name, rest, query.after)));
  return undefined;
}

/** The values of the leading fields that `values` gives; a gap is a bug. */
function leading(name: string, fields: readonly string[], values: object | undefined): KeyPart[] {
  if (values === undefined) return [];
  const given = values as Record<string, KeyPart | undefined>;
  const parts: KeyPart[] = [];
  for (const field of fields) {
    const part = given[field];
    if (part === undefined) break;
    parts.push(part);
  }
  invariant(
    parts.length === Object.keys(given).length,
    `${name}: ${Object.keys(given).join(', ')} are not the leading fields of ${fields.join(', ')}`,
  );
  return parts;
}
