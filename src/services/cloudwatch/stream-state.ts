/** Metric streams. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  MetricStreamFilter,
  MetricStreamOutputFormat,
  MetricStreamStatisticsConfiguration,
} from '#models/cloudwatch';

export type MetricStreamRow = {
  name: string;
  arn: string;
  firehoseArn: string;
  roleArn: string;
  format: MetricStreamOutputFormat;
  state: 'running' | 'stopped';
  include: MetricStreamFilter[];
  exclude: MetricStreamFilter[];
  statistics: MetricStreamStatisticsConfiguration[];
  createdAt: Millis;
  updatedAt: Millis;
  tags: { [key: string]: string };
  /** The first minute that was not sent yet. */
  from: Millis;
};

export const metricStreams = table<MetricStreamRow>()('cloudwatch.metric-streams', { scope: 'region', key: ['name'] });
