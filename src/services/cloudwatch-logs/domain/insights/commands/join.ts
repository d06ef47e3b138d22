/** `join` and `appendcols`: rows of another query beside one's own. */
import { readSubquery, type Scope } from '../expression.ts';
import type { Step, StepCommand, Subquery } from '../plan.ts';
import type { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toText } from '../value.ts';

/** Values of the key on the right side. Source: User Guide, "join". */
const KEYS_MAX = 50_000;
/** Rows of `appendcols`. Source: User Guide, "appendcols". */
const APPENDED_MAX = 100_000;
const APPENDED_DEFAULT = 10_000;

type Side = { alias: string; field: string };

/** `api.requestId` */
function readSide(scan: Scanner): Side {
  const { at } = scan;
  const name = scan.needField();
  const dot = name.indexOf('.');
  if (dot === -1) throw scan.fault('the fields of a join must name their side', name.length, at);
  return { alias: name.slice(0, dot), field: name.slice(dot + 1) };
}

/** `join type=left left=a right=b where a.id=b.id (SOURCE 'group')`. @throws {QueryError} */
export function readJoin(scan: Scanner, scope: Scope): StepCommand {
  const { at } = scan;
  const options = { type: 'inner', left: 'left', right: 'right' };
  for (let name = scan.option(); name !== undefined; name = scan.option()) {
    if (!(name in options)) throw scan.fault(`unknown option ${name} of join`, name.length);
    options[name as keyof typeof options] = scan.needField();
  }
  if (options.type !== 'inner' && options.type !== 'left')
    throw scan.fault('the type of a join must be inner or left', 1, at);
  if (!scan.word('where')) throw scan.unexpected();
  const first = readSide(scan);
  scan.expect('=');
  const second = readSide(scan);
  const [own, other] = first.alias === options.left ? [first, second] : [second, first];
  if (own.alias !== options.left || other.alias !== options.right)
    throw scan.fault('a join compares a field of its left side with one of its right', 1, at);
  scan.expect('(');
  const subquery = readSubquery(scan, scope);
  if (subquery.query.commands.length > 0) throw scan.fault('subqueries on the right side of a join are not supported');
  return { kind: 'step', make: (next) => joined(own, other, options.type === 'left', subquery, next) };
}

function joined(own: Side, other: Side, keepsAll: boolean, { rows }: Subquery, next: Step): Step {
  let byKey: Map<string, Row[]> | undefined;
  const gather = () => {
    const found = new Map<string, Row[]>();
    for (const row of rows) {
      const key = toText(row.get(other.field));
      if (key === undefined) continue;
      const same = found.get(key);
      if (same !== undefined) same.push(row);
      else if (found.size < KEYS_MAX) found.set(key, [row]);
    }
    return found;
  };
  return {
    take(row) {
      byKey ??= gather();
      const matches = byKey.get(toText(row.get(own.field)) ?? '') ?? [];
      const parts = (right: Row | undefined) =>
        new Map([[own.alias, row], ...(right === undefined ? [] : ([[other.alias, right]] as const))]);
      for (const match of matches) if (!next.take(row.beside(parts(match)))) return false;
      return matches.length > 0 || !keepsAll || next.take(row.beside(parts(undefined)));
    },
    end: () => next.end(),
  };
}

/** `appendcols override=true max=100 ( SOURCE 'group' | stats … )`. @throws {QueryError} */
export function readAppendCols(scan: Scanner, scope: Scope): StepCommand {
  let [overrides, most] = [false, APPENDED_DEFAULT];
  for (let name = scan.option(); name !== undefined; name = scan.option()) {
    if (name === 'override') overrides = scan.truth();
    else if (name === 'max') most = Number(scan.take(/\d{1,6}/y) ?? 0);
    else throw scan.fault(`unknown option ${name} of appendcols`, name.length);
  }
  if (most < 1 || most > APPENDED_MAX) throw scan.fault(`max must be between 1 and ${APPENDED_MAX}`);
  scan.expect('(');
  const subquery = readSubquery(scan, scope);
  const make = (next: Step): Step => {
    let at = 0;
    return {
      take(row) {
        const beside = at < most ? subquery.rows[at] : undefined;
        at += 1;
        for (const column of beside === undefined ? [] : subquery.columns)
          if (overrides || row.get(column) === undefined) row.set(column, beside?.get(column));
        return next.take(row);
      },
      end: () => next.end(),
    };
  };
  return { kind: 'step', make, adds: subquery.columns };
}
