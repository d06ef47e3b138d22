/** Tags of certificates. Source: ACM User Guide, "Tag restrictions"; ACM API Reference, InvalidTagException. */
import { badTag, tooManyTags } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';

type Tags = { [key: string]: string };

/** Tags with further ones. @throws {ServiceError} InvalidTagException, TooManyTagsException */
export function withTags(before: Tags, more: readonly { Key: string; Value?: string | undefined }[]): Tags {
  for (const { Key, Value = '' } of more) {
    if (/^aws:/i.test(Key)) throw badTag(`Tag keys that begin with aws: are reserved: ${Key}`);
    if (/^aws:/i.test(Value)) throw badTag(`Tag values that begin with aws: are reserved: ${Value}`);
  }
  const tags = { ...before, ...Object.fromEntries(more.map(({ Key, Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  return tags;
}

/** Tags as a list. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
