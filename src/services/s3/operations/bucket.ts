/** Buckets: create, find, list, delete, and where they are. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import type { CreateBucketRequest } from '#models/s3';
import { asksAcl, asksPublicAcl, canonicalId, grantsOf } from '../domain/acl.ts';
import { directoryArn, isDirectoryName } from '../domain/directory.ts';
import { arnOf, findAnywhere, findBucket } from '../domain/find.ts';
import { checkBucketName } from '../domain/names.ts';
import { hasPoints } from '../domain/points.ts';
import { checkTags } from '../domain/tags.ts';
import {
  aclBlocked,
  aclContradictsOwnership,
  badToken,
  bucketExists,
  bucketIsYours,
  bucketNotEmpty,
  hasAccessPoints,
  illegalLocation,
  invalidArgument,
  invalidLocation,
  namespaceMissing,
  namespaceSuffixMissing,
  tooManyBuckets,
  wrongRegion,
} from '../errors.ts';
import { BUCKETS_MAX, LIST_BUCKETS_MAX } from '../limits.ts';
import {
  type BucketRow,
  buckets,
  configurations,
  directoryBuckets,
  jobs,
  logLines,
  type Ownership,
  objects,
  sequences,
  uploads,
  versions,
} from '../state.ts';
import { createDirectoryBucket } from './directory.ts';

const HOME = 'us-east-1';
const OWNERSHIP_DEFAULT: Ownership = 'BucketOwnerEnforced';

export const createBucket: Handler<'s3', 'CreateBucket'> = (input, ctx) => {
  const name = input.Bucket;
  const { Location, Bucket } = input.CreateBucketConfiguration ?? {};
  if (isDirectoryName(name) || Location !== undefined || Bucket !== undefined) return createDirectoryBucket(input, ctx);
  checkBucketName(name);
  const region = regionOf(input, ctx);
  checkNamespace(input, region, ctx);
  const before = ctx.store.get(buckets, { name });
  const output = {
    Location: region === HOME ? `/${name}` : `http://${name}.s3.amazonaws.com/`,
    BucketArn: arnOf(ctx, name),
  };
  if (before !== undefined) {
    if (before.account !== ctx.account) throw bucketExists(name);
    // Source: S3 API Reference, CreateBucket: in us-east-1 an owner who creates a bucket again gets 200.
    if (before.region !== HOME || region !== HOME || !isAsAsked(before, input)) throw bucketIsYours(name);
  }
  const ownership: Ownership = input.ObjectOwnership ?? OWNERSHIP_DEFAULT;
  const draft: BucketRow = {
    name,
    id: ctx.uuid(),
    account: ctx.account,
    region,
    createdAt: wholeSecond(ctx.now),
    ownership,
    // Source: S3 User Guide, "Default settings for new S3 buckets FAQ": since April 2023 all four are on.
    publicAccess: { blockAcls: true, ignoreAcls: true, blockPolicy: true, restrict: true },
    ...(input.ObjectLockEnabledForBucket === true && { objectLock: {}, versioning: 'Enabled' as const }),
  };
  if (ownership === 'BucketOwnerEnforced' && asksAcl(input)) throw aclContradictsOwnership();
  if (asksPublicAcl(input)) throw aclBlocked();
  const acl =
    ownership === 'BucketOwnerEnforced' ? undefined : grantsOf(input, draft, ctx.account, ctx, 'CreateBucket');
  if (before !== undefined) {
    const { acl: _, ...kept } = before;
    ctx.store.put(buckets, { ...kept, ...(acl !== undefined && { acl }) });
    return output;
  }
  if (ctx.store.count(buckets, { index: 'byAccount', where: { account: ctx.account } }) >= ctx.quota(BUCKETS_MAX))
    throw tooManyBuckets();
  const tags = input.CreateBucketConfiguration?.Tags;
  ctx.store.put(buckets, {
    ...draft,
    ...(acl !== undefined && { acl }),
    ...(tags !== undefined && tags.length > 0 && { tags: checkTags(tags, 'bucket') }),
  });
  return output;
};

/** Whether a bucket could have been made by this request; only its ACL is then as the request has it. Source: radkawar/stackd, measured in 2026. */
function isAsAsked({ objectLock, ownership, publicAccess, abac }: BucketRow, input: CreateBucketRequest): boolean {
  return (
    (objectLock !== undefined) === (input.ObjectLockEnabledForBucket === true) &&
    (ownership === undefined || ownership === (input.ObjectOwnership ?? OWNERSHIP_DEFAULT)) &&
    Object.values(publicAccess ?? {}).every((blocks) => blocks) &&
    abac === undefined &&
    (input.CreateBucketConfiguration?.Tags ?? []).length === 0
  );
}

