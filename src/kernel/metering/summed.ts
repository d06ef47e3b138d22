/** Values of metrics, summed up as they are written. */
import { MINUTE, type Millis, SECOND } from '#kernel/base';
import { addValue } from './distribution.ts';
import type { Datum } from './metrics.ts';
import type { Written } from './series.ts';

/** One for each series, unit and time: to the second where values are fine, else to the minute. */
export function summed(data: readonly Datum[], now: Millis): Written[] {
  const found = new Map<string, Written>();
  for (const { value, at = now, fine = false, ...name } of data) {
    const start = at - (at % (fine ? SECOND : MINUTE));
    const key = JSON.stringify([name, start, fine]);
    const statistics = { sum: 0, count: 0, min: value, max: value, values: {} };
    const written = found.get(key) ?? { ...name, at: start, fine, statistics };
    add(written, value);
    found.set(key, written);
  }
  return [...found.values()];
}

function add({ statistics }: Written, value: number): void {
  statistics.sum += value;
  statistics.count += 1;
  statistics.min = Math.min(statistics.min, value);
  statistics.max = Math.max(statistics.max, value);
  addValue(statistics.values ?? {}, value);
}
