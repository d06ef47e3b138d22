/** Tags of buckets, access points, and what S3 Access Grants has, by their ARN. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { Table } from '#kernel/store';
import type { TagList } from '#models/s3-control';
import {
  accessPoints,
  type BucketRow,
  directoryPoints,
  isDirectoryPointName,
  keepBucket,
  rowOf,
} from '../../s3/port.ts';
import { DEFAULT } from '../domain/grant-store.ts';
import { invalidTag, noSuchResource, tooManyTags } from '../errors.ts';
import { grants, instances, locations } from '../state-grants.ts';
import { checkAccount } from './block.ts';

type Tags = { [key: string]: string };

/** Source: S3 API Reference, TagResource: up to 50 tags. */
const TAGS_MAX = 50;

/** @throws {ServiceError} InvalidTag, TooManyTagsException */
export function checkTags(given: TagList, before: Tags = {}): Tags {
  if (given.some(({ Key }) => Key.toLowerCase().startsWith('aws:')))
    throw invalidTag('System tags cannot be added/updated by requester');
  if (new Set(given.map(({ Key }) => Key)).size < given.length)
    throw invalidTag('Cannot provide multiple Tags with the same key');
  const added = given.map(({ Key, Value }) => [Key, Value] as const);
  const tags = Object.fromEntries([...Object.entries(before), ...added]);
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  return tags;
}

/** What carries tags, and how to give it others. @throws {ServiceError} NoSuchResource */
function tagged(input: { AccountId: string; ResourceArn: string }, ctx: Ctx): Tagged {
  checkAccount(input, ctx);
  const arn = parseArn(input.ResourceArn);
  const granting = taggedGranting(arn, ctx);
  if (granting !== undefined) return granting;
  const name = /^accesspoint\/(.+)$/.exec(arn?.resource ?? '')?.[1];
  if (name !== undefined) {
    const table = isDirectoryPointName(name) ? directoryPoints : accessPoints;
    const point = ctx.store.get(table, { account: ctx.account, region: ctx.region, name });
    if (point === undefined) throw noSuchResource();
    return { tags: point.tags ?? {}, put: (tags) => ctx.store.put(table, { ...point, tags }) };
  }
  // Of a directory bucket it is `bucket/name`, and has a Region.
  const bucket = rowOf(ctx.store, (arn?.resource ?? '').replace(/^bucket\//, ''));
  const isDirectory = arn?.service === 's3express';
  if (bucket?.account !== ctx.account || isDirectory !== (bucket.directory !== undefined)) throw noSuchResource();
  return { tags: bucket.tags ?? {}, put: (tags) => keepBucket(ctx.store, retagged(bucket, tags)) };
}

type Tagged = { tags: Tags; put: (tags: Tags) => void };

/** What carries tags of S3 Access Grants; undefined for an ARN of something else. @throws {ServiceError} NoSuchResource */
function taggedGranting(arn: ReturnType<typeof parseArn>, { account, region, store }: Ctx): Tagged | undefined {
  if (arn?.resource.startsWith('access-grants/') !== true) return undefined;
  if (arn.account !== account || arn.region !== region) throw noSuchResource();
  const [, kind, id = DEFAULT] = GRANTING.exec(arn.resource) ?? [];
  const of = <Row extends { id: string; tags?: Tags }>(table: Table<Row, 'id'>): Tagged => {
    const row = store.get(table, { id } as Row);
    if (row === undefined) throw noSuchResource();
    return { tags: row.tags ?? {}, put: (tags) => store.put(table, { ...row, tags }) };
  };
  return kind === 'location' ? of(locations) : kind === 'grant' ? of(grants) : of(instances);
}

const GRANTING = /^access-grants\/default(?:\/(location|grant)\/(.+))?$/;

function retagged({ tags: _, ...bucket }: BucketRow, tags: Tags): BucketRow {
  return Object.keys(tags).length === 0 ? bucket : { ...bucket, tags };
}

export const tagResource: Handler<'s3-control', 'TagResource'> = (input, ctx) => {
  const { tags, put } = tagged(input, ctx);
  put(checkTags(input.Tags, tags));
  return {};
};

export const untagResource: Handler<'s3-control', 'UntagResource'> = (input, ctx) => {
  const { tags, put } = tagged(input, ctx);
  const gone = new Set(input.TagKeys);
  put(Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTagsForResource: Handler<'s3-control', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: Object.entries(tagged(input, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
