/**
 * Tells of objects of Intelligent-Tiering that have come to an archive tier, at midnight UTC. Looked at are all versions, a bounded number
 * at a time, and not before the first of them can have come to one: what is written or read meanwhile is sooner in none.
 */
import { DAY, type Millis } from '#kernel/base';
import type { Ctx, TimerHandler } from '#kernel/contract';
import { placedIn } from '../domain/find.ts';
import { versionReader } from '../domain/history.ts';
import { nextMidnight } from '../domain/lifecycle.ts';
import { announce } from '../domain/notifications.ts';
import { fallsOf, TIERING_DAYS_MIN, tierAt, tieringsOf } from '../domain/tiering.ts';
import { SWEEP_BATCH } from '../limits.ts';
import { type BucketRow, jobs, type VersionRow } from '../state.ts';

const kind = 'tiering';

/** What was told ends at `since`; a look that is under way is about what has happened until `until`. */
type Cursor = { since: Millis; until?: Millis; after?: { key: string; rank: number }; next?: Millis };

/** In a transaction, once the bucket's archive tiers have changed: they are looked at from now on. */
export function expectTiers(ctx: Ctx, bucket: BucketRow): void {
  const store = ctx.store.in({ account: bucket.account, region: bucket.region });
  const before = store.get(jobs, { bucket: bucket.id, kind });
  if (before === undefined) store.put(jobs, { bucket: bucket.id, kind, cursor: { since: ctx.now } });
  arm(ctx, bucket, nextMidnight(ctx.now));
}

function arm(ctx: Ctx, { account, region, name, id }: BucketRow, at: Millis): void {
  ctx.arm('watchTiers', id, at, { account, region, name, bucket: id });
}

export const watchTiers: TimerHandler = (payload, ctx) => {
  const found = placedIn(payload, ctx);
  if (found === undefined) return;
  const { store, bucket } = found;
  const key = { bucket: bucket.id, kind } as const;
  const cursor = store.get(jobs, key)?.cursor as Cursor | undefined;
  if (cursor === undefined) return;
  if (bucket.tiering === undefined) return void store.delete(jobs, key);
  const { since, until = ctx.now, after } = cursor;
  const tierings = tieringsOf(store, bucket);
  const rows = versionReader(store, bucket, '')(after && { after }, SWEEP_BATCH);
  let next = cursor.next ?? until + TIERING_DAYS_MIN * DAY;
  for (const row of rows) {
    const falls = fallsOf(tierings, row);
    const tier = tierAt(falls, until);
    if (tier !== undefined && tier !== tierAt(falls, since)) tell(ctx, found, row, tier);
    for (const { at } of falls) if (at > until) next = Math.min(next, at);
  }
  const last = rows.at(-1);
  if (rows.length === SWEEP_BATCH && last !== undefined) {
    store.put(jobs, { ...key, cursor: { since, until, after: { key: last.key, rank: last.rank }, next } });
    arm(ctx, bucket, ctx.now);
  } else {
    store.put(jobs, { ...key, cursor: { since: until } });
    arm(ctx, bucket, nextMidnight(next - 1));
  }
};

/** Source: S3 User Guide, "Event message structure", intelligentTieringEventData. */
function tell(
  ctx: Ctx,
  { store, bucket }: NonNullable<ReturnType<typeof placedIn>>,
  row: VersionRow,
  tier: string,
): void {
  announce(ctx, store, bucket, 'IntelligentTiering', row, {
    intelligentTieringEventData: { destinationAccessTier: tier },
  });
}
