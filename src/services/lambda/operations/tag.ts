/** Tags of functions, event source mappings and code signing configurations. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { findFunction } from '../domain/find.ts';
import { parseName } from '../domain/names.ts';
import { revise } from '../domain/revision.ts';
import { signingConfigOf } from '../domain/signing.ts';
import { mappingNotFound, noTags, qualifiedTags, tooManyTags } from '../errors.ts';
import { signingConfigs } from '../layer-state.ts';
import { TAGS_MAX } from '../limits.ts';
import { mappings } from '../mapping-state.ts';
import { functions } from '../state.ts';

type Tags = { readonly [key: string]: string };
type Tagged = { tags: Tags; put(tags: { [key: string]: string }): void };

/** The tags of what an ARN names, as policies see them. Versions and aliases have those of their function. @throws {ServiceError} ResourceNotFoundException */
export function tagsOf(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  if (!arn.includes(':function:')) return taggedOf(arn, ctx).tags;
  const { account, name } = parseName(arn, undefined, ctx);
  return ctx.store.in({ account }).get(functions, { name })?.tags ?? {};
}

export const tagResource: Handler<'lambda', 'TagResource'> = (input, ctx) => {
  if (Object.keys(input.Tags).length === 0) throw noTags();
  const { tags, put } = taggedOf(input.Resource, ctx);
  const changed = { ...tags, ...input.Tags };
  if (Object.keys(changed).length > TAGS_MAX) throw tooManyTags();
  put(changed);
  return {};
};

export const untagResource: Handler<'lambda', 'UntagResource'> = (input, ctx) => {
  const { tags, put } = taggedOf(input.Resource, ctx);
  const gone = new Set(input.TagKeys);
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTags: Handler<'lambda', 'ListTags'> = (input, ctx) => ({
  Tags: { ...taggedOf(input.Resource, ctx).tags },
});

/** @throws {ServiceError} ResourceNotFoundException */
function taggedOf(arn: string, ctx: Ctx): Tagged {
  const mapping = /:event-source-mapping:(.+)$/.exec(arn)?.[1];
  if (mapping !== undefined) {
    const row = ctx.store.get(mappings, { id: mapping });
    if (row === undefined) throw mappingNotFound(arn);
    return { tags: row.tags, put: (tags) => ctx.store.put(mappings, { ...row, tags }) };
  }
  const config = signingConfigOf(arn, ctx.store);
  if (config !== undefined)
    return { tags: config.tags, put: (tags) => ctx.store.put(signingConfigs, { ...config, tags }) };
  if (parseName(arn, undefined, ctx).qualifier !== undefined) throw qualifiedTags();
  const found = findFunction(arn, undefined, ctx);
  const { function: row, store } = found;
  return {
    tags: row.tags,
    put: (tags) => {
      store.put(functions, { ...row, tags });
      // Source: radkawar/stackd, measured in 2026: even where no tag has changed.
      revise({ ...found, version: { ...found.version, modifiedAt: wholeSecond(ctx.now) } }, ctx);
    },
  };
}
