/** Tags of objects. */
import type { Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { announce } from '../domain/notifications.ts';
import { checkTags, tagSet } from '../domain/tags.ts';
import { objects, type VersionRow, versions } from '../state.ts';
import { readable } from './read.ts';
import { shownVersion } from './write.ts';

/** Replaces a version's row where it lies. */
export function putBack(store: StoreView, changed: VersionRow, before: VersionRow): void {
  const current = store.get(objects, before);
  store.put(current?.rank === before.rank ? objects : versions, changed);
}

export const getObjectTagging: Handler<'s3', 'GetObjectTagging'> = (input, ctx) => {
  const { bucket, version } = readable(input, ctx);
  return { TagSet: tagSet(version.tags), ...shownVersion(bucket, version) };
};

export const putObjectTagging: Handler<'s3', 'PutObjectTagging'> = (input, ctx) => {
  const { bucket, store, version } = readable(input, ctx);
  const tags = checkTags(input.Tagging.TagSet, 'object');
  const { tags: _, ...rest } = version;
  putBack(store, { ...rest, ...(Object.keys(tags).length > 0 && { tags }) }, version);
  announce(ctx, store, bucket, 'ObjectTagging:Put', version);
  return shownVersion(bucket, version);
};

export const deleteObjectTagging: Handler<'s3', 'DeleteObjectTagging'> = (input, ctx) => {
  const { bucket, store, version } = readable(input, ctx);
  const { tags: _, ...rest } = version;
  putBack(store, rest, version);
  announce(ctx, store, bucket, 'ObjectTagging:Delete', version);
  return shownVersion(bucket, version);
};
