/** How the values of a period are spread: each value to three significant digits with how often it came, to two where there are many. Percentiles come from it. */

/** Value (as text) to count. */
export type Distribution = { [value: string]: number };

/** More different values than this are kept to two digits: a period's row stays small. */
const DISTINCT_MAX = 300;

/** Counts a value. */
export function addValue(into: Distribution, value: number, count = 1): void {
  const key = Number.isInteger(value) && Math.abs(value) < 1_000 ? value : rounded(value);
  into[key] = (into[key] ?? 0) + count;
}

/** To three significant digits; times in milliseconds, which come with each request, without a text in between. */
function rounded(value: number): number {
  if (!(value >= 0.01 && value < 1_000)) return Number(value.toPrecision(3));
  const scale = value < 0.1 ? 10_000 : value < 1 ? 1_000 : value < 10 ? 100 : value < 100 ? 10 : 1;
  return Math.round(value * scale) / scale;
}

/** One out of two; neither is changed. */
export function mergeDistributions(a: Distribution, b: Distribution): Distribution {
  const merged: Distribution = { ...a };
  for (const key in b) merged[key] = (merged[key] ?? 0) + (b[key] ?? 0);
  if (Object.keys(merged).length <= DISTINCT_MAX) return merged;
  const coarse: Distribution = {};
  for (const key in merged) {
    const value = Number(Number(key).toPrecision(2));
    coarse[value] = (coarse[value] ?? 0) + (merged[key] ?? 0);
  }
  return coarse;
}

/** Its values in ascending order, each with its count. */
export function sortedValues(distribution: Distribution): [value: number, count: number][] {
  return Object.entries(distribution)
    .map(([value, count]): [number, number] => [Number(value), count])
    .sort(([a], [b]) => a - b);
}
