/** Carries out lifecycle rules at midnight UTC, a bounded number of versions at a time. */
import type { Millis } from '#kernel/base';
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { ownRecordOf, TRANSITIONS } from '../domain/access-log.ts';
import { type Found, placedIn } from '../domain/find.ts';
import { versionReader } from '../domain/history.ts';
import {
  choose,
  endOfUpload,
  filterOf,
  type Lifecycle,
  lifecycleOf,
  nextMidnight,
  type Plan,
  plansFor,
  type Standing,
} from '../domain/lifecycle.ts';
import { armLifecycle } from '../domain/lifecycle-schedule.ts';
import { isLocked } from '../domain/lock.ts';
import { keepLines } from '../domain/log-lines.ts';
import { announce } from '../domain/notifications.ts';
import { noteStorage } from '../domain/storage.ts';
import { deleteVersion, putBack } from '../domain/versions.ts';
import { SWEEP_BATCH } from '../limits.ts';
import { jobs, uploads, type VersionRow, versions } from '../state.ts';

const kind = 'lifecycle';

/** The last version that was looked at, and how many older ones of its key came before; then the last upload. */
type Cursor =
  | { phase: 'versions'; after?: { key: string; rank: number }; modifiedAt?: Millis; newer?: number }
  | { phase: 'uploads'; after?: { key: string; id: string } };

export const runLifecycle: TimerHandler = (payload, ctx) => {
  const found = placedIn(payload, ctx);
  const lifecycle = found && lifecycleOf(found.store, found.bucket);
  if (found === undefined || lifecycle === undefined) return;
  const { store, bucket } = found;
  const job = store.get(jobs, { bucket: bucket.id, kind });
  if (job === undefined || (job.cursor === undefined && (job.at ?? 0) > ctx.now)) return;
  // From here on `at` is when the next look begins: the versions that are read say so, and whatever changes meanwhile.
  const begun = job.cursor === undefined ? { bucket: bucket.id, kind: job.kind } : job;
  store.put(jobs, begun);
  const cursor = (job.cursor ?? { phase: 'versions' }) as Cursor;
  const step =
    cursor.phase === 'versions'
      ? lookAtVersions(ctx, found, lifecycle, cursor)
      : lookAtUploads(ctx, found, lifecycle, cursor);
  const meanwhile = store.get(jobs, { bucket: bucket.id, kind })?.at;
  const at = earlier(meanwhile, step.next);
  store.put(jobs, {
    bucket: bucket.id,
    kind,
    ...(at !== undefined && { at }),
    ...(step.cursor !== undefined && { cursor: step.cursor }),
  });
  if (step.cursor !== undefined) armLifecycle(ctx, bucket, ctx.now);
  else if (at !== undefined) armLifecycle(ctx, bucket, at);
};

const earlier = (a: Millis | undefined, b: Millis | undefined) =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

type Step = { cursor: Cursor | undefined; next: Millis | undefined };

function lookAtVersions(
  ctx: Ctx,
  found: Found,
  lifecycle: Lifecycle,
  cursor: Extract<Cursor, { phase: 'versions' }>,
): Step {
  const { store, bucket } = found;
  const read = versionReader(store, bucket, commonPrefix(lifecycle));
  const rows = read(cursor.after === undefined ? undefined : { after: cursor.after }, SWEEP_BATCH);
  let next: Millis | undefined;
  let before: { key: string; modifiedAt: Millis; newer: number } | undefined =
    cursor.after === undefined
      ? undefined
      : { key: cursor.after.key, modifiedAt: cursor.modifiedAt ?? 0, newer: cursor.newer ?? 0 };
  for (const row of rows) {
    const standing: Standing =
      before?.key === row.key
        ? { latest: false, since: before.modifiedAt, newer: before.newer }
        : { latest: true, alone: row.marker === true && isAlone(found, row) };
    before = { key: row.key, modifiedAt: row.modifiedAt, newer: standing.latest ? 0 : standing.newer + 1 };
    const chosen = choose(plansFor(lifecycle, bucket, row, standing), ctx.now);
    next = earlier(next, chosen.next);
    if (chosen.plan === undefined) continue;
    if (!carryOut(ctx, found, row, chosen.plan, standing)) next = earlier(next, nextMidnight(ctx.now));
    // The version stays, moved on, and something else was due too.
    else if (chosen.plan.does === 'move')
      next = earlier(next, afterMove(ctx, found, lifecycle, row, chosen.plan, standing));
  }
  const last = rows.at(-1);
  const goesOn = rows.length === SWEEP_BATCH && last !== undefined && before !== undefined;
  return {
    next,
    cursor: goesOn
      ? {
          phase: 'versions',
          after: { key: last.key, rank: last.rank },
          modifiedAt: before?.modifiedAt ?? 0,
          newer: before?.newer ?? 0,
        }
      : { phase: 'uploads' },
  };
}

