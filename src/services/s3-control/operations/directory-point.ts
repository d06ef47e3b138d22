/**
 * Access points of directory buckets: their names and scopes.
 *
 * Source: S3's answers in badmintoncryer/cdk-preflight, September 2026, of which the codes are not told.
 *
 * Deviation: how AWS words its refusals of names and of prefixes in scopes is not documented; the words are Cloudyard's own.
 */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { CreateAccessPointRequest, Scope, ScopePermission } from '#models/s3-control';
import {
  type DirectoryPointRow,
  directoryPoints,
  isDirectoryPointName,
  type PointScope,
  pointArn,
  rowOf,
  zoneOfPointName,
} from '../../s3/port.ts';
import { accessPointIsYours, invalidRequest, noSuchAccessPoint, noSuchBucket } from '../errors.ts';
import { blockOf, checkAccount } from './block.ts';
import { checkTags } from './tags.ts';

/** Source: S3 API Reference, Scope: the total length of all prefixes is less than 256 bytes. */
const PREFIX_BYTES_MAX = 255;
/** Source: S3 User Guide, "Directory buckets overview", Access management: all of it is blocked, always. */
const BLOCKED = { blockAcls: true, ignoreAcls: true, blockPolicy: true, restrict: true };

/** @throws {ServiceError} InvalidRequest, NoSuchBucket, AccessPointAlreadyOwnedByYou, InvalidTag */
export function createDirectoryPoint(input: CreateAccessPointRequest, ctx: Ctx) {
  const { Name: name, Bucket, BucketAccountId: owner = ctx.account, VpcConfiguration: vpc } = input;
  const zone = zoneOfPointName(name);
  if (zone === undefined) throw invalidRequest('The specified accesspoint name is not valid');
  const bucket = rowOf(ctx.store, Bucket);
  if (bucket?.directory === undefined || bucket.region !== ctx.region || bucket.account !== owner) throw noSuchBucket();
  if (bucket.directory.zone !== zone)
    throw invalidRequest('Amazon S3 AccessPoint can only be created for bucket in the same AZ');
  const block = input.PublicAccessBlockConfiguration;
  if (block !== undefined && Object.values(blockOf(block)).includes(false))
    throw invalidRequest('Public access to directory buckets is always blocked');
  const before = ctx.store.first(directoryPoints, { index: 'byAlias', where: { alias: name } });
  if (before !== undefined)
    throw before.account === ctx.account
      ? accessPointIsYours()
      : invalidRequest('The name of the access point is taken in the zone');
  const scope = input.Scope === undefined ? undefined : readScope(input.Scope);
  const tags = checkTags(input.Tags ?? []);
  const point: DirectoryPointRow = {
    account: ctx.account,
    region: ctx.region,
    name,
    alias: name,
    bucket: Bucket,
    bucketAccount: owner,
    createdAt: wholeSecond(ctx.now),
    publicAccess: BLOCKED,
    ...(vpc !== undefined && { vpcId: vpc.VpcId }),
    ...(scope !== undefined && { scope }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
  ctx.store.put(directoryPoints, point);
  return { AccessPointArn: pointArn(ctx.partition, point), Alias: name };
}

/** @throws {ServiceError} InvalidRequest */
function readScope({ Prefixes: prefixes = [], Permissions: permissions = [] }: Scope): PointScope {
  if (Buffer.byteLength(prefixes.join('')) > PREFIX_BYTES_MAX)
    throw invalidRequest('The total length of all prefixes of a scope must be less than 256 bytes');
  if (prefixes.includes('')) throw invalidRequest('A prefix of a scope cannot be empty');
  return { prefixes, permissions: [...new Set(permissions)] };
}

/** @throws {ServiceError} NoSuchAccessPoint, InvalidRequest */
function scopedPoint(input: { AccountId: string; Name: string }, ctx: Ctx): DirectoryPointRow {
  checkAccount(input, ctx);
  const { Name: name } = input;
  if (!isDirectoryPointName(name)) throw invalidRequest('Scope is for access points of directory buckets only');
  const point = ctx.store.get(directoryPoints, { account: ctx.account, region: ctx.region, name });
  if (point === undefined) throw noSuchAccessPoint(name);
  return point;
}

export const putAccessPointScope: Handler<'s3-control', 'PutAccessPointScope'> = (input, ctx) => {
  const point = scopedPoint(input, ctx);
  ctx.store.put(directoryPoints, { ...point, scope: readScope(input.Scope) });
  return {};
};

/** Deviation: what AWS tells of one without a scope is not documented; here it is an answer without one. */
export const getAccessPointScope: Handler<'s3-control', 'GetAccessPointScope'> = (input, ctx) => {
  const { scope } = scopedPoint(input, ctx);
  if (scope === undefined) return {};
  return { Scope: { Prefixes: [...scope.prefixes], Permissions: [...scope.permissions] as ScopePermission[] } };
};

export const deleteAccessPointScope: Handler<'s3-control', 'DeleteAccessPointScope'> = (input, ctx) => {
  const { scope: _, ...rest } = scopedPoint(input, ctx);
  ctx.store.put(directoryPoints, rest);
  return {};
};
