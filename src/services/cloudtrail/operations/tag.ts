/** Tags of trails and event data stores. */
import type { Ctx, Handler } from '#kernel/contract';
import { type Tags, tagsWith } from '../domain/tags.ts';
import { badArn, resourceNotFound } from '../errors.ts';
import { eventDataStores } from '../lake-state.ts';
import { trails } from '../state.ts';

/** What has tags, and how it gets others. */
type Tagged = { tags: Tags; put: (tags: Tags) => void };

/** @throws {ServiceError} CloudTrailARNInvalidException, ResourceNotFoundException */
function tagged(arn: string, { store }: Ctx): Tagged {
  if (!arn.startsWith('arn:')) throw badArn(arn);
  const id = arn.split('/').at(-1) ?? '';
  const trail = store.get(trails, { name: id });
  if (trail?.arn === arn) return { tags: trail.tags, put: (tags) => store.put(trails, { ...trail, tags }) };
  const lake = store.get(eventDataStores, { id });
  if (lake?.arn === arn) return { tags: lake.tags, put: (tags) => store.put(eventDataStores, { ...lake, tags }) };
  throw resourceNotFound(arn);
}

/** The tags of what an ARN names, as policies see them. @throws {ServiceError} CloudTrailARNInvalidException, ResourceNotFoundException */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => tagged(arn, ctx).tags;

export const addTags: Handler<'cloudtrail', 'AddTags'> = (input, ctx) => {
  const { tags, put } = tagged(input.ResourceId, ctx);
  put(tagsWith(tags, input.TagsList));
  return {};
};

export const removeTags: Handler<'cloudtrail', 'RemoveTags'> = (input, ctx) => {
  const { tags, put } = tagged(input.ResourceId, ctx);
  const gone = new Set(input.TagsList.map(({ Key }) => Key));
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTags: Handler<'cloudtrail', 'ListTags'> = (input, ctx) => ({
  ResourceTagList: input.ResourceIdList.map((arn) => ({
    ResourceId: arn,
    TagsList: Object.entries(tagged(arn, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
  })),
});
