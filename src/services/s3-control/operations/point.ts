/** Access points: create, show, list, delete; and their policies. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { AccessPoint } from '#models/s3-control';
import {
  type AccessPointRow,
  accessPoints,
  type BucketRow,
  buckets,
  directoryPoints,
  directoryPolicyFault,
  isBlockedAt,
  isDirectoryName,
  isDirectoryPointName,
  isPublicPolicy,
  keptPolicy,
  languageFault,
  pointArn,
} from '../../s3/port.ts';
import { pageOf } from '../domain/page.ts';
import { namesPoint } from '../domain/point-policy.ts';
import {
  accessPointIsYours,
  invalidRequest,
  malformedPolicy,
  malformedToken,
  noSuchAccessPoint,
  noSuchAccessPointPolicy,
  publicPolicyBlocked,
} from '../errors.ts';
import { blockOf, checkAccount, shownBlock } from './block.ts';
import { createDirectoryPoint } from './directory-point.ts';
import { checkTags } from './tags.ts';

/** Source: S3 User Guide, "Access points naming rules, restrictions, and limitations". */
const NAME = /^[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])$/;
/** An alias is as long as a bucket's name may be, at most. */
const ALIAS_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const ALIAS_RANDOM = 34;
const ALIAS_NAME_MAX = 20;

/** @throws {ServiceError} NoSuchAccessPoint */
function findPoint(input: { AccountId: string; Name: string }, ctx: Ctx): AccessPointRow {
  checkAccount(input, ctx);
  const name = input.Name.startsWith('arn:') ? (input.Name.split('/').at(-1) ?? '') : input.Name;
  const point = ctx.store.get(tableOf(name), { account: ctx.account, region: ctx.region, name });
  if (point === undefined) throw noSuchAccessPoint(name);
  return point;
}

/** Where an access point of that name lies. */
const tableOf = (name: string) => (isDirectoryPointName(name) ? directoryPoints : accessPoints);

