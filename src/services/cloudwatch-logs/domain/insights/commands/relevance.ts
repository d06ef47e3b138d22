/** `relevantfields`: which fields differ between the events of a condition and the others. */
import { readExpression, type Scope } from '../expression.ts';
import type { Step, StepCommand } from '../plan.ts';
import { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { isTrue, toNumber, toText, type Value } from '../value.ts';

/** Values of a field that are looked at, fields, and values that are named. Our own bounds. */
const VALUES_MAX = 50_000;
const FIELDS_MAX = 200;
const NAMED_MAX = 5;

const COLUMNS = ['@fieldName', '@relevanceScore', '@topRelevanceContributors', '@conditionalMedian', '@baselineMedian'];

/** Values of one field where the condition holds, and where it does not. */
type Field = { within: Value[]; others: Value[] };

/** `relevantfields a, b where Time > 400`. @throws {QueryError} */
export function readRelevantFields(scan: Scanner, scope: Scope): StepCommand {
  const asked: string[] = [];
  while (!scan.word('where')) {
    if (asked.length > 0) scan.expect(',');
    asked.push(scan.needField());
  }
  const test = readExpression(scan, scope);
  const make = (next: Step): Step => {
    const fields = new Map<string, Field>();
    return {
      take(row) {
        const holds = isTrue(test(row));
        const all = [...row.names(), ...row.ownNames()].filter((name) => !name.startsWith('@'));
        for (const name of asked.length > 0 ? asked : new Set(all)) {
          const field = fields.get(name) ?? { within: [], others: [] };
          if (fields.size < FIELDS_MAX) fields.set(name, field);
          const values = holds ? field.within : field.others;
          const value = row.get(name);
          if (value !== undefined && values.length < VALUES_MAX) values.push(value);
        }
        return true;
      },
      end() {
        const told = [...fields].map(([name, field]) => ({ name, ...compared(field) }));
        for (const { name, score, contributors, medians } of told.toSorted((a, b) => b.score - a.score)) {
          const row = new Row();
          row.set('@fieldName', name);
          row.set('@relevanceScore', score);
          if (contributors !== undefined) row.set('@topRelevanceContributors', { json: contributors });
          if (medians !== undefined) {
            row.set('@conditionalMedian', medians[0]);
            row.set('@baselineMedian', medians[1]);
          }
          if (!next.take(row)) break;
        }
        next.end();
      },
    };
  };
  return { kind: 'step', make, makes: COLUMNS };
}

type Told = { score: number; contributors?: Record<string, number>; medians?: [Value, Value] };

/** Deviation: AWS does not publish its score; here it is how far the two distributions lie apart (Kolmogorov–Smirnov, total variation). */
function compared({ within, others }: Field): Told {
  const [own, base] = [within, others].map((values) => values.map(toNumber));
  const isNumeric = [...(own ?? []), ...(base ?? [])].every((number) => number !== undefined);
  if (isNumeric) {
    const [a, b] = [own, base].map((numbers) => (numbers as number[]).toSorted((x, y) => x - y)) as [
      number[],
      number[],
    ];
    return { score: apart(a, b), medians: [medianOf(a), medianOf(b)] };
  }
  const [shares, usual] = [sharesOf(within), sharesOf(others)];
  const shifts = [...new Set([...shares.keys(), ...usual.keys()])].map(
    (value) => [value, (shares.get(value) ?? 0) - (usual.get(value) ?? 0)] as const,
  );
  const top = shifts.toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, NAMED_MAX);
  const score =
    within.length === 0 || others.length === 0 ? 0 : shifts.reduce((sum, [, by]) => sum + Math.abs(by), 0) / 2;
  return { score, contributors: Object.fromEntries(top) };
}

function sharesOf(values: readonly Value[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    const text = toText(value) ?? '';
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return new Map([...counts].map(([text, count]) => [text, count / values.length]));
}

/** The most by which the shares of what is not greater differ. */
function apart(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  let [i, j, most] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && a[i] === at) i += 1;
    while (j < b.length && b[j] === at) j += 1;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

function medianOf(sorted: readonly number[]): number | undefined {
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)];
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
