/** Metric streams: put, read, started, stopped and removed. */
import { MINUTE, parseArn } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import type { MetricStreamFilter } from '#models/cloudwatch';
import { nextToken, readToken } from '../domain/pages.ts';
import { isStatistic } from '../domain/statistic.ts';
import { invalidCombination, invalidValue, missing, noMetricStream, validation } from '../errors.ts';
import { METRIC_STREAM_FILTERS_MAX, METRIC_STREAMS_LISTED_DEFAULT, TAGS_MAX } from '../limits.ts';
import { type MetricStreamRow, metricStreams } from '../stream-state.ts';
import { armStream } from '../streaming.ts';

type Put = InputOf<'cloudwatch', 'PutMetricStream'>;
const ROLE = /^arn:[a-z-]+:iam::\d{12}:role\/.+$/;
const PERCENTILE = /^p(\d{1,2}(\.\d{1,10})?|100)$/;

/** The name of a stream for policies and tags. */
export function metricStreamArn(name: string, { partition, region, account }: Ctx): string {
  return `arn:${partition}:cloudwatch:${region}:${account}:metric-stream/${name}`;
}

export const putMetricStream: Handler<'cloudwatch', 'PutMetricStream'> = (input, ctx) => {
  const { Name: name, IncludeFilters: include = [], ExcludeFilters: exclude = [] } = input;
  check(input, ctx);
  if (include.length > 0 && exclude.length > 0)
    throw invalidCombination('IncludeFilters and ExcludeFilters cannot both be present');
  checkFilters([...include, ...exclude]);
  const before = ctx.store.get(metricStreams, { name });
  const row: MetricStreamRow = {
    name,
    arn: metricStreamArn(name, ctx),
    firehoseArn: input.FirehoseArn,
    roleArn: input.RoleArn,
    format: input.OutputFormat,
    state: before?.state ?? 'running',
    include: [...include],
    exclude: [...exclude],
    statistics: [...(input.StatisticsConfigurations ?? [])],
    createdAt: before?.createdAt ?? ctx.now,
    updatedAt: ctx.now,
    tags: before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    from: before?.from ?? ctx.now - (ctx.now % MINUTE),
  };
  if (Object.keys(row.tags).length > TAGS_MAX) throw validation(`The maximum number of tags is ${TAGS_MAX}.`);
  ctx.store.put(metricStreams, row);
  if (before === undefined) armStream(row, ctx);
  return { Arn: row.arn };
};

/** @throws {ServiceError} InvalidParameterValue. Source of the texts about other places, and of those about statistics: badmintoncryer/cdk-preflight. */
function check({ Name: name, FirehoseArn, RoleArn, StatisticsConfigurations = [], ...input }: Put, ctx: Ctx): void {
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw invalidValue(`The value ${name} for parameter Name is invalid.`);
  const { service, resource = '', partition, region, account } = parseArn(FirehoseArn) ?? {};
  if (service !== 'firehose' || !resource.startsWith('deliverystream/'))
    throw invalidValue(`The value ${FirehoseArn} for parameter FirehoseArn is invalid.`);
  if (region !== ctx.region || partition !== ctx.partition)
    throw invalidValue('FirehoseArn must be in the same region and AWS partition as the Metric Stream');
  if (account !== ctx.account) throw invalidValue('FirehoseArn must be in the same account as the Metric Stream');
  if (!ROLE.test(RoleArn)) throw invalidValue(`The value ${RoleArn} for parameter RoleArn is invalid.`);
  if (input.IncludeLinkedAccountsMetrics === true)
    throw notBuilt('metric streams of linked accounts (IncludeLinkedAccountsMetrics)');
  for (const { AdditionalStatistics, IncludeMetrics } of StatisticsConfigurations) {
    if (IncludeMetrics.length === 0) throw invalidValue('IncludeMetrics less than 1');
    for (const statistic of AdditionalStatistics)
      if (!isStatistic(statistic) || (input.OutputFormat !== 'json' && !PERCENTILE.test(statistic)))
        throw invalidValue(`Unsupported statistic ${statistic} for selected OutputFormat`);
  }
}

/** Source: API Reference, PutMetricStream: up to 1,000 filters; a list of names needs a namespace. */
function checkFilters(filters: readonly MetricStreamFilter[]): void {
  if (filters.length > METRIC_STREAM_FILTERS_MAX)
    throw invalidValue(`A metric stream can have at most ${METRIC_STREAM_FILTERS_MAX} filters.`);
  for (const { Namespace } of filters)
    if (Namespace === undefined) throw missing('The parameter Namespace is required.');
}

export const getMetricStream: Handler<'cloudwatch', 'GetMetricStream'> = ({ Name: name }, { store }) => {
  const row = store.get(metricStreams, { name });
  if (row === undefined) throw noMetricStream(name);
  const { include, exclude, statistics } = row;
  return {
    ...entryOf(row),
    RoleArn: row.roleArn,
    ...(include.length > 0 && { IncludeFilters: include }),
    ...(exclude.length > 0 && { ExcludeFilters: exclude }),
    ...(statistics.length > 0 && { StatisticsConfigurations: statistics }),
    IncludeLinkedAccountsMetrics: false,
  };
};

const entryOf = ({ name, arn, createdAt, updatedAt, firehoseArn, state, format }: MetricStreamRow) => ({
  Arn: arn,
  Name: name,
  CreationDate: createdAt,
  LastUpdateDate: updatedAt,
  FirehoseArn: firehoseArn,
  State: state,
  OutputFormat: format,
});

export const listMetricStreams: Handler<'cloudwatch', 'ListMetricStreams'> = (input, { store }) => {
  const limit = input.MaxResults ?? METRIC_STREAMS_LISTED_DEFAULT;
  const name = readToken('metric streams', input.NextToken);
  const rows = store.list(metricStreams, { ...(name !== undefined && { after: { name } }), limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    Entries: shown.map(entryOf),
    NextToken: nextToken('metric streams', last?.name),
  };
};

/** What is not there is gone. */
export const deleteMetricStream: Handler<'cloudwatch', 'DeleteMetricStream'> = ({ Name: name }, ctx) => {
  ctx.store.delete(metricStreams, { name });
  ctx.disarm('stream', name);
  return {};
};

/** What came while a stream stood still is not sent. */
export const startMetricStreams: Handler<'cloudwatch', 'StartMetricStreams'> = ({ Names }, ctx) => {
  for (const row of rowsOf(Names, ctx)) {
    if (row.state === 'running') continue;
    const from = ctx.now - (ctx.now % MINUTE);
    ctx.store.put(metricStreams, { ...row, state: 'running', updatedAt: ctx.now, from });
    armStream({ ...row, from }, ctx);
  }
  return {};
};

export const stopMetricStreams: Handler<'cloudwatch', 'StopMetricStreams'> = ({ Names }, ctx) => {
  for (const row of rowsOf(Names, ctx)) {
    if (row.state === 'stopped') continue;
    ctx.store.put(metricStreams, { ...row, state: 'stopped', updatedAt: ctx.now });
    ctx.disarm('stream', row.name);
  }
  return {};
};

/** @throws {ServiceError} InvalidParameterValue where one is not there */
function rowsOf(names: readonly string[], { store }: Ctx): MetricStreamRow[] {
  return names.map((name) => {
    const row = store.get(metricStreams, { name });
    if (row === undefined) throw invalidValue(`Metric stream ${name} does not exist`);
    return row;
  });
}