export const createAccessPoint: Handler<'s3-control', 'CreateAccessPoint'> = (input, ctx) => {
  checkAccount(input, ctx);
  const { Name: name, Bucket, BucketAccountId, VpcConfiguration: vpc } = input;
  if (isDirectoryPointName(name)) return createDirectoryPoint(input, ctx);
  // Source: AWS's answer in badmintoncryer/cdk-preflight, September 2026.
  if (isDirectoryName(Bucket)) throw malformedToken();
  if (!NAME.test(name) || name.endsWith('-s3alias')) throw invalidRequest('Your Amazon S3 AccessPoint name is invalid');
  if (input.Scope !== undefined)
    throw invalidRequest('Scope is only supported for access points attached to directory buckets.');
  const bucket = ctx.store.get(buckets, { name: Bucket });
  const owner = BucketAccountId ?? ctx.account;
  checkBucketOf(bucket, owner, ctx);
  const key = { account: ctx.account, region: ctx.region, name };
  if (ctx.store.get(accessPoints, key) !== undefined) throw accessPointIsYours();
  const tags = checkTags(input.Tags ?? []);
  const point: AccessPointRow = {
    ...key,
    alias: `${name.slice(0, ALIAS_NAME_MAX)}-${ctx.random.text(ALIAS_RANDOM, ALIAS_ALPHABET)}-s3alias`,
    bucket: Bucket,
    bucketAccount: owner,
    createdAt: wholeSecond(ctx.now),
    // Source: S3 User Guide, "Managing public access to access points": all four are on unless they are given.
    publicAccess:
      input.PublicAccessBlockConfiguration === undefined
        ? { blockAcls: true, ignoreAcls: true, blockPolicy: true, restrict: true }
        : blockOf(input.PublicAccessBlockConfiguration),
    ...(vpc !== undefined && { vpcId: vpc.VpcId }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
  ctx.store.put(accessPoints, point);
  return { AccessPointArn: pointArn(ctx.partition, point), Alias: point.alias };
};

/** Source: S3's answers as radkawar/stackd measured them. @throws {ServiceError} InvalidRequest */
function checkBucketOf(bucket: BucketRow | undefined, owner: string, ctx: Ctx): void {
  const only = (what: string) => invalidRequest(`Amazon S3 AccessPoint can only be created for ${what}`);
  if (bucket === undefined) throw only('existing bucket');
  if (bucket.region !== ctx.region) throw only('bucket in the same region');
  if (bucket.account !== owner)
    throw invalidRequest('BucketAccountId parameter should be same as the AWS Account Id of bucket owner');
}

function shownPoint(point: AccessPointRow, ctx: Ctx): AccessPoint {
  return {
    Name: point.name,
    NetworkOrigin: point.vpcId === undefined ? 'Internet' : 'VPC',
    ...(point.vpcId !== undefined && { VpcConfiguration: { VpcId: point.vpcId } }),
    Bucket: point.bucket,
    AccessPointArn: pointArn(ctx.partition, point),
    Alias: point.alias,
    BucketAccountId: point.bucketAccount,
  };
}

export const getAccessPoint: Handler<'s3-control', 'GetAccessPoint'> = (input, ctx) => {
  const point = findPoint(input, ctx);
  const { region } = point;
  const shown = {
    ...shownPoint(point, ctx),
    PublicAccessBlockConfiguration: shownBlock(point.publicAccess),
    CreationDate: point.createdAt,
  };
  if (isDirectoryPointName(point.name)) return shown;
  return {
    ...shown,
    Endpoints: {
      ipv4: `s3-accesspoint.${region}.amazonaws.com`,
      dualstack: `s3-accesspoint.dualstack.${region}.amazonaws.com`,
      fips: `s3-accesspoint-fips.${region}.amazonaws.com`,
      fips_dualstack: `s3-accesspoint-fips.dualstack.${region}.amazonaws.com`,
    },
  };
};

export const listAccessPoints: Handler<'s3-control', 'ListAccessPoints'> = (input, ctx) =>
  listPoints(accessPoints, input, ctx);

export const listAccessPointsForDirectoryBuckets: Handler<'s3-control', 'ListAccessPointsForDirectoryBuckets'> = (
  { DirectoryBucket, ...input },
  ctx,
) => listPoints(directoryPoints, { ...input, ...(DirectoryBucket !== undefined && { Bucket: DirectoryBucket }) }, ctx);

type Listing = { AccountId: string; Bucket?: string; NextToken?: string; MaxResults?: number };

/** One page of the access points of an account, or of those of a bucket. @throws {ServiceError} InvalidRequest */
function listPoints(table: typeof accessPoints | typeof directoryPoints, input: Listing, ctx: Ctx) {
  checkAccount(input, ctx);
  const { account, region } = ctx;
  const { page, rest } = pageOf(
    input,
    (after, limit) =>
      ctx.store.list(table as typeof accessPoints, {
        ...(input.Bucket === undefined
          ? { where: { account, region } }
          : { index: 'byBucket', where: { account, region, bucket: input.Bucket } }),
        ...(after !== undefined && { after: { name: after } }),
        limit,
      }),
    ({ name }) => name,
  );
  return { AccessPointList: page.map((point) => shownPoint(point, ctx)), ...rest };
}

export const deleteAccessPoint: Handler<'s3-control', 'DeleteAccessPoint'> = (input, ctx) => {
  const point = findPoint(input, ctx);
  ctx.store.delete(tableOf(point.name), point);
  return {};
};

export const getAccessPointPolicy: Handler<'s3-control', 'GetAccessPointPolicy'> = (input, ctx) => {
  const { policy, name } = findPoint(input, ctx);
  if (policy === undefined) throw noSuchAccessPointPolicy(name);
  return { Policy: policy };
};

export const putAccessPointPolicy: Handler<'s3-control', 'PutAccessPointPolicy'> = (input, ctx) => {
  const point = findPoint(input, ctx);
  const { Policy: policy } = input;
  const fault = languageFault(policy, ctx);
  if (fault !== undefined) throw malformedPolicy(fault);
  const misfit = misfitOf(policy, point, ctx);
  if (misfit !== undefined) throw malformedPolicy(misfit);
  if (isPublic(point, policy) && isBlockedAt(ctx.store, point, 'blockPolicy')) throw publicPolicyBlocked();
  ctx.store.put(tableOf(point.name), { ...point, policy: keptPolicy(policy, ctx.partition) });
  return {};
};

/**
 * What in a policy is not for its access point. One of a directory bucket says who may open sessions.
 *
 * Deviation: AWS also takes the bucket's ARN in the policy of such a one.
 */
function misfitOf(policy: string, point: AccessPointRow, ctx: Ctx): string | undefined {
  const arn = pointArn(ctx.partition, point);
  if (isDirectoryPointName(point.name)) return directoryPolicyFault(policy, arn);
  return namesPoint(policy, arn) ? undefined : 'Policy has invalid resource';
}

/** Nobody but a virtual network reaches one of its own. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", Access points. */
const isPublic = ({ vpcId }: AccessPointRow, policy: string): boolean =>
  vpcId === undefined && isPublicPolicy(policy, 'point');

export const deleteAccessPointPolicy: Handler<'s3-control', 'DeleteAccessPointPolicy'> = (input, ctx) => {
  const { policy, ...rest } = findPoint(input, ctx);
  if (policy === undefined) throw noSuchAccessPointPolicy(rest.name);
  ctx.store.put(tableOf(rest.name), rest);
  return {};
};

export const getAccessPointPolicyStatus: Handler<'s3-control', 'GetAccessPointPolicyStatus'> = (input, ctx) => {
  const point = findPoint(input, ctx);
  if (point.policy === undefined) throw noSuchAccessPointPolicy(point.name);
  return { PolicyStatus: { IsPublic: isPublic(point, point.policy) } };
};
