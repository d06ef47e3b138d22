/** What acting on a bucket or an object must be allowed: the action, the resource, the bucket's policy, what ACLs grant. */
import type { Access, ConditionKeys, Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { aclAllows, canonicalId, ownerIn } from './domain/acl.ts';
import { isBlocked } from './domain/blocks.ts';
import { type CopySource, copySourceOf } from './domain/copy-source.ts';
import { zonalAccess } from './domain/directory-access.ts';
import { demandSourceInScope, directoryPointOf } from './domain/directory-points.ts';
import { checkEntry } from './domain/entry.ts';
import { arnOf, type Found, findBucket, isOutsider, placed } from './domain/find.ts';
import { effectiveLock, type LockInput } from './domain/lock.ts';
import { lockKeys } from './domain/lock-keys.ts';
import { bucketNamed, pointOf } from './domain/points.ts';
import { isPublicPolicy } from './domain/public.ts';
import { tagsOfHeader } from './domain/tags.ts';
import { versionOf } from './domain/versions.ts';
import { accessDenied, noSuchBucket } from './errors.ts';
import type { BucketRow, GrantRow, Permission, VersionRow } from './state.ts';
import { through } from './through.ts';

export type Context = ConditionKeys;
type OnBucket = { Bucket: string; ExpectedBucketOwner?: string };
type OnObject = OnBucket & { Key: string; VersionId?: string };
type Source = CopySource & { found: Found };

const KEPT_MAX = 1_000;
const opened = new Map<string, string>();

/**
 * The bucket's policy as it counts for this caller. A caller whom an ACL lets in gets a statement more: it is true of this request only,
 * which is all that the text is evaluated for.
 *
 * @param own whether the request is about what the bucket's owner owns: of what others do its policy can only deny
 */
function policyFor(bucket: BucketRow, ctx: Ctx, letIn: boolean, own = true): string | undefined {
  checkEntry(bucket, ctx);
  const { policy } = bucket;
  const allows =
    own &&
    policy !== undefined &&
    !(isOutsider(ctx, bucket.account) && isPublicPolicy(policy) && isBlocked(ctx.store, bucket, 'restrict'));
  if (!letIn && (allows || policy === undefined)) return policy;
  const text = policy ?? '{"Version":"2012-10-17","Statement":[]}';
  const name = `${letIn} ${allows} ${text}`;
  let open = opened.get(name);
  if (open === undefined) {
    const document = JSON.parse(text) as { Statement: { Effect: string } | { Effect: string }[] };
    const Statement = [
      ...(letIn ? [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }] : []),
      ...[document.Statement].flat().filter(({ Effect }) => allows || Effect === 'Deny'),
    ];
    if (opened.size >= KEPT_MAX) opened.clear();
    opened.set(name, (open = Statement.length === 0 ? '' : JSON.stringify({ ...document, Statement })));
  }
  return open === '' ? undefined : open;
}

/** What policies see of the bucket's tags, where it has them seen. */
function withTags({ abac, tags }: BucketRow, context: Context = {}): Context {
  if (abac === undefined || tags === undefined) return context;
  const all = Object.entries(tags).flatMap(([name, value]) => [
    [`aws:ResourceTag/${name}`, value],
    [`s3:BucketTag/${name}`, value],
  ]);
  return { ...context, ...Object.fromEntries(all) };
}

/** What an action on a bucket as a whole needs; `permission` of its ACL does as well. */
export function bucketAccess(
  bucket: BucketRow,
  ctx: Ctx,
  action: string,
  permission?: Permission,
  context?: Context,
): Access {
  const letIn = permission !== undefined && aclAllows(ctx, bucket, bucket.acl, permission);
  return {
    action: `s3:${action}`,
    resource: arnOf(ctx, bucket.name),
    account: bucket.account,
    policy: policyFor(bucket, ctx, letIn),
    context: withTags(bucket, context),
  };
}

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 User Guide, "Mapping of ACL permissions and access policy permissions". */
export const onBucket =
  (action: string, permission?: Permission, context?: (input: never) => Context) =>
  (input: OnBucket, ctx: Ctx): Access =>
    bucketAccess(findBucket(input, ctx).bucket, ctx, action, permission, context?.(input as never));

/** The root of the owner may always see and change the policy. Source: S3 API Reference, PutBucketPolicy: the account's root, even if the policy denies it. */
export const onPolicy =
  (action: string) =>
  (input: OnBucket, ctx: Ctx): Access => {
    const access = onBucket(action)(input, ctx);
    const { principal } = ctx.caller;
    return principal.kind === 'root' && principal.account === access.account
      ? { ...access, policy: undefined }
      : access;
  };

