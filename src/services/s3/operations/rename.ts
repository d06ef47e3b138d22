/** RenameObject: an object of a directory bucket gets another key, and keeps everything else. */
import { DAY, type Millis, sha256Hex } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { RenameObjectRequest } from '#models/s3';
import { brokenName, type ReadConditions } from '../domain/conditions.ts';
import { findBucket } from '../domain/find.ts';
import { checkKey } from '../domain/names.ts';
import { currentOf, moveObject } from '../domain/versions.ts';
import { invalidArgument, invalidRequest, noSuchKey, preconditionFailed } from '../errors.ts';
import { notInGeneral, tokenReused } from '../errors-directory.ts';
import { renames, type VersionRow } from '../state.ts';

/** Deviation: how long AWS remembers a token is not told. */
const REMEMBERED: Millis = DAY;
/** Tokens that have run out are forgotten a few at a time, when others come. */
const SWEEP_BATCH = 10;

export const renameObject: Handler<'s3', 'RenameObject'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  if (bucket.directory === undefined) throw notInGeneral(ctx.http.method);
  checkKey(input.Key);
  const from = sourceKey(input);
  if (isDone(input, ctx, store, bucket.id)) return {};
  const source = currentOf(store, bucket, from);
  // Source: S3 User Guide, "Renaming objects in directory buckets": not for keys that end with a slash.
  if (from.endsWith('/') || input.Key.endsWith('/'))
    throw invalidRequest('Renaming keys that end with a slash is not supported.');
  if (source === undefined) throw noSuchKey(from);
  const of = sourceConditions(input);
  const broken = brokenName(of, source, ctx.now);
  if (broken !== undefined) throw preconditionFailed(`x-amz-rename-source-${broken.toLowerCase()}`);
  checkDestination(input, from === input.Key, currentOf(store, bucket, input.Key), ctx.now);
  moveObject(ctx, store, bucket, source, input.Key);
  return {};
};

/** `/key`, `key`, or with the bucket before it. */
function sourceKey({ Bucket, RenameSource }: RenameObjectRequest): string {
  let path: string;
  try {
    path = decodeURIComponent(RenameSource).replace(/^\//, '');
  } catch {
    throw invalidArgument('Invalid rename source encoding', 'x-amz-rename-source', RenameSource);
  }
  const key = path.startsWith(`${Bucket}/`) ? path.slice(Bucket.length + 1) : path;
  if (key === '') throw invalidArgument('Invalid rename source object key', 'x-amz-rename-source', RenameSource);
  return key;
}

/** Whether the same request has succeeded before; notes that it has now. @throws {ServiceError} IdempotencyParameterMismatch */
function isDone(input: RenameObjectRequest, ctx: Ctx, store: StoreView, bucket: string): boolean {
  const { ClientToken: token, ...asked } = input;
  if (token === undefined) return false;
  for (const old of store.list(renames, { index: 'byExpiry', before: { expiresAt: ctx.now }, limit: SWEEP_BATCH }))
    store.delete(renames, old);
  const request = sha256Hex(JSON.stringify(Object.entries(asked).sort()));
  const known = store.get(renames, { bucket, token });
  if (known !== undefined && known.expiresAt > ctx.now) {
    if (known.request !== request) throw tokenReused();
    return true;
  }
  store.put(renames, { bucket, token, request, expiresAt: ctx.now + REMEMBERED });
  return false;
}

function sourceConditions(input: RenameObjectRequest): ReadConditions {
  return {
    ifMatch: input.SourceIfMatch,
    ifNoneMatch: input.SourceIfNoneMatch,
    ifModifiedSince: input.SourceIfModifiedSince,
    ifUnmodifiedSince: input.SourceIfUnmodifiedSince,
  };
}

/** What has to be true of what is there already. @throws {ServiceError} PreconditionFailed */
function checkDestination(
  input: RenameObjectRequest,
  isSame: boolean,
  there: VersionRow | undefined,
  now: Millis,
): void {
  // Source: S3 User Guide, "Renaming objects in directory buckets", the note on the same name.
  if (isSame) throw preconditionFailed('x-amz-rename-source');
  const conditions: ReadConditions = {
    ifMatch: input.DestinationIfMatch,
    ifNoneMatch: input.DestinationIfNoneMatch,
    ifModifiedSince: input.DestinationIfModifiedSince,
    ifUnmodifiedSince: input.DestinationIfUnmodifiedSince,
  };
  if (there === undefined) {
    if (conditions.ifMatch !== undefined) throw preconditionFailed('If-Match');
    if (conditions.ifModifiedSince !== undefined) throw preconditionFailed('If-Modified-Since');
    return;
  }
  const broken = brokenName(conditions, there, now);
  if (broken !== undefined) throw preconditionFailed(broken);
}
