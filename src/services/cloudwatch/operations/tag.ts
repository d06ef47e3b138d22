/** Tags of alarms. */
import type { Ctx, Handler } from '#kernel/contract';
import { resourceNotFound, validation } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { type AlarmRow, alarms } from '../state.ts';

function find(arn: string, ctx: Ctx): AlarmRow {
  const name = /^arn:[a-z-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:(.+)$/.exec(arn)?.[1];
  const row = name === undefined ? undefined : ctx.store.get(alarms, { name });
  if (row === undefined) throw resourceNotFound(arn);
  return row;
}

export const tagResource: Handler<'cloudwatch', 'TagResource'> = (input, ctx) => {
  const row = find(input.ResourceARN, ctx);
  const tags = { ...row.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw validation(`The maximum number of tags is ${TAGS_MAX}.`);
  ctx.store.put(alarms, { ...row, tags });
  return {};
};

export const untagResource: Handler<'cloudwatch', 'UntagResource'> = (input, ctx) => {
  const row = find(input.ResourceARN, ctx);
  const gone = new Set(input.TagKeys);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key)));
  ctx.store.put(alarms, { ...row, tags });
  return {};
};

export const listTagsForResource: Handler<'cloudwatch', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: Object.entries(find(input.ResourceARN, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
