/** Amazon Simple Storage Service. */
import { defineService, notYet } from '#kernel/contract';
import { takeInventory } from './background/inventory.ts';
import { runLifecycle } from './background/lifecycle.ts';
import { deliverLogs } from './background/logs.ts';
import { replicate } from './background/replication.ts';
import { goOnRestore } from './background/restore.ts';
import { measureStorage } from './background/storage.ts';
import { watchTiers } from './background/tiers.ts';
import { cors } from './domain/cors.ts';
import { document } from './domain/document.ts';
import { form } from './domain/form.ts';
import { conditionKeys } from './domain/request-keys.ts';
import { place } from './domain/routes.ts';
import { routed } from './domain/subresource.ts';
import { goOnReplicating, releaseHeld } from './faults.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './operations/acl.ts';
import { answered } from './operations/answered.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations/bucket.ts';
import { charging } from './operations/charged.ts';
import { completeMultipartUpload } from './operations/complete.ts';
import { copyObject } from './operations/copy.ts';
import { deleteObject, deleteObjects } from './operations/delete.ts';
import { createSession, listDirectoryBuckets } from './operations/directory.ts';
import {
  deleteBucketEncryption,
  getBucketEncryption,
  putBucketEncryption,
  updateObjectEncryption,
} from './operations/encryption.ts';
import {
  deleteBucketAnalyticsConfiguration,
  deleteBucketMetricsConfiguration,
  getBucketAbac,
  getBucketAccelerateConfiguration,
  getBucketAnalyticsConfiguration,
  getBucketMetricsConfiguration,
  listBucketAnalyticsConfigurations,
  listBucketMetricsConfigurations,
  putBucketAbac,
  putBucketAccelerateConfiguration,
  putBucketAnalyticsConfiguration,
  putBucketMetricsConfiguration,
} from './operations/features.ts';
import {
  deleteBucketInventoryConfiguration,
  getBucketInventoryConfiguration,
  listBucketInventoryConfigurations,
  putBucketInventoryConfiguration,
} from './operations/inventory.ts';
import {
  deleteBucketLifecycle,
  getBucketLifecycleConfiguration,
  putBucketLifecycleConfiguration,
} from './operations/lifecycle.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './operations/list.ts';
import {
  getObjectLegalHold,
  getObjectLockConfiguration,
  getObjectRetention,
  putObjectLegalHold,
  putObjectLockConfiguration,
  putObjectRetention,
} from './operations/lock.ts';
import { getBucketLogging, putBucketLogging } from './operations/logging.ts';
import {
  deliverNotification,
  getBucketNotificationConfiguration,
  putBucketNotificationConfiguration,
} from './operations/notification.ts';
import { page } from './operations/page.ts';
import { getObject, getObjectAttributes, headObject } from './operations/read.ts';
import { renameObject } from './operations/rename.ts';
import { deleteBucketReplication, getBucketReplication, putBucketReplication } from './operations/replication.ts';
import { restoreObject } from './operations/restore.ts';
import { selectObjectContent } from './operations/select.ts';
import {
  deleteBucketCors,
  deleteBucketOwnershipControls,
  deleteBucketPolicy,
  deleteBucketTagging,
  deletePublicAccessBlock,
  getBucketCors,
  getBucketOwnershipControls,
  getBucketPolicy,
  getBucketPolicyStatus,
  getBucketRequestPayment,
  getBucketTagging,
  getBucketVersioning,
  getPublicAccessBlock,
  putBucketCors,
  putBucketOwnershipControls,
  putBucketPolicy,
  putBucketRequestPayment,
  putBucketTagging,
  putBucketVersioning,
  putPublicAccessBlock,
} from './operations/settings.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/tags.ts';
import {
  deleteBucketIntelligentTieringConfiguration,
  getBucketIntelligentTieringConfiguration,
  listBucketIntelligentTieringConfigurations,
  putBucketIntelligentTieringConfiguration,
} from './operations/tiering.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './operations/upload.ts';
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from './operations/website.ts';
import { putObject } from './operations/write.ts';
import { access } from './policy.ts';
import { sweepBody, sweepParts, sweepUploads } from './timers.ts';
import { voice } from './voice.ts';

