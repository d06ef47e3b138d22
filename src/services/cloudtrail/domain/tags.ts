/** Tags of trails and event data stores. */
import type { InputOf } from '#kernel/contract';
import { badTags, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';

export type Tags = { [key: string]: string };

/** Tags with those given added or replaced. @throws {ServiceError} InvalidTagParameterException, TagsLimitExceededException */
export function tagsWith(before: Tags, given: InputOf<'cloudtrail', 'AddTags'>['TagsList'] = []): Tags {
  const keys = new Set(given.map(({ Key }) => Key));
  if (keys.size < given.length) throw badTags();
  const tags = { ...before, ...Object.fromEntries(given.map(({ Key, Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  return tags;
}
