/** What metric filters measure of a batch, and whether a subscription waits for it. */
import { MINUTE, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import { type GroupRow, type MetricFilterRow, metricFilters } from '../state.ts';
import { accountSubscription } from './account-policies.ts';
import type { LogEvent } from './batch.ts';
import { maskOf } from './masking.ts';
import { type Pattern, PatternError } from './pattern/condition.ts';
import { parsePattern } from './pattern/pattern.ts';
import { transformOf } from './transform/transform.ts';

/** A value for a metric of a customer's namespace. */
export type Measured = {
  namespace: string;
  metric: string;
  dimensions: { [name: string]: string };
  value: number;
  unit: string;
  at: Millis;
  fine?: boolean;
};
/** A minute in which events were written, and whether a filter with a default value matched one of them. */
export type FilterMinute = { filter: string; at: Millis; isMatched: boolean };

/** @throws {ServiceError} InvalidParameterException */
export function readPattern(text: string): Pattern {
  try {
    return parsePattern(text);
  } catch (error) {
    throw error instanceof PatternError ? invalidParameter(error.message) : error;
  }
}

/** What follows from a batch of a group. */
export function watch(
  group: GroupRow,
  events: readonly LogEvent[],
  now: Millis,
  store: StoreView,
): { metrics: Measured[]; minutes: FilterMinute[]; subscribed: boolean } {
  const { pile, metricFilters: filters = 0, subscriptions = 0 } = group;
  const subscribed = subscriptions > 0 || accountSubscription(group, store) !== undefined;
  if (filters === 0) return { metrics: [], minutes: [], subscribed };
  const mask = maskOf(group, store);
  const seen = events.map((event) => ({ ...event, message: mask({ message: event.message, ingestedAt: now }) }));
  const rows = store.list(metricFilters, { where: { group: pile } });
  const transform = transformOf(group, store);
  const changed = seen.map((event) => ({
    ...event,
    message: transform({ ...event, ingestedAt: now }) ?? event.message,
  }));
  const measured = rows.map((row) => measure(row, row.transformed === true ? changed : seen));
  return {
    metrics: measured.flatMap(({ found }) => found),
    minutes: measured.flatMap(({ minutes }) => minutes),
    subscribed,
  };
}

/** A value counts in the minute of its event. */
function measure(filter: MetricFilterRow, events: readonly LogEvent[]): { found: Measured[]; minutes: FilterMinute[] } {
  const pattern = parsePattern(filter.pattern);
  const { namespace, metric, unit } = filter;
  const found: Measured[] = [];
  const minutes = new Map<Millis, FilterMinute>();
  for (const { message, timestamp: at } of events) {
    const minute = at - (at % MINUTE);
    const known = minutes.get(minute) ?? { filter: filter.name, at: minute, isMatched: false };
    minutes.set(minute, known);
    if (!pattern.matches(message)) continue;
    const wanted = [filter.value, ...Object.values(filter.dimensions ?? {})].filter((one) => one.startsWith('$'));
    const values = wanted.length === 0 ? {} : pattern.extract(message, wanted);
    const value = Number(filter.value.startsWith('$') ? (values[filter.value] ?? Number.NaN) : filter.value);
    if (!Number.isFinite(value)) continue;
    const dimensions: [string, string | undefined][] = Object.entries(filter.dimensions ?? {}).map(([name, field]) => [
      name,
      values[field],
    ]);
    // Source: User Guide, "Publishing dimensions with metrics": a dimension whose field an event lacks is left out.
    const present = dimensions.filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '');
    found.push({ namespace, metric, dimensions: Object.fromEntries(present), value, unit, at });
    known.isMatched = true;
  }
  return { found, minutes: filter.default === undefined ? [] : [...minutes.values()] };
}
