/** Tags of users, roles, policies and instance profiles. */

import type { Tags } from '#kernel/identity';
import type { Tag } from '#models/iam';
import { duplicateTags, reservedTag, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import type { TaggedKind } from '../state.ts';

/** Tags with those given added or replaced; keys are compared without regard to case, as written they stay. */
export function mergeTags(kind: TaggedKind, before: Tags, given: readonly Tag[] | undefined): Tags {
  if (given === undefined || given.length === 0) return before;
  const folded = new Set(given.map(({ Key }) => Key.toLowerCase()));
  if (folded.size < given.length) throw duplicateTags();
  if ([...folded].some((key) => key.startsWith('aws:'))) throw reservedTag();
  const kept = Object.entries(before).filter(([key]) => !folded.has(key.toLowerCase()));
  const merged = [...kept, ...given.map(({ Key, Value }) => [Key, Value] as const)];
  if (merged.length > TAGS_MAX) throw tooManyTags(kind);
  return Object.fromEntries(merged);
}

/** Tags without those of the keys, whatever their case. */
export function withoutTags(before: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key.toLowerCase())));
}

/** Tags as replies show them. */
export function showTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