/** What another account writes without an ACL is its own all the same. */
function grantsOfVersion({ acl, owner }: VersionRow, bucket: BucketRow): readonly GrantRow[] | undefined {
  return acl ?? (owner === bucket.account ? undefined : [{ id: canonicalId(owner), permission: 'FULL_CONTROL' }]);
}

function objectAccess(
  { bucket }: Found,
  key: string,
  ctx: Ctx,
  action: string,
  version: VersionRow | undefined,
  permission?: Permission,
  context: Context = {},
): Access {
  // Source: S3 User Guide, "How Amazon S3 authorizes a request": who may read what another account owns, and its ACL, is for that one to say.
  const owner = version === undefined || permission === undefined ? bucket.account : ownerIn(bucket, version);
  const letIn =
    permission !== undefined &&
    version !== undefined &&
    aclAllows(ctx, bucket, grantsOfVersion(version, bucket), permission, owner);
  const tags =
    version?.tags === undefined
      ? {}
      : Object.fromEntries(
          Object.entries(version.tags).map(([name, value]) => [`s3:ExistingObjectTag/${name}`, value]),
        );
  return {
    action: `s3:${action}`,
    resource: arnOf(ctx, bucket.name, key),
    account: owner,
    policy: policyFor(bucket, ctx, letIn, owner === bucket.account),
    context: withTags(bucket, { ...context, ...tags }),
  };
}

/** Whether there is nothing that could be read or tagged. */
const isAbsent = (version: VersionRow | undefined): version is undefined | (VersionRow & { marker: true }) =>
  version === undefined || version.marker === true;

/** Source: S3 API Reference, GetObject, HeadObject, "Permissions": of what isn't there only those hear who may list. */
const absentAccess = ({ bucket }: Found, key: string, ctx: Ctx): Access =>
  bucketAccess(bucket, ctx, 'ListBucket', 'READ', { 's3:prefix': key });

/** Reading an object; one that isn't there is only told to those who may list. */
export function readAccess(
  found: Found,
  key: string,
  versionId: string | undefined,
  ctx: Ctx,
  action: string,
  permission?: Permission,
): Access[] {
  const version = versionOf(found.store, found.bucket, key, versionId);
  const context: Context = versionId === undefined ? {} : { 's3:VersionId': versionId };
  const name = versionId === undefined ? action : action.replace(/(Acl|Tagging|Attributes|)$/, 'Version$1');
  if (isAbsent(version)) return [absentAccess(found, key, ctx)];
  return [objectAccess(found, key, ctx, name, version, permission, context)];
}

/** A read of an object, under the action of its name; of a version, under that of the version. */
export const toRead = (action: string, permission?: Permission) => (input: OnObject, ctx: Ctx) =>
  readAccess(findBucket(input, ctx), input.Key, input.VersionId, ctx, action, permission);

/** @param asked what policies see of the change itself */
export const toChange =
  (action: string, permission?: Permission, asked?: (input: never) => Context) =>
  (input: OnObject, ctx: Ctx): Access => {
    const found = findBucket(input, ctx);
    const version = versionOf(found.store, found.bucket, input.Key, input.VersionId);
    const context: Context = {
      ...(input.VersionId !== undefined && { 's3:VersionId': input.VersionId }),
      ...asked?.(input as never),
    };
    return objectAccess(
      found,
      input.Key,
      ctx,
      input.VersionId === undefined ? action : action.replace(/(Acl|Tagging|)$/, 'Version$1'),
      version,
      permission,
      context,
    );
  };

/** A change of tags; as with reads, of what isn't there only those hear who may list. Source: radkawar/stackd, measured in 2026. */
export const toTag = (action: string, asked?: (input: never) => Context) => {
  const change = toChange(action, undefined, asked);
  return (input: OnObject, ctx: Ctx): Access => {
    const found = findBucket(input, ctx);
    return isAbsent(versionOf(found.store, found.bucket, input.Key, input.VersionId))
      ? absentAccess(found, input.Key, ctx)
      : change(input, ctx);
  };
};

/** Actions that have one name for the current and for older versions. */
export const onVersion =
  (action: string, context: Context = {}) =>
  (input: OnObject, ctx: Ctx): Access => {
    const found = findBucket(input, ctx);
    const version = versionOf(found.store, found.bucket, input.Key, input.VersionId);
    return objectAccess(found, input.Key, ctx, action, version, undefined, context);
  };

