/** Tags as they are kept. */
import type { Tag } from '#models/sns';
import { invalid, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import type { Tags } from '../state.ts';

/** @throws {ServiceError} InvalidParameter, TagLimitExceeded */
export function readTags(given: readonly Tag[]): Tags {
  const keys = new Set(given.map(({ Key }) => Key));
  if (keys.size !== given.length) throw invalid('Duplicated keys are not allowed.');
  for (const { Key } of given)
    if (/^aws:/i.test(Key)) throw invalid('Tag keys that start with aws: are reserved for AWS use');
  if (given.length > TAGS_MAX) throw tooManyTags();
  return Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]));
}
