/** Lifecycle rules of buckets. */
import type { Ctx, Handler } from '#kernel/contract';
import { keepBucket } from '../domain/bucket-row.ts';
import { checkDirectoryRules } from '../domain/directory-limits.ts';
import { findBucket } from '../domain/find.ts';
import { type Lifecycle, lifecycleOf } from '../domain/lifecycle.ts';
import { checkLifecycle } from '../domain/lifecycle-check.ts';
import { expectLifecycle } from '../domain/lifecycle-schedule.ts';
import { lifecycleWithMfa, malformedXml, noLifecycle } from '../errors.ts';
import { configurations, jobs } from '../state.ts';

const kind = 'lifecycle';
const SMALLEST_DEFAULT = 'all_storage_classes_128K';

/** Source: those of S3 in github.com/aws/aws-sdk-go-v2/issues/3165: a UUID in base64. */
const newId = (ctx: Ctx) => Buffer.from(ctx.uuid()).toString('base64');

export const getBucketLifecycleConfiguration: Handler<'s3', 'GetBucketLifecycleConfiguration'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const lifecycle = lifecycleOf(store, bucket);
  if (lifecycle === undefined) throw noLifecycle(bucket.name);
  return {
    Rules: lifecycle.Rules,
    ...(bucket.directory === undefined && {
      TransitionDefaultMinimumObjectSize: lifecycle.TransitionDefaultMinimumObjectSize as typeof SMALLEST_DEFAULT,
    }),
  };
};

export const putBucketLifecycleConfiguration: Handler<'s3', 'PutBucketLifecycleConfiguration'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const given = input.LifecycleConfiguration?.Rules;
  if (given === undefined) throw malformedXml();
  checkLifecycle(given);
  if (bucket.directory !== undefined) checkDirectoryRules(given);
  // Source: S3 User Guide, "Configuring MFA delete": the two don't go together.
  if (bucket.mfaDelete === 'Enabled') throw lifecycleWithMfa();
  const smallest = input.TransitionDefaultMinimumObjectSize ?? SMALLEST_DEFAULT;
  const value: Lifecycle = {
    Rules: given.map((rule) => ({ ...rule, ID: rule.ID === undefined || rule.ID === '' ? newId(ctx) : rule.ID })),
    TransitionDefaultMinimumObjectSize: smallest,
  };
  store.put(configurations, { bucket: bucket.id, kind, id: '', value });
  const ruled = { ...bucket, lifecycle: true as const };
  keepBucket(ctx.store, ruled);
  expectLifecycle(ctx, store, ruled, 'other');
  return bucket.directory === undefined ? { TransitionDefaultMinimumObjectSize: smallest } : {};
};

export const deleteBucketLifecycle: Handler<'s3', 'DeleteBucketLifecycle'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const { lifecycle: _, ...rest } = bucket;
  keepBucket(ctx.store, rest);
  store.delete(configurations, { bucket: bucket.id, kind, id: '' });
  store.delete(jobs, { bucket: bucket.id, kind });
  ctx.disarm('runLifecycle', bucket.id);
  return {};
};
