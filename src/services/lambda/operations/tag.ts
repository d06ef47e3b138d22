/** Tags of functions. */
import type { Handler } from '#kernel/contract';
import { findFunction } from '../domain/find.ts';
import { invalid } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { functions } from '../state.ts';

export const tagResource: Handler<'lambda', 'TagResource'> = (input, ctx) => {
  const { function: row, store } = findFunction(input.Resource, undefined, ctx);
  const tags = { ...row.tags, ...input.Tags };
  if (Object.keys(tags).length > TAGS_MAX) throw invalid('The number of tags is larger than 50.');
  store.put(functions, { ...row, tags });
  return {};
};

export const untagResource: Handler<'lambda', 'UntagResource'> = (input, ctx) => {
  const { function: row, store } = findFunction(input.Resource, undefined, ctx);
  const gone = new Set(input.TagKeys);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key)));
  store.put(functions, { ...row, tags });
  return {};
};

export const listTags: Handler<'lambda', 'ListTags'> = (input, ctx) => {
  const { function: row } = findFunction(input.Resource, undefined, ctx);
  return { Tags: { ...row.tags } };
};
