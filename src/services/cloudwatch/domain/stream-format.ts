/**
 * Metrics as streams write them: JSON, or OpenTelemetry's protocol in two of its versions.
 *
 * @see CloudWatch User Guide, "CloudWatch metric stream output in JSON format", "… OpenTelemetry 0.7.0 format", "… OpenTelemetry 1.0.0 format"
 */
import { MINUTE, type Millis } from '#kernel/base';
import type { SeriesName, Statistics } from '#kernel/metering';
import type { MetricStreamRow } from '../stream-state.ts';
import { bytesField, delimited, doubleField, type Field, fixedField, messageField } from './protobuf.ts';
import { statisticOf } from './statistic.ts';

/** One minute of one metric. `more`: names of further statistics. */
export type Update = { name: SeriesName; unit: string; at: Millis; statistics: Statistics; more: readonly string[] };

/** Whose metrics they are. */
export type Source = { account: string; region: string };

/** A record's worth of metrics. */
export function formatted(stream: MetricStreamRow, updates: readonly Update[], source: Source): Buffer {
  if (stream.format === 'json')
    return Buffer.from(updates.map((update) => `${JSON.stringify(jsonOf(stream, update, source))}\n`).join(''));
  return delimited(request(stream, updates, source));
}

function jsonOf({ name }: MetricStreamRow, update: Update, { account, region }: Source): object {
  const { namespace, metric, dimensions } = update.name;
  const { count, sum, max, min } = update.statistics;
  const more = update.more.map((statistic) => [statistic, statisticOf(statistic)(update.statistics)]);
  return {
    metric_stream_name: name,
    account_id: account,
    region,
    namespace,
    metric_name: metric,
    dimensions,
    timestamp: update.at,
    value: { count, sum, max, min, ...Object.fromEntries(more) },
    unit: update.unit,
  };
}

/** ExportMetricsServiceRequest. The numbers of fields are those of opentelemetry-proto 0.7.0 and 1.0.0. */
function request(stream: MetricStreamRow, updates: readonly Update[], { account, region }: Source): Buffer {
  const isOld = stream.format === 'opentelemetry0.7';
  const resource = messageField(
    1,
    ...Object.entries({
      'cloud.provider': 'aws',
      'cloud.account.id': account,
      'cloud.region': region,
      'aws.exporter.arn': stream.arn,
    }).map(([key, value]) => messageField(1, ...keyValue(key, textValue(value)))),
  );
  const metrics = updates.map((update) =>
    messageField(
      2,
      bytesField(1, `amazonaws.com/${update.name.namespace}/${update.name.metric}`),
      bytesField(3, UNITS[update.unit] ?? '1'),
      // Metric.data: double_summary of the old version, summary of the new one.
      messageField(11, messageField(1, ...(isOld ? oldPoint(update) : newPoint(update)))),
    ),
  );
  return messageField(1, resource, messageField(2, ...metrics));
}

const keyValue = (key: string, value: Field) => [bytesField(1, key), messageField(2, value)];
const textValue = (text: string) => bytesField(1, text);

/** Labels are texts. */
function oldPoint(update: Update): Field[] {
  const { namespace, metric, dimensions } = update.name;
  const labels = Object.entries({ Namespace: namespace, MetricName: metric, ...dimensions });
  return [
    ...labels.map(([key, value]) => messageField(1, bytesField(1, key), bytesField(2, value))),
    ...summary(update),
  ];
}

/** Attributes have types: the dimensions are a list of keys and values. */
function newPoint(update: Update): Field[] {
  const { namespace, metric, dimensions } = update.name;
  const list = Object.entries(dimensions).map(([key, value]) => messageField(1, ...keyValue(key, textValue(value))));
  return [
    ...summary(update),
    messageField(7, ...keyValue('Namespace', textValue(namespace))),
    messageField(7, ...keyValue('MetricName', textValue(metric))),
    messageField(7, ...keyValue('Dimensions', messageField(6, ...list))),
  ];
}

function summary({ at, statistics, more }: Update): Field[] {
  const { count, sum, min, max } = statistics;
  const quantiles = more.flatMap((name): [number, number][] => {
    const value = statisticOf(name)(statistics);
    return value === undefined ? [] : [[Number(name.slice(1)) / 100, value]];
  });
  const all: [number, number][] = [[0, min], ...quantiles, [1, max]];
  return [
    fixedField(2, BigInt(at) * 1_000_000n),
    fixedField(3, BigInt(at + MINUTE) * 1_000_000n),
    fixedField(4, BigInt(Math.round(count))),
    doubleField(5, sum),
    ...all
      .toSorted(([a], [b]) => a - b)
      .map(([quantile, value]) => messageField(6, doubleField(1, quantile), doubleField(2, value))),
  ];
}

/** Source: "CloudWatch metric stream output in OpenTelemetry 1.0.0 format", "Translations": units in UCUM's words. */
const UNITS: { readonly [unit: string]: string } = {
  Seconds: 's',
  Microseconds: 'us',
  Milliseconds: 'ms',
  Bytes: 'By',
  Kilobytes: 'kBy',
  Megabytes: 'MBy',
  Gigabytes: 'GBy',
  Terabytes: 'TBy',
  Bits: 'bit',
  Kilobits: 'kbit',
  Megabits: 'MBit',
  Gigabits: 'GBit',
  Terabits: 'Tbit',
  Percent: '%',
  Count: '{Count}',
  'Bytes/Second': 'By/s',
  'Kilobytes/Second': 'kBy/s',
  'Megabytes/Second': 'MBy/s',
  'Gigabytes/Second': 'GBy/s',
  'Terabytes/Second': 'TBy/s',
  'Bits/Second': 'bit/s',
  'Kilobits/Second': 'kbit/s',
  'Megabits/Second': 'MBit/s',
  'Gigabits/Second': 'GBit/s',
  'Terabits/Second': 'Tbit/s',
  'Count/Second': '{Count}/s',
  None: '1',
};