export const service = defineService<'s3'>({
  name: 's3',
  prefix: 's3',
  access,
  conditionKeys,
  place,
  otherPrefixes: ['s3express'],
  voice,
  allowsAnonymous: true,
  requestId: { length: 16, alphabet: '0123456789ABCDEFGHJKMNPQRSTVWXYZ', end: '' },
  cors,
  document,
  form,
  page,
  routed,
  answered,
  metrics: 'AWS/S3',
  timers: {
    deliverLogs,
    goOnRestore,
    measureStorage,
    releaseHeld,
    runLifecycle,
    sweepBody,
    sweepParts,
    sweepUploads,
    takeInventory,
    watchTiers,
  },
  events: { 'fis.ended': goOnReplicating, 's3.notification': deliverNotification, 's3.replication': replicate },
  reads: { CreateSession: 'answered' },
  dataEvents: [
    'AbortMultipartUpload',
    'CompleteMultipartUpload',
    'CopyObject',
    'CreateMultipartUpload',
    'CreateSession',
    'DeleteObject',
    'DeleteObjects',
    'DeleteObjectTagging',
    'GetObject',
    'GetObjectAcl',
    'GetObjectAttributes',
    'GetObjectTagging',
    'HeadObject',
    'HeadBucket',
    'ListMultipartUploads',
    'ListObjects',
    'ListObjectsV2',
    'ListObjectVersions',
    'ListParts',
    'PutObject',
    'PutObjectAcl',
    'PutObjectTagging',
    'RenameObject',
    'RestoreObject',
    'UploadPart',
    'UploadPartCopy',
  ],
  unbuilt: {
    AbortMultipartUpload: ['IfMatchInitiatedTime'],
  },
  operations: charging({
    AbortMultipartUpload: abortMultipartUpload,
    CompleteMultipartUpload: completeMultipartUpload,
    CopyObject: copyObject,
    CreateBucket: createBucket,
    CreateBucketMetadataConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    CreateBucketMetadataTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    CreateMultipartUpload: createMultipartUpload,
    CreateSession: createSession,
    DeleteBucket: deleteBucket,
    DeleteBucketAnalyticsConfiguration: deleteBucketAnalyticsConfiguration,
    DeleteBucketCors: deleteBucketCors,
    DeleteBucketEncryption: deleteBucketEncryption,
    DeleteBucketIntelligentTieringConfiguration: deleteBucketIntelligentTieringConfiguration,
    DeleteBucketInventoryConfiguration: deleteBucketInventoryConfiguration,
    DeleteBucketLifecycle: deleteBucketLifecycle,
    DeleteBucketMetadataConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    DeleteBucketMetadataTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    DeleteBucketMetricsConfiguration: deleteBucketMetricsConfiguration,
    DeleteBucketOwnershipControls: deleteBucketOwnershipControls,
    DeleteBucketPolicy: deleteBucketPolicy,
    DeleteBucketReplication: deleteBucketReplication,
    DeleteBucketTagging: deleteBucketTagging,
    DeleteBucketWebsite: deleteBucketWebsite,
    DeleteObject: deleteObject,
    DeleteObjectAnnotation: notYet('annotations come with S3 Metadata'),
    DeleteObjectTagging: deleteObjectTagging,
    DeleteObjects: deleteObjects,
    DeletePublicAccessBlock: deletePublicAccessBlock,
    GetBucketAbac: getBucketAbac,
    GetBucketAccelerateConfiguration: getBucketAccelerateConfiguration,
    GetBucketAcl: getBucketAcl,
    GetBucketAnalyticsConfiguration: getBucketAnalyticsConfiguration,
    GetBucketCors: getBucketCors,
    GetBucketEncryption: getBucketEncryption,
    GetBucketIntelligentTieringConfiguration: getBucketIntelligentTieringConfiguration,
    GetBucketInventoryConfiguration: getBucketInventoryConfiguration,
    GetBucketLifecycle: notYet('GetBucketLifecycleConfiguration took its place'),
    GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
    GetBucketLocation: getBucketLocation,
    GetBucketLogging: getBucketLogging,
    GetBucketMetadataConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    GetBucketMetadataTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    GetBucketMetricsConfiguration: getBucketMetricsConfiguration,
    GetBucketNotification: notYet('GetBucketNotificationConfiguration took its place'),
    GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
    GetBucketOwnershipControls: getBucketOwnershipControls,
    GetBucketPolicy: getBucketPolicy,
    GetBucketPolicyStatus: getBucketPolicyStatus,
    GetBucketReplication: getBucketReplication,
    GetBucketRequestPayment: getBucketRequestPayment,
    GetBucketTagging: getBucketTagging,
    GetBucketVersioning: getBucketVersioning,
    GetBucketWebsite: getBucketWebsite,
    GetObject: getObject,
    GetObjectAcl: getObjectAcl,
    GetObjectAnnotation: notYet('annotations come with S3 Metadata'),
    GetObjectAttributes: getObjectAttributes,
    GetObjectLegalHold: getObjectLegalHold,
    GetObjectLockConfiguration: getObjectLockConfiguration,
    GetObjectRetention: getObjectRetention,
    GetObjectTagging: getObjectTagging,
    GetObjectTorrent: notYet('AWS has ended torrents'),
    GetPublicAccessBlock: getPublicAccessBlock,
    HeadBucket: headBucket,
    HeadObject: headObject,
    ListBucketAnalyticsConfigurations: listBucketAnalyticsConfigurations,
    ListBucketIntelligentTieringConfigurations: listBucketIntelligentTieringConfigurations,
    ListBucketInventoryConfigurations: listBucketInventoryConfigurations,
    ListBucketMetricsConfigurations: listBucketMetricsConfigurations,
    ListBuckets: listBuckets,
    ListDirectoryBuckets: listDirectoryBuckets,
    ListMultipartUploads: listMultipartUploads,
    ListObjectAnnotations: notYet('annotations come with S3 Metadata'),
    ListObjectVersions: listObjectVersions,
    ListObjects: listObjects,
    ListObjectsV2: listObjectsV2,
    ListParts: listParts,
    PutBucketAbac: putBucketAbac,
    PutBucketAccelerateConfiguration: putBucketAccelerateConfiguration,
    PutBucketAcl: putBucketAcl,
    PutBucketAnalyticsConfiguration: putBucketAnalyticsConfiguration,
    PutBucketCors: putBucketCors,
    PutBucketEncryption: putBucketEncryption,
    PutBucketIntelligentTieringConfiguration: putBucketIntelligentTieringConfiguration,
    PutBucketInventoryConfiguration: putBucketInventoryConfiguration,
    PutBucketLifecycle: notYet('PutBucketLifecycleConfiguration took its place'),
    PutBucketLifecycleConfiguration: putBucketLifecycleConfiguration,
    PutBucketLogging: putBucketLogging,
    PutBucketMetricsConfiguration: putBucketMetricsConfiguration,
    PutBucketNotification: notYet('PutBucketNotificationConfiguration took its place'),
    PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
    PutBucketOwnershipControls: putBucketOwnershipControls,
    PutBucketPolicy: putBucketPolicy,
    PutBucketReplication: putBucketReplication,
    PutBucketRequestPayment: putBucketRequestPayment,
    PutBucketTagging: putBucketTagging,
    PutBucketVersioning: putBucketVersioning,
    PutBucketWebsite: putBucketWebsite,
    PutObject: putObject,
    PutObjectAcl: putObjectAcl,
    PutObjectAnnotation: notYet('annotations come with S3 Metadata'),
    PutObjectLegalHold: putObjectLegalHold,
    PutObjectLockConfiguration: putObjectLockConfiguration,
    PutObjectRetention: putObjectRetention,
    PutObjectTagging: putObjectTagging,
    PutPublicAccessBlock: putPublicAccessBlock,
    RenameObject: renameObject,
    RestoreObject: restoreObject,
    SelectObjectContent: selectObjectContent,
    UpdateBucketMetadataAnnotationTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    UpdateBucketMetadataInventoryTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    UpdateBucketMetadataJournalTableConfiguration: notYet('S3 Metadata tables come with S3 Tables'),
    UpdateObjectEncryption: updateObjectEncryption,
    UploadPart: uploadPart,
    UploadPartCopy: uploadPartCopy,
    WriteGetObjectResponse: notYet('Object Lambda is closed to new customers'),
  }),
});
