/** Tags of distributions, tenants, connection groups, trust stores and functions. */
import type { Ctx } from '#kernel/contract';
import type { Tag } from '#models/cloudfront';
import { badTagging } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { tags } from '../state.ts';

/** Adds tags, or changes them. In a transaction. */
export function setTags(arn: string, given: readonly Tag[], ctx: Ctx): void {
  if (given.some(({ Key }) => Key.toLowerCase().startsWith('aws:')))
    throw badTagging('Tag keys cannot start with aws:.');
  for (const { Key, Value } of given) ctx.store.put(tags, { arn, key: Key, value: Value ?? '' });
  if (ctx.store.count(tags, { where: { arn } }) > TAGS_MAX)
    throw badTagging('The number of tags exceeds the limit of 50 for each resource.');
}

/** Tags as some descriptions of things have them, where there are any. */
export function tagsIfAny(arn: string, { store }: Ctx): { Tags?: { Items: Tag[] } } {
  const rows = store.list(tags, { where: { arn } });
  return rows.length === 0 ? {} : { Tags: { Items: rows.map(({ key, value }) => ({ Key: key, Value: value })) } };
}
