/** S3's fault point: replication that an experiment of FIS has paused. What waits for it is held, and goes on when the pause is over. */
import { parseArn } from '#kernel/base';
import type { Ctx, EventHandler, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { ReplicationRule } from '#models/s3';
import { placed } from './domain/find.ts';
import type { ToReplicate } from './domain/replication.ts';
import { SWEEP_BATCH } from './limits.ts';
import { type BucketRow, buckets, heldCopies } from './state.ts';

/** Whether copies of a key are not made for now. Source: FIS User Guide, "Amazon S3 actions". */
export function isPaused(ctx: Ctx, source: BucketRow, key: string, rule: ReplicationRule | undefined): boolean {
  const destination = parseArn(rule?.Destination.Bucket ?? '')?.resource ?? '';
  const region = ctx.store.get(buckets, { name: destination })?.region;
  const among = (list: unknown, is: (one: string) => boolean) => list === undefined || String(list).split(',').some(is);
  return ctx.faults
    .at('replication-pause', `arn:${ctx.partition}:s3:::${source.name}`)
    .some(
      (settings) =>
        settings.region === region &&
        among(settings.destinationBuckets, (name) => name === 'ALL' || name === destination) &&
        among(settings.prefixes, (prefix) => prefix === 'ALL' || key.startsWith(prefix)),
    );
}

/** In a transaction: keeps a version for later. */
export function hold(store: StoreView, version: ToReplicate): void {
  store.put(heldCopies, version);
}

/** A pause is over: what was held in these buckets goes on. */
export const goOnReplicating: EventHandler = ({ point, resources }, ctx) => {
  if (point !== 'replication-pause') return;
  for (const arn of resources as string[]) {
    const bucket = ctx.store.get(buckets, { name: parseArn(arn)?.resource ?? '' });
    if (bucket !== undefined) ctx.arm('releaseHeld', bucket.id, ctx.now, { name: bucket.name });
  }
};

/** Lets a bounded part of what is held go, and comes back for the rest. */
export const releaseHeld: TimerHandler = ({ name }, ctx) => {
  const bucket = ctx.store.get(buckets, { name: String(name) });
  if (bucket === undefined) return;
  const store = placed(bucket, ctx, ctx.store);
  const rows = store.list(heldCopies, { where: { bucket: bucket.id }, limit: SWEEP_BATCH });
  for (const row of rows) {
    store.delete(heldCopies, row);
    ctx.emit('s3.replication', row, bucket);
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('releaseHeld', bucket.id, ctx.now + 1, { name });
};
