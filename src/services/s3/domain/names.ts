/** Names of buckets and keys. */
import { utf8Length } from '#kernel/base';
import { invalidBucketName, keyTooLong } from '../errors.ts';
import { KEY_BYTES_MAX } from '../limits.ts';

const LABELS = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/**
 * Checks the name of a bucket that is to be made.
 *
 * @throws {ServiceError} InvalidBucketName
 * @see S3 User Guide, "General purpose bucket naming rules"
 */
export function checkBucketName(name: string): void {
  const fits = name.length >= 3 && name.length <= 63 && LABELS.test(name) && !ADDRESS.test(name);
  const reserved = PREFIXES.some((one) => name.startsWith(one)) || SUFFIXES.some((one) => name.endsWith(one));
  if (!fits || reserved) throw invalidBucketName(name);
}

/** Whether a bucket of that name could exist at all. */
export function isBucketName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && LABELS.test(name.toLowerCase().replaceAll('_', '-'));
}

/**
 * Deviation: keys with more elements that go up than others from the left are taken; S3's User Guide ("Naming Amazon S3 objects") calls them
 * invalid, and no answer to one is recorded.
 *
 * @throws {ServiceError} KeyTooLongError
 */
export function checkKey(key: string): void {
  if (key.length * 3 <= KEY_BYTES_MAX) return;
  const size = utf8Length(key);
  if (size > KEY_BYTES_MAX) throw keyTooLong(size);
}
