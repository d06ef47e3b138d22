/** When a bucket's lifecycle rules are looked at next: at the first midnight at which something can be due, and not before. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type BucketRow, jobs } from '../state.ts';
import { dueAfter, type Lifecycle, lifecycleOf, nextMidnight } from './lifecycle.ts';

/**
 * What happened to a bucket that may make something due: a version was written, an upload begun, or anything else changed
 * (tags, versions that went, rules).
 */
export type Change = 'version' | 'upload' | 'other';

const kind = 'lifecycle';

/** In a transaction: sees to it that the rules are looked at in time. Nothing is done for a bucket that has none. */
export function expectLifecycle(ctx: Ctx, store: StoreView, bucket: BucketRow, change: Change): void {
  const lifecycle = lifecycleOf(store, bucket);
  if (lifecycle === undefined) return;
  const at = earliest(lifecycle, ctx.now, change);
  if (at === undefined) return;
  const job = store.get(jobs, { bucket: bucket.id, kind });
  if (job?.at !== undefined && job.at <= at) return;
  store.put(jobs, { ...job, bucket: bucket.id, kind, at });
  // A look that is under way sets the timer itself at its end.
  if (job?.cursor === undefined) armLifecycle(ctx, bucket, at);
}

/** The timer of a bucket's next look, or of the next part of this one. */
export function armLifecycle(ctx: Ctx, { account, region, name, id }: BucketRow, at: Millis): void {
  ctx.arm('runLifecycle', id, at, { account, region, name, bucket: id });
}

/** The first midnight at which a change can make something due. */
function earliest({ Rules }: Lifecycle, now: Millis, change: Change): Millis | undefined {
  const soonest = nextMidnight(now);
  if (change === 'other') return soonest;
  const found: Millis[] = [];
  const add = (days: number | undefined) => {
    if (days !== undefined) found.push(Math.max(soonest, dueAfter(now, days)));
  };
  for (const rule of Rules) {
    if (rule.Status !== 'Enabled') continue;
    if (change === 'upload') {
      add(rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation);
      continue;
    }
    for (const { Days, Date: date } of [rule.Expiration ?? {}, ...(rule.Transitions ?? [])]) {
      add(Days);
      if (date !== undefined) found.push(Math.max(soonest, date));
    }
    if (rule.Expiration?.ExpiredObjectDeleteMarker === true) add(0);
    const older = [rule.NoncurrentVersionExpiration, ...(rule.NoncurrentVersionTransitions ?? [])];
    // One version more may make older ones too many, however long they have been there.
    for (const one of older) add(one?.NewerNoncurrentVersions === undefined ? one?.NoncurrentDays : 0);
  }
  return found.length === 0 ? undefined : Math.min(...found);
}