/** @throws {ServiceError} IllegalLocationConstraintException, InvalidLocationConstraint, AuthorizationHeaderMalformed where the signature's Region is none */
function regionOf(input: CreateBucketRequest, ctx: Ctx): string {
  // Clients of other stores sign for 'US' or 'auto', and learn the right one from this answer.
  if (!REGIONS.has(ctx.region)) throw wrongRegion(ctx.region, HOME);
  const asked: string | undefined = input.CreateBucketConfiguration?.LocationConstraint;
  if (asked === undefined || asked === '') {
    if (ctx.region !== HOME) throw illegalLocation('unspecified');
    return HOME;
  }
  const region = asked === 'EU' ? 'eu-west-1' : asked;
  if (region === HOME) throw invalidLocation(asked);
  if (ctx.region !== HOME && ctx.region !== region) throw illegalLocation(asked);
  return region;
}

/** Names that are an account's own in a Region. Source: S3 User Guide, "Account regional namespaces for general purpose buckets". */
const REGIONAL_NAME = /-\d{12}-[a-z]+(?:-[a-z]+)+-\d+-an$/;

/** @throws {ServiceError} MissingNamespaceHeader, InvalidNamespaceHeader */
function checkNamespace({ Bucket, BucketNamespace }: CreateBucketRequest, region: string, ctx: Ctx): void {
  const suffix = `-${ctx.account}-${region}-an`;
  if (BucketNamespace === 'account-regional' && !Bucket.endsWith(suffix)) throw namespaceSuffixMissing(suffix);
  if (BucketNamespace === undefined && REGIONAL_NAME.test(Bucket)) throw namespaceMissing();
}

export const headBucket: Handler<'s3', 'HeadBucket'> = (input, ctx) => {
  const { bucket } = findBucket(input, ctx);
  const { directory } = bucket;
  return {
    BucketRegion: bucket.region,
    BucketArn: directory === undefined ? arnOf(ctx, bucket.name) : directoryArn(ctx, bucket),
    AccessPointAlias: bucket.name !== input.Bucket,
    ...(directory !== undefined && { BucketLocationType: 'AvailabilityZone', BucketLocationName: directory.zone }),
  };
};

/** Every Region tells where a bucket is. Source: aws/aws-sdk-java, issue 1338. */
export const getBucketLocation: Handler<'s3', 'GetBucketLocation'> = (input, ctx) => {
  const { region } = findAnywhere(input, ctx);
  return region === HOME ? {} : { LocationConstraint: region as never };
};

export const listBuckets: Handler<'s3', 'ListBuckets'> = (input, ctx) => {
  const { Prefix: prefix = '', MaxBuckets: max, BucketRegion: region, ContinuationToken: token } = input;
  if (region !== undefined) checkRegion(region, ctx);
  const limit = max ?? LIST_BUCKETS_MAX;
  const name = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  if (name === '') throw badToken();
  // Source: S3 API Reference, Bucket: the Region is in the answer where the request has at least one parameter.
  const asks = max !== undefined || token !== undefined || region !== undefined || input.Prefix !== undefined;
  const found = ctx.store.list(buckets, {
    index: region === undefined ? 'byAccount' : 'byRegion',
    where: region === undefined ? { account: ctx.account } : { account: ctx.account, region },
    startsWith: prefix,
    ...(name !== undefined && { after: { name } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    Buckets: page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: bucket.createdAt,
      ...(asks && { BucketRegion: bucket.region }),
      BucketArn: arnOf(ctx, bucket.name),
    })),
    Owner: { ID: canonicalId(ctx.account) },
    ...(found.length > limit && { ContinuationToken: Buffer.from(page.at(-1)?.name ?? '').toString('base64url') }),
    ...(input.Prefix !== undefined && { Prefix: prefix }),
  };
};

/** Source: S3's answers in brekkylab/backlot, September 2026. @throws {ServiceError} InvalidArgument */
function checkRegion(region: string, ctx: Ctx): void {
  const asked = region.toLowerCase();
  if (!REGIONS.has(asked)) throw invalidArgument(`Argument value ${region} is not a valid AWS Region`, 'bucket-region');
  if (asked !== ctx.region)
    throw invalidArgument(
      'Requests with bucket-region specified must be made to the corresponding regional endpoint',
      'bucket-region',
    );
}

export const deleteBucket: Handler<'s3', 'DeleteBucket'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const where = { bucket: bucket.id };
  if (store.first(objects, { where }) !== undefined) throw bucketNotEmpty(bucket.name, bucket.versioning !== undefined);
  if (store.first(versions, { where }) !== undefined) throw bucketNotEmpty(bucket.name, true);
  // Source: S3 API Reference, DeleteBucket, the note on directory buckets.
  const isBusy = bucket.directory !== undefined && store.first(uploads, { where }) !== undefined;
  if (isBusy) throw bucketNotEmpty(bucket.name, false);
  if (hasPoints(ctx.store, bucket)) throw hasAccessPoints();
  store.delete(bucket.directory === undefined ? buckets : directoryBuckets, bucket);
  store.delete(sequences, { bucket: bucket.id });
  for (const row of store.list(configurations, { where })) store.delete(configurations, row);
  for (const row of store.list(jobs, { where })) store.delete(jobs, row);
  for (const row of store.list(logLines, { where })) store.delete(logLines, row);
  if (store.first(uploads, { where }) !== undefined)
    ctx.arm('sweepUploads', bucket.id, ctx.now, { account: bucket.account, region: bucket.region, bucket: bucket.id });
  return {};
};
