/**
 * Access points: the names under which requests reach a bucket through one, and which requests may.
 *
 * @see S3 User Guide, "Managing access to shared datasets with access points", "Access points compatibility"
 */
import { parseArn } from '#kernel/base';
import type { ConditionKeys, Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type AccessPointRow, accessPoints, type BucketRow, type PublicAccess } from '../state.ts';
import { directoryPoints } from '../state-directory-points.ts';
import { members } from '../state-multi-region.ts';
import { rowOf } from './bucket-row.ts';
import { isDirectoryPointName } from './directory.ts';
import { multiRegionPointNamed } from './routes.ts';

/** `<name>-<random>-s3alias`, or the first label of the host of one: `<name>-<account>`. */
const ALIAS = /-s3alias$/;
const LABEL = /^(.+)-(\d{12})$/;

/** The access point that stands where a bucket's name could: its alias, its ARN, or its host's first label. */
function pointNamed(store: StoreView, name: string, region: string): AccessPointRow | undefined {
  if (name.endsWith('.mrap')) return multiRegionPointNamed(store, name, region);
  if (ALIAS.test(name)) return store.first(accessPoints, { index: 'byAlias', where: { alias: name } });
  if (isDirectoryPointName(name)) return store.first(directoryPoints, { index: 'byAlias', where: { alias: name } });
  if (name.startsWith('arn:')) {
    const arn = parseArn(name);
    const point = /^accesspoint[/:]([^/:]+)$/.exec(arn?.resource ?? '')?.[1];
    if (arn === undefined || point === undefined) return undefined;
    return store.get(accessPoints, { account: arn.account, region: arn.region, name: point });
  }
  const [, point, account] = LABEL.exec(name) ?? [];
  return point === undefined || account === undefined
    ? undefined
    : store.get(accessPoints, { account, region, name: point });
}

/** The bucket of that name, or the one behind an access point of that name. */
export function bucketNamed(store: StoreView, name: string, region: string): BucketRow | undefined {
  const bucket = rowOf(store, name);
  if (bucket !== undefined) return bucket;
  const point = pointNamed(store, name, region);
  const behind = point && rowOf(store, point.bucket);
  if (point === undefined || behind === undefined || behind.account !== point.bucketAccount) return undefined;
  return { ...behind, publicAccess: stricter(behind.publicAccess, point.publicAccess) };
}

/** An access point has no ACLs: what it blocks of them is blocked in the bucket, for what comes through it. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage". */
function stricter(bucket: PublicAccess | undefined, { blockAcls, ignoreAcls }: PublicAccess): PublicAccess {
  const { blockPolicy = false, restrict = false } = bucket ?? {};
  return {
    blockAcls: blockAcls || bucket?.blockAcls === true,
    ignoreAcls: ignoreAcls || bucket?.ignoreAcls === true,
    blockPolicy,
    restrict,
  };
}

/** The access point that a request came through. */
export function pointOf(ctx: Pick<Ctx, 'store' | 'region'>, name: string): AccessPointRow | undefined {
  return rowOf(ctx.store, name) === undefined ? pointNamed(ctx.store, name, ctx.region) : undefined;
}

/**
 * Whether there are access points of a bucket, whosever they are; of Multi-Region ones only its own account's hold it.
 *
 * @see S3 User Guide, "Multi-Region Access Point restrictions and limitations"
 */
export function hasPoints(store: StoreView, { name, account }: BucketRow): boolean {
  const target = { index: 'byTarget', where: { bucket: name, bucketAccount: account } } as const;
  return (
    store.first(accessPoints, target) !== undefined ||
    store.first(directoryPoints, target) !== undefined ||
    store.first(members, { where: { bucket: name, account } }) !== undefined
  );
}

/** ARN of an access point, or of a key behind it; of a Multi-Region one without a Region, and with its alias. */
export function pointArn(partition: string, { region, account, name }: AccessPointRow, key?: string): string {
  const service = isDirectoryPointName(name) ? 's3express' : 's3';
  const arn = `arn:${partition}:${service}:${region}:${account}:accesspoint/${name}`;
  return key === undefined ? arn : `${arn}/object/${key}`;
}

/** What conditions see of an access point's tags. */
export function pointTagKeys({ name: of, tags = {} }: AccessPointRow): ConditionKeys {
  const prefix = isDirectoryPointName(of) ? 's3express' : 's3';
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${prefix}:AccessPointTag/${name}`, value]));
}

/** What can be done through an access point: what is done to objects, and listing them. */
export const THROUGH_POINTS: ReadonlySet<string> = new Set([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'DeleteObjectTagging',
  'GetBucketAcl',
  'GetBucketCors',
  'GetBucketLocation',
  'GetBucketNotificationConfiguration',
  'GetBucketPolicy',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAttributes',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'HeadBucket',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListParts',
  'PutObject',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging',
  'RestoreObject',
  'UploadPart',
  'UploadPartCopy',
]);

/** What can be done through a Multi-Region access point. Source: S3 User Guide, "Using Multi-Region Access Points with supported API operations". */
export const THROUGH_MULTI_REGION_POINTS: ReadonlySet<string> = new Set([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjectTagging',
  'GetObject',
  'GetObjectAcl',
  'GetObjectLegalHold',
  'GetObjectRetention',
  'GetObjectTagging',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjectsV2',
  'ListParts',
  'PutObject',
  'PutObjectAcl',
  'PutObjectLegalHold',
  'PutObjectRetention',
  'PutObjectTagging',
  'RestoreObject',
  'UploadPart',
]);
