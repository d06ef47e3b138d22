/** Tags of streams and consumers. */
import type { Tag } from '#models/kinesis';
import { invalid } from '../errors.ts';
import { STREAM_TAGS_MAX } from '../limits.ts';

export type Tags = { readonly [key: string]: string };

const CHARACTERS = /^[\p{L}\p{N}\p{Z}_.:/=+\-%@]*$/u;

/** @throws {ServiceError} InvalidArgumentException */
export function withTags(before: Tags, given: Tags, arn: string): { [key: string]: string } {
  for (const [key, value] of Object.entries(given))
    if (!CHARACTERS.test(key) || !CHARACTERS.test(value))
      throw invalid(
        'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.',
      );
  const all = { ...before, ...given };
  if (Object.keys(all).length > STREAM_TAGS_MAX)
    throw invalid(
      `Failed to add tags to ${arn} because a given resource cannot have more than ${STREAM_TAGS_MAX} tags associated with it.`,
    );
  return all;
}

/** The tags that are left without those keys. */
export function withoutTags(before: Tags, keys: readonly string[]): { [key: string]: string } {
  return Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
}

/** In the order of their keys. */
export function listed(tags: Tags): Tag[] {
  return Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}
