/** Directory buckets: create, list, and the sessions in which their objects are reached. */
import { MINUTE, type Millis, wholeSecond } from '#kernel/base';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { CreateBucketRequest, CreateSessionRequest } from '#models/s3';
import { boundSessionOf, openBoundSession } from '../../sts/port.ts';
import { keepBucket, rowOf } from '../domain/bucket-row.ts';
import { directoryArn, hasExpress, isDirectoryName, isDirectoryPointName, zoneOfName } from '../domain/directory.ts';
import { authorizeSession, highestMode, type Opened, writeMode } from '../domain/directory-access.ts';
import { sessionEncryption, shownEncryptionOf } from '../domain/directory-encryption.ts';
import { directoryPointOf } from '../domain/directory-points.ts';
import { checkPrefix } from '../domain/names.ts';
import { bucketNamed } from '../domain/points.ts';
import { checkTags } from '../domain/tags.ts';
import {
  accessDenied,
  badToken,
  bucketExists,
  bucketIsYours,
  invalidBucketName,
  malformedXml,
  noSuchBucket,
  tooManyBuckets,
} from '../errors.ts';
import { badPlace, notInDirectories, notInGeneral, notWithSession } from '../errors-directory.ts';
import { DIRECTORY_BUCKETS_MAX, LIST_DIRECTORY_BUCKETS_MAX } from '../limits.ts';
import { type BucketRow, directoryBuckets } from '../state.ts';

/** Source: S3 API Reference, CreateSession. */
const SESSION_LIFETIME: Millis = 5 * MINUTE;

/** @throws {ServiceError} InvalidBucketName, AccessDenied, MalformedXML, InvalidRequest, BucketAlreadyExists, BucketAlreadyOwnedByYou, TooManyBuckets */
export function createDirectoryBucket(input: CreateBucketRequest, ctx: Ctx) {
  const { Bucket: name, CreateBucketConfiguration: asked } = input;
  const zone = zoneOfName(name);
  checkPrefix(name);
  checkPlace(zone, input, ctx);
  const before = rowOf(ctx.store, name);
  if (before !== undefined) throw before.account === ctx.account ? bucketIsYours(name) : bucketExists(name);
  const { account, region } = ctx;
  const many = ctx.store.count(directoryBuckets, { index: 'byRegion', where: { account, region } });
  if (many >= ctx.quota(DIRECTORY_BUCKETS_MAX)) throw tooManyBuckets();
  const tags = asked?.Tags;
  const bucket: BucketRow = {
    name,
    id: ctx.uuid(),
    account,
    region,
    createdAt: wholeSecond(ctx.now),
    // Source: S3 User Guide, "Directory buckets overview", Access management: neither can be changed.
    ownership: 'BucketOwnerEnforced',
    publicAccess: { blockAcls: true, ignoreAcls: true, blockPolicy: true, restrict: true },
    directory: { zone },
    ...(tags !== undefined && tags.length > 0 && { tags: checkTags(tags, 'bucket') }),
  };
  keepBucket(ctx.store, bucket);
  return {
    Location: `https://${name}.s3express-${zone}.${region}.amazonaws.com/`,
    BucketArn: directoryArn(ctx, bucket),
  };
}

/** Source: S3 API Reference, CreateBucket, the parameters that directory buckets do not have. */
const WITHOUT = [
  'ACL',
  'BucketNamespace',
  'GrantFullControl',
  'GrantRead',
  'GrantReadACP',
  'GrantWrite',
  'GrantWriteACP',
  'ObjectLockEnabledForBucket',
  'ObjectOwnership',
] as const;

