/** The time that is asked for, and of which length an expression's periods are: its own, or that of what it uses. */
import type { Millis } from '#kernel/base';
import { invalidValue } from '../errors.ts';
import type { MetricQuery } from '../state.ts';
import { type Expression, namesIn } from './expression.ts';

/** `offset`: periods begin so long after multiples of their length. */
export type Window = { from: Millis; to: Millis; offset?: Millis };

const ownPeriod = ({ Period, MetricStat }: MetricQuery) => MetricStat?.Period ?? Period;

/** Tells seconds of an expression among queries: its own period, the shortest of those that it names, or the longest of all. */
export function periodsOf(queries: readonly MetricQuery[]): (query: MetricQuery, expression: Expression) => number {
  const byId = new Map(queries.map((query) => [query.Id ?? '', query]));
  const longest = Math.max(...queries.map((query) => ownPeriod(query) ?? 60), 1);
  return (query, expression) => {
    if (query.Period !== undefined) return query.Period;
    const used = namesIn(expression).flatMap((name) => byId.get(name) ?? []);
    const periods = used.flatMap((one) => ownPeriod(one) ?? []);
    return periods.length === 0 ? longest : Math.min(...periods);
  };
}

/** @throws {ServiceError} InvalidParameterValue @see CloudWatch API Reference, GetMetricStatistics, "Period" */
export function checkPeriod(seconds: number): void {
  if (![1, 5, 10, 20, 30].includes(seconds) && (seconds < 60 || seconds % 60 !== 0))
    throw invalidValue(`The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.`);
}
