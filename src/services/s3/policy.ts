/** What each operation must be allowed. */
import { type Access, type AccessRules, type Ctx, passing, ServiceError } from '#kernel/contract';
import type { CreateBucketRequest, PutBucketInventoryConfigurationRequest, PutObjectTaggingRequest } from '#models/s3';
import {
  aclKeys,
  bucketAccess,
  type Context,
  copyAccess,
  intoUpload,
  objectTagKeys,
  onBucket,
  onPolicy,
  onVersion,
  readAccess,
  removal,
  sourceAccess,
  toChange,
  toRead,
  toTag,
  writeAccess,
} from './access.ts';
import { withDirectories } from './directory.ts';
import { grantsMore } from './domain/acl.ts';
import { arnOf, findAnywhere, findBucket } from './domain/find.ts';
import { lockKeys } from './domain/lock-keys.ts';
import { tagKeysOf } from './domain/tags.ts';
import { accessDenied } from './errors.ts';
import { buckets } from './state.ts';
import { throughPoints } from './through.ts';

const listed = (input: { Prefix?: string; Delimiter?: string; MaxKeys?: number; MaxUploads?: number }): Context => {
  const max = input.MaxKeys ?? input.MaxUploads;
  return {
    ...(input.Prefix !== undefined && { 's3:prefix': input.Prefix }),
    ...(input.Delimiter !== undefined && { 's3:delimiter': input.Delimiter }),
    ...(max !== undefined && { 's3:max-keys': String(max) }),
  };
};

/** What of its objects a report may tell. Source: S3 User Guide, "Restrict access to an Amazon S3 Inventory report". */
const fields = ({
  InventoryConfiguration: { OptionalFields = [] },
}: PutBucketInventoryConfigurationRequest): Context =>
  OptionalFields.length === 0 ? {} : { 's3:InventoryAccessibleOptionalFields': OptionalFields };

const tagging = ({ Tagging: { TagSet } }: PutObjectTaggingRequest): Context =>
  objectTagKeys(Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value])));

/**
 * What a new bucket is to have besides needs its own permissions; where the caller has it already, its policy has a say, too.
 * Source: S3 API Reference, CreateBucket, "Permissions"; radkawar/stackd, measured in 2026.
 */
function creation(input: CreateBucketRequest, ctx: Ctx): Access[] {
  const { CreateBucketConfiguration: { LocationConstraint: place, Tags: tags = [] } = {} } = input;
  const context: Context = {
    ...tagKeysOf(tags),
    ...(place !== undefined && { 's3:locationconstraint': place }),
    ...aclKeys(input),
    ...(input.ObjectOwnership !== undefined && { 's3:x-amz-object-ownership': input.ObjectOwnership }),
    ...(input.BucketNamespace !== undefined && { 's3:x-amz-bucket-namespace': input.BucketNamespace }),
  };
  const actions = [
    'CreateBucket',
    ...(grantsMore(input, ctx.account) ? ['PutBucketAcl'] : []),
    ...(input.ObjectLockEnabledForBucket === true ? ['PutBucketObjectLockConfiguration', 'PutBucketVersioning'] : []),
    ...(input.ObjectOwnership === undefined ? [] : ['PutBucketOwnershipControls']),
    ...(tags.length === 0 ? [] : ['TagResource']),
  ];
  const resource = arnOf(ctx, input.Bucket);
  const before = ctx.store.get(buckets, { name: input.Bucket });
  const policy = before?.account === ctx.account ? before.policy : undefined;
  return actions.map((action) => ({ action: `s3:${action}`, resource, account: ctx.account, policy, context }));
}

