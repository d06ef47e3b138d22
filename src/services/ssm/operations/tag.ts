/** Tags of parameters. Those of Systems Manager's other things come with them. */
import type { Ctx, Handler } from '#kernel/contract';
import { rowOf } from '../domain/find.ts';
import { select } from '../domain/names.ts';
import { badResource, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { type ParameterRow, parameters } from '../state.ts';

function find(type: string, id: string, ctx: Ctx): ParameterRow {
  const row = type === 'Parameter' ? rowOf(select(id, ctx).name, ctx.store) : undefined;
  if (row === undefined) throw badResource();
  return row;
}

/** The tags of the parameter that an ARN names, as policies see them. */
export function tagsOf(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  const { name } = select(arn, ctx);
  const { store } = ctx;
  return rowOf(name, store)?.tags ?? {};
}

export const addTagsToResource: Handler<'ssm', 'AddTagsToResource'> = (input, ctx) => {
  const row = find(input.ResourceType, input.ResourceId, ctx);
  const tags = { ...row.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  ctx.store.put(parameters, { ...row, tags });
  return {};
};

export const removeTagsFromResource: Handler<'ssm', 'RemoveTagsFromResource'> = (input, ctx) => {
  const row = find(input.ResourceType, input.ResourceId, ctx);
  const gone = new Set(input.TagKeys);
  const tags = Object.fromEntries(Object.entries(row.tags).filter(([key]) => !gone.has(key)));
  ctx.store.put(parameters, { ...row, tags });
  return {};
};

export const listTagsForResource: Handler<'ssm', 'ListTagsForResource'> = (input, ctx) => ({
  TagList: Object.entries(find(input.ResourceType, input.ResourceId, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
