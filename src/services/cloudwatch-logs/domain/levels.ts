/** Levels of batches, by how long they last. A batch of a level began at most that level's span before any instant it holds. */
import { HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import { BATCH_SPAN_MAX } from '../limits.ts';

export const LEVEL_SPANS: readonly Millis[] = [SECOND, MINUTE, HOUR, BATCH_SPAN_MAX];

/** The level of a batch that lasts so long. */
export function levelOf(span: Millis): number {
  return LEVEL_SPANS.findIndex((one) => span <= one);
}