const rules = throughPoints({
  CreateBucket: creation,
  // Policies that name all buckets allow it, as AWS's own examples have it; a denial names none.
  ListBuckets: (_, ctx) => ({
    action: 's3:ListAllMyBuckets',
    resource: `arn:${ctx.partition}:s3:::*`,
    called: '',
    account: ctx.account,
  }),
  HeadBucket: onBucket('ListBucket', 'READ'),
  DeleteBucket: onBucket('DeleteBucket'),
  GetBucketLocation: (input, ctx) => bucketAccess(findAnywhere(input, ctx), ctx, 'GetBucketLocation'),
  GetBucketVersioning: onBucket('GetBucketVersioning'),
  PutBucketVersioning: onBucket('PutBucketVersioning'),
  GetBucketPolicy: onPolicy('GetBucketPolicy'),
  PutBucketPolicy: onPolicy('PutBucketPolicy'),
  DeleteBucketPolicy: onPolicy('DeleteBucketPolicy'),
  GetBucketPolicyStatus: onBucket('GetBucketPolicyStatus'),
  GetBucketTagging: onBucket('GetBucketTagging'),
  PutBucketTagging: onBucket('PutBucketTagging'),
  DeleteBucketTagging: onBucket('PutBucketTagging'),
  GetPublicAccessBlock: onBucket('GetBucketPublicAccessBlock'),
  PutPublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  DeletePublicAccessBlock: onBucket('PutBucketPublicAccessBlock'),
  GetBucketOwnershipControls: onBucket('GetBucketOwnershipControls'),
  PutBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  DeleteBucketOwnershipControls: onBucket('PutBucketOwnershipControls'),
  GetBucketAcl: onBucket('GetBucketAcl', 'READ_ACP'),
  PutBucketAcl: onBucket('PutBucketAcl', 'WRITE_ACP', aclKeys),
  GetBucketNotificationConfiguration: onBucket('GetBucketNotification'),
  PutBucketNotificationConfiguration: onBucket('PutBucketNotification'),
  GetBucketLifecycleConfiguration: onBucket('GetLifecycleConfiguration'),
  PutBucketLifecycleConfiguration: onBucket('PutLifecycleConfiguration'),
  DeleteBucketLifecycle: onBucket('PutLifecycleConfiguration'),
  GetBucketIntelligentTieringConfiguration: onBucket('GetIntelligentTieringConfiguration'),
  ListBucketIntelligentTieringConfigurations: onBucket('GetIntelligentTieringConfiguration'),
  PutBucketIntelligentTieringConfiguration: onBucket('PutIntelligentTieringConfiguration'),
  DeleteBucketIntelligentTieringConfiguration: onBucket('PutIntelligentTieringConfiguration'),
  GetBucketReplication: onBucket('GetReplicationConfiguration'),
  PutBucketReplication: (input, ctx) => [
    onBucket('PutReplicationConfiguration')(input, ctx),
    passing(input.ReplicationConfiguration.Role, 's3'),
  ],
  DeleteBucketReplication: onBucket('PutReplicationConfiguration'),
  GetBucketWebsite: onBucket('GetBucketWebsite'),
  PutBucketWebsite: onBucket('PutBucketWebsite'),
  DeleteBucketWebsite: onBucket('DeleteBucketWebsite'),
  GetBucketAccelerateConfiguration: onBucket('GetAccelerateConfiguration'),
  PutBucketAccelerateConfiguration: onBucket('PutAccelerateConfiguration'),
  GetBucketAbac: onBucket('GetBucketAbac'),
  PutBucketAbac: onBucket('PutBucketAbac'),
  GetBucketLogging: onBucket('GetBucketLogging'),
  PutBucketLogging: onBucket('PutBucketLogging'),
  GetBucketAnalyticsConfiguration: onBucket('GetAnalyticsConfiguration'),
  ListBucketAnalyticsConfigurations: onBucket('GetAnalyticsConfiguration'),
  PutBucketAnalyticsConfiguration: onBucket('PutAnalyticsConfiguration'),
  DeleteBucketAnalyticsConfiguration: onBucket('PutAnalyticsConfiguration'),
  GetBucketMetricsConfiguration: onBucket('GetMetricsConfiguration'),
  ListBucketMetricsConfigurations: onBucket('GetMetricsConfiguration'),
  PutBucketMetricsConfiguration: onBucket('PutMetricsConfiguration'),
  DeleteBucketMetricsConfiguration: onBucket('PutMetricsConfiguration'),
  GetBucketInventoryConfiguration: onBucket('GetInventoryConfiguration'),
  ListBucketInventoryConfigurations: onBucket('GetInventoryConfiguration'),
  PutBucketInventoryConfiguration: onBucket('PutInventoryConfiguration', undefined, fields),
  DeleteBucketInventoryConfiguration: onBucket('PutInventoryConfiguration'),
  GetBucketCors: onBucket('GetBucketCORS'),
  PutBucketCors: onBucket('PutBucketCORS'),
  DeleteBucketCors: onBucket('PutBucketCORS'),
  GetBucketRequestPayment: onBucket('GetBucketRequestPayment'),
  PutBucketRequestPayment: onBucket('PutBucketRequestPayment'),
  GetBucketEncryption: onBucket('GetEncryptionConfiguration'),
  PutBucketEncryption: onBucket('PutEncryptionConfiguration'),
  DeleteBucketEncryption: onBucket('PutEncryptionConfiguration'),
  UpdateObjectEncryption: onVersion('UpdateObjectEncryption'),
  ListObjects: onBucket('ListBucket', 'READ', listed),
  ListObjectsV2: onBucket('ListBucket', 'READ', listed),
  ListObjectVersions: onBucket('ListBucketVersions', 'READ', listed),
  ListMultipartUploads: onBucket('ListBucketMultipartUploads', 'READ', listed),
  GetObject: toRead('GetObject', 'READ'),
  HeadObject: toRead('GetObject', 'READ'),
  SelectObjectContent: toRead('GetObject', 'READ'),
  GetObjectAttributes: (input, ctx) => [
    ...readAccess(findBucket(input, ctx), input.Key, input.VersionId, ctx, 'GetObject', 'READ'),
    ...readAccess(findBucket(input, ctx), input.Key, input.VersionId, ctx, 'GetObjectAttributes'),
  ],
  GetObjectAcl: toRead('GetObjectAcl', 'READ_ACP'),
  GetObjectTagging: toRead('GetObjectTagging'),
  PutObject: (input, ctx) => writeAccess(input, ctx),
  CopyObject: copyAccess,
  DeleteObject: removal,
  // Each key is asked for when it is its turn: one that may not be deleted is an error of its own.
  DeleteObjects: () => [],
  GetObjectLockConfiguration: onBucket('GetBucketObjectLockConfiguration'),
  PutObjectLockConfiguration: onBucket('PutBucketObjectLockConfiguration'),
  GetObjectRetention: onVersion('GetObjectRetention'),
  PutObjectRetention: (input, ctx) => {
    const { Mode, RetainUntilDate, EventHold, EventHoldDuration: { Days, Years } = {} } = input.Retention ?? {};
    const asked = {
      ObjectLockMode: Mode,
      ObjectLockRetainUntilDate: RetainUntilDate,
      ObjectLockEventHold: EventHold,
      ObjectLockEventHoldDurationDays: Days,
      ObjectLockEventHoldDurationYears: Years,
    };
    return onVersion('PutObjectRetention', lockKeys(asked, ctx))(input, ctx);
  },
  GetObjectLegalHold: onVersion('GetObjectLegalHold'),
  PutObjectLegalHold: (input, ctx) =>
    onVersion('PutObjectLegalHold', lockKeys({ ObjectLockLegalHoldStatus: input.LegalHold?.Status }, ctx))(input, ctx),
  RestoreObject: onVersion('RestoreObject'),
  PutObjectAcl: toChange('PutObjectAcl', 'WRITE_ACP', aclKeys),
  PutObjectTagging: toTag('PutObjectTagging', tagging),
  DeleteObjectTagging: toTag('DeleteObjectTagging'),
  CreateMultipartUpload: (input, ctx) => writeAccess(input, ctx, false),
  UploadPart: intoUpload('PutObject', false),
  UploadPartCopy: (input, ctx) => [intoUpload('PutObject', false)(input, ctx), ...sourceAccess(input.CopySource, ctx)],
  CompleteMultipartUpload: (input, ctx) => [
    intoUpload('PutObject', true)(input, ctx),
    ...(input.IfMatch === undefined ? [] : [intoUpload('GetObject')(input, ctx)]),
  ],
  AbortMultipartUpload: intoUpload('AbortMultipartUpload'),
  ListParts: intoUpload('ListMultipartUploadParts'),
});

const { HeadBucket: mayHead } = rules;

/** Source: S3 User Guide, "Setting permissions for website access": of what isn't there those hear who may read its key, whoever may list. */
export const { GetObject: pageAccess } = throughPoints({ GetObject: toChange('GetObject', 'READ') });

/** Who may not look at a bucket hears at least where it is: clients find a bucket's Region so. Source: AWS SDKs, GetBucketRegion. */
export const access: AccessRules<'s3'> = withDirectories({
  ...rules,
  HeadBucket(input, ctx) {
    const { bucket } = findBucket(input, ctx);
    try {
      for (const one of [mayHead?.(input, ctx) ?? []].flat()) ctx.authorize(one as Access);
      return [];
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'AccessDenied') throw error;
      throw accessDenied(error.message, bucket.region);
    }
  },
});
