/** Versions of a key: which is current, and what writing and deleting do to them in each state of versioning. */
import { wholeSecond } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidArgument } from '../errors.ts';
import { SWEEP_BATCH } from '../limits.ts';
import { type BucketRow, objects, type UploadRow, uploads, type VersionRow, versions } from '../state.ts';
import { forgetBody } from './body.ts';
import { expectLifecycle } from './lifecycle-schedule.ts';
import { plannedReplication, sendForReplication } from './replication.ts';
import { noteStorage } from './storage.ts';

/** Rank of a key's first version; later ones count down. */
export const RANK_FIRST = 1_000_000_000_000;
const RANK_CHARACTERS = 8;
const VERSION_ID = /^[0-9a-z]{8}[0-9A-Za-z]{24}$/;
/** What could be a version id of AWS's own making: no version here has it, and yet it is one. */
const OTHER_ID = /^[0-9A-Za-z._]{32}$/;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const NULL_VERSION = 'null';

/** The current version, when it is an object. */
export function currentOf(store: StoreView, bucket: BucketRow, key: string): VersionRow | undefined {
  return store.get(objects, { bucket: bucket.id, key });
}

/** The newest version, a delete marker or not. */
export function newestOf(store: StoreView, bucket: BucketRow, key: string): VersionRow | undefined {
  const current = currentOf(store, bucket, key);
  if (current !== undefined || bucket.versioning === undefined) return current;
  return store.first(versions, { where: { bucket: bucket.id, key } });
}

/** Tells the newest version of a key from all that may take its place. */
export function newestMark(store: StoreView, bucket: BucketRow, key: string): string {
  const newest = newestOf(store, bucket, key);
  return newest === undefined ? '' : `${newest.rank} ${newest.body ?? newest.modifiedAt}`;
}

/** Whether the key was written or deleted since the upload began. */
export function isDisturbed(store: StoreView, bucket: BucketRow, upload: UploadRow): boolean {
  if (upload.over === undefined) return false;
  return upload.disturbed === true || upload.over !== newestMark(store, bucket, upload.key);
}

/** What is written leaves a mark, what is removed none: uploads that are under way are told. */
function disturbUploads(store: StoreView, bucket: BucketRow, key: string): void {
  for (const upload of store.list(uploads, { where: { bucket: bucket.id, key }, limit: SWEEP_BATCH }))
    if (upload.disturbed === undefined) store.put(uploads, { ...upload, disturbed: true });
}

/**
 * The version of that id; without one the newest.
 *
 * @throws {ServiceError} InvalidArgument for a text that is no version id
 */
export function versionOf(
  store: StoreView,
  bucket: BucketRow,
  key: string,
  versionId: string | undefined,
): VersionRow | undefined {
  if (versionId === undefined) return newestOf(store, bucket, key);
  const current = currentOf(store, bucket, key);
  if (current?.versionId === versionId) return current;
  if (versionId === NULL_VERSION)
    return store.first(versions, { index: 'byNull', where: { bucket: bucket.id, key, isNull: true } });
  const rank = rankOf(versionId);
  const found = rank === undefined ? undefined : store.get(versions, { bucket: bucket.id, key, rank });
  if (found?.versionId === versionId) return found;
  return store.first(versions, { index: 'byForeign', where: { bucket: bucket.id, key, foreignId: versionId } });
}

/** The rank in a version id; undefined in one that was not made here. @throws {ServiceError} InvalidArgument */
export function rankOf(versionId: string, parameter = 'versionId'): number | undefined {
  if (VERSION_ID.test(versionId)) return Number.parseInt(versionId.slice(0, RANK_CHARACTERS), 36);
  if (OTHER_ID.test(versionId)) return undefined;
  const isEmpty = versionId === '';
  throw invalidArgument(
    isEmpty ? 'Version id cannot be the empty string' : 'Invalid version id specified',
    parameter,
    versionId,
  );
}

function newVersionId(ctx: Ctx, rank: number): string {
  return rank.toString(36).padStart(RANK_CHARACTERS, '0') + ctx.random.text(24, ALPHABET);
}

export type NewVersion = Omit<VersionRow, 'bucket' | 'rank' | 'versionId' | 'isNull' | 'foreignId'>;

/** In a transaction: makes `version` the current one. */
export function putVersion(ctx: Ctx, store: StoreView, bucket: BucketRow, version: NewVersion): VersionRow {
  const isWaiting = bucket.replication === true;
  const planned = isWaiting ? { ...version, ...plannedReplication(ctx, store, bucket, version) } : version;
  const placed = place(ctx, store, bucket, planned);
  if (placed.marker === true)
    store.put(versions, placed.versionId === NULL_VERSION ? { ...placed, isNull: true } : placed);
  else store.put(objects, placed);
  expectLifecycle(ctx, store, bucket, 'version');
  noteStorage(ctx, store, bucket);
  if (isWaiting) sendForReplication(ctx, bucket, placed);
  return placed;
}

