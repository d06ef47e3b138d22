/** Finding the bucket an operation is about, and seeing that the request came to the right Region. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import {
  accessDenied,
  invalidBucketName,
  noSuchBucket,
  notAnAccount,
  permanentRedirect,
  wrongQueryRegion,
  wrongRegion,
} from '../errors.ts';
import type { BucketRow } from '../state.ts';
import { rowOf } from './bucket-row.ts';
import { isBucketName } from './names.ts';
import { bucketNamed } from './points.ts';

/** A bucket, and the view of the store in which its objects lie. */
export type Found = { bucket: BucketRow; store: StoreView };

type Named = { Bucket: string; ExpectedBucketOwner?: string };

/** @throws {ServiceError} NoSuchBucket, InvalidBucketName, PermanentRedirect, AuthorizationHeaderMalformed; AccessDenied and InvalidBucketOwnerAWSAccountID for another owner than expected */
export function findBucket(input: Named, ctx: Ctx, store: StoreView = ctx.store): Found {
  const bucket = named(input, ctx, store);
  // Without a signature (anonymous, or a call from inside) any bucket is near.
  if (bucket.region !== ctx.region && ctx.http.headers.authorization !== undefined)
    throw permanentRedirect(bucket.name, `${bucket.name}.s3.${bucket.region}.amazonaws.com`, bucket.region);
  checkOwner(bucket, input.ExpectedBucketOwner, 'expected bucket owner');
  return { bucket, store: placed(bucket, ctx, store) };
}

/**
 * A bucket of any Region, for what every Region's endpoint tells of all of them.
 *
 * @throws {ServiceError} as findBucket, but for PermanentRedirect
 */
export function findAnywhere(input: Named, ctx: Ctx): BucketRow {
  const bucket = named(input, ctx, ctx.store);
  checkOwner(bucket, input.ExpectedBucketOwner, 'expected bucket owner');
  return bucket;
}

function named(input: Named, ctx: Ctx, store: StoreView): BucketRow {
  const bucket = bucketNamed(store, input.Bucket, ctx.region);
  if (bucket === undefined)
    throw isBucketName(input.Bucket) ? noSuchBucket(input.Bucket) : invalidBucketName(input.Bucket);
  if (bucket.region !== ctx.region) checkSignedRegion(bucket, ctx, input.Bucket);
  return bucket;
}

/**
 * Whether the bucket is the account's that a request expects.
 *
 * @throws {ServiceError} AccessDenied; InvalidBucketOwnerAWSAccountID for what is no account
 */
export function checkOwner(bucket: BucketRow, expected: string | undefined, what: string): void {
  if (expected === undefined || expected === bucket.account) return;
  throw /^\d{12}$/.test(expected) ? accessDenied() : notAnAccount(what, expected);
}

/** The view of a bucket's own account and Region. */
export function placed(bucket: BucketRow, ctx: Ctx, store: StoreView): StoreView {
  return bucket.account === ctx.account && bucket.region === ctx.region
    ? store
    : store.in({ account: bucket.account, region: bucket.region });
}

/** The bucket that a timer's or event's payload names (`account`, `region`, `name`, `bucket`), if it is still there. */
export function placedIn(payload: Record<string, unknown>, ctx: Ctx, view: StoreView = ctx.store): Found | undefined {
  const bucket = rowOf(view, String(payload.name));
  if (bucket === undefined || bucket.id !== payload.bucket) return undefined;
  return { bucket, store: placed(bucket, ctx, view) };
}

/** The Region that a signature names is the one whose host was asked. */
function checkSignedRegion(bucket: BucketRow, ctx: Ctx, name: string): void {
  const { headers, query } = ctx.http;
  if (query.includes('X-Amz-Credential=')) throw wrongQueryRegion(ctx.region, bucket.region);
  if (headers.authorization === undefined) return;
  const host = headers.host ?? '';
  // A Multi-Region access point has no other host to go to. Source: S3's answers in github.com/iterate-ch/cyberduck/issues/14044, boto/boto3/issues/4627.
  if (!REGIONS.has(ctx.region) || host.includes(bucket.region) || name.endsWith('.mrap'))
    throw wrongRegion(ctx.region, bucket.region);
}

/** ARN of a bucket, or of a key in it. */
export function arnOf(ctx: Ctx, bucket: string, key?: string): string {
  return key === undefined ? `arn:${ctx.partition}:s3:::${bucket}` : `arn:${ctx.partition}:s3:::${bucket}/${key}`;
}

/** Whether the caller is of no service and of another account. */
export function isOutsider({ caller: { principal } }: Ctx, account: string): boolean {
  return principal.account !== account && principal.kind !== 'service';
}
