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
/** Values of a list that a result shows. Our own bound. */
const COLLECTED_MAX = 1_000;

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

/** Of the population. */
function variance(value: Eval): Gatherer {
  const spread = deviation(value);
  const result = () => {
    const found = toNumber(spread.result());
    return found === undefined ? undefined : found ** 2;
  };
  return { add: (row) => spread.add(row), result };
}

/** How much a number has changed between the first and the last event, for each interval. */
function rated(value: Eval, interval: number): Gatherer {
  const [first, last] = [byTime(value, -1), byTime(value, 1)];
  const [begin, end] = [byTime((row) => row.get('@timestamp'), -1), byTime((row) => row.get('@timestamp'), 1)];
  return {
    add(row) {
      if (toNumber(value(row)) !== undefined) for (const one of [first, last, begin, end]) one.add(row);
    },
    result() {
      const [from, to, since, until] = [first, last, begin, end].map((one) => toNumber(one.result()));
      if (from === undefined || to === undefined || since === undefined || until === undefined) return undefined;
      return until === since ? undefined : ((to - from) * interval) / (until - since);
    },
  };
}

/** Distinct values in the order in which they are met. */
function collected(value: Eval): Gatherer {
  const seen = new Set<string>();
  return {
    add(row) {
      const text = toText(value(row));
      if (text !== undefined && seen.size < COLLECTED_MAX) seen.add(text);
    },
    result: () => ({ json: [...seen] }),
  };
}

/** The most frequent values, each as often as it is. */
function frequent(value: Eval, count: number): Gatherer {
  const counts = new Map<string, number>();
  return {
    add(row) {
      const text = toText(value(row));
      if (text !== undefined && (counts.has(text) || counts.size < KEPT_MAX))
        counts.set(text, (counts.get(text) ?? 0) + 1);
    },
    result: () => ({
      json: [...counts]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, count)
        .map(([text]) => text),
    }),
  };
}

/** How many values lie in each of so many ranges of the same width. Deviation: AWS does not say how it names them. */
function histogram(value: Eval, buckets: number): Gatherer {
  const numbers: number[] = [];
  return overNumbers(
    value,
    (number) => {
      if (numbers.length < KEPT_MAX) numbers.push(number);
    },
    () => {
      if (numbers.length === 0) return undefined;
      const low = numbers.reduce((least, number) => Math.min(least, number));
      const width = (numbers.reduce((most, number) => Math.max(most, number)) - low) / buckets;
      const counts = new Map<string, number>();
      const nameOf = (bucket: number) => `${low + bucket * width}-${low + (bucket + 1) * width}`;
      for (let bucket = 0; bucket < (width === 0 ? 1 : buckets); bucket += 1) counts.set(nameOf(bucket), 0);
      for (const number of numbers) {
        const name = nameOf(width === 0 ? 0 : Math.min(buckets - 1, Math.floor((number - low) / width)));
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return { json: Object.fromEntries(counts) };
    },
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
    result: () => plain(best),
  };
}

/** Instants come out of aggregates as milliseconds. Source: as recorded from AWS. */
function plain(value: Value): Value {
  return typeof value === 'object' && 'at' in value ? value.at : value;
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
    result: () => plain(best),
  };
}

const byText = (a: Value, b: Value) => {
  const [s, t] = [toText(a) ?? '', toText(b) ?? ''];
  return s < t ? -1 : s > t ? 1 : 0;
};

type Maker = (value: Eval, amount: number) => Gatherer;

/** `amount`: a percentage, a count, or milliseconds of an interval. */
const BY_NAME: { readonly [name: string]: Maker } = {
  avg: average,
  sum: total,
  sumovertime: total,
  sum_over_time: total,
  stddev: deviation,
  variance,
  pct: percentile,
  percentile,
  median: (value) => percentile(value, 50),
  min: (value) => extreme(value, -1),
  max: (value) => extreme(value, 1),
  sortsfirst: (value) => extreme(value, -1, byText),
  sortslast: (value) => extreme(value, 1, byText),
  count_distinct: distinct,
  countdistinct: distinct,
  earliest: (value) => byTime(value, -1),
  latest: (value) => byTime(value, 1),
  values: collected,
  collect_values: collected,
  topk: frequent,
  rate: rated,
  histogram,
};

/** Aggregates that also count events, whatever is in them. */
export const COUNTS: ReadonlySet<string> = new Set(['count', 'countovertime', 'count_over_time']);

/** Names of aggregates, in lower case. */
export const AGGREGATES: ReadonlySet<string> = new Set([...COUNTS, ...Object.keys(BY_NAME)]);

/**
 * The aggregate of a name.
 *
 * @param value undefined for `count(*)`
 * @param amount of `pct` in percent, of `topk` and `histogram` a count, of `rate` milliseconds
 */
export function aggregateOf(name: string, value: Eval | undefined, amount: number): Aggregate | undefined {
  if (COUNTS.has(name)) return () => counted(value);
  const make = BY_NAME[name];
  return value === undefined || make === undefined ? undefined : () => make(value, amount);
}
