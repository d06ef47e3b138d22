/** Tags of rules and buses. */
import type { Ctx, Handler } from '#kernel/contract';
import { resourceNotFound, validation } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { buses, DEFAULT_BUS, rules } from '../state.ts';

type Tagged = { tags: { [key: string]: string }; put(tags: { [key: string]: string }): void };

function find(arn: string, ctx: Ctx): Tagged {
  const [kind, ...path] = arn.split(':').slice(5).join(':').split('/');
  if (kind === 'rule') {
    const [bus = DEFAULT_BUS, name] =
      path.length > 1 ? [path.slice(0, -1).join('/'), path.at(-1)] : [DEFAULT_BUS, path[0]];
    const row = ctx.store.get(rules, { bus, name: name ?? '' });
    if (row !== undefined) return { tags: row.tags, put: (tags) => ctx.store.put(rules, { ...row, tags }) };
  }
  if (kind === 'event-bus') {
    const row = ctx.store.get(buses, { name: path.join('/') });
    if (row !== undefined) return { tags: row.tags, put: (tags) => ctx.store.put(buses, { ...row, tags }) };
  }
  throw resourceNotFound(arn);
}

export const tagResource: Handler<'eventbridge', 'TagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const tags = { ...found.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw validation(`The maximum number of tags is ${TAGS_MAX}.`);
  found.put(tags);
  return {};
};

export const untagResource: Handler<'eventbridge', 'UntagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const gone = new Set(input.TagKeys);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTagsForResource: Handler<'eventbridge', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: Object.entries(find(input.ResourceARN, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
