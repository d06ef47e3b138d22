/** Website configurations of buckets. */
import type { Handler } from '#kernel/contract';
import { findBucket } from '../domain/find.ts';
import { websiteOf } from '../domain/website.ts';
import { checkWebsite } from '../domain/website-check.ts';
import { noWebsite } from '../errors.ts';
import { configurations } from '../state.ts';

const kind = 'website';

export const getBucketWebsite: Handler<'s3', 'GetBucketWebsite'> = (input, ctx) => {
  const found = findBucket(input, ctx);
  const website = websiteOf(found);
  if (website === undefined) throw noWebsite(found.bucket.name);
  return website;
};

export const putBucketWebsite: Handler<'s3', 'PutBucketWebsite'> = (input, ctx) => {
  checkWebsite(input.WebsiteConfiguration);
  const { bucket, store } = findBucket(input, ctx);
  store.put(configurations, { bucket: bucket.id, kind, id: '', value: input.WebsiteConfiguration });
  return {};
};

export const deleteBucketWebsite: Handler<'s3', 'DeleteBucketWebsite'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  store.delete(configurations, { bucket: bucket.id, kind, id: '' });
  return {};
};
