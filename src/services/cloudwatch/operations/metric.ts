/** Metrics: put, listed, read. */
import { DAY, HOUR, MINUTE, type Millis, page, readToken, SECOND, writeToken } from '#kernel/base';
import type { Ctx, Handler, InputOf } from '#kernel/contract';
import {
  addValue,
  type Distribution,
  readSeries,
  type SeriesRow,
  type Statistics,
  seriesTable,
  writeSeries,
} from '#kernel/metering';
import { labelText } from '../domain/label.ts';
import { checkPeriod } from '../domain/period.ts';
import { propertiesOf, runQueries } from '../domain/query.ts';
import { statisticOf } from '../domain/statistic.ts';
import { badToken, invalidCombination, invalidValue, missing, validation } from '../errors.ts';
import { readInsights } from '../insight-log.ts';
import {
  AGE_MAX,
  AHEAD_MAX,
  DATA_MAX,
  DATA_POINTS_MAX,
  LIST_METRICS_MAX,
  LISTED_FOR,
  QUERIES_MAX,
  STATISTICS_POINTS_MAX,
  VALUES_MAX,
} from '../limits.ts';

type Datum = NonNullable<InputOf<'cloudwatch', 'PutMetricData'>['MetricData']>[number];

export const putMetricData: Handler<'cloudwatch', 'PutMetricData'> = (input, ctx) => {
  const data = [
    ...(input.MetricData ?? []),
    ...(input.EntityMetricData ?? []).flatMap(({ MetricData }) => MetricData ?? []),
  ];
  if (data.length === 0) throw missing('The parameter MetricData is required.');
  if (data.length > DATA_MAX)
    throw invalidValue(`The collection MetricData must not have a size greater than ${DATA_MAX}.`);
  if (input.Namespace.startsWith('AWS/')) throw invalidValue('The value AWS/ for parameter Namespace is invalid.');
  const written = data.map((datum, index) => ({
    datum,
    statistics: checked(datum, index + 1),
    at: instantOf(datum, index + 1, ctx),
  }));
  for (const { datum, statistics, at } of written)
    writeSeries(ctx.store, {
      namespace: input.Namespace,
      metric: datum.MetricName,
      dimensions: Object.fromEntries((datum.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
      unit: datum.Unit ?? 'None',
      at,
      fine: datum.StorageResolution === 1,
      statistics,
    });
  return {};
};

/** A datum's statistics: of one value, of several with their counts, or as it says itself. */
function checked(
  { Value, Values, Counts, StatisticValues: set, StorageResolution: resolution = 60 }: Datum,
  number: number,
): Statistics {
  const name = `MetricData.member.${number}`;
  if (resolution !== 1 && resolution !== 60)
    throw invalidValue(`The value ${resolution} for parameter ${name}.StorageResolution is invalid.`);
  const [one, other] = [
    ...(Value === undefined ? [] : ['Value']),
    ...(Values === undefined ? [] : ['Values']),
    ...(set === undefined ? [] : ['StatisticValues']),
  ];
  if (other !== undefined)
    throw invalidCombination(
      `The parameters ${name}.${one} and ${name}.${other} are mutually exclusive and you have specified both.`,
    );
  if (set !== undefined) {
    const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = set;
    for (const value of [count, sum, min, max]) checkNumber(value, name);
    return { count, sum, min, max, ...(min === max && { values: { [min]: count } }) };
  }
  const values = Values ?? (Value === undefined ? [] : [Value]);
  if (values.length === 0)
    throw missing(
      `At least one of the parameters ${name}.Value, ${name}.Values or ${name}.StatisticValues must be specified.`,
    );
  if (values.length > VALUES_MAX)
    throw invalidValue(`The collection ${name}.Values must not have a size greater than ${VALUES_MAX}.`);
  if (Counts !== undefined && Counts.length !== values.length)
    throw invalidValue(`The parameters ${name}.Values and ${name}.Counts must be of the same size.`);
  const spread: Distribution = {};
  const statistics: Statistics = {
    sum: 0,
    count: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    values: spread,
  };
  values.forEach((value, index) => {
    const count = Counts?.[index] ?? 1;
    checkNumber(value, name);
    if (!(count > 0)) throw invalidValue(`The parameter ${name}.Counts must be greater than 0.`);
    statistics.sum += value * count;
    statistics.count += count;
    statistics.min = Math.min(statistics.min, value);
    statistics.max = Math.max(statistics.max, value);
    addValue(spread, value, count);
  });
  return statistics;
}

/** Source: CloudWatch API Reference, MetricDatum: from -2^360 to 2^360, no NaN, no infinity. */
function checkNumber(value: number, name: string): void {
  if (!Number.isFinite(value) || Math.abs(value) > 2 ** 360)
    throw invalidValue(`The value ${value} for parameter ${name}.Value is invalid.`);
}

function instantOf({ Timestamp: at }: Datum, number: number, ctx: Ctx): Millis {
  if (at === undefined) return ctx.now;
  const given = Number(at);
  if (given < ctx.now - AGE_MAX || given > ctx.now + AHEAD_MAX)
    throw invalidValue(
      `The parameter MetricData.member.${number}.Timestamp must specify a time no more than two weeks in the past and no more than two hours in the future.`,
    );
  return given;
}

export const listMetrics: Handler<'cloudwatch', 'ListMetrics'> = (input, ctx) => {
  // Of other accounts, with which none is linked here, there are none.
  if (input.OwningAccount !== undefined && input.OwningAccount !== ctx.account) return { Metrics: [] };
  ctx.flushMetrics();
  const { Namespace: namespace, MetricName: metric, Dimensions: wanted = [] } = input;
  const since = ctx.now - (input.RecentlyActive === 'PT3H' ? 4 * 60 * MINUTE : LISTED_FOR);
  const after = input.NextToken === undefined ? undefined : markOf(input.NextToken);
  const where = namespace === undefined ? {} : metric === undefined ? { namespace } : { namespace, metric };
  const fits = (row: SeriesRow) =>
    (metric === undefined || row.metric === metric) &&
    row.lastAt >= since &&
    wanted.every(
      ({ Name, Value }) =>
        Object.hasOwn(row.dimensions, Name) && (Value === undefined || row.dimensions[Name] === Value),
    );
  const next = (row: Mark | undefined, limit: number) =>
    ctx.store.list(seriesTable, { index: 'byName', where, after: without(row ?? after, where), limit });
  const { rows: found, last } = page<SeriesRow>(next, LIST_METRICS_MAX, fits);
  return {
    Metrics: found.map((row) => ({
      Namespace: row.namespace,
      MetricName: row.metric,
      Dimensions: Object.entries(row.dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
    ...(input.IncludeLinkedAccounts === true && { OwningAccounts: found.map(() => ctx.account) }),
    ...(last !== undefined && {
      NextToken: writeToken([last.namespace, last.metric, last.series]),
    }),
  };
};

type Mark = Pick<SeriesRow, 'namespace' | 'metric' | 'series'>;

/** What `where` fixes is not part of the bounds. */
function without(mark: Mark | undefined, where: Partial<SeriesRow>): Partial<SeriesRow> | undefined {
  if (mark === undefined) return undefined;
  const { namespace, metric, series } = mark;
  return {
    ...(where.namespace === undefined && { namespace }),
    ...(where.metric === undefined && { metric }),
    series,
  };
}

function markOf(token: string): Mark {
  const place = readToken(token);
  const [namespace, metric, series] = Array.isArray(place) ? (place as unknown[]) : [];
  if (typeof namespace === 'string' && typeof metric === 'string' && typeof series === 'string')
    return { namespace, metric, series };
  throw badToken();
}

/**
 * Where the first period begins, from which all others are counted: at what is asked for, rounded by how long ago that is.
 * Source: CloudWatch API Reference, GetMetricStatistics, "StartTime"; AWS CLI, example of get-metric-statistics.
 */
function roundedStart(start: Millis, period: Millis, now: Millis): Millis {
  const age = now - start;
  const old = age > 63 * DAY ? HOUR : 5 * MINUTE;
  const step = age >= 15 * DAY ? old : Math.min(period, MINUTE);
  return start - (start % step);
}

export const getMetricStatistics: Handler<'cloudwatch', 'GetMetricStatistics'> = (input, ctx) => {
  ctx.flushMetrics();
  const [start, to] = [Number(input.StartTime), Number(input.EndTime)];
  if (start >= to) throw invalidCombination('The parameter StartTime must be less than the parameter EndTime.');
  const { Statistics: simple = [], ExtendedStatistics: extended = [] } = input;
  if (simple.length === 0 && extended.length === 0)
    throw missing('At least one of the parameters Statistics and ExtendedStatistics must be specified.');
  checkPeriod(input.Period);
  const period = input.Period * SECOND;
  const count = (to - start) / period;
  if (count > STATISTICS_POINTS_MAX)
    throw invalidCombination(
      `You have requested up to ${Math.ceil(count)} datapoints, which exceeds the limit of ${STATISTICS_POINTS_MAX}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  const name = {
    namespace: input.Namespace,
    metric: input.MetricName,
    dimensions: Object.fromEntries((input.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
  };
  const special = extended.map((one) => [one, statisticOf(one)] as const);
  const from = roundedStart(start, period, ctx.now);
  const periods = readSeries(ctx.store, name, from, to, period, ctx.now, input.Unit, from % period);
  return {
    Label: input.MetricName,
    Datapoints: periods.map(({ at, statistics, unit }) => ({
      Timestamp: at,
      ...Object.fromEntries(simple.map((one) => [one, statisticOf(one)(statistics)])),
      ...(special.length > 0 && {
        ExtendedStatistics: Object.fromEntries(
          special.flatMap(([one, of]) => {
            const value = of(statistics);
            return value === undefined ? [] : [[one, value]];
          }),
        ),
      }),
      Unit: unit as NonNullable<typeof input.Unit>,
    })),
  };
};

export const getMetricData: Handler<'cloudwatch', 'GetMetricData'> = async (input, ctx) => {
  const [from, to] = [Number(input.StartTime), Number(input.EndTime)];
  if (from >= to) throw validation('The parameter StartTime must be less than the parameter EndTime.');
  const { MetricDataQueries: queries, MaxDatapoints, NextToken } = input;
  if (queries.length > QUERIES_MAX)
    throw validation(`The collection MetricDataQueries must not have a size greater than ${QUERIES_MAX}.`);
  for (const [index, { Id, Period, MetricStat: stat }] of queries.entries()) {
    if (!/^[a-z]\w*$/.test(Id))
      throw validation(
        `The value ${Id} for parameter MetricDataQueries.member.${index + 1}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    for (const period of [Period, stat?.Period]) if (period !== undefined) checkPeriod(period);
  }
  const zone = input.LabelOptions?.Timezone;
  if (zone !== undefined && !/^[+-]\d{4}$/.test(zone))
    throw validation(
      `The value ${zone} for parameter LabelOptions.Timezone is not matching the pattern ^[+-][0-9]{4}$.`,
    );
  const skipped = NextToken === undefined ? 0 : skippedIn(NextToken);
  const insights = await readInsights(queries, { from, to }, ctx);
  const results = runQueries(queries, { from, to }, ctx, { insights });
  const ascending = input.ScanBy === 'TimestampAscending';
  const found = queries
    .filter(({ ReturnData }) => ReturnData !== false)
    .flatMap((query): Result[] => {
      const value = results.get(query.Id);
      if (value === undefined || value.kind === 'text') return [];
      if (value.kind === 'number')
        throw validation(
          `Error in expression '${query.Id}': Expression results in a scalar value, a time series was expected`,
        );
      return (value.kind === 'list' ? value.items : [value]).map((series) => {
        const own = series.label === '' ? query.Id : series.label;
        const properties = propertiesOf(query, series, ctx);
        return {
          Id: query.Id,
          Label: labelText(query.Label ?? own, { label: own, points: series.points, properties }, ctx.now, zone),
          points: [...series.points].filter(([at]) => at < to).sort(([a], [b]) => (ascending ? a - b : b - a)),
        };
      });
    });
  const limit = Math.min(MaxDatapoints ?? DATA_POINTS_MAX, DATA_POINTS_MAX);
  const count = found.reduce((all, { points }) => all + points.length, 0);
  // Source: CloudWatch API Reference, MetricDataResult: there is no token where math is performed.
  const hasMore = count > skipped + limit && queries.every(({ Expression }) => Expression === undefined);
  return {
    MetricDataResults: pageOf(found, skipped, limit),
    Messages: [],
    ...(hasMore && { NextToken: Buffer.from(String(skipped + limit)).toString('base64url') }),
  };
};

type Result = { Id: string; Label: string; points: (readonly [at: Millis, value: number])[] };

/** So many of the datapoints of all results; what was told by the pages before is left out. */
function pageOf(results: readonly Result[], skipped: number, limit: number) {
  let [skip, left] = [skipped, limit];
  return results.flatMap(({ Id, Label, points }) => {
    const from = Math.min(skip, points.length);
    const page = points.slice(from, from + left);
    skip -= from;
    left -= page.length;
    if (skipped > 0 && from === points.length) return [];
    return [
      {
        Id,
        Label,
        Timestamps: page.map(([at]) => at),
        Values: page.map(([, value]) => value),
        StatusCode: from + page.length < points.length ? ('PartialData' as const) : ('Complete' as const),
      },
    ];
  });
}

/** @throws {ServiceError} InvalidNextToken */
function skippedIn(token: string): number {
  const text = Buffer.from(token, 'base64url').toString();
  if (!/^[1-9]\d{0,11}$/.test(text)) throw badToken();
  return Number(text);
}
