/** Server access logging of buckets: where records go. */
import type { Handler } from '#kernel/contract';
import type { LoggingEnabled } from '#models/s3';
import { grantOf, ignoresAcls } from '../domain/acl.ts';
import { findBucket } from '../domain/find.ts';
import { badLogTarget, crossLocationLogging, targetGrants } from '../errors.ts';
import { buckets, configurations } from '../state.ts';

const kind = 'logging';

export const getBucketLogging: Handler<'s3', 'GetBucketLogging'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const row = store.get(configurations, { bucket: bucket.id, kind, id: '' });
  return row === undefined ? {} : { LoggingEnabled: row.value as LoggingEnabled };
};

export const putBucketLogging: Handler<'s3', 'PutBucketLogging'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const value = input.BucketLoggingStatus.LoggingEnabled;
  const { logs: _, ...rest } = bucket;
  if (value === undefined) {
    store.delete(configurations, { bucket: bucket.id, kind, id: '' });
    ctx.store.put(buckets, rest);
    return {};
  }
  const target = ctx.store.get(buckets, { name: value.TargetBucket });
  if (target === undefined) throw badLogTarget('The target bucket for logging does not exist');
  if (target.account !== bucket.account)
    throw badLogTarget('The owner for the bucket to be logged and the target bucket must be the same.');
  if (target.region !== bucket.region) throw crossLocationLogging();
  if ((value.TargetGrants ?? []).length > 0 && ignoresAcls(target)) throw targetGrants();
  for (const grant of value.TargetGrants ?? []) grantOf(grant);
  store.put(configurations, { bucket: bucket.id, kind, id: '', value });
  ctx.store.put(buckets, { ...rest, logs: true });
  return {};
};
