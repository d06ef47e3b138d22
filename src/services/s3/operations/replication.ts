/** Replication configurations of buckets. */
import type { Handler } from '#kernel/contract';
import { findBucket } from '../domain/find.ts';
import { replicationOf } from '../domain/replication.ts';
import { checkReplication } from '../domain/replication-check.ts';
import { noReplication } from '../errors.ts';
import { buckets, configurations } from '../state.ts';

const kind = 'replication';

export const getBucketReplication: Handler<'s3', 'GetBucketReplication'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const ReplicationConfiguration = replicationOf(store, bucket);
  if (ReplicationConfiguration === undefined) throw noReplication(bucket.name);
  return { ReplicationConfiguration };
};

/** What is there already is not replicated: only what is written from now on. */
export const putBucketReplication: Handler<'s3', 'PutBucketReplication'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const { Role, Rules } = input.ReplicationConfiguration;
  checkReplication(input.ReplicationConfiguration, bucket, ctx.store);
  const value = { Role, Rules: Rules.map((rule) => ({ ...rule, ID: rule.ID ?? ctx.uuid() })) };
  store.put(configurations, { bucket: bucket.id, kind, id: '', value });
  ctx.store.put(buckets, { ...bucket, replication: true });
  return {};
};

export const deleteBucketReplication: Handler<'s3', 'DeleteBucketReplication'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const { replication: _, ...rest } = bucket;
  ctx.store.put(buckets, rest);
  store.delete(configurations, { bucket: bucket.id, kind, id: '' });
  return {};
};
