/** Units of a metric: values in different ones are never put together. */

/** Source: recorded answers of GetMetricData, of metrics that were sent in several units and asked for without one. */
const ORDER: readonly string[] = [
  'Megabits',
  'Terabits',
  'Gigabits',
  'Count',
  'Bytes',
  'Gigabytes',
  'Gigabytes/Second',
  'Kilobytes',
  'Kilobits/Second',
  'Terabytes',
  'Terabits/Second',
  'Bytes/Second',
  'Percent',
  'Megabytes',
  'Megabits/Second',
  'Milliseconds',
  'Microseconds',
  'Kilobytes/Second',
  'Gigabits/Second',
  'Megabytes/Second',
  'Bits',
  'Bits/Second',
  'Count/Second',
  'Seconds',
  'Kilobits',
  'Terabytes/Second',
  'None',
];

/** The unit whose values stand for all where none is asked for. */
export function firstUnit(found: readonly { unit: string }[]): string | undefined {
  const units = [...new Set(found.map(({ unit }) => unit))];
  return units.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))[0];
}
