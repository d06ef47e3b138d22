/** What a job does to each object: the one call to S3 that its operation means. Source: S3 User Guide, "Operations supported by S3 Batch Operations". */
import type { Aws, InputOf } from '#kernel/contract';
import type {
  JobOperation,
  S3CopyObjectOperation,
  S3Grant,
  S3SetObjectAclOperation,
  S3UpdateObjectEncryptionOperation,
} from '#models/s3-control';
import type { Listed } from './manifest.ts';

type S3 = Aws['s3'];

/** Operations that are built. */
export const BUILT: ReadonlySet<string> = new Set([
  'S3PutObjectCopy',
  'S3PutObjectAcl',
  'S3PutObjectTagging',
  'S3DeleteObjectTagging',
  'S3InitiateRestoreObject',
  'S3PutObjectLegalHold',
  'S3PutObjectRetention',
  'S3ReplicateObject',
  'S3ComputeObjectChecksum',
  'S3UpdateObjectEncryption',
  'LambdaInvoke',
]);

/** Does it. @throws {ServiceError} S3's answer, when it refuses */
export async function work(s3: S3, operation: JobOperation, listed: Listed): Promise<void> {
  const { bucket: Bucket, key: Key, versionId } = listed;
  const on = { Bucket, Key, ...(versionId !== undefined && { VersionId: versionId }) };
  const { S3PutObjectCopy, S3PutObjectAcl, S3PutObjectTagging, S3DeleteObjectTagging } = operation;
  const { S3InitiateRestoreObject: restore, S3PutObjectLegalHold: hold, S3PutObjectRetention: keep } = operation;
  const { S3UpdateObjectEncryption: encryption } = operation;
  if (S3PutObjectCopy !== undefined) await s3.CopyObject(copyOf(S3PutObjectCopy, listed));
  else if (S3PutObjectAcl !== undefined) await s3.PutObjectAcl({ ...on, ...aclOf(S3PutObjectAcl) });
  else if (S3PutObjectTagging !== undefined)
    await s3.PutObjectTagging({ ...on, Tagging: { TagSet: S3PutObjectTagging.TagSet ?? [] } });
  else if (S3DeleteObjectTagging !== undefined) await s3.DeleteObjectTagging(on);
  else if (restore !== undefined)
    await s3.RestoreObject({
      ...on,
      RestoreRequest: {
        ...(restore.ExpirationInDays !== undefined && { Days: restore.ExpirationInDays }),
        GlacierJobParameters: { Tier: restore.GlacierJobTier === 'STANDARD' ? 'Standard' : 'Bulk' },
      },
    });
  else if (encryption !== undefined)
    await s3.UpdateObjectEncryption({ ...on, ObjectEncryption: encryptionFor(encryption) });
  else if (hold !== undefined) await s3.PutObjectLegalHold({ ...on, LegalHold: { Status: hold.LegalHold.Status } });
  else if (keep !== undefined) {
    const { Mode, RetainUntilDate } = keep.Retention;
    await s3.PutObjectRetention({
      ...on,
      Retention: { ...(Mode !== undefined && { Mode }), ...(RetainUntilDate !== undefined && { RetainUntilDate }) },
      ...(keep.BypassGovernanceRetention === true && { BypassGovernanceRetention: true }),
    });
  }
}

function encryptionFor({ ObjectEncryption: asked }: S3UpdateObjectEncryptionOperation) {
  const { SSEKMS: kms } = asked ?? {};
  if (kms === undefined) return {};
  const { KMSKeyArn, BucketKeyEnabled } = kms;
  return { SSEKMS: { KMSKeyArn, ...(BucketKeyEnabled !== undefined && { BucketKeyEnabled }) } };
}

function aclOf({ AccessControlPolicy: policy }: S3SetObjectAclOperation): object {
  if (policy?.CannedAccessControlList !== undefined) return { ACL: policy.CannedAccessControlList };
  const { Owner, Grants = [] } = policy?.AccessControlList ?? {};
  return {
    AccessControlPolicy: {
      Owner: { ID: Owner?.ID },
      Grants: Grants.map(({ Grantee, Permission }) => ({ Grantee: granteeOf(Grantee), Permission })),
    },
  };
}

function granteeOf(grantee: { TypeIdentifier?: string; Identifier?: string } | undefined): object {
  return grantee?.TypeIdentifier === 'uri'
    ? { Type: 'Group', URI: grantee.Identifier }
    : { Type: 'CanonicalUser', ID: grantee?.Identifier };
}

function copyOf(to: S3CopyObjectOperation, { bucket, key, versionId }: Listed): InputOf<'s3', 'CopyObject'> {
  const { NewObjectMetadata: metadata, NewObjectTagging: tags, TargetKeyPrefix: prefix } = to;
  const source = `${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const optional: { [member: string]: unknown } = {
    ACL: to.CannedAccessControlList,
    ...grantsOf(to.AccessControlGrants ?? []),
    MetadataDirective: to.MetadataDirective ?? (metadata === undefined ? undefined : 'REPLACE'),
    CopySourceIfModifiedSince: to.ModifiedSinceConstraint,
    CopySourceIfUnmodifiedSince: to.UnModifiedSinceConstraint,
    WebsiteRedirectLocation: to.RedirectLocation,
    RequestPayer: to.RequesterPays === true ? 'requester' : undefined,
    StorageClass: to.StorageClass,
    SSEKMSKeyId: to.SSEAwsKmsKeyId,
    ServerSideEncryption: to.SSEAwsKmsKeyId === undefined ? encryptionOf(metadata?.SSEAlgorithm) : 'aws:kms',
    BucketKeyEnabled: to.BucketKeyEnabled,
    ChecksumAlgorithm: to.ChecksumAlgorithm,
    ObjectLockLegalHoldStatus: to.ObjectLockLegalHoldStatus,
    ObjectLockMode: to.ObjectLockMode,
    ObjectLockRetainUntilDate: to.ObjectLockRetainUntilDate,
    CacheControl: metadata?.CacheControl,
    ContentDisposition: metadata?.ContentDisposition,
    ContentEncoding: metadata?.ContentEncoding,
    ContentLanguage: metadata?.ContentLanguage,
    ContentType: metadata?.ContentType,
    Metadata: metadata?.UserMetadata,
    Tagging: tags?.map(({ Key, Value }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`).join('&'),
    TaggingDirective: tags && 'REPLACE',
  };
  return {
    Bucket: (to.TargetResource ?? '').split(':').at(-1) ?? '',
    Key: prefix === undefined ? key : `${prefix}/${key}`,
    CopySource: versionId === undefined ? source : `${source}?versionId=${versionId}`,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

const GRANTS = {
  FULL_CONTROL: 'GrantFullControl',
  READ: 'GrantRead',
  READ_ACP: 'GrantReadACP',
  WRITE_ACP: 'GrantWriteACP',
} as const;

/** As CopyObject has them: `id="…", uri="…"`. */
function grantsOf(grants: readonly S3Grant[]): { [member: string]: string | undefined } {
  const namesOf = (permission: string) =>
    grants
      .filter(({ Permission }) => Permission === permission)
      .map(({ Grantee }) => `${Grantee?.TypeIdentifier ?? 'id'}="${Grantee?.Identifier ?? ''}"`);
  return Object.fromEntries(
    Object.entries(GRANTS).map(([permission, member]) => [member, namesOf(permission).join(', ') || undefined]),
  );
}

/** SSE-KMS has another name here. */
function encryptionOf(algorithm: string | undefined): string | undefined {
  return algorithm === 'KMS' ? 'aws:kms' : algorithm;
}