function afterMove(
  ctx: Ctx,
  { bucket }: Found,
  lifecycle: Lifecycle,
  row: VersionRow,
  plan: Extract<Plan, { does: 'move' }>,
  standing: Standing,
): Millis | undefined {
  const moved = { ...row, attributes: { ...row.attributes, storageClass: plan.to } };
  const { plan: due, next } = choose(plansFor(lifecycle, bucket, moved, standing), ctx.now);
  return due === undefined ? next : nextMidnight(ctx.now);
}

/** Whether this delete marker is all that is left of its key. */
function isAlone({ store }: Found, { bucket, key }: VersionRow): boolean {
  return store.list(versions, { where: { bucket, key }, limit: 2 }).length === 1;
}

/** False where Object Lock or replication holds the version; it is looked at again. */
function carryOut(ctx: Ctx, { store, bucket }: Found, row: VersionRow, plan: Plan, standing: Standing): boolean {
  // Source: S3 User Guide, "How S3 Lifecycle interacts with other bucket configurations": what is not replicated yet neither moves nor expires.
  if (row.replication?.status === 'PENDING' || row.replication?.status === 'FAILED') return false;
  if (plan.does === 'move') {
    const moved = { ...row, attributes: { ...row.attributes, storageClass: plan.to } };
    logOwn(ctx, store, bucket, TRANSITIONS[plan.to] ?? '', row);
    noteStorage(ctx, store, bucket);
    putBack(store, plan.to === 'INTELLIGENT_TIERING' ? { ...moved, accessedAt: ctx.now } : moved, row);
    announce(ctx, store, bucket, 'LifecycleTransition', row, {
      lifecycleEventData: { transitionEventData: { destinationStorageClass: plan.to } },
    });
    return true;
  }
  if (plan.does === 'remove' && isLocked(row.lock, ctx.now)) return false;
  const whole = standing.latest && row.marker !== true;
  logOwn(ctx, store, bucket, plan.does === 'mark' ? 'S3.CREATE.DELETEMARKER' : 'S3.EXPIRE.OBJECT', row);
  const deleted = deleteVersion(ctx, store, bucket, row.key, whole ? undefined : row.versionId);
  const subject = { key: row.key, ...(deleted.versionId !== undefined && { versionId: deleted.versionId }) };
  announce(
    ctx,
    store,
    bucket,
    plan.does === 'mark' ? 'LifecycleExpiration:DeleteMarkerCreated' : 'LifecycleExpiration:Delete',
    subject,
  );
  return true;
}

/** In a transaction: a line of the bucket's access log. */
function logOwn(
  ctx: Ctx,
  store: StoreView,
  bucket: Found['bucket'],
  name: string,
  { key, versionId }: { key: string; versionId?: string },
): void {
  if (bucket.logs !== true) return;
  const line = ownRecordOf(bucket, { name, key, ...(versionId !== undefined && { versionId }) }, ctx);
  keepLines(ctx, store, bucket, ctx.random.text(16, '0123456789ABCDEF'), [line]);
}

function lookAtUploads(
  ctx: Ctx,
  { store, bucket }: Found,
  lifecycle: Lifecycle,
  { after }: Extract<Cursor, { phase: 'uploads' }>,
): Step {
  if (!lifecycle.Rules.some((rule) => rule.AbortIncompleteMultipartUpload !== undefined))
    return { cursor: undefined, next: undefined };
  const rows = store.list(uploads, {
    where: { bucket: bucket.id },
    startsWith: commonPrefix(lifecycle),
    ...(after !== undefined && { after }),
    limit: SWEEP_BATCH,
  });
  let next: Millis | undefined;
  for (const upload of rows) {
    const end = endOfUpload(lifecycle, upload);
    if (end === undefined) continue;
    if (end.at > ctx.now) {
      next = earlier(next, end.at);
      continue;
    }
    logOwn(ctx, store, bucket, 'S3.DELETE.UPLOAD', { key: upload.key });
    store.delete(uploads, upload);
    noteStorage(ctx, store, bucket);
    ctx.arm('sweepParts', upload.id, ctx.now, { account: bucket.account, region: bucket.region, upload: upload.id });
  }
  const last = rows.at(-1);
  return {
    next,
    cursor:
      rows.length === SWEEP_BATCH && last !== undefined
        ? { phase: 'uploads', after: { key: last.key, id: last.id } }
        : undefined,
  };
}

/** What every rule's prefix begins with: other keys need not be read. */
function commonPrefix({ Rules }: Lifecycle): string {
  const prefixes = Rules.filter(({ Status }) => Status === 'Enabled').map((rule) => [...filterOf(rule).prefix]);
  const [first = []] = prefixes;
  const length = first.findIndex((point, index) => prefixes.some((other) => other[index] !== point));
  return (length === -1 ? first : first.slice(0, length)).join('');
}
