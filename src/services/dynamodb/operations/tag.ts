/** Tags of tables. */
import type { Ctx, Handler } from '#kernel/contract';
import { type Found, findTable } from '../domain/find.ts';
import { arnNotFound, invalid, resourceNotFound, tooManyTags } from '../errors.ts';
import { TAGS_MAX, TAGS_PAGE } from '../limits.ts';
import { tables } from '../state.ts';

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
function find(arn: string, ctx: Ctx, missing: (arn: string) => Error = arnNotFound): Found {
  return findTable(arn, ctx, () => missing(arn));
}

export const tagResource: Handler<'dynamodb', 'TagResource'> = (input, ctx) => {
  if (input.Tags.length === 0) throw invalid('Atleast one Tag needs to be provided as Input.');
  const { table, store } = find(input.ResourceArn, ctx);
  const tags = { ...table.tags, ...Object.fromEntries(input.Tags.map((tag) => [tag.Key, tag.Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  store.put(tables, { ...table, tags });
  return {};
};

export const untagResource: Handler<'dynamodb', 'UntagResource'> = (input, ctx) => {
  if (input.TagKeys.length === 0) throw invalid('Atleast one Tag Key needs to be provided as Input.');
  const { table, store } = find(input.ResourceArn, ctx, resourceNotFound);
  const gone = new Set(input.TagKeys);
  store.put(tables, {
    ...table,
    tags: Object.fromEntries(Object.entries(table.tags).filter(([key]) => !gone.has(key))),
  });
  return {};
};

/** Pages of ten; the token is the position of the next tag. */
export const listTagsOfResource: Handler<'dynamodb', 'ListTagsOfResource'> = (input, ctx) => {
  const { table } = find(input.ResourceArn, ctx);
  const from = Number(input.NextToken ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) throw invalid('Invalid NextToken');
  const all = Object.entries(table.tags).map(([Key, Value]) => ({ Key, Value }));
  const more = all.length > from + TAGS_PAGE;
  return { Tags: all.slice(from, from + TAGS_PAGE), ...(more && { NextToken: String(from + TAGS_PAGE) }) };
};
