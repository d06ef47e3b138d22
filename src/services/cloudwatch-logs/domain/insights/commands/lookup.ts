/** `lookup` and `cidrlookup`: fields added to events out of a lookup table. */
import type { Scope } from '../expression.ts';
import type { Step, StepCommand } from '../plan.ts';
import type { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toText } from '../value.ts';

/** A column of the table, and the field that it becomes or is compared with. */
type Pair = { column: string; field: string };
type Output = { pairs: readonly Pair[]; onlyNew: boolean };

function readPairs(scan: Scanner): Pair[] {
  const pairs: Pair[] = [];
  do {
    const column = scan.needField();
    pairs.push({ column, field: scan.word('as') ? scan.needField() : column });
  } while (scan.sign(','));
  return pairs;
}

function readOutput(scan: Scanner): Output {
  const onlyNew = scan.word('outputnew');
  if (!onlyNew && !scan.word('output')) throw scan.unexpected();
  return { pairs: readPairs(scan), onlyNew };
}

function tableOf(name: string, columns: readonly string[], { needs }: Scope) {
  const table = needs.tables.get(name) ?? { columns: new Set() };
  for (const column of columns) table.columns.add(column);
  needs.tables.set(name, table);
  return table;
}

/** A step that adds what is found for a row. */
const adding =
  ({ pairs, onlyNew }: Output, find: (row: Row) => ReadonlyMap<string, string> | undefined) =>
  (next: Step): Step => ({
    take(row) {
      const found = find(row);
      for (const { column, field } of found === undefined ? [] : pairs)
        if (!onlyNew || (toText(row.get(field)) ?? '') === '') row.set(field, found?.get(column));
      return next.take(row);
    },
    end: () => next.end(),
  });

/** `lookup users id as user_id OUTPUT name, mail`. @throws {QueryError} */
export function readLookup(scan: Scanner, scope: Scope): StepCommand {
  const name = scan.needField();
  const keys = readPairs(scan);
  const output = readOutput(scan);
  const columns = keys.map(({ column }) => column);
  const asked = tableOf(name, [...columns, ...output.pairs.map(({ column }) => column)], scope);
  const find = (row: Row) => {
    const values = keys.map(({ field }) => toText(row.get(field)));
    return values.includes(undefined) ? undefined : asked.table?.find(columns, values as string[]);
  };
  return { kind: 'step', make: adding(output, find), adds: output.pairs.map(({ field }) => field) };
}

/**
 * `cidrlookup nets srcAddr as network OUTPUT owner`.
 *
 * Deviation: AWS does not say which column has the networks where none is named; here it is the one named as the field, or the first.
 *
 * @throws {QueryError}
 */
export function readCidrLookup(scan: Scanner, scope: Scope): StepCommand {
  const name = scan.needField();
  const field = scan.needField();
  const named = scan.word('as') ? scan.needField() : undefined;
  const output = readOutput(scan);
  const columns = output.pairs.map(({ column }) => column);
  const asked = tableOf(name, named === undefined ? columns : [named, ...columns], scope);
  const find = (row: Row) => {
    const { table } = asked;
    const column = named ?? (table?.columns.includes(field) === true ? field : (table?.columns[0] ?? field));
    return table?.findNetwork(column, toText(row.get(field)) ?? '');
  };
  return { kind: 'step', make: adding(output, find), adds: output.pairs.map((pair) => pair.field) };
}
