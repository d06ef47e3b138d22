/**
 * What calls about objects in directory buckets may not ask for.
 *
 * @see S3 User Guide, "Differences for directory buckets"; S3 API Reference, the operations' parameters
 */
import type { Ctx } from '#kernel/contract';
import type { LifecycleRule, PutBucketMetricsConfigurationRequest } from '#models/s3';
import { invalidEncryption, invalidStorageClass } from '../errors.ts';
import { notInDirectories, prefixNotEnding } from '../errors-directory.ts';
import { STORAGE_CLASS } from './directory.ts';

export type Zonal = {
  Prefix?: string;
  Delimiter?: string;
  StartAfter?: string;
  StorageClass?: string;
  ServerSideEncryption?: string;
  [member: string]: unknown;
};

/** Members that ask for what there is not, and what that is called. */
const WITHOUT: readonly (readonly [member: string, what: string])[] = [
  ['Tagging', 'Object Tagging'],
  ['SSECustomerAlgorithm', 'Server Side Encryption with Customer provided keys'],
  ['SSECustomerKey', 'Server Side Encryption with Customer provided keys'],
  ['ObjectLockMode', 'Object Lock'],
  ['ObjectLockRetainUntilDate', 'Object Lock'],
  ['ObjectLockLegalHoldStatus', 'Object Lock'],
  ['BypassGovernanceRetention', 'Object Lock'],
  ['MFA', 'MFA delete'],
  ['WebsiteRedirectLocation', 'website redirects'],
  ['StartAfter', 'StartAfter'],
  ['OptionalObjectAttributes', 'OptionalObjectAttributes'],
];

/** @throws {ServiceError} NotImplemented, InvalidStorageClass, InvalidArgument, InvalidRequest */
export function checkSupported(operation: string, input: Zonal, { http: { headers } }: Ctx): void {
  // Source: S3's answer in github.com/ByConity/ByConity/issues/1798.
  if (headers['content-md5'] !== undefined) throw notInDirectories('Content Md5 header');
  const without = WITHOUT.find(([member]) => input[member] !== undefined && input[member] !== '');
  if (without !== undefined) throw notInDirectories(without[1]);
  const { VersionId: version, StorageClass: asked, ServerSideEncryption: encryption } = input;
  if (version !== undefined && version !== 'null') throw notInDirectories('Object Versioning');
  if (asked !== undefined && asked !== STORAGE_CLASS) throw invalidStorageClass(asked);
  if (encryption === 'aws:kms:dsse') throw invalidEncryption(encryption);
  if (operation === 'ListObjectsV2' || operation === 'ListMultipartUploads') checkList(input);
}

/** @throws {ServiceError} InvalidRequest, NotImplemented */
function checkList({ Prefix: prefix = '', Delimiter: delimiter = '' }: Zonal): void {
  if (delimiter !== '' && delimiter !== '/') throw notInDirectories(`delimiters other than '/'`);
  if (prefix !== '' && !prefix.endsWith('/')) throw prefixNotEnding();
}

/**
 * Rules expire objects and end uploads; they choose by prefix and size.
 *
 * @throws {ServiceError} NotImplemented
 * @see S3 User Guide, "Creating and managing a Lifecycle configuration for your directory bucket"
 */
export function checkDirectoryRules(rules: readonly LifecycleRule[]): void {
  for (const { Transitions, NoncurrentVersionTransitions, NoncurrentVersionExpiration, Filter } of rules) {
    if (Transitions !== undefined || NoncurrentVersionTransitions !== undefined)
      throw notInDirectories('Lifecycle transition actions');
    if (NoncurrentVersionExpiration !== undefined) throw notInDirectories('Object Versioning');
    if (Filter?.Tag !== undefined || Filter?.And?.Tags !== undefined) throw notInDirectories('Object Tagging');
  }
}

/** Metrics are of directories, not of tags. @throws {ServiceError} NotImplemented, InvalidRequest */
export function checkMetrics({ MetricsConfiguration: { Filter } }: PutBucketMetricsConfigurationRequest): void {
  if (Filter?.Tag !== undefined || Filter?.And?.Tags !== undefined) throw notInDirectories('Object Tagging');
  const prefix = Filter?.And?.Prefix ?? Filter?.Prefix ?? '';
  if (prefix !== '' && !prefix.endsWith('/')) throw prefixNotEnding();
}
