/** Metric streams at work: each minute goes to Firehose once it is two minutes old. */
import { HOUR, MINUTE, type Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { readSeries, type SeriesRow, seriesTable } from '#kernel/metering';
import { formatted, type Update } from './domain/stream-format.ts';
import { type MetricStreamRow, metricStreams } from './stream-state.ts';

/** How old a minute is when it is sent. Source: User Guide, "Use metric streams": within two to three minutes. */
const AGE: Millis = 2 * MINUTE;
/** What is older is not sent any more. Source: the same: metrics up to two hours old are streamed. */
const AGE_MAX: Millis = 2 * HOUR;
/** Metrics of one record, and records of one call: far from Firehose's limits of 1,000 KiB and 4 MiB. */
const RECORD_METRICS = 500;
const CALL_RECORDS = 8;
/** Additional statistics that count as one more update. Source: User Guide, "Statistics that can be streamed". */
const STATISTICS_AN_UPDATE = 5;
/** Series that are looked at together. */
const PAGE = 500;

/** In a transaction: the next minute is sent when it is old enough. */
export function armStream({ name, from }: Pick<MetricStreamRow, 'name' | 'from'>, ctx: Ctx): void {
  ctx.arm('stream', name, Math.max(from + MINUTE + AGE, ctx.clock()), { name });
}

export const stream: TimerHandler = ({ name }, ctx) => {
  ctx.start('stream', String(name), { name });
};

/**
 * Sends the minutes that are old enough.
 *
 * Deviation: a minute is sent once; values that come for it later are not, where AWS sends it again.
 */
export const sendMinutes: TaskHandler = async ({ name }, ctx) => {
  for (;;) {
    const row = ctx.store.get(metricStreams, { name: String(name) });
    if (row?.state !== 'running') return;
    const now = ctx.clock();
    const from = Math.max(row.from, now - (now % MINUTE) - AGE_MAX);
    const isSent = from + MINUTE + AGE > now ? undefined : await sendMinute(row, from, ctx);
    ctx.transact((store) => {
      const current = store.get(metricStreams, row);
      if (current?.state !== 'running') return;
      const next = isSent === true ? from + MINUTE : from;
      store.put(metricStreams, { ...current, from: next });
      if (isSent === false) ctx.arm('stream', row.name, ctx.clock() + MINUTE, { name });
      else if (isSent === undefined) armStream({ name: row.name, from: next }, ctx);
    });
    if (isSent !== true) return;
  }
};

/** False where Firehose took not all of it. */
async function sendMinute(row: MetricStreamRow, at: Millis, ctx: Ctx): Promise<boolean> {
  ctx.flushMetrics();
  const updates = updatesOf(row, at, ctx);
  const records: Buffer[] = [];
  for (let from = 0; from < updates.length; from += RECORD_METRICS)
    records.push(formatted(row, updates.slice(from, from + RECORD_METRICS), ctx));
  try {
    if (records.length > 0) await put(row, records, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    tell(row, { PublishErrorRate: 1 }, ctx);
    return false;
  }
  const further = updates.reduce((all, { more }) => all + Math.ceil(more.length / STATISTICS_AN_UPDATE), 0);
  const { length } = updates;
  tell(row, { MetricUpdate: length, TotalMetricUpdate: length + further, PublishErrorRate: 0 }, ctx);
  return true;
}

/** @throws {ServiceError} what Firehose refuses with */
async function put(row: MetricStreamRow, records: readonly Buffer[], ctx: Ctx): Promise<void> {
  const role = await ctx.actAs(row.roleArn, 'CloudWatchMetricStreams', { part: 'streams.metrics.cloudwatch' });
  const DeliveryStreamName = row.firehoseArn.slice(row.firehoseArn.lastIndexOf('/') + 1);
  for (let from = 0; from < records.length; from += CALL_RECORDS) {
    const Records = records.slice(from, from + CALL_RECORDS).map((Data) => ({ Data }));
    const { FailedPutCount } = await role.aws().firehose.PutRecordBatch({ DeliveryStreamName, Records });
    if (FailedPutCount > 0) throw new ServiceError('ServiceUnavailableException', 'Slow down.');
  }
}

/** Of the stream, and of all together. Source: User Guide, "Monitor your metric streams with CloudWatch metrics". */
function tell({ name }: MetricStreamRow, values: { [metric: string]: number }, ctx: Ctx): void {
  const all: { [name: string]: string }[] = [{ MetricStreamName: name }, {}];
  for (const [metric, value] of Object.entries(values))
    for (const dimensions of all)
      ctx.publish({ namespace: 'AWS/CloudWatch/MetricStreams', metric, dimensions, value, unit: 'None' });
}

function updatesOf(row: MetricStreamRow, at: Millis, ctx: Ctx): Update[] {
  const { store } = ctx;
  const updates: Update[] = [];
  const hour = at - (at % HOUR);
  let after: SeriesRow | undefined;
  do {
    const page: SeriesRow[] = store.list(seriesTable, {
      index: 'byLast',
      ...(after === undefined ? { from: { lastAt: hour } } : { after: { lastAt: after.lastAt, series: after.series } }),
      limit: PAGE,
    });
    for (const name of page) {
      if (!isWanted(row, name)) continue;
      for (const found of readSeries(store, name, at, at + MINUTE, MINUTE, ctx.clock()))
        updates.push({ name, ...found, more: furtherOf(row, name) });
    }
    after = page.length < PAGE ? undefined : page.at(-1);
  } while (after !== undefined);
  return updates;
}

/** Source: API Reference, PutMetricStream: without filters everything; a filter without names means a whole namespace. */
function isWanted({ include, exclude }: MetricStreamRow, { namespace, metric }: SeriesRow): boolean {
  const isNamed = (filters: MetricStreamRow['include']) =>
    filters.some(
      ({ Namespace, MetricNames = [] }) =>
        Namespace === namespace && (MetricNames.length === 0 || MetricNames.includes(metric)),
    );
  return include.length > 0 ? isNamed(include) : !isNamed(exclude);
}

function furtherOf({ statistics }: MetricStreamRow, { namespace, metric }: SeriesRow): string[] {
  const found = statistics.filter(({ IncludeMetrics }) =>
    IncludeMetrics.some(({ Namespace, MetricName }) => Namespace === namespace && MetricName === metric),
  );
  return [...new Set(found.flatMap(({ AdditionalStatistics }) => AdditionalStatistics))];
}
