/** Names of buckets and keys. */
import { utf8Length } from '#kernel/base';
import { accessDenied, invalidBucketName, keyTooLong, leadsOutOfBucket } from '../errors.ts';
import { KEY_BYTES_MAX } from '../limits.ts';

const LABELS = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/**
 * Checks the name of a bucket that is to be made.
 *
 * @throws {ServiceError} InvalidBucketName, AccessDenied
 * @see S3 User Guide, "General purpose bucket naming rules"
 */
export function checkBucketName(name: string): void {
  const fits = name.length >= 3 && name.length <= 63 && LABELS.test(name) && !ADDRESS.test(name);
  if (!fits || SUFFIXES.some((one) => name.endsWith(one))) throw invalidBucketName(name);
  checkPrefix(name);
}

/** Source: S3's answers in badmintoncryer/cdk-preflight, September 2026. @throws {ServiceError} AccessDenied */
export function checkPrefix(name: string): void {
  if (PREFIXES.some((one) => name.startsWith(one)))
    throw accessDenied('The requested bucket name starts with a reserved prefix');
}

/** Whether a bucket of that name could exist at all. */
export function isBucketName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && LABELS.test(name.toLowerCase().replaceAll('_', '-'));
}

/** @throws {ServiceError} KeyTooLongError, BadRequest */
export function checkKey(key: string): void {
  if (key.includes('..') && leadsOut(key)) throw leadsOutOfBucket();
  if (key.length * 3 <= KEY_BYTES_MAX) return;
  const size = utf8Length(key);
  if (size > KEY_BYTES_MAX) throw keyTooLong(size);
}

/** Whether from the left more elements of a key go up than others were there. Source: S3 User Guide, "Naming Amazon S3 objects". */
function leadsOut(key: string): boolean {
  let depth = 0;
  return key.split('/').some((element) => {
    depth += element === '..' ? -1 : 1;
    return depth < 0;
  });
}
