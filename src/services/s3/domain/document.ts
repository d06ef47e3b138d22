/** Documents that requests bring, such as a bucket's rules or a list of keys: they must have arrived as they were sent. */
import { createHash } from 'node:crypto';
import type { DocumentRule } from '#kernel/contract';
import { badChecksum, badContentHash, badMd5, checksumNeeded } from '../errors.ts';
import { checkMd5 } from './body.ts';
import {
  ALGORITHMS,
  type ChecksumMembers,
  checkSdkAlgorithm,
  claimedChecksum,
  hasherOf,
  headerOf,
  trailingChecksum,
} from './checksum.ts';

/** Operations that S3 wants a digest of the document for. Source: S3 API Reference, their pages; answers in github.com/versity/versitygw/issues/1040, aws-amplify/aws-sdk-ios/issues/109. */
const NEEDY: ReadonlySet<string> = new Set([
  'DeleteObjects',
  'PutBucketCors',
  'PutBucketLifecycleConfiguration',
  'PutBucketTagging',
  'PutObjectLegalHold',
  'PutObjectLockConfiguration',
  'PutObjectRetention',
]);

/** @throws {ServiceError} InvalidRequest, InvalidDigest, BadDigest */
export const document: DocumentRule = ({ operation, bytes, headers, trailers }) => {
  // Source: S3's answer in github.com/versity/versitygw/issues/1601.
  if (headers['x-amz-content-sha256'] === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') throw badContentHash();
  // Its checksums are those of the object.
  if (operation === 'CompleteMultipartUpload') return;
  const md5 = headers['content-md5'];
  const claimed = claimedChecksum(checksumsOf(headers), headers);
  checkSdkAlgorithm(claimed, headers);
  checkMd5(md5);
  if (md5 !== undefined) {
    const calculated = createHash('md5').update(bytes).digest('base64');
    if (calculated !== md5) throw badMd5(md5, calculated);
  }
  if (claimed === undefined) {
    if (md5 === undefined && NEEDY.has(operation)) throw checksumNeeded();
    return;
  }
  const { algorithm, value = trailingChecksum(algorithm, trailers) } = claimed;
  const check = (hasher: { update(bytes: Uint8Array): void; base64(): string }) => {
    hasher.update(bytes);
    if (hasher.base64() !== value) throw badChecksum(algorithm);
  };
  const hasher = hasherOf(algorithm);
  return hasher instanceof Promise ? hasher.then(check) : check(hasher);
};

function checksumsOf(headers: Readonly<Record<string, string>>): ChecksumMembers {
  const found = ALGORITHMS.map((one) => [`Checksum${one}`, headers[headerOf(one)]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}
