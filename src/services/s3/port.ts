/** What S3 Control, the other half of S3's API, works with: access points, the account's public access block, tags of buckets. */
export { pointArn } from './domain/points.ts';
export { isPublicPolicy } from './domain/public.ts';
export {
  type AccessPointRow,
  accessPoints,
  accountBlocks,
  type BucketRow,
  buckets,
  type PublicAccess,
} from './state.ts';
