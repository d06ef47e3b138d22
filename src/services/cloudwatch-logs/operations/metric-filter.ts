/** Metric filters, and trying out a pattern. */
import { page } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import type { MetricFilter } from '#models/cloudwatch-logs';
import { checkRegexes } from '../domain/filter-limits.ts';
import { readPattern } from '../domain/filters.ts';
import { groupNamed } from '../domain/find.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import type { Pattern } from '../domain/pattern/condition.ts';
import { invalidOperation, invalidParameter, limitExceeded, noSuchFilter, standardOnly } from '../errors.ts';
import { DIMENSIONS_MAX, LIST_RESULTS_MAX, METRIC_FILTERS_MAX } from '../limits.ts';
import { groups, type MetricFilterRow, metricFilters } from '../state.ts';

export const putMetricFilter: Handler<'cloudwatch-logs', 'PutMetricFilter'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  if (group.class !== 'STANDARD') throw invalidOperation();
  const [transformation] = input.metricTransformations;
  if (transformation === undefined) throw invalidParameter('A metric transformation is required.');
  const pattern = readPattern(input.filterPattern);
  checkTransformation(transformation, pattern);
  const key = { group: group.pile, name: input.filterName };
  const before = ctx.store.get(metricFilters, key);
  if (before === undefined && (group.metricFilters ?? 0) >= METRIC_FILTERS_MAX) throw limitExceeded();
  if (pattern.regexes > 0) checkRegexes(group.pile, input.filterName, ctx.store);
  const { metricName, metricNamespace, metricValue, defaultValue, dimensions, unit } = transformation;
  ctx.store.put(metricFilters, {
    ...key,
    pattern: input.filterPattern,
    metric: metricName,
    namespace: metricNamespace,
    value: metricValue,
    unit: unit ?? 'None',
    // What stands in its place is as old. Source: radkawar/stackd, measured in 2026.
    createdAt: before?.createdAt ?? ctx.now,
    ...(defaultValue !== undefined && { default: defaultValue }),
    ...(dimensions !== undefined && { dimensions }),
    ...(input.applyOnTransformedLogs === true && { transformed: true }),
  });
  if (before === undefined) ctx.store.put(groups, { ...group, metricFilters: (group.metricFilters ?? 0) + 1 });
  return {};
};

type Transformation = {
  metricNamespace: string;
  metricValue: string;
  defaultValue?: number;
  dimensions?: { [name: string]: string };
};

/** Source: API Reference, MetricTransformation; the text on dimensions as recorded from AWS. */
function checkTransformation(
  { metricNamespace, metricValue, defaultValue, dimensions = {} }: Transformation,
  pattern: Pattern,
): void {
  if (metricNamespace.startsWith('AWS/'))
    throw invalidParameter('Metric namespaces starting with AWS/ are reserved for AWS.');
  const names = Object.keys(dimensions);
  if (names.length > 0 && pattern.kind !== 'json' && pattern.kind !== 'space')
    throw invalidParameter('The specified filter pattern does not support dimensions');
  if (names.length > DIMENSIONS_MAX)
    throw invalidParameter(`A maximum of ${DIMENSIONS_MAX} dimensions can be specified for a metric transformation.`);
  if (names.length > 0 && defaultValue !== undefined)
    throw invalidParameter(
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties',
    );
  if (defaultValue !== undefined && !Number.isFinite(defaultValue))
    throw invalidParameter('Invalid metric transformation: default value must be a number');
  for (const field of Object.values(dimensions))
    if (!pattern.isField(field))
      throw invalidParameter('Invalid metric transformation: dimension value must be valid selector');
  const isField = metricValue.startsWith('$');
  if (isField ? !pattern.isField(metricValue) : metricValue === '' || !Number.isFinite(Number(metricValue)))
    throw invalidParameter(
      'Invalid metric transformation: metric value must be a number or a field of the filter pattern',
    );
}

export const deleteMetricFilter: Handler<'cloudwatch-logs', 'DeleteMetricFilter'> = (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  if (!ctx.store.delete(metricFilters, { group: group.pile, name: input.filterName })) throw noSuchFilter('metric');
  ctx.store.put(groups, { ...group, metricFilters: (group.metricFilters ?? 1) - 1 });
  return {};
};

type Place = Pick<MetricFilterRow, 'name' | 'group'>;
const isPlace = (value: unknown): value is Place => {
  const { name, group } = (value ?? {}) as Place;
  return isText(name) && isText(group);
};

export const describeMetricFilters: Handler<'cloudwatch-logs', 'DescribeMetricFilters'> = (input, ctx) => {
  const { metricName: metric, metricNamespace: namespace, filterNamePrefix: prefix = '' } = input;
  if ((metric === undefined) !== (namespace === undefined))
    throw invalidParameter('Metric name and metric namespace must be specified together.');
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isPlace);
  const group = input.logGroupName === undefined ? undefined : groupNamed(input.logGroupName, ctx);
  if (group !== undefined && group.class !== 'STANDARD') throw standardOnly();
  const { rows, last } = page<Place>(
    (past = first, limit) => {
      const after = past === undefined ? {} : { after: { name: past.name, group: past.group } };
      if (metric !== undefined && namespace !== undefined)
        return ctx.store.list(metricFilters, { index: 'byMetric', where: { namespace, metric }, ...after, limit });
      if (group === undefined)
        return ctx.store.list(metricFilters, { index: 'byName', startsWith: prefix, ...after, limit });
      const own = past === undefined ? {} : { after: { name: past.name } };
      return ctx.store.list(metricFilters, { where: { group: group.pile }, startsWith: prefix, ...own, limit });
    },
    input.limit ?? LIST_RESULTS_MAX,
    (one) => one.name.startsWith(prefix) && (group === undefined || one.group === group.pile),
  );
  return {
    metricFilters: (rows as MetricFilterRow[]).flatMap((row) => {
      const of = group ?? ctx.store.first(groups, { index: 'byPile', where: { pile: row.group } });
      return of === undefined ? [] : [showFilter(row, of.name)];
    }),
    ...(last !== undefined && { nextToken: makeToken({ name: last.name, group: last.group }) }),
  };
};

function showFilter(row: MetricFilterRow, logGroupName: string): MetricFilter {
  return {
    filterName: row.name,
    filterPattern: row.pattern,
    metricTransformations: [
      {
        metricName: row.metric,
        metricNamespace: row.namespace,
        metricValue: row.value,
        ...(row.default !== undefined && { defaultValue: row.default }),
        ...(row.dimensions !== undefined && { dimensions: row.dimensions }),
        unit: row.unit,
      },
    ],
    creationTime: row.createdAt,
    logGroupName,
    applyOnTransformedLogs: row.transformed === true,
  };
}

export const testMetricFilter: Handler<'cloudwatch-logs', 'TestMetricFilter'> = (input) => {
  const pattern = readPattern(input.filterPattern);
  return {
    matches: input.logEventMessages.flatMap((eventMessage, index) =>
      pattern.matches(eventMessage)
        ? [{ eventNumber: index + 1, eventMessage, extractedValues: pattern.extract(eventMessage) }]
        : [],
    ),
  };
};
