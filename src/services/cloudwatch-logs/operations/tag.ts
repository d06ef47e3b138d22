/** Tags: of groups by their names (the older API), and of whatever has an ARN. */
import type { Ctx, Handler } from '#kernel/contract';
import { findGroup, groupNamed } from '../domain/find.ts';
import { groupOfArn } from '../domain/names.ts';
import { invalidParameter, notFound, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import {
  deliveries,
  deliveryDestinations,
  deliverySources,
  destinations,
  type GroupRow,
  groups,
  lookupTables,
  scheduledQueries,
} from '../state.ts';
import { anomalyDetectors } from '../state-anomaly.ts';

type Tags = { [key: string]: string };

/** What has tags, and how it gets others. */
type Tagged = { tags: Tags; put(tags: Tags): void };

const OTHERS = {
  destination: destinations,
  'delivery-source': deliverySources,
  'delivery-destination': deliveryDestinations,
} as const;

/** @throws {ServiceError} ResourceNotFoundException, InvalidParameterException */
function find(arn: string, ctx: Ctx): Tagged {
  const { store } = ctx;
  const named = groupOfArn(arn);
  if (named !== undefined) {
    if (named.account !== ctx.account) throw notFound('The specified resource does not exist.');
    return ofGroup(findGroup(named, ctx).group, ctx);
  }
  const [, kind, name = ''] = /^arn:[\w-]+:logs:[\w-]+:\d{12}:([\w-]+):([^:]+)$/.exec(arn) ?? [];
  const tagged = <Row extends { arn: string; tags: Tags }>(row: Row | undefined, put: (row: Row) => void): Tagged => {
    if (row?.arn !== arn) throw notFound('The specified resource does not exist.');
    return { tags: row.tags, put: (tags) => put({ ...row, tags }) };
  };
  if (kind === 'scheduled-query')
    return tagged(store.get(scheduledQueries, { id: name }), (row) => store.put(scheduledQueries, row));
  if (kind === 'anomaly-detector')
    return tagged(store.get(anomalyDetectors, { id: name }), (row) => store.put(anomalyDetectors, row));
  if (kind === 'lookup-table') return tagged(store.get(lookupTables, { name }), (row) => store.put(lookupTables, row));
  if (kind === 'delivery') return tagged(store.get(deliveries, { id: name }), (row) => store.put(deliveries, row));
  if (kind === undefined || !Object.hasOwn(OTHERS, kind))
    throw invalidParameter('The specified resourceArn is invalid.');
  const table = OTHERS[kind as keyof typeof OTHERS] as typeof deliverySources;
  return tagged(store.get(table, { name }), (row) => store.put(table, row));
}

function ofGroup(group: GroupRow, { store }: Ctx): Tagged {
  return { tags: group.tags, put: (tags) => void store.put(groups, { ...group, tags }) };
}

function add({ tags, put }: Tagged, given: Tags): void {
  const all = { ...tags, ...given };
  if (Object.keys(all).length > TAGS_MAX) throw tooManyTags();
  put(all);
}

function remove({ tags, put }: Tagged, keys: readonly string[]): void {
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key))));
}

/** The tags of what an ARN names, as policies see them. Streams have those of their group. @throws {ServiceError} ResourceNotFoundException */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => find(arn, ctx).tags;

export const tagLogGroup: Handler<'cloudwatch-logs', 'TagLogGroup'> = (input, ctx) => {
  add(ofGroup(groupNamed(input.logGroupName, ctx), ctx), input.tags);
  return {};
};

export const untagLogGroup: Handler<'cloudwatch-logs', 'UntagLogGroup'> = (input, ctx) => {
  remove(ofGroup(groupNamed(input.logGroupName, ctx), ctx), input.tags);
  return {};
};

export const listTagsLogGroup: Handler<'cloudwatch-logs', 'ListTagsLogGroup'> = (input, ctx) => ({
  tags: groupNamed(input.logGroupName, ctx).tags,
});

export const tagResource: Handler<'cloudwatch-logs', 'TagResource'> = (input, ctx) => {
  add(find(input.resourceArn, ctx), input.tags);
  return {};
};

export const untagResource: Handler<'cloudwatch-logs', 'UntagResource'> = (input, ctx) => {
  remove(find(input.resourceArn, ctx), input.tagKeys);
  return {};
};

export const listTagsForResource: Handler<'cloudwatch-logs', 'ListTagsForResource'> = (input, ctx) => ({
  tags: find(input.resourceArn, ctx).tags,
});
