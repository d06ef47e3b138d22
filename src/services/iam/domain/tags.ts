/** Tags. The keys of users' and roles' are the same whatever their case, those of all else are not. Source: IAM User Guide, "Tags for AWS Identity and Access Management resources", Case sensitivity. */

import type { Tags } from '#kernel/identity';
import type { Tag } from '#models/iam';
import { duplicateTags, noTagsGiven, reservedTag, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import type { TaggedKind } from '../state.ts';

/** What two keys must have in common to be the same. */
function foldOf(kind: TaggedKind): (key: string) => string {
  return kind === 'user' || kind === 'role' ? (key) => key.toLowerCase() : (key) => key;
}

/** Kinds that are tagged with something, or not at all. */
const NEVER_EMPTY: ReadonlySet<TaggedKind> = new Set(['oidc-provider', 'saml-provider', 'server-certificate']);

/** Tags with those of a request to tag. @throws {ServiceError} InvalidInput */
export function addTags(kind: TaggedKind, before: Tags, given: readonly Tag[]): Tags {
  checkGiven(kind, given);
  return mergeTags(kind, before, given);
}

function checkGiven(kind: TaggedKind, given: readonly unknown[]): void {
  if (given.length === 0 && NEVER_EMPTY.has(kind)) throw noTagsGiven();
}

/** Tags with those given added, or replaced where they stand; keys stay as they were written last. */
export function mergeTags(kind: TaggedKind, before: Tags, given: readonly Tag[] | undefined): Tags {
  if (given === undefined || given.length === 0) return before;
  const fold = foldOf(kind);
  const added = new Map(given.map((tag) => [fold(tag.Key), tag]));
  if (added.size < given.length) throw duplicateTags(fold('A') === 'a');
  if (given.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) throw reservedTag();
  const merged = Object.entries(before).map(([key, value]): [string, string] => {
    const replaced = added.get(fold(key));
    added.delete(fold(key));
    return replaced === undefined ? [key, value] : [replaced.Key, replaced.Value];
  });
  for (const { Key, Value } of added.values()) merged.push([Key, Value]);
  if (merged.length > TAGS_MAX) throw tooManyTags();
  return Object.fromEntries(merged);
}

/** Tags without those of the keys. */
export function withoutTags(kind: TaggedKind, before: Tags, keys: readonly string[]): Tags {
  checkGiven(kind, keys);
  const fold = foldOf(kind);
  const gone = new Set(keys.map(fold));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(fold(key))));
}

/** Tags as replies show them. */
export function showTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