/** Source: S3's answers in github.com/aws/aws-cli/issues/8502, aws-controllers-k8s/community/issues/2658: a zone, and no other place. */
function checkPlace(zone: string, input: CreateBucketRequest, ctx: Ctx): void {
  const { CreateBucketConfiguration: asked } = input;
  const other = WITHOUT.find((member) => input[member] !== undefined && input[member] !== false);
  if (other !== undefined) throw notInDirectories(other);
  const { Location, Bucket, LocationConstraint } = asked ?? {};
  if (LocationConstraint !== undefined || Location?.Name === undefined || Bucket?.Type !== 'Directory')
    throw malformedXml();
  if (Location.Type === 'LocalZone') throw notBuilt('directory buckets in Local Zones');
  if (Location.Type !== 'AvailabilityZone') throw malformedXml();
  if (Bucket.DataRedundancy !== undefined && Bucket.DataRedundancy !== 'SingleAvailabilityZone')
    throw badPlace('Data Redundancy', 'Bucket');
  if (Location.Name !== zone) throw badPlace('Name', 'Location');
  if (!hasExpress(ctx.region, zone)) throw invalidBucketName(input.Bucket);
}

export const listDirectoryBuckets: Handler<'s3', 'ListDirectoryBuckets'> = (input, ctx) => {
  const { ContinuationToken: token, MaxDirectoryBuckets: asked = LIST_DIRECTORY_BUCKETS_MAX } = input;
  const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  if (after === '') throw badToken();
  const limit = Math.min(asked, LIST_DIRECTORY_BUCKETS_MAX);
  const found = ctx.store.list(directoryBuckets, {
    index: 'byRegion',
    where: { account: ctx.account, region: ctx.region },
    ...(after !== undefined && { after: { name: after } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    Buckets: page.map((bucket) => ({
      Name: bucket.name,
      CreationDate: bucket.createdAt,
      BucketArn: directoryArn(ctx, bucket),
    })),
    ...(found.length > limit &&
      last !== undefined && { ContinuationToken: Buffer.from(last.name).toString('base64url') }),
  };
};

export const createSession: Handler<'s3', 'CreateSession'> = (input, ctx) => {
  if (boundSessionOf(ctx) !== undefined) throw notWithSession('CreateSession');
  const bucket = openedBucket(input.Bucket, ctx);
  const encryption = sessionEncryption(input, bucket, ctx);
  const mode = modeOf(input, bucket, ctx);
  const session = { signing: 's3express', path: `/${input.Bucket}`, mode: writeMode(mode, bucket.account, encryption) };
  const Credentials = openBoundSession(ctx, session, SESSION_LIFETIME);
  if (Credentials === undefined) throw accessDenied();
  return { Credentials, ...shownEncryptionOf(bucket, encryption) };
};

/** @throws {ServiceError} AccessDenied */
function modeOf(input: CreateSessionRequest, bucket: Target, ctx: Ctx) {
  const { SessionMode: asked, ServerSideEncryption: kind, SSEKMSKeyId: key } = input;
  const context = {
    ...(kind !== undefined && { 's3express:x-amz-server-side-encryption': kind }),
    ...(key !== undefined && { 's3express:x-amz-server-side-encryption-aws-kms-key-id': key }),
  };
  if (asked === undefined) return highestMode(ctx, bucket, context);
  authorizeSession(ctx, bucket, asked, context);
  return asked;
}

type Target = Opened & Pick<BucketRow, 'encryption'>;

/**
 * The bucket that a session is for.
 *
 * Deviation: of a bucket that is not there clients get a session, too, unless they come to a zone's own host: those with an endpoint of
 * their own ask for one even before they create a bucket. It is good for a bucket of the caller's account.
 *
 * @throws {ServiceError} NoSuchBucket, InvalidBucketName
 */
function openedBucket(name: string, ctx: Ctx): Target {
  if (isDirectoryPointName(name)) return bucketBehind(name, ctx);
  if (!isDirectoryName(name)) throw notInGeneral(ctx.http.method);
  zoneOfName(name);
  const bucket = rowOf(ctx.store, name);
  if (bucket !== undefined) return bucket;
  if (ctx.http.headers.host?.includes('.s3express-') === true) throw noSuchBucket(name);
  return { account: ctx.account, region: ctx.region, name };
}

/** @throws {ServiceError} NoSuchBucket, AccessDenied */
function bucketBehind(name: string, ctx: Ctx): Target {
  const bucket = bucketNamed(ctx.store, name, ctx.region);
  if (bucket === undefined) throw noSuchBucket(name);
  return { ...bucket, point: directoryPointOf(name, ctx) };
}
