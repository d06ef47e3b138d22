/** What a service declares of its state: tables of plain rows, with a scope, a key, ordered indexes, and migrations. */

/** `region`: a table per account and Region; `account`: per account; `global`: one. */
export type Scope = 'region' | 'account' | 'global';

/** Changes a stored row of the version before into the next one. Pure. */
export type Migration = (row: Record<string, unknown>) => Record<string, unknown>;

/** A table without its types: what the rooms below the view work with. */
export type AnyTable = {
  readonly name: string;
  readonly scope: Scope;
  readonly key: readonly string[];
  /** Ordered secondary indexes. A row in which one of the fields is undefined is not in that index. */
  readonly indexes: { readonly [name: string]: readonly string[] };
  /** The same, each with the space that holds it. */
  readonly indexList: readonly Index[];
  /** Starts at 1; `migrations[n - 1]` leads from n to n + 1. */
  readonly version: number;
  readonly migrations: readonly Migration[];
  /** Written often and read seldom: its rows take no place among those that are kept decoded. */
  readonly isLog: boolean;
};

export type Index = { readonly name: string; readonly space: string; readonly fields: readonly string[] };

export type Table<Row extends object, Key extends keyof Row & string = keyof Row & string> = AnyTable & {
  readonly key: readonly Key[];
  /** Never set: carries the row's type. */
  readonly row?: Row;
};

type Declaration<Row, Key> = {
  scope: Scope;
  key: readonly Key[];
  indexes?: { [name: string]: readonly (keyof Row & string)[] };
  migrations?: readonly Migration[];
  isLog?: boolean;
};

/**
 * Declares a table. Rows are plain JSON (no Date, Map, Buffer, undefined inside arrays); the name is
 * `<service>.<plural noun>` and is never used again for something else.
 */
export function table<Row extends object>() {
  return <const Key extends keyof Row & string>(name: string, declaration: Declaration<Row, Key>): Table<Row, Key> => ({
    name,
    scope: declaration.scope,
    key: declaration.key,
    indexes: declaration.indexes ?? {},
    indexList: Object.entries(declaration.indexes ?? {}).map(([index, fields]) => ({
      name: index,
      space: `${name}#${index}`,
      fields,
    })),
    version: (declaration.migrations?.length ?? 0) + 1,
    migrations: declaration.migrations ?? [],
    isLog: declaration.isLog ?? false,
  });
}

/** Where a table's rows are looked for. */
export type Place = { account: string; region: string };
