/** Measures what lies in a bucket at the end of each day, a bounded number of versions at a time, and tells CloudWatch. */
import type { Ctx, TimerHandler } from '#kernel/contract';
import { type Found, placedIn } from '../domain/find.ts';
import { versionReader } from '../domain/history.ts';
import { nextMidnight } from '../domain/lifecycle.ts';
import { addPart, addVersion, armMeasuring, type Measured, type Sums } from '../domain/storage.ts';
import { accessTierOf } from '../domain/tiering.ts';
import { SWEEP_BATCH } from '../limits.ts';
import { jobs, parts, uploads } from '../state.ts';

type Walk = NonNullable<Measured['walk']>;

/** Each of them may have 10,000 parts. */
const UPLOADS_A_STEP = 10;

export const measureStorage: TimerHandler = (payload, ctx) => {
  const found = placedIn(payload, ctx);
  if (found === undefined) return;
  const { store, bucket } = found;
  const key = { bucket: bucket.id, kind: 'storage' as const };
  const before = store.get(jobs, key)?.cursor as Measured | undefined;
  if (before === undefined) return;
  const { walk, isStale, ...measured } = before;
  // What changes from here on is for the next day.
  const begun = walk ?? (isStale === true || isDrifting(measured.sums) ? { bytes: {}, objects: 0 } : undefined);
  const stale = walk === undefined ? {} : { ...(isStale === true && { isStale }) };
  const next = begun && step(begun, found, ctx);
  if (next !== undefined && !('sums' in next)) {
    store.put(jobs, { ...key, cursor: { ...measured, ...stale, walk: next } });
    armMeasuring(ctx, bucket, ctx.now);
    return;
  }
  const sums = next?.sums ?? measured.sums;
  store.put(jobs, { ...key, cursor: { ...stale, ...(sums !== undefined && { sums }) } });
  if (sums !== undefined) tell(found, sums, ctx);
  armMeasuring(ctx, bucket, nextMidnight(ctx.now));
};

/** Objects of Intelligent-Tiering change their place by themselves. */
function isDrifting(sums: Sums | undefined): boolean {
  return Object.keys(sums?.bytes ?? {}).some((type) => type.startsWith('IntelligentTiering'));
}

/** A part of the way; at its end what was found. */
function step(walk: Walk, found: Found, ctx: Ctx): Walk | { sums: Sums } {
  const { store, bucket } = found;
  const { after, isAtUploads, bytes, objects } = walk;
  const sums: Sums = { bytes: { ...bytes }, objects };
  if (isAtUploads !== true) {
    const read = versionReader(store, bucket, '');
    const rows = read(after === undefined ? undefined : { after: after as { key: string; rank: number } }, SWEEP_BATCH);
    for (const row of rows) addVersion(sums, row, accessTierOf(store, bucket, row, ctx.now));
    const last = rows.at(-1);
    if (rows.length < SWEEP_BATCH || last === undefined) return { ...sums, isAtUploads: true };
    return { ...sums, after: { key: last.key, rank: last.rank } };
  }
  const where = { bucket: bucket.id };
  const rows = store.list(uploads, { where, ...(after !== undefined && { after }), limit: UPLOADS_A_STEP });
  for (const { id, attributes } of rows)
    for (const { size } of store.list(parts, { where: { upload: id } }))
      addPart(sums, attributes.storageClass ?? 'STANDARD', size);
  const last = rows.at(-1);
  if (rows.length < UPLOADS_A_STEP || last === undefined) return { sums };
  return { ...sums, after: { key: last.key, id: last.id }, isAtUploads: true };
}

function tell({ bucket }: Found, { bytes, objects }: Sums, ctx: Ctx): void {
  const { account, region, name: BucketName } = bucket;
  const place = { account, region };
  for (const [StorageType, size] of Object.entries(bytes))
    ctx.count('BucketSizeBytes', { BucketName, StorageType }, size, 'Bytes', place);
  ctx.count('NumberOfObjects', { BucketName, StorageType: 'AllStorageTypes' }, objects, 'Count', place);
}
