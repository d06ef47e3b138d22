/** Tags of keys. */
import type { Handler } from '#kernel/contract';
import { findKey } from '../domain/find.ts';
import { readTags } from '../domain/key.ts';
import { demandAlive } from '../domain/key-state.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { badTag } from '../errors.ts';
import { TAGS_LIST_DEFAULT } from '../limits.ts';
import { keys } from '../state.ts';

export const tagResource: Handler<'kms', 'TagResource'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  demandAlive(key, ctx.now);
  store.put(keys, { ...key, tags: readTags(input.Tags, key.tags) });
  return {};
};

export const untagResource: Handler<'kms', 'UntagResource'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  demandAlive(key, ctx.now);
  if (input.TagKeys.some((name) => /^aws:/i.test(name))) throw badTag('Tags beginning with aws: are reserved');
  const left = Object.entries(key.tags).filter(([name]) => !input.TagKeys.includes(name));
  store.put(keys, { ...key, tags: Object.fromEntries(left) });
  return {};
};

export const listResourceTags: Handler<'kms', 'ListResourceTags'> = (input, ctx) => {
  const { key } = findKey(input.KeyId, ctx);
  const after = readMarker(input.Marker);
  const names = Object.keys(key.tags).sort();
  const { page, rest } = pageOf(
    names.filter((name) => after === undefined || name > after),
    input.Limit ?? TAGS_LIST_DEFAULT,
    (name) => name,
  );
  return { Tags: page.map((TagKey) => ({ TagKey, TagValue: key.tags[TagKey] ?? '' })), ...rest };
};
