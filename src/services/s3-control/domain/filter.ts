/** Which versions of a bucket a generated manifest lists. Source: S3 API Reference, JobManifestGeneratorFilter and its members. */
import type { JobManifestGeneratorFilter, KeyNameConstraint, ObjectEncryptionFilter } from '#models/s3-control';
import type { VersionRow } from '../../s3/port.ts';

/** Whether the filter takes the version, apart from the rules of replication. A delete marker has no size, class or encryption. */
export function matches(filter: JobManifestGeneratorFilter, row: VersionRow): boolean {
  const { CreatedAfter: after, CreatedBefore: before, ObjectReplicationStatuses: statuses } = filter;
  if (after !== undefined && row.modifiedAt <= after) return false;
  if (before !== undefined && row.modifiedAt >= before) return false;
  if (statuses !== undefined && !statuses.some((one) => one === (row.replication?.status ?? 'NONE'))) return false;
  return hasName(filter.KeyNameConstraint, row.key) && hasBody(filter, row);
}

function hasName({ MatchAnyPrefix, MatchAnySuffix, MatchAnySubstring }: KeyNameConstraint = {}, key: string): boolean {
  return (
    (MatchAnyPrefix?.some((text) => key.startsWith(text)) ?? true) &&
    (MatchAnySuffix?.some((text) => key.endsWith(text)) ?? true) &&
    (MatchAnySubstring?.some((text) => key.includes(text)) ?? true)
  );
}

function hasBody(filter: JobManifestGeneratorFilter, { marker, size, attributes, encryption }: VersionRow): boolean {
  const { ObjectSizeGreaterThanBytes: above, ObjectSizeLessThanBytes: below } = filter;
  const { MatchAnyStorageClass: classes, MatchAnyObjectEncryption: encryptions } = filter;
  if (marker === true) return (above ?? below ?? classes ?? encryptions) === undefined;
  return (
    (above === undefined || size > above) &&
    (below === undefined || size < below) &&
    (classes?.some((one) => one === (attributes.storageClass ?? 'STANDARD')) ?? true) &&
    (encryptions?.some((one) => isUnder(one, encryption)) ?? true)
  );
}

/** Every object is encrypted, one of before as S3 would do it. */
function isUnder(filter: ObjectEncryptionFilter, encryption: VersionRow['encryption']): boolean {
  const { kind, keyId, bucketKey = false } = encryption ?? { kind: 'AES256' };
  const { SSEKMS: kms, DSSEKMS: dual } = filter;
  const hasKey = (arn: string | undefined) => arn === undefined || arn === keyId;
  if (filter.SSES3 !== undefined) return kind === 'AES256';
  if (filter.SSEC !== undefined) return kind === 'customer';
  if (dual !== undefined) return kind === 'aws:kms:dsse' && hasKey(dual.KmsKeyArn);
  return (
    kms !== undefined &&
    kind === 'aws:kms' &&
    hasKey(kms.KmsKeyArn) &&
    (kms.BucketKeyEnabled === undefined || kms.BucketKeyEnabled === bucketKey)
  );
}
