/** What may be a tag of a queue. */
import { badTagKeys, badTagValues, tooManyTags } from '../errors.ts';
import { QUEUE_TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX } from '../limits.ts';

/** @throws {ServiceError} InvalidParameterValue */
export function checkTags(queue: string, tags: { [key: string]: string } = {}): void {
  const keys = Object.keys(tags);
  checkTagKeys(keys);
  if (Object.values(tags).some((value) => value.length > TAG_VALUE_MAX)) throw badTagValues();
  if (keys.length > QUEUE_TAGS_MAX) throw tooManyTags(queue);
}

/** @throws {ServiceError} InvalidParameterValue */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.some((key) => key === '' || key.length > TAG_KEY_MAX)) throw badTagKeys();
}
