/** Tags of trails and event data stores. */
import type { Ctx, Handler } from '#kernel/contract';
import { type Tags, tagsWith } from '../domain/tags.ts';
import {
  badArn,
  channelNotFound,
  resourceNotFound,
  storeInactive,
  storeNotFound,
  typeNotSupported,
} from '../errors.ts';
import { eventDataStores } from '../lake-state.ts';
import { trails } from '../state.ts';

/** What has tags, and how it gets others. */
type Tagged = { tags: Tags; put: (tags: Tags) => void; isInactive?: boolean };

const ARN = /^arn:[\w-]+:cloudtrail:[a-z0-9-]+:\d{12}:([a-z]+)\/(.+)$/;
/** Source: CloudTrail API Reference, AddTags, ResourceId. */
const KINDS = ['trail', 'eventdatastore', 'channel', 'dashboard'];

/**
 * What an ARN names; also a store that is about to be deleted.
 *
 * @throws {ServiceError} CloudTrailARNInvalidException, ResourceTypeNotSupportedException, ResourceNotFoundException, EventDataStoreNotFoundException, ChannelNotFoundException
 */
function tagged(arn: string, { store }: Ctx): Tagged {
  const [, kind, id = ''] = ARN.exec(arn) ?? [];
  if (kind === undefined) throw badArn(arn);
  if (!KINDS.includes(kind)) throw typeNotSupported();
  const trail = kind === 'trail' ? store.get(trails, { name: id }) : undefined;
  if (trail?.arn === arn) return { tags: trail.tags, put: (tags) => store.put(trails, { ...trail, tags }) };
  if (kind === 'channel') throw channelNotFound();
  if (kind !== 'eventdatastore') throw resourceNotFound(arn);
  const lake = store.get(eventDataStores, { id });
  if (lake?.arn !== arn) throw storeNotFound();
  const isInactive = lake.status === 'PENDING_DELETION';
  return { tags: lake.tags, put: (tags) => store.put(eventDataStores, { ...lake, tags }), isInactive };
}

/** What has tags now. @throws {ServiceError} as `tagged`, InactiveEventDataStoreException */
function active(arn: string, ctx: Ctx): Tagged {
  const found = tagged(arn, ctx);
  if (found.isInactive === true) throw storeInactive();
  return found;
}

/** The tags of what an ARN names, as policies see them. @throws {ServiceError} as `tagged` */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => tagged(arn, ctx).tags;

export const addTags: Handler<'cloudtrail', 'AddTags'> = (input, ctx) => {
  const { tags, put } = active(input.ResourceId, ctx);
  put(tagsWith(tags, input.TagsList));
  return {};
};

export const removeTags: Handler<'cloudtrail', 'RemoveTags'> = (input, ctx) => {
  const { tags, put } = active(input.ResourceId, ctx);
  const gone = new Set(input.TagsList.map(({ Key }) => Key));
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTags: Handler<'cloudtrail', 'ListTags'> = (input, ctx) => ({
  ResourceTagList: input.ResourceIdList.map((arn) => ({
    ResourceId: arn,
    TagsList: Object.entries(active(arn, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
  })),
});
