/** Directory buckets (S3 Express One Zone): their names, the zones they may lie in, their ARNs. */
import type { Ctx } from '#kernel/contract';
import { invalidBucketName } from '../errors.ts';
import type { BucketRow } from '../state.ts';

/** Every such name ends so, and no other does. */
const SUFFIX = '--x-s3';
const NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?--([a-z0-9]+(?:-[a-z0-9]+)*)--x-s3$/;
export const STORAGE_CLASS = 'EXPRESS_ONEZONE';

/** Zones of S3 Express One Zone. Source: S3 User Guide, "Regional and Zonal endpoints for directory buckets in an Availability Zone". */
const ZONES: { readonly [region: string]: readonly string[] | undefined } = {
  'us-east-1': ['use1-az4', 'use1-az5', 'use1-az6'],
  'us-east-2': ['use2-az1', 'use2-az2'],
  'us-west-1': ['usw1-az1'],
  'us-west-2': ['usw2-az1', 'usw2-az3', 'usw2-az4'],
  'ap-south-1': ['aps1-az1', 'aps1-az3'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az4'],
  'ap-northeast-2': ['apne2-az3'],
  'ap-southeast-1': ['apse1-az1'],
  'ap-southeast-2': ['apse2-az1'],
  'ca-central-1': ['cac1-az1'],
  'eu-central-1': ['euc1-az1', 'euc1-az2'],
  'eu-north-1': ['eun1-az1', 'eun1-az2', 'eun1-az3'],
  'eu-west-1': ['euw1-az1', 'euw1-az3'],
  'eu-west-3': ['euw3-az1'],
  'sa-east-1': ['sae1-az1'],
};

/** Whether only a directory bucket can have the name. */
export const isDirectoryName = (name: string | undefined): boolean => name?.endsWith(SUFFIX) === true;

/** Every access point of a directory bucket is called so, and nothing else is. */
const POINT_SUFFIX = '--xa-s3';
const POINT_NAME = /^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]--([a-z0-9]+(?:-[a-z0-9]+)*)--xa-s3$/;

/** Whether only an access point of a directory bucket can have the name. */
export const isDirectoryPointName = (name: string | undefined): boolean => name?.endsWith(POINT_SUFFIX) === true;

/** The zone in the name of an access point; undefined where it can be no name of one. Source: S3 User Guide, "Access points for directory buckets naming rules". */
export const zoneOfPointName = (name: string): string | undefined => POINT_NAME.exec(name)?.[1];

/** Whether a directory bucket can be made in a zone. */
export const hasExpress = (region: string, zone: string): boolean => ZONES[region]?.includes(zone) === true;

/**
 * The zone that a directory bucket's name names.
 *
 * @throws {ServiceError} InvalidBucketName
 * @see S3 User Guide, "Directory bucket naming rules"
 */
export function zoneOfName(name: string): string {
  const zone = NAME.exec(name)?.[1];
  if (zone === undefined || name.length > 63) throw invalidBucketName(name);
  return zone;
}

/** `arn:aws:s3express:us-east-1:123456789012:bucket/name--use1-az4--x-s3`. Source: S3 User Guide, "Authorizing Regional endpoint API operations with IAM". */
export function directoryArn(
  { partition }: Pick<Ctx, 'partition'>,
  { region, account, name }: Pick<BucketRow, 'region' | 'account' | 'name'>,
): string {
  return `arn:${partition}:s3express:${region}:${account}:bucket/${name}`;
}

/** What KMS binds the keys of all objects to. Source: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS) in directory buckets". */
export function directoryContext(
  ctx: Pick<Ctx, 'partition'>,
  bucket: Pick<BucketRow, 'region' | 'account' | 'name'>,
): { [name: string]: string } {
  return { 'aws:s3express:arn': directoryArn(ctx, bucket) };
}
