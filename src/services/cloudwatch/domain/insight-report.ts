/** What contributors have added up to in a time. Source: CloudWatch API Reference, GetInsightRuleReport. */
import type { Millis } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import type { Share } from './insight.ts';

type Report = OutputOf<'cloudwatch', 'GetInsightRuleReport'>;
type Datapoint = NonNullable<Report['MetricDatapoints']>[number];
export type Metric = Exclude<keyof Datapoint, 'Timestamp'>;

export const METRICS: readonly Metric[] = [
  'UniqueContributors',
  'MaxContributorValue',
  'SampleCount',
  'Sum',
  'Minimum',
  'Maximum',
  'Average',
];

type Contributor = { keys: string[]; total: number; highest: number; periods: Map<Millis, number> };
type Period = { samples: number; sum: number; min: number; max: number; contributors: Set<Contributor> };

/** Adds up what events tell, one after the other. */
export class InsightReport {
  readonly #period: Millis;
  readonly #offset: Millis;
  readonly #contributors = new Map<string, Contributor>();
  readonly #periods = new Map<Millis, Period>();

  /** @param offset periods begin so long after multiples of their length */
  constructor(period: Millis, offset: Millis = 0) {
    this.#period = period;
    this.#offset = offset;
  }

  add(at: Millis, { keys, value }: Share): void {
    const start = at - ((at - this.#offset) % this.#period);
    const name = JSON.stringify(keys);
    const contributor = this.#contributors.get(name) ?? { keys, total: 0, highest: 0, periods: new Map() };
    contributor.total += value;
    const inPeriod = (contributor.periods.get(start) ?? 0) + value;
    contributor.periods.set(start, inPeriod);
    contributor.highest = Math.max(contributor.highest, inPeriod);
    this.#contributors.set(name, contributor);
    const before = this.#periods.get(start);
    const period = before ?? { samples: 0, sum: 0, min: value, max: value, contributors: new Set() };
    period.samples += 1;
    period.sum += value;
    period.min = Math.min(period.min, value);
    period.max = Math.max(period.max, value);
    period.contributors.add(contributor);
    this.#periods.set(start, period);
  }

  /** One metric over all contributors, by the start of each period. */
  series(metric: Metric): Map<Millis, number> {
    return new Map([...this.#periods].map(([at, period]) => [at, metricOf(metric, at, period)]));
  }

  /** The largest contributors, by their sum or by their highest period, and metrics over all of them. */
  result(count: number, orderBy: 'Sum' | 'Maximum', metrics: readonly Metric[]): Report {
    const rank = ({ total, highest }: Contributor) => (orderBy === 'Sum' ? total : highest);
    const sorted = [...this.#contributors.values()].sort((a, b) => rank(b) - rank(a));
    const inOrder = <Value>(map: Map<Millis, Value>) => [...map].sort(([a], [b]) => a - b);
    return {
      AggregateValue: sorted.reduce((all, { total }) => all + total, 0),
      ApproximateUniqueCount: sorted.length,
      Contributors: sorted.slice(0, count).map(({ keys, total, periods }) => ({
        Keys: keys,
        ApproximateAggregateValue: total,
        Datapoints: inOrder(periods).map(([Timestamp, ApproximateValue]) => ({ Timestamp, ApproximateValue })),
      })),
      ...(metrics.length > 0 && {
        MetricDatapoints: inOrder(this.#periods).map(([Timestamp, period]) => ({
          Timestamp,
          ...Object.fromEntries(metrics.map((metric) => [metric, metricOf(metric, Timestamp, period)])),
        })),
      }),
    };
  }
}

function metricOf(metric: Metric, at: Millis, { samples, sum, min, max, contributors }: Period): number {
  const values = {
    UniqueContributors: contributors.size,
    SampleCount: samples,
    Sum: sum,
    Minimum: min,
    Maximum: max,
    Average: sum / samples,
  };
  if (metric !== 'MaxContributorValue') return values[metric];
  return [...contributors].reduce(
    (best, { periods }) => Math.max(best, periods.get(at) ?? 0),
    Number.NEGATIVE_INFINITY,
  );
}