type Granting = {
  ACL?: string;
  GrantRead?: string;
  GrantWrite?: string;
  GrantFullControl?: string;
  GrantReadACP?: string;
  GrantWriteACP?: string;
};

type Writing = OnObject & {
  Tagging?: string;
  StorageClass?: string;
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  SSECustomerAlgorithm?: string;
  CopySource?: string;
  MetadataDirective?: string;
  WebsiteRedirectLocation?: string;
} & Granting &
  LockInput &
  Conditions;

const ACL_HEADERS = [
  ['ACL', 'acl'],
  ['GrantRead', 'grant-read'],
  ['GrantWrite', 'grant-write'],
  ['GrantFullControl', 'grant-full-control'],
  ['GrantReadACP', 'grant-read-acp'],
  ['GrantWriteACP', 'grant-write-acp'],
] as const;
const OTHER_HEADERS = [
  ['CopySource', 'copy-source'],
  ['MetadataDirective', 'metadata-directive'],
  ['WebsiteRedirectLocation', 'website-redirect-location'],
] as const;

/** The condition keys that are headers under another name. */
function headerKeys<M extends string>(input: { [member in M]?: string }, headers: readonly (readonly [M, string])[]) {
  const given = headers.filter(([member]) => input[member] !== undefined);
  return Object.fromEntries(given.map(([member, header]) => [`s3:x-amz-${header}`, input[member] ?? '']));
}

/** What policies see of grants that are asked for. Source: S3 User Guide, "Bucket policy examples using condition keys", ACL grants. */
export const aclKeys = (input: Granting): Context => headerKeys(input, ACL_HEADERS);

/** What policies see of the tags that an object is to have. */
export const objectTagKeys = (tags: { [key: string]: string }): Context => ({
  's3:RequestObjectTagKeys': Object.keys(tags),
  ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [`s3:RequestObjectTag/${name}`, value])),
});

type Conditions = { IfMatch?: string; IfNoneMatch?: string };

function conditionKeys({ IfMatch, IfNoneMatch }: Conditions): Context {
  return {
    ...(IfMatch !== undefined && { 's3:if-match': IfMatch }),
    ...(IfNoneMatch !== undefined && { 's3:if-none-match': IfNoneMatch }),
  };
}

/**
 * Writing an object; tags and an ACL that come with it need their own permissions.
 *
 * @param creates an upload that is begun creates none yet. Source: S3 User Guide, "Enforce conditional writes on Amazon S3 buckets"
 */
export function writeAccess(input: Writing, ctx: Ctx, creates = true): Access[] {
  const found = findBucket(input, ctx);
  const { bucket } = found;
  const tags = tagsOfHeader(input.Tagging);
  const grants = [input.ACL, input.GrantRead, input.GrantFullControl, input.GrantReadACP, input.GrantWriteACP];
  const context: Context = {
    ...lockKeys(effectiveLock(input, bucket, ctx.now), ctx),
    ...aclKeys(input),
    ...(input.StorageClass !== undefined && { 's3:x-amz-storage-class': input.StorageClass }),
    ...(input.ServerSideEncryption !== undefined && { 's3:x-amz-server-side-encryption': input.ServerSideEncryption }),
    ...(input.SSEKMSKeyId !== undefined && {
      's3:x-amz-server-side-encryption-aws-kms-key-id': input.SSEKMSKeyId,
    }),
    ...(input.SSECustomerAlgorithm !== undefined && {
      's3:x-amz-server-side-encryption-customer-algorithm': input.SSECustomerAlgorithm,
    }),
    ...headerKeys(input, OTHER_HEADERS),
    ...conditionKeys(input),
    's3:ObjectCreationOperation': String(creates),
    ...(tags !== undefined && objectTagKeys(tags)),
  };
  const letIn = aclAllows(ctx, bucket, bucket.acl, 'WRITE');
  const write = (action: string): Access => ({
    action: `s3:${action}`,
    resource: arnOf(ctx, bucket.name, input.Key),
    account: bucket.account,
    policy: policyFor(bucket, ctx, letIn),
    context: withTags(bucket, context),
  });
  return [
    write('PutObject'),
    // Source: S3 User Guide, "How to prevent object overwrites with conditional writes": to compare ETags one must be let read.
    ...(input.IfMatch === undefined ? [] : [write('GetObject')]),
    ...(tags === undefined ? [] : [write('PutObjectTagging')]),
    ...(input.ObjectLockMode === undefined ? [] : [write('PutObjectRetention')]),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : [write('PutObjectLegalHold')]),
    // S3's own reports hand themselves over to the bucket's owner; their policies know of PutObject only.
    ...(grants.every((one) => one === undefined) || ctx.caller.principal.kind === 'service'
      ? []
      : [write('PutObjectAcl')]),
  ];
}

