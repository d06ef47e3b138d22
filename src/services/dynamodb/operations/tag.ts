/** Tags of tables. */
import type { Ctx, Handler } from '#kernel/contract';
import { type Found, findTable, tableRef } from '../domain/find.ts';
import { arnNotFound, invalid, reservedTagKey, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { tables } from '../state.ts';
import { isReserved, tagsOf } from './table.ts';

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
function find(arn: string, ctx: Ctx): Found {
  if (arn.includes('/stream/')) throw arnNotFound(arn);
  return findTable(arn, ctx, () => arnNotFound(arn));
}

/** The tags of a table, an index or a stream of its, as policies see them. @throws {ServiceError} ValidationException */
export function tagsOfArn(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  const { name, account, region } = tableRef(arn.split('/', 2).join('/'), ctx);
  return ctx.store.in({ account, region }).get(tables, { name })?.tags ?? {};
}

export const tagResource: Handler<'dynamodb', 'TagResource'> = (input, ctx) => {
  if (input.Tags.length === 0) throw invalid('Atleast one Tag needs to be provided as Input.');
  const { table, store } = find(input.ResourceArn, ctx);
  const tags = { ...table.tags, ...tagsOf(input.Tags) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  store.put(tables, { ...table, tags });
  return {};
};

export const untagResource: Handler<'dynamodb', 'UntagResource'> = (input, ctx) => {
  if (input.TagKeys.length === 0) throw invalid('Atleast one Tag Key needs to be provided as Input.');
  if (input.TagKeys.length > TAGS_MAX) throw tooManyTags();
  for (const key of input.TagKeys) if (isReserved(key)) throw reservedTagKey(key);
  const { table, store } = find(input.ResourceArn, ctx);
  const gone = new Set(input.TagKeys);
  store.put(tables, {
    ...table,
    tags: Object.fromEntries(Object.entries(table.tags).filter(([key]) => !gone.has(key))),
  });
  return {};
};

/** All at once: there are no more than fifty. A token is not looked at. Source: findings of ack-api-quirks, measured against AWS. */
export const listTagsOfResource: Handler<'dynamodb', 'ListTagsOfResource'> = (input, ctx) => {
  const { table } = find(input.ResourceArn, ctx);
  return { Tags: Object.entries(table.tags).map(([Key, Value]) => ({ Key, Value })) };
};
