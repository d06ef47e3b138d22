/**
 * What the API of key value stores refuses. Source of the codes: CloudFront API Reference, "CloudFront KeyValueStore", each operation's "Errors".
 * Deviation: the texts were never compared with an answer of AWS, nor that it refuses to delete keys that are not there.
 */
import { errorsOf } from '#kernel/contract';

const error = errorsOf('cloudfront-keyvaluestore');

export const invalid = (message: string) => error('ValidationException', message);
export const noSuchStore = () => error('ResourceNotFoundException', 'The specified Key Value Store does not exist.');
export const noSuchKey = () => error('ResourceNotFoundException', 'The specified key does not exist.');
export const outdated = () =>
  error('ConflictException', 'The version that If-Match names is not the current version of the Key Value Store.');
export const storeFull = () => error('ServiceQuotaExceededException', 'The Key Value Store exceeds its maximum size.');
