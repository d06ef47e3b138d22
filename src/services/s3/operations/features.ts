/** Features of a bucket that are on or off: acceleration, attribute-based access; its request metrics and storage class analyses. */
import { type Handler, notBuilt } from '#kernel/contract';
import type { AnalyticsConfiguration, MetricsConfiguration } from '#models/s3';
import { findBucket } from '../domain/find.ts';
import { deleteNamed, getNamed, listNamed, putNamed } from '../domain/named.ts';
import { ANALYTICS_ID, checkAnalyticsFilter, checkId, checkMetrics } from '../domain/named-check.ts';
import { accelerationMissing, invalidRequest, malformedXml } from '../errors.ts';
import { buckets } from '../state.ts';

export const getBucketAccelerateConfiguration: Handler<'s3', 'GetBucketAccelerateConfiguration'> = (input, ctx) => {
  const { accelerate } = findBucket(input, ctx).bucket;
  return accelerate === undefined ? {} : { Status: accelerate };
};

export const putBucketAccelerateConfiguration: Handler<'s3', 'PutBucketAccelerateConfiguration'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  const { Status } = input.AccelerateConfiguration;
  if (bucket.name.includes('.'))
    throw invalidRequest('S3 Transfer Acceleration is not supported for buckets with periods (.) in their names');
  if (Status === undefined) throw accelerationMissing();
  ctx.store.put(buckets, { ...bucket, accelerate: Status });
  return {};
};

export const getBucketAbac: Handler<'s3', 'GetBucketAbac'> = (input, ctx) => ({
  AbacStatus: { Status: findBucket(input, ctx).bucket.abac === true ? 'Enabled' : 'Disabled' },
});

export const putBucketAbac: Handler<'s3', 'PutBucketAbac'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  const { Status } = input.AbacStatus;
  if (Status === undefined) throw malformedXml();
  const { abac: _, ...rest } = bucket;
  ctx.store.put(buckets, Status === 'Enabled' ? { ...rest, abac: true } : rest);
  return {};
};

const kind = 'metrics';

export const getBucketMetricsConfiguration: Handler<'s3', 'GetBucketMetricsConfiguration'> = (input, ctx) => ({
  MetricsConfiguration: getNamed<MetricsConfiguration>(input, ctx, kind),
});

export const listBucketMetricsConfigurations: Handler<'s3', 'ListBucketMetricsConfigurations'> = (input, ctx) => {
  const { page, members } = listNamed<MetricsConfiguration>(input, ctx, kind);
  return { ...members, ...(page.length > 0 && { MetricsConfigurationList: page }) };
};

export const putBucketMetricsConfiguration: Handler<'s3', 'PutBucketMetricsConfiguration'> = (input, ctx) => {
  const { Filter: filter } = input.MetricsConfiguration;
  checkMetrics(input.MetricsConfiguration, input.Id);
  if (filter?.AccessPointArn !== undefined || filter?.And?.AccessPointArn !== undefined)
    throw notBuilt('request metrics of access points');
  putNamed(input, ctx, kind, input.MetricsConfiguration);
  return {};
};

export const deleteBucketMetricsConfiguration: Handler<'s3', 'DeleteBucketMetricsConfiguration'> = (input, ctx) => {
  deleteNamed(input, ctx, kind);
  return {};
};

/* What a storage class analysis finds is shown by AWS's console only, unless it is exported to a bucket. */

export const getBucketAnalyticsConfiguration: Handler<'s3', 'GetBucketAnalyticsConfiguration'> = (input, ctx) => ({
  AnalyticsConfiguration: getNamed<AnalyticsConfiguration>(input, ctx, 'analytics'),
});

export const listBucketAnalyticsConfigurations: Handler<'s3', 'ListBucketAnalyticsConfigurations'> = (input, ctx) => {
  const { page, members } = listNamed<AnalyticsConfiguration>(input, ctx, 'analytics');
  return { ...members, ...(page.length > 0 && { AnalyticsConfigurationList: page }) };
};

export const putBucketAnalyticsConfiguration: Handler<'s3', 'PutBucketAnalyticsConfiguration'> = (input, ctx) => {
  const { AnalyticsConfiguration: value } = input;
  checkId(value, input.Id, ANALYTICS_ID);
  checkAnalyticsFilter(value.Filter);
  if (value.StorageClassAnalysis.DataExport !== undefined) throw notBuilt('exports of storage class analyses');
  putNamed(input, ctx, 'analytics', value);
  return {};
};

export const deleteBucketAnalyticsConfiguration: Handler<'s3', 'DeleteBucketAnalyticsConfiguration'> = (input, ctx) => {
  deleteNamed(input, ctx, 'analytics');
  return {};
};
