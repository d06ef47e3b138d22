/** The rules of directory buckets: which operations they have, what those may not ask for, and what each must be allowed. */
import { type Access, type AccessRules, type Ctx, notBuilt } from '#kernel/contract';
import type { CreateBucketRequest, PutBucketMetricsConfigurationRequest } from '#models/s3';
import { boundSessionOf } from '../sts/port.ts';
import { sourceAccess } from './access.ts';
import { directoryArn, isDirectoryName, isDirectoryPointName } from './domain/directory.ts';
import { tagContext, zonalAccess } from './domain/directory-access.ts';
import { checkMetrics, checkSupported, type Zonal } from './domain/directory-limits.ts';
import { demandInScope, directoryPointOf } from './domain/directory-points.ts';
import { findBucket } from './domain/find.ts';
import { tagKeysOf } from './domain/tags.ts';
import { methodNotAllowed } from './errors.ts';
import { notInDirectories, notWithSession, unexpectedConfiguration } from './errors-directory.ts';
import type { BucketRow } from './state.ts';

type Input = { Bucket?: string; Key?: string };
type Rule = (input: Input, ctx: Ctx) => Access | readonly Access[];

/** Source: S3 API Reference, CreateSession, x-amz-create-session-mode; S3 User Guide, "Directory bucket API operations". */
const READS: ReadonlySet<string> = new Set([
  'GetObject',
  'GetObjectAttributes',
  'HeadBucket',
  'HeadObject',
  'ListMultipartUploads',
  'ListObjectsV2',
  'ListParts',
]);
const WRITES: ReadonlySet<string> = new Set([
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateMultipartUpload',
  'DeleteObject',
  'DeleteObjects',
  'PutObject',
  'RenameObject',
  'UploadPart',
  'UploadPartCopy',
]);
/** They are signed by whoever asks, not by a session. */
const COPIES: ReadonlySet<string> = new Set(['CopyObject', 'UploadPartCopy']);

/** Source: S3 User Guide, "How API operations are authenticated and authorized". */
const CONTROL: { readonly [operation: string]: string | undefined } = {
  DeleteBucket: 'DeleteBucket',
  DeleteBucketEncryption: 'PutEncryptionConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  DeleteBucketMetricsConfiguration: 'PutMetricsConfiguration',
  DeleteBucketPolicy: 'DeleteBucketPolicy',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  GetBucketMetricsConfiguration: 'GetMetricsConfiguration',
  GetBucketPolicy: 'GetBucketPolicy',
  ListBucketMetricsConfigurations: 'GetMetricsConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  PutBucketMetricsConfiguration: 'PutMetricsConfiguration',
  PutBucketPolicy: 'PutBucketPolicy',
};

/** The same rules for general purpose buckets, and for directory buckets their own. */
export function withDirectories(rules: AccessRules<'s3'>): AccessRules<'s3'> {
  const all = Object.entries(rules as { [operation: string]: Rule }).map(([operation, rule]) => [
    operation,
    (input: Input, ctx: Ctx) => (isExpress(input.Bucket) ? directoryRule(operation, input, ctx) : rule(input, ctx)),
  ]);
  return {
    ...Object.fromEntries(all),
    ListDirectoryBuckets: (_, ctx) => ({
      action: 's3express:ListAllMyDirectoryBuckets',
      resource: '*',
      account: ctx.account,
    }),
    // Both modes are tried, so that the handler asks.
    CreateSession: () => [],
    // Of a general purpose bucket the handler says that it has none.
    RenameObject: (input, ctx) => (isExpress(input.Bucket) ? directoryRule('RenameObject', input, ctx) : []),
  } as AccessRules<'s3'>;
}

/** Whether a name is a directory bucket's, or that of an access point of one. */
const isExpress = (name: string | undefined): boolean => isDirectoryName(name) || isDirectoryPointName(name);

function directoryRule(operation: string, input: Input, ctx: Ctx): readonly Access[] {
  const point = directoryPointOf(input.Bucket, ctx);
  if (point !== undefined) demandInScope(point, operation, input, ctx);
  if (operation === 'CreateBucket') return creation(input as CreateBucketRequest, ctx);
  const isRead = READS.has(operation);
  if (isRead || WRITES.has(operation)) {
    const { bucket } = findBucket(input as { Bucket: string }, ctx);
    if (bucket.directory === undefined) throw notInDirectories(operation);
    if (COPIES.has(operation) && boundSessionOf(ctx) !== undefined) throw notWithSession(operation);
    const own = zonalAccess(ctx, { ...bucket, point }, isRead ? 'ReadOnly' : 'ReadWrite');
    checkSupported(operation, input as Zonal, ctx);
    const source = (input as { CopySource?: string }).CopySource;
    return source === undefined ? own : [...own, ...sourceAccess(source, ctx)];
  }
  const action = CONTROL[operation];
  if (action === undefined) throw refusal(operation, input, ctx);
  const { bucket } = findBucket(input as { Bucket: string }, ctx);
  if (operation === 'PutBucketMetricsConfiguration') checkMetrics(input as PutBucketMetricsConfigurationRequest);
  return [controlAccess(ctx, bucket, action)];
}

/** Bucket policies have no say in these, so that other accounts never have them. */
function controlAccess(ctx: Ctx, bucket: BucketRow, action: string): Access {
  return {
    action: `s3express:${action}`,
    resource: directoryArn(ctx, bucket),
    account: bucket.account,
    context: tagContext(bucket),
  };
}

function creation({ Bucket: name, CreateBucketConfiguration: asked }: CreateBucketRequest, ctx: Ctx): Access[] {
  const { Location, Tags: tags = [] } = asked ?? {};
  const { account, region } = ctx;
  const context = {
    ...tagKeysOf(tags),
    ...(Location?.Name !== undefined && { 's3express:LocationName': Location.Name }),
  };
  const actions = ['CreateBucket', ...(tags.length === 0 ? [] : ['TagResource'])];
  return actions.map((action) => ({
    action: `s3express:${action}`,
    resource: directoryArn(ctx, { account, region, name }),
    account,
    context,
  }));
}

/** What is asked of a bucket with, where it is not the operation's name. */
const ROOTS: { readonly [operation: string]: string | undefined } = {
  PutBucketAcl: 'AccessControlPolicy',
  PutBucketAccelerateConfiguration: 'AccelerateConfiguration',
  PutBucketCors: 'CORSConfiguration',
  PutBucketLogging: 'BucketLoggingStatus',
  PutBucketNotificationConfiguration: 'NotificationConfiguration',
  PutBucketOwnershipControls: 'OwnershipControls',
  PutBucketReplication: 'ReplicationConfiguration',
  PutBucketRequestPayment: 'RequestPaymentConfiguration',
  PutBucketTagging: 'Tagging',
  PutBucketVersioning: 'VersioningConfiguration',
  PutBucketWebsite: 'WebsiteConfiguration',
  PutObjectLockConfiguration: 'ObjectLockConfiguration',
  PutPublicAccessBlock: 'PublicAccessBlockConfiguration',
};

/** What a directory bucket does not have. The control endpoint takes each PUT for a CreateBucket. */
function refusal(operation: string, { Key }: Input, ctx: Ctx): Error {
  if (operation.includes('Inventory')) return notBuilt('inventory of directory buckets');
  if (Key !== undefined || operation.startsWith('List')) return notInDirectories(operation);
  const root = ROOTS[operation];
  return root === undefined ? methodNotAllowed(ctx.http.method, 'BUCKET') : unexpectedConfiguration(root);
}
