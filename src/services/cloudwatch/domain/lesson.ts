/**
 * What is usual for a metric: the mean and the deviation of its values by the hour of the day.
 *
 * Deviation: CloudWatch learns trends and weekly seasons too, by models that it doesn't publish; here the band is the mean of an hour of the day,
 * or of all values where that hour was not seen on three days yet, and so many standard deviations around it.
 */
import { DAY, HOUR, type Millis } from '#kernel/base';
import type { Habit, Lesson } from '../state.ts';
import type { Border } from './alarm.ts';

/** Values below which nothing is known. */
export const VALUES_MIN = 12;
/** Days on which an hour must have been seen. */
const DAYS_MIN = 3;

/** Learns from values at instants of local time; nothing from too few. */
export function learn(points: readonly (readonly [at: Millis, value: number])[]): Lesson | undefined {
  if (points.length < VALUES_MIN) return undefined;
  const byHour = Map.groupBy(points, ([at]) => hourOf(at));
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const own = byHour.get(hour) ?? [];
    return new Set(own.map(([at]) => Math.floor(at / DAY))).size < DAYS_MIN ? null : habitOf(own);
  });
  return { whole: habitOf(points), hours };
}

function hourOf(at: Millis): number {
  return Math.floor(at / HOUR) % 24;
}

/** Values that are all the same deviate by nothing, whatever their sum is rounded to. */
function habitOf(points: readonly (readonly [at: Millis, value: number])[]): Habit {
  const values = points.map(([, value]) => value);
  const [first = 0] = values;
  if (values.every((value) => value === first)) return { mean: first, deviation: 0 };
  const mean = values.reduce((all, value) => all + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length);
  return { mean, deviation };
}

/** Where the band is at an instant of local time. */
export function borderAt({ whole, hours }: Lesson, at: Millis, width: number): Border {
  const { mean, deviation } = hours[hourOf(at)] ?? whole;
  return { lower: mean - width * deviation, upper: mean + width * deviation };
}
