/**
 * The keys and values of tags that are in use.
 *
 * Deviation: a page has what `LOOKED_AT_MAX` resources have; what others have, too, is told again on a later page.
 */
import type { Ctx, Handler } from '#kernel/contract';
import type { Tags } from '../domain/source.ts';
import { positionOf, tokenOf, walk } from '../domain/walk.ts';
import { LOOKED_AT_MAX } from '../limits.ts';

async function gather(token: string | undefined, read: (tags: Tags) => readonly string[], ctx: Ctx) {
  const found = new Set<string>();
  let position = positionOf(token);
  let looked = 0;
  for await (const { tags, next } of walk(position, () => true, ctx)) {
    if (looked >= LOOKED_AT_MAX) return { all: [...found].toSorted(), PaginationToken: tokenOf(position) };
    for (const one of read(tags)) found.add(one);
    looked += 1;
    position = next;
  }
  return { all: [...found].toSorted(), PaginationToken: '' };
}

export const getTagKeys: Handler<'resource-groups-tagging-api', 'GetTagKeys'> = async (input, ctx) => {
  const { all: TagKeys, PaginationToken } = await gather(input.PaginationToken, Object.keys, ctx);
  return { PaginationToken, TagKeys };
};

export const getTagValues: Handler<'resource-groups-tagging-api', 'GetTagValues'> = async ({ Key, ...input }, ctx) => {
  const valueIn = (tags: Tags) => (Object.hasOwn(tags, Key) ? [tags[Key] ?? ''] : []);
  const { all: TagValues, PaginationToken } = await gather(input.PaginationToken, valueIn, ctx);
  return { PaginationToken, TagValues };
};
