/** Tags of objects. */
import type { Ctx, Handler } from '#kernel/contract';
import { expectLifecycle } from '../domain/lifecycle-schedule.ts';
import { announce } from '../domain/notifications.ts';
import { replicateChange } from '../domain/replication.ts';
import { checkTags, tagSet } from '../domain/tags.ts';
import { putBack } from '../domain/versions.ts';
import { readable } from './read.ts';
import { shownVersion } from './write.ts';

/** Tags tell the bucket with a key that is not there. Source: S3's answer in brekkylab/backlot, September 2026. */
const tagged = (input: Parameters<typeof readable>[0], ctx: Ctx) =>
  readable(input, ctx, undefined, `${input.Bucket}/${input.Key}`);

export const getObjectTagging: Handler<'s3', 'GetObjectTagging'> = (input, ctx) => {
  const { bucket, version } = tagged(input, ctx);
  return { TagSet: tagSet(version.tags), ...shownVersion(bucket, version) };
};

export const putObjectTagging: Handler<'s3', 'PutObjectTagging'> = (input, ctx) => {
  const { bucket, store, version } = tagged(input, ctx);
  const tags = checkTags(input.Tagging.TagSet, 'object');
  const { tags: _, ...rest } = version;
  const changed = { ...rest, ...(Object.keys(tags).length > 0 && { tags }) };
  putBack(store, replicateChange(ctx, store, bucket, changed), version);
  expectLifecycle(ctx, store, bucket, 'other');
  announce(ctx, store, bucket, 'ObjectTagging:Put', version);
  return shownVersion(bucket, version);
};

export const deleteObjectTagging: Handler<'s3', 'DeleteObjectTagging'> = (input, ctx) => {
  const { bucket, store, version } = tagged(input, ctx);
  const { tags: _, ...rest } = version;
  putBack(store, replicateChange(ctx, store, bucket, rest), version);
  expectLifecycle(ctx, store, bucket, 'other');
  announce(ctx, store, bucket, 'ObjectTagging:Delete', version);
  return shownVersion(bucket, version);
};