/**
 * The source of a copy; it may lie in another Region, but not be reached through an access point there. Source: radkawar/stackd, measured
 * in 2026.
 */
function sourceOf(header: string, ctx: Ctx): Source {
  const source = copySourceOf(header);
  const point = pointOf(ctx, source.bucket);
  if (point !== undefined && point.region !== '' && point.region !== ctx.region) throw accessDenied();
  const bucket = bucketNamed(ctx.store, source.bucket, ctx.region);
  if (bucket === undefined) throw noSuchBucket(source.bucket);
  return { ...source, found: { bucket, store: placed(bucket, ctx, ctx.store as StoreView) } };
}

function readSource({ found, ...source }: Source, ctx: Ctx, action: string, permission?: Permission): Access[] {
  if (found.bucket.directory !== undefined) {
    const point = directoryPointOf(source.bucket, ctx);
    if (point !== undefined) demandSourceInScope(point, source.key, ctx);
    return zonalAccess(ctx, { ...found.bucket, point }, 'ReadOnly');
  }
  const wanted = readAccess(found, source.key, source.versionId, ctx, action, permission);
  return [through(action, source.bucket, wanted, ctx)].flat() as Access[];
}

/** Reading the source of a part that is copied. */
export const sourceAccess = (header: string, ctx: Ctx): Access[] =>
  readSource(sourceOf(header, ctx), ctx, 'GetObject', 'READ');

/**
 * A copy reads and writes; one that takes tags along needs the permissions of those, too.
 * Source: AWS's Knowledge Center, "Troubleshoot copying between S3 buckets", and its answers in ceph/ceph#47897.
 */
export function copyAccess(input: Writing & { CopySource: string; TaggingDirective?: string }, ctx: Ctx): Access[] {
  const write = writeAccess(input, ctx);
  const source = sourceOf(input.CopySource, ctx);
  const { found, key, versionId } = source;
  const all = [...write, ...readSource(source, ctx, 'GetObject', 'READ')];
  const isTagged = versionOf(found.store, found.bucket, key, versionId)?.tags !== undefined;
  if (input.TaggingDirective === 'REPLACE' || !isTagged) return all;
  const tagging = write.slice(0, 1).map((one) => ({ ...one, action: 's3:PutObjectTagging' }));
  return [...all, ...tagging, ...readSource(source, ctx, 'GetObjectTagging')];
}

/**
 * Deleting one key, or one version of it. To compare ETags one must be let read.
 * Source: S3 User Guide, "How to perform conditional deletes", "Enforce conditional deletes on Amazon S3 buckets".
 */
export const removal = (input: OnObject & { IfMatch?: string }, ctx: Ctx): Access[] => {
  const { bucket } = findBucket(input, ctx);
  const { Key: key, VersionId: versionId, IfMatch: etag } = input;
  const context = {
    ...(versionId !== undefined && { 's3:VersionId': versionId }),
    ...(etag !== undefined && { 's3:if-match': etag }),
  };
  const name = versionId === undefined ? 'Object' : 'ObjectVersion';
  return [
    bucketAccessToKey(bucket, key, ctx, `Delete${name}`, context),
    ...(etag === undefined || etag === '*' ? [] : [bucketAccessToKey(bucket, key, ctx, `Get${name}`, context)]),
  ];
};

/**
 * What a bucket's WRITE grant lets a caller do to a key in it.
 *
 * Deviation: whoever has it may overwrite and delete also what others own, as it once was and ceph/s3-tests still has it; AWS's guide now
 * leaves that to the owners of the objects.
 */
function bucketAccessToKey(bucket: BucketRow, key: string, ctx: Ctx, action: string, context: Context): Access {
  const letIn = aclAllows(ctx, bucket, bucket.acl, 'WRITE');
  return {
    action: `s3:${action}`,
    resource: arnOf(ctx, bucket.name, key),
    account: bucket.account,
    policy: policyFor(bucket, ctx, letIn),
    context: withTags(bucket, context),
  };
}

/** `creates`: whether an object comes of it at once, which policies that demand conditional writes ask for. */
export const intoUpload =
  (action: string, creates?: boolean) =>
  (input: OnObject & Conditions, ctx: Ctx): Access =>
    bucketAccessToKey(findBucket(input, ctx).bucket, input.Key, ctx, action, {
      ...conditionKeys(input),
      ...(creates !== undefined && { 's3:ObjectCreationOperation': String(creates) }),
    });