/** Replaces a version's row where it lies. */
export function putBack(store: StoreView, changed: VersionRow, before: VersionRow): void {
  const current = store.get(objects, before);
  store.put(current?.rank === before.rank ? objects : versions, changed);
}

/** In a transaction: an object of a directory bucket has become longer. */
export function putAppended(
  ctx: Ctx,
  store: StoreView,
  bucket: BucketRow,
  current: VersionRow,
  changed: { [name in keyof VersionRow]?: VersionRow[name] | undefined },
): VersionRow {
  const merged = Object.entries({ ...current, ...changed }).filter(([, value]) => value !== undefined);
  const version = Object.fromEntries(merged) as VersionRow;
  store.put(objects, version);
  expectLifecycle(ctx, store, bucket, 'version');
  noteStorage(ctx, store, bucket);
  return version;
}

/** In a transaction: an object of a directory bucket gets another key, in the place of what is there. */
export function moveObject(ctx: Ctx, store: StoreView, bucket: BucketRow, source: VersionRow, key: string): void {
  const there = currentOf(store, bucket, key);
  if (there !== undefined) remove(ctx, store, bucket, there);
  store.delete(objects, source);
  store.put(objects, { ...source, key });
  disturbUploads(store, bucket, source.key);
  disturbUploads(store, bucket, key);
  expectLifecycle(ctx, store, bucket, 'other');
  noteStorage(ctx, store, bucket);
}

/** Makes room at the head of the key's versions, and gives the new one its place there. */
function place(ctx: Ctx, store: StoreView, bucket: BucketRow, version: NewVersion): VersionRow {
  const { key } = version;
  const current = currentOf(store, bucket, key);
  if (bucket.versioning === undefined) {
    if (current !== undefined) forgetBody(ctx, store, bucket, current);
    return { ...version, bucket: bucket.id, rank: RANK_FIRST, versionId: NULL_VERSION };
  }
  const newest = current ?? store.first(versions, { where: { bucket: bucket.id, key } });
  const rank = (newest?.rank ?? RANK_FIRST + 1) - 1;
  if (bucket.versioning === 'Suspended') {
    const before = versionOf(store, bucket, key, NULL_VERSION);
    if (before !== undefined) remove(ctx, store, bucket, before);
    if (current !== undefined && current !== before) retire(store, current, version.marker === true);
    return { ...version, bucket: bucket.id, rank, versionId: NULL_VERSION };
  }
  if (current !== undefined) retire(store, current, version.marker === true);
  return { ...version, bucket: bucket.id, rank, versionId: newVersionId(ctx, rank) };
}

/** The current version becomes an older one. */
export function retire(store: StoreView, current: VersionRow, leaves: boolean): void {
  store.put(versions, current.versionId === NULL_VERSION ? { ...current, isNull: true } : current);
  if (leaves) store.delete(objects, current);
}

/** Removes a version's row and body; whatever is newest then is not made current here. */
export function remove(ctx: Ctx, store: StoreView, bucket: BucketRow, version: VersionRow): void {
  const current = currentOf(store, bucket, version.key);
  if (current?.rank === version.rank) store.delete(objects, version);
  else store.delete(versions, version);
  forgetBody(ctx, store, bucket, version);
  noteStorage(ctx, store, bucket);
}

/** What became of a DeleteObject; `nothing` when there was none to delete. */
export type Deleted = { versionId?: string; marker?: true; nothing?: true };

/** In a transaction: deletes a key, or one version of it, as the bucket's versioning says. */
export function deleteVersion(
  ctx: Ctx,
  store: StoreView,
  bucket: BucketRow,
  key: string,
  versionId: string | undefined,
): Deleted {
  if (versionId !== undefined) {
    const version = versionOf(store, bucket, key, versionId);
    if (version === undefined) return { versionId, nothing: true };
    remove(ctx, store, bucket, version);
    disturbUploads(store, bucket, key);
    promote(store, bucket, key);
    expectLifecycle(ctx, store, bucket, 'other');
    return { versionId, ...(version.marker === true && { marker: true }) };
  }
  if (bucket.versioning === undefined) {
    const current = currentOf(store, bucket, key);
    if (current === undefined) return { nothing: true };
    remove(ctx, store, bucket, current);
    disturbUploads(store, bucket, key);
    return {};
  }
  const marker = putVersion(ctx, store, bucket, {
    key,
    marker: true,
    size: 0,
    etag: '',
    modifiedAt: wholeSecond(ctx.now),
    attributes: {},
    owner: bucket.account,
  });
  return { versionId: marker.versionId, marker: true };
}

/** The newest version that is left becomes the current one, unless it is a delete marker. */
export function promote(store: StoreView, bucket: BucketRow, key: string): void {
  if (currentOf(store, bucket, key) !== undefined) return;
  const newest = store.first(versions, { where: { bucket: bucket.id, key } });
  if (newest === undefined || newest.marker === true) return;
  const { isNull: _, ...version } = newest;
  store.delete(versions, newest);
  store.put(objects, version);
}
