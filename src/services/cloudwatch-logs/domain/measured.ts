/** Metrics that events make. They are written with the events, and so are as durable. */
import { MINUTE, SECOND } from '#kernel/base';
import { addValue, type Written } from '#kernel/metering';
import type { Measured } from './filters.ts';

/** Values summed up by series, unit and time: to the second where they are fine, else to the minute. */
export function summed(measured: readonly Measured[]): Written[] {
  const found = new Map<string, Written>();
  for (const { value, at, fine = false, ...name } of measured) {
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
