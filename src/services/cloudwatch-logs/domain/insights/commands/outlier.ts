/** `outlier`: numbers that lie far from the others of their field. */
import type { Step, StepCommand } from '../plan.ts';
import type { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toNumber } from '../value.ts';

/** Rows that are looked at together. Our own bound. */
const ROWS_MAX = 100_000;
/** Source: User Guide, "outlier". */
const FACTOR_DEFAULT = 2.5;

type Options = { removes: boolean; factor: number; usesLower: boolean; marks: boolean; fields: readonly string[] };

/**
 * `outlier action=remove param=3 uselower=true mark=true cpu memory`.
 *
 * Deviation: AWS does not say how it calls the field that marks an outlier; here it is `<field>_outlier`.
 *
 * @throws {QueryError}
 */
export function readOutlier(scan: Scanner): StepCommand {
  let [removes, factor, usesLower, marks] = [false, FACTOR_DEFAULT, false, false];
  for (let option = scan.option(); option !== undefined; option = scan.option()) {
    if (option === 'action') {
      removes = scan.word('remove');
      if (!removes && !scan.word('transform')) throw scan.unexpected();
    } else if (option === 'param') factor = Number(scan.take(/\d+(?:\.\d+)?/y) ?? Number.NaN);
    else if (option === 'uselower') usesLower = scan.truth();
    else if (option === 'mark') marks = scan.truth();
    else throw scan.fault(`unknown option ${option} of outlier`, option.length);
  }
  if (Number.isNaN(factor)) throw scan.fault('param must be a number');
  const fields = [scan.needField()];
  for (scan.sign(','); !scan.done && scan.text[scan.at] !== '|'; scan.sign(',')) fields.push(scan.needField());
  const options = { removes, factor, usesLower, marks, fields };
  return {
    kind: 'step',
    make: (next) => outliers(options, next),
    ...(marks && { adds: fields.map((field) => `${field}_outlier`) }),
  };
}

function outliers({ removes, factor, usesLower, marks, fields }: Options, next: Step): Step {
  const rows: Row[] = [];
  return {
    take(row) {
      rows.push(row);
      return rows.length < ROWS_MAX;
    },
    end() {
      const bounds = new Map(fields.map((field) => [field, boundsOf(rows, field, factor, usesLower)]));
      for (const row of rows) {
        let isOut = false;
        for (const [field, { low, high }] of bounds) {
          const number = toNumber(row.get(field));
          const beyond = number !== undefined && (number < low || number > high);
          isOut ||= beyond;
          if (marks && number !== undefined) row.set(`${field}_outlier`, beyond);
          if (beyond && !removes) row.set(field, number < low ? low : high);
        }
        if (isOut && removes) continue;
        if (!next.take(row)) break;
      }
      next.end();
    },
  };
}

/** A quarter of the numbers lie below, and a quarter above, what lies in between; so many times that range further on is far. */
function boundsOf(rows: readonly Row[], field: string, factor: number, usesLower: boolean) {
  const numbers = rows.flatMap((row) => toNumber(row.get(field)) ?? []).toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (numbers.length - 1);
    const [low = 0, high = low] = [numbers[Math.floor(place)], numbers[Math.ceil(place)]];
    return low + (high - low) * (place - Math.floor(place));
  };
  if (numbers.length === 0) return { low: -Infinity, high: Infinity };
  const [first, third] = [at(0.25), at(0.75)];
  const reach = factor * (third - first);
  return { low: usesLower ? first - reach : -Infinity, high: third + reach };
}
