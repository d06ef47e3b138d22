/** How the values of a period are spread: each value to three significant digits with how often it came, to two where there are many. Percentiles come from it. */

/** Value (as text) to count. */
export type Distribution = { [value: string]: number };

/** More different values than this are kept to two digits: a period's row stays small. */
const DISTINCT_MAX = 300;

/** Counts a value. */
export function addValue(into: Distribution, value: number, count = 1): void {
  const key = Number.isInteger(value) && Math.abs(value) < 1_000 ? value : Number(value.toPrecision(3));
  into[key] = (into[key] ?? 0) + count;
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
