/** Tags of objects and buckets: reading them from a header or a body, and their rules. */
import type { ConditionKeys } from '#kernel/contract';
import { invalidArgument, invalidTag } from '../errors.ts';
import { badTagCount } from '../errors-tags.ts';
import { BUCKET_TAGS_MAX, OBJECT_TAGS_MAX, TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX } from '../limits.ts';
import type { Tags } from '../state.ts';

/** Source: S3 User Guide, "Categorizing objects with tags": letters, digits, spaces and + - = . _ : / @ */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Whether a key or a value of a tag has none but the letters that it may have. */
export const isTagText = (text: string): boolean => ALLOWED.test(text);

/**
 * Tags of an x-amz-tagging header, written as a query.
 *
 * @throws {ServiceError} InvalidArgument, InvalidTag, BadRequest
 */
export function tagsOfHeader(header: string | undefined): Tags | undefined {
  if (header === undefined || header === '') return undefined;
  const pairs = header
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const decode = (text: string) => {
        try {
          return decodeURIComponent(text.replaceAll('+', ' '));
        } catch {
          throw invalidArgument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
            'x-amz-tagging',
            header,
          );
        }
      };
      return {
        Key: decode(equals === -1 ? pair : pair.slice(0, equals)),
        Value: equals === -1 ? '' : decode(pair.slice(equals + 1)),
      };
    });
  if (new Set(pairs.map((pair) => pair.Key)).size < pairs.length)
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  return checkTags(pairs, 'object');
}

/**
 * Lengths are those of UTF-16; an object's tag may begin with `AWS:`, a bucket's may not. Source: radkawar/stackd, measured in 2026.
 *
 * @throws {ServiceError} InvalidTag, BadRequest
 */
export function checkTags(given: readonly { Key: string; Value: string }[], of: 'object' | 'bucket'): Tags {
  const limit = of === 'object' ? OBJECT_TAGS_MAX : BUCKET_TAGS_MAX;
  if (of === 'object' && given.length > limit) throw badTagCount(of, limit);
  const tags = new Map<string, string>();
  for (const { Key, Value } of given) {
    if (Key === '' || Key.length > TAG_KEY_CHARACTERS_MAX || !ALLOWED.test(Key))
      throw invalidTag('The TagKey you have provided is invalid', Key);
    if (Value.length > TAG_VALUE_CHARACTERS_MAX || !ALLOWED.test(Value))
      throw invalidTag('The TagValue you have provided is invalid', Key, Value);
    if ((of === 'bucket' ? Key.toLowerCase() : Key).startsWith('aws:'))
      throw invalidTag('System tags cannot be added/updated by requester', Key);
    if (tags.has(Key)) throw invalidTag('Cannot provide multiple Tags with the same key', Key);
    tags.set(Key, Value);
    // Those of a bucket are counted as they are checked. Source: github.com/scality/cloudserver/pull/4451.
    if (tags.size > limit) throw badTagCount(of, limit);
  }
  return Object.fromEntries(tags);
}

/** What conditions see of the tags that a request brings. */
export function tagKeysOf(given: readonly { Key: string; Value: string }[]): ConditionKeys {
  if (given.length === 0) return {};
  return {
    'aws:TagKeys': given.map(({ Key }) => Key),
    ...Object.fromEntries(given.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

/** Tags as a TagSet. */
export function tagSet(tags: Tags | undefined): { Key: string; Value: string }[] {
  return Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}
