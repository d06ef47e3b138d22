/** Statistics of a period by their names. Source: CloudWatch User Guide, "CloudWatch statistics definitions". */
import { type Distribution, type Statistics, sortedValues } from '#kernel/metering';
import { invalidValue } from '../errors.ts';

export type Statistic = (period: Statistics) => number | undefined;

const SIMPLE: { readonly [name: string]: Statistic } = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};
/** Also p100.5 is one, which is p100. Source: badmintoncryer/cdk-preflight. */
const PERCENTILE = /^p((?:\d{1,2}|100)(?:\.\d{1,10})?)$/;
const TRIMMED = /^(tm|wm|tc|ts)(\d{1,2}(?:\.\d{1,10})?|100)$/;
const RANGE = /^(TM|WM|TC|TS|PR)\((-?\d+(?:\.\d+)?)?(%?):(-?\d+(?:\.\d+)?)?(%?)\)$/;

/** Whether a name is that of a statistic, as `statisticOf` takes them. */
export function isStatistic(name: string): boolean {
  return Object.hasOwn(SIMPLE, name) || name === 'IQM' || [PERCENTILE, TRIMMED, RANGE].some((form) => form.test(name));
}

/**
 * The statistic of a name: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`.
 *
 * @throws {ServiceError} InvalidParameterValue
 */
export function statisticOf(name: string): Statistic {
  const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
  if (simple !== undefined) return simple;
  if (name === 'IQM') return spread((values) => cut('TM', values, 25, 75));
  const percent = PERCENTILE.exec(name)?.[1];
  if (percent !== undefined) return spread((values) => percentile(values, Math.min(Number(percent), 100)));
  const [, kind, upper] = TRIMMED.exec(name) ?? [];
  if (kind !== undefined) return spread((values) => cut(kind.toUpperCase(), values, 0, Number(upper)));
  const [, range, low = '', lowSign, high = '', highSign] = RANGE.exec(name) ?? [];
  if (range === undefined) throw invalidValue(`Invalid statistic: ${name}`);
  if (lowSign === '%' || highSign === '%')
    return spread((values) => cut(range, values, low === '' ? 0 : Number(low), high === '' ? 100 : Number(high)));
  const from = low === '' ? Number.NEGATIVE_INFINITY : Number(low);
  const to = high === '' ? Number.POSITIVE_INFINITY : Number(high);
  return spread((values) => within(range, values, from, to));
}

type Values = [value: number, count: number][];

/** Percentiles are not there for negative values, nor for values that came as statistics. */
function spread(of: (values: Values) => number | undefined): Statistic {
  return ({ values, min, max, count }) => {
    const known: Distribution | undefined = values ?? (min === max ? { [min]: count } : undefined);
    if (known === undefined || min < 0) return undefined;
    return of(sortedValues(known));
  };
}

function total(values: Values): number {
  return values.reduce((sum, [, count]) => sum + count, 0);
}

/** The value below or at which so many percent lie, between neighbours in proportion. */
function percentile(values: Values, percent: number): number | undefined {
  const count = total(values);
  if (count === 0) return undefined;
  const rank = (percent / 100) * (count - 1);
  const [low, high] = [valueAt(values, Math.floor(rank)), valueAt(values, Math.ceil(rank))];
  return low + (high - low) * (rank - Math.floor(rank));
}

function valueAt(values: Values, index: number): number {
  let seen = 0;
  for (const [value, count] of values) {
    seen += count;
    if (index < seen) return value;
  }
  return values.at(-1)?.[0] ?? 0;
}

/** What lies between two percentiles: its mean (TM), count (TC), sum (TS), or the mean of all with the rest brought to the borders (WM). */
function cut(kind: string, values: Values, low: number, high: number): number | undefined {
  const count = total(values);
  const [from, to] = [(low / 100) * count, (high / 100) * count];
  const kept: Values = [];
  let seen = 0;
  for (const [value, times] of values) {
    const inside = Math.min(seen + times, to) - Math.max(seen, from);
    if (inside > 0) kept.push([value, inside]);
    seen += times;
  }
  if (kept.length === 0) return undefined;
  const sum = kept.reduce((all, [value, times]) => all + value * times, 0);
  if (kind === 'TC') return total(kept);
  if (kind === 'TS') return sum;
  if (kind === 'PR') return (total(kept) / count) * 100;
  if (kind === 'TM') return sum / total(kept);
  const first = kept[0]?.[0] ?? 0;
  const last = kept.at(-1)?.[0] ?? 0;
  return (sum + first * from + last * (count - to)) / count;
}

/** The same between two values. */
function within(kind: string, values: Values, from: number, to: number): number | undefined {
  const kept = values.filter(([value]) => value > from && value <= to);
  const count = total(kept);
  const sum = kept.reduce((all, [value, times]) => all + value * times, 0);
  if (kind === 'TC') return count;
  if (kind === 'TS') return sum;
  if (kind === 'PR') return total(values) === 0 ? undefined : (count / total(values)) * 100;
  if (kind === 'TM') return count === 0 ? undefined : sum / count;
  const bounded = values.reduce((all, [value, times]) => all + Math.min(Math.max(value, from), to) * times, 0);
  return bounded / total(values);
}
