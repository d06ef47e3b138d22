/** PutObject that adds to the end of an object in a directory bucket: each append is one more piece of its body. */
import { wholeSecond } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { PutObjectRequest } from '#models/s3';
import { nameBody, storing, type Taken, takeBody } from '../domain/body.ts';
import { ALGORITHM_DEFAULT, type Algorithm, isCrc, joinChecksums, shownPartChecksum } from '../domain/checksum.ts';
import { checkWrite, quoted } from '../domain/conditions.ts';
import { dataKeyOf } from '../domain/data-key.ts';
import { etagOf, shownWritten, wantedOf } from '../domain/encryption.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { checkKey } from '../domain/names.ts';
import { currentOf, putAppended } from '../domain/versions.ts';
import { noSuchKey } from '../errors.ts';
import { encryptionMismatched, tooManyAppends, wrongOffset } from '../errors-directory.ts';
import { PARTS_MAX } from '../limits.ts';
import { pieces, type VersionRow } from '../state.ts';

type Input = PutObjectRequest & { WriteOffsetBytes: number };

/**
 * @returns undefined where there is nothing to add to, and the object is made as any other
 * @throws {ServiceError} NoSuchKey, InvalidWriteOffset, EncryptionTypeMismatch, TooManyParts, PreconditionFailed
 * @see S3 User Guide, "Appending data to objects in directory buckets"
 */
export async function appendObject(input: Input, ctx: Ctx): Promise<object | undefined> {
  const before = findBucket(input, ctx);
  checkKey(input.Key);
  const offset = Number(input.WriteOffsetBytes);
  const current = appendable(input, ctx, before, offset);
  if (current === undefined) return undefined;
  const { encryption, checksum } = current;
  const key = await dataKeyOf(ctx, before, input.Key, encryption, undefined);
  const taken = await takeBody(input, ctx, key, checksum?.algorithm as Algorithm | undefined, ALGORITHM_DEFAULT);
  const whole = await joined(current, taken);
  return storing(ctx, taken, (view) => {
    const { bucket, store } = findBucket(input, ctx, view);
    const now = appendable(input, ctx, { bucket, store }, offset);
    if (now === undefined || now.body !== current.body || now.etag !== current.etag) throw wrongOffset();
    const version = putAppended(ctx, store, bucket, now, {
      size: now.size + taken.size,
      etag: etagOf(ctx, bucket, encryption, taken.md5),
      modifiedAt: wholeSecond(ctx.clock()),
      ...(whole === undefined ? { checksum: undefined } : { checksum: whole }),
      ...addPiece(ctx, store, now, taken),
    });
    return {
      ETag: quoted(version.etag),
      Size: version.size,
      ...(encryption !== undefined && shownWritten(encryption)),
      ...(whole === undefined
        ? shownPartChecksum(taken.algorithm, taken.checksum)
        : { ...shownPartChecksum(whole.algorithm, whole.value), ChecksumType: whole.type }),
    };
  });
}

function appendable(input: Input, ctx: Ctx, { bucket, store }: Found, offset: number): VersionRow | undefined {
  const current = currentOf(store, bucket, input.Key);
  checkWrite(input, () => current);
  if (current === undefined) {
    if (offset === 0) return undefined;
    throw noSuchKey(input.Key);
  }
  if (current.size !== offset) throw wrongOffset();
  if (wantedOf(input, bucket, ctx).kind !== (current.encryption?.kind ?? 'AES256')) throw encryptionMismatched();
  if ((current.parts ?? 1) >= PARTS_MAX) throw tooManyAppends();
  return current;
}

/** In a transaction: the bytes follow those that are there. An empty object gets its first body. */
function addPiece(
  ctx: Ctx,
  store: StoreView,
  { body, size, parts = 1 }: VersionRow,
  taken: Taken,
): Partial<VersionRow> {
  const { ref, nonce, checksum } = taken;
  if (body === undefined) {
    const named = nameBody(ctx, store, taken);
    return named === undefined ? {} : { body: named };
  }
  const row = { body, offset: size, part: parts + 1, size: taken.size, ref, checksum };
  if (taken.size > 0) {
    store.put(pieces, { ...row, ...(nonce !== undefined && { nonce }) });
    ctx.blobs.keep(ref);
  }
  return { parts: parts + 1 };
}

/**
 * Checksum of the whole. Deviation: of algorithms that can't be joined only that of the appended part is told, in the answer to the append;
 * AWS tells one of the parts' checksums as well.
 */
async function joined({ checksum, size }: VersionRow, taken: Taken): Promise<VersionRow['checksum']> {
  if (checksum === undefined || checksum.type !== 'FULL_OBJECT' || !isCrc(checksum.algorithm)) return undefined;
  const algorithm = checksum.algorithm as Algorithm;
  const value = await joinChecksums(algorithm, 'FULL_OBJECT', [
    { size, checksum: checksum.value },
    { size: taken.size, checksum: taken.checksum },
  ]);
  return { algorithm, value, type: 'FULL_OBJECT' };
}
