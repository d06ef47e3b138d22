/** `fillmissing`: rows for periods in which there was nothing. */
import { ceilTime, floorTime, type Period } from '../period.ts';
import type { Around, Column, Command, Step, StepCommand } from '../plan.ts';
import { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { compareValues, toNumber, toText, type Value } from '../value.ts';

/** Rows that are put in. Our own bound. */
const FILLED_MAX = 10_000;

/** `fillmissing with 0 for latency`. @throws {QueryError} */
export function readFillMissing(scan: Scanner, before: readonly Command[]): StepCommand {
  const stats = before.findLast((command) => command.kind === 'stats');
  const bin = stats?.by.find((column) => column.bin !== undefined);
  if (stats === undefined || bin === undefined) throw scan.fault('fillmissing must follow stats by bin()');
  const constants: { name: string; value: Value }[] = [];
  if (scan.word('with'))
    do {
      const text = scan.quoted();
      const value = text ?? scan.take(/-?\d+(?:\.\d+)?/y);
      if (value === undefined || !scan.word('for')) throw scan.unexpected();
      constants.push({ name: scan.needField(), value: text ?? Number(value) });
    } while (scan.sign(','));
  const others = stats.by.filter((column) => column !== bin).map(({ name }) => name);
  return { kind: 'step', make: (next, around) => filled(bin, others, constants, next, around) };
}

/** Each combination of the other columns has all periods of the query's time. */
function filled(
  { name, bin }: Column,
  others: readonly string[],
  constants: readonly { name: string; value: Value }[],
  next: Step,
  { window }: Around,
): Step {
  const groups = new Map<string, { keys: readonly Value[]; rows: Map<number, Row> }>();
  return {
    take(row) {
      const keys = others.map((other) => row.get(other));
      const id = JSON.stringify(keys.map((key) => toText(key) ?? null));
      const group = groups.get(id) ?? { keys, rows: new Map() };
      groups.set(id, group);
      group.rows.set(toNumber(row.get(name)) ?? 0, row);
      return true;
    },
    end() {
      const all = [...groups.values()].flatMap(({ keys, rows }) => {
        let left = FILLED_MAX;
        for (const at of bin === undefined ? [] : periodsOf(window, bin.period)) {
          const place = at + (bin?.offset ?? 0);
          if (rows.has(place)) continue;
          left -= 1;
          if (left < 0) break;
          const row = new Row();
          row.set(name, { at: place });
          for (const [index, other] of others.entries()) row.set(other, keys[index]);
          for (const constant of constants) row.set(constant.name, constant.value);
          rows.set(place, row);
        }
        return [...rows.values()];
      });
      for (const row of all.toSorted((a, b) => compareValues(a.get(name), b.get(name)))) if (!next.take(row)) break;
      next.end();
    },
  };
}

function* periodsOf({ from, to }: Around['window'], period: Period): Generator<number> {
  for (let at = floorTime(from, period); at < to; at = ceilTime(at + 1, period)) yield at;
}
