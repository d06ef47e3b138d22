/** Tags of streams. */
import type { Tag } from '#models/firehose';
import { tooManyTags } from '../errors.ts';
import { STREAM_TAGS_MAX } from '../limits.ts';
import type { StreamRow } from '../state.ts';

/** @throws {ServiceError} LimitExceededException */
export function withTags(before: StreamRow['tags'], tags: readonly Tag[]): StreamRow['tags'] {
  const after = { ...before, ...Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ''])) };
  if (Object.keys(after).length > STREAM_TAGS_MAX) throw tooManyTags(STREAM_TAGS_MAX);
  return after;
}
