/** Aggregates of `stats`. Source: User Guide, "stats": aggregation and non-aggregation functions. */
import type { Row } from './row.ts';
import { compareValues, toNumber, toText, type Value } from './value.ts';

export type Eval = (row: Row) => Value;

/** What gathers the values of one group. */
export type Gatherer = { add(row: Row): void; result(): Value };
/** Makes one for each group. */
export type Aggregate = () => Gatherer;

/** Distinct values and percentiles keep what they see, up to this many; then percentiles thin out, and distinct values are no longer counted. */
const KEPT_MAX = 200_000;

function overNumbers(value: Eval, add: (number: number) => void, result: () => Value): Gatherer {
  return {
    add(row) {
      const number = toNumber(value(row));
      if (number !== undefined) add(number);
    },
    result,
  };
}

function average(value: Eval): Gatherer {
  let sum = 0;
  let count = 0;
  return overNumbers(
    value,
    (number) => {
      sum += number;
      count += 1;
    },
    () => (count === 0 ? undefined : sum / count),
  );
}

function total(value: Eval): Gatherer {
  let sum: number | undefined;
  return overNumbers(
    value,
    (number) => {
      sum = (sum ?? 0) + number;
    },
    () => sum,
  );
}

/** Standard deviation, by Welford. */
function deviation(value: Eval): Gatherer {
  let [count, mean, spread] = [0, 0, 0];
  return overNumbers(
    value,
    (number) => {
      count += 1;
      const step = number - mean;
      mean += step / count;
      spread += step * (number - mean);
    },
    () => (count === 0 ? undefined : Math.sqrt(spread / count)),
  );
}

/** Deviation: exact up to `KEPT_MAX` values, where AWS estimates. */
function percentile(value: Eval, percent: number): Gatherer {
  let kept: number[] = [];
  let step = 1;
  let seen = 0;
  return overNumbers(
    value,
    (number) => {
      seen += 1;
      if (seen % step !== 0) return;
      kept.push(number);
      if (kept.length < KEPT_MAX) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      step *= 2;
    },
    () => {
      if (kept.length === 0) return undefined;
      kept.sort((a, b) => a - b);
      const place = (Math.min(100, Math.max(0, percent)) / 100) * (kept.length - 1);
      const [low, high] = [kept[Math.floor(place)] as number, kept[Math.ceil(place)] as number];
      return low + (high - low) * (place - Math.floor(place));
    },
  );
}

function extreme(value: Eval, sign: 1 | -1, compare: (a: Value, b: Value) => number = compareValues): Gatherer {
  let best: Value;
  return {
    add(row) {
      const found = value(row);
      if (found !== undefined && (best === undefined || sign * compare(found, best) > 0)) best = found;
    },
    result: () => best,
  };
}

function counted(value: Eval | undefined): Gatherer {
  let count = 0;
  return {
    add(row) {
      if (value === undefined || value(row) !== undefined) count += 1;
    },
    result: () => count,
  };
}

function distinct(value: Eval): Gatherer {
  const seen = new Set<string>();
  return {
    add(row) {
      const text = toText(value(row));
      if (text !== undefined && seen.size < KEPT_MAX) seen.add(text);
    },
    result: () => seen.size,
  };
}

/** The value of the event that came first or last. */
function byTime(value: Eval, sign: 1 | -1): Gatherer {
  let best: Value;
  let bestAt: number | undefined;
  return {
    add(row) {
      const found = value(row);
      const at = toNumber(row.get('@timestamp'));
      if (found === undefined || at === undefined || (bestAt !== undefined && sign * (at - bestAt) <= 0)) return;
      best = found;
      bestAt = at;
    },
    result: () => best,
  };
}

const byText = (a: Value, b: Value) => {
  const [s, t] = [toText(a) ?? '', toText(b) ?? ''];
  return s < t ? -1 : s > t ? 1 : 0;
};

/** Names of aggregates, in lower case. */
export const AGGREGATES: ReadonlySet<string> = new Set([
  'avg',
  'count',
  'count_distinct',
  'earliest',
  'latest',
  'max',
  'median',
  'min',
  'pct',
  'percentile',
  'sortsfirst',
  'sortslast',
  'stddev',
  'sum',
]);

/**
 * The aggregate of a name.
 *
 * @param value undefined for `count(*)`
 * @param percent of `pct`
 */
export function aggregateOf(name: string, value: Eval | undefined, percent: number): Aggregate | undefined {
  if (name === 'count') return () => counted(value);
  if (value === undefined) return undefined;
  const made: { readonly [name: string]: Aggregate } = {
    avg: () => average(value),
    sum: () => total(value),
    stddev: () => deviation(value),
    pct: () => percentile(value, percent),
    percentile: () => percentile(value, percent),
    median: () => percentile(value, 50),
    min: () => extreme(value, -1),
    max: () => extreme(value, 1),
    sortsfirst: () => extreme(value, -1, byText),
    sortslast: () => extreme(value, 1, byText),
    count_distinct: () => distinct(value),
    earliest: () => byTime(value, -1),
    latest: () => byTime(value, 1),
  };
  return made[name];
}
