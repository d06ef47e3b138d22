/** `addtotals` and `countFrequent`. */
import type { Step, StepCommand } from '../plan.ts';
import { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toNumber, toText, type Value } from '../value.ts';

/** Combinations that are counted. Our own bound. */
const COUNTED_MAX = 100_000;

function readNames(scan: Scanner): string[] {
  const names: string[] = [];
  for (let name = scan.field(); name !== undefined; name = scan.field()) {
    names.push(name);
    scan.sign(',');
  }
  return names;
}

/** `addtotals fieldname=Sum col=true a, b`. @throws {QueryError} */
export function readAddTotals(scan: Scanner): StepCommand {
  let [name, byRow, byColumn] = ['Total', true, false];
  for (let option = scan.option(); option !== undefined; option = scan.option()) {
    if (option === 'fieldname') name = scan.needField();
    else if (option === 'row') byRow = scan.truth();
    else if (option === 'col') byColumn = scan.truth();
    else throw scan.fault(`unknown option ${option} of addtotals`, option.length);
  }
  const asked = readNames(scan);
  const make: StepCommand['make'] = (next, { columns }) => {
    const totals = new Map<string, number>();
    const namesOf = (row: Row) => {
      if (asked.length > 0) return asked;
      const all = columns.length > 0 ? columns : [...row.names(), ...row.ownNames()];
      return [...new Set(all)].filter((one) => !one.startsWith('@'));
    };
    return {
      take(row) {
        let sum: number | undefined;
        for (const field of namesOf(row)) {
          const number = toNumber(row.get(field));
          if (number === undefined) continue;
          sum = (sum ?? 0) + number;
          totals.set(field, (totals.get(field) ?? 0) + number);
        }
        if (byRow && sum !== undefined) {
          row.set(name, sum);
          totals.set(name, (totals.get(name) ?? 0) + sum);
        }
        return next.take(row);
      },
      end() {
        if (byColumn) {
          const last = new Row();
          for (const [field, total] of totals) last.set(field, total);
          next.take(last);
        }
        next.end();
      },
    };
  };
  return { kind: 'step', make, ...(byRow && { adds: [name] }) };
}

/** `countFrequent method, status`: exact as long as there are not too many combinations. @throws {QueryError} */
export function readCountFrequent(scan: Scanner): StepCommand {
  const fields = readNames(scan);
  if (fields.length === 0) throw scan.unexpected();
  const make = (next: Step): Step => {
    const counts = new Map<string, { values: readonly Value[]; count: number }>();
    return {
      take(row) {
        const values = fields.map((field) => row.get(field));
        const id = JSON.stringify(values.map((value) => toText(value) ?? null));
        const known = counts.get(id);
        if (known !== undefined) known.count += 1;
        else if (counts.size < COUNTED_MAX) counts.set(id, { values, count: 1 });
        return true;
      },
      end() {
        for (const { values, count } of [...counts.values()].toSorted((a, b) => b.count - a.count)) {
          const row = new Row();
          for (const [index, field] of fields.entries()) row.set(field, values[index]);
          row.set('_approxcount', count);
          if (!next.take(row)) break;
        }
        next.end();
      },
    };
  };
  return { kind: 'step', make, makes: [...fields, '_approxcount'] };
}
