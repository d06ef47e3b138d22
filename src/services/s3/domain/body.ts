/** The bytes of objects: taking them in with every check, reading any range of them, and letting them go. */

import { createHash } from 'node:crypto';
import { streamOf } from '#kernel/base';
import type { ByteStream, Ctx } from '#kernel/contract';
import type { BlobRef, StoreView } from '#kernel/store';
import {
  badChecksum,
  badMd5,
  chunkedNotImplemented,
  entityTooLarge,
  invalidDigest,
  lengthMissing,
  noSuchKey,
} from '../errors.ts';
import { BODY_GRACE, PUT_BYTES_MAX } from '../limits.ts';
import { type BucketRow, type PieceRow, pieces, type VersionRow } from '../state.ts';
import {
  type Algorithm,
  type ChecksumMembers,
  checkSdkAlgorithm,
  claimedChecksum,
  type Hasher,
  hasherOf,
  trailingChecksum,
} from './checksum.ts';
import { newNonce, passing } from './cipher.ts';
import type { Span } from './range.ts';

/** A body that has been stored but that no row names yet. */
export type Taken = { ref: BlobRef; nonce?: string; size: number; md5: string; algorithm: Algorithm; checksum: string };

export type Incoming = ChecksumMembers & { Body?: ByteStream; ContentMD5?: string };

/**
 * Stores the body of an upload as it flows; nothing remains of one that is refused.
 *
 * @param key the body's data key; none for the parts of an upload that was begun before bodies were encrypted
 * @param kept the algorithm whose value is wanted; undefined for the client's own, else the default
 * @throws {ServiceError} NotImplemented, EntityTooLarge, InvalidDigest, BadDigest, InvalidRequest
 */
export async function takeBody(
  input: Incoming,
  ctx: Ctx,
  key: Buffer | undefined,
  kept: Algorithm | undefined,
  otherwise: Algorithm,
): Promise<Taken> {
  const { headers } = ctx.http;
  const length = input.Body?.length;
  if (length === undefined && headers['transfer-encoding'] !== undefined) throw chunkedNotImplemented();
  // Where a length has to be said at all: calls from inside have no such header, a request that says nothing has no body.
  if (ctx.http.method === 'PUT' && length === 0 && !('content-length' in headers) && !('transfer-encoding' in headers))
    throw lengthMissing();
  if (length !== undefined && length > PUT_BYTES_MAX) throw entityTooLarge(length);
  checkMd5(input.ContentMD5);
  const claimed = claimedChecksum(input, headers);
  if (input.Body !== undefined) checkSdkAlgorithm(claimed, headers);
  const algorithm = kept ?? claimed?.algorithm ?? otherwise;
  const sum = await hasherOf(algorithm);
  const check = claimed === undefined || claimed.algorithm === algorithm ? sum : await hasherOf(claimed.algorithm);
  const taken = await write(input.Body, ctx, key, check === sum ? [sum] : [sum, check]);
  const checksum = sum.base64();
  const calculated = check === sum ? checksum : check.base64();
  const stated = claimed && (claimed.value ?? trailingOf(ctx, taken.ref, claimed.algorithm));
  const expected = input.ContentMD5 === undefined ? taken.md5 : Buffer.from(input.ContentMD5, 'base64').toString('hex');
  // Of an object S3 tells what it expected in hex. Source: github.com/versity/versitygw/issues/2034, dandi/dandi-cli/issues/1257.
  if (expected !== taken.md5)
    throw refuse(ctx, taken.ref, badMd5(expected, Buffer.from(taken.md5, 'hex').toString('base64')));
  if (claimed !== undefined && stated !== calculated) throw refuse(ctx, taken.ref, badChecksum(claimed.algorithm));
  return { ...taken, algorithm, checksum };
}

function trailingOf(ctx: Ctx, ref: BlobRef, algorithm: Algorithm): string | undefined {
  try {
    return trailingChecksum(algorithm, ctx.http.trailers);
  } catch (error) {
    throw refuse(ctx, ref, error as Error);
  }
}

/** @throws {ServiceError} InvalidDigest for what is no MD5 in base64 */
export function checkMd5(given: string | undefined): void {
  if (given !== undefined && Buffer.from(given, 'base64').length !== MD5_BYTES) throw invalidDigest(given);
}

const MD5_BYTES = 16;

async function write(
  body: AsyncIterable<Uint8Array> | undefined,
  ctx: Ctx,
  key: Buffer | undefined,
  hashers: readonly Hasher[],
): Promise<{ ref: BlobRef; nonce?: string; size: number; md5: string }> {
  const nonce = newNonce();
  const encrypt = key === undefined ? undefined : passing(key, nonce);
  const md5 = createHash('md5');
  let size = 0;
  const ref = await ctx.blobs.write(body ?? nothing(), (piece) => {
    size += piece.length;
    if (size > PUT_BYTES_MAX) throw entityTooLarge(size);
    md5.update(piece);
    for (const hasher of hashers) hasher.update(piece);
    return encrypt?.(piece);
  });
  return { ref, ...(key !== undefined && { nonce }), size, md5: md5.digest('hex') };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Lets go of a body that will not be named; gives the error back. */
export function refuse(ctx: Ctx, ref: BlobRef, error: Error): Error {
  if (ref.file !== undefined) ctx.transact(() => ctx.blobs.drop(ref));
  return error;
}

/** Names a body that was taken, or lets go of it when that fails. */
export function storing<T>(ctx: Ctx, taken: Pick<Taken, 'ref'>, work: (store: StoreView) => T): T {
  try {
    return ctx.transact(work);
  } catch (error) {
    throw refuse(ctx, taken.ref, error as Error);
  }
}

/** MD5 and checksum of bytes that are here already. */
export async function digest(
  body: AsyncIterable<Uint8Array>,
  algorithm: Algorithm,
): Promise<{ md5: string; checksum: string }> {
  const md5 = createHash('md5');
  const sum = await hasherOf(algorithm);
  for await (const piece of body) {
    md5.update(piece);
    sum.update(piece);
  }
  return { md5: md5.digest('hex'), checksum: sum.base64() };
}

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new body's name. Names rise with time, so that the rows of one commit lie side by side. */
function newBody(ctx: Ctx): string {
  return `${ctx.clock().toString(36).padStart(9, '0')}${ctx.random.text(16, ID_ALPHABET)}`;
}

/** In a transaction: a body of one piece gets a name; undefined for an empty one. */
export function nameBody(ctx: Ctx, store: StoreView, { ref, nonce }: Pick<Taken, 'ref' | 'nonce'>): string | undefined {
  if (ref.size === 0) return undefined;
  const body = newBody(ctx);
  store.put(pieces, { body, offset: 0, part: 1, size: ref.size, ref, ...(nonce !== undefined && { nonce }) });
  ctx.blobs.keep(ref);
  return body;
}

/** In a transaction: the version's body is named no more. Files go a little later, for the sake of those who are reading. */
export function forgetBody(ctx: Ctx, store: StoreView, bucket: BucketRow, version: VersionRow): void {
  const { body } = version;
  if (body === undefined) return;
  if (version.parts === undefined && store.get(pieces, { body, offset: 0 })?.ref.file === undefined)
    store.delete(pieces, { body, offset: 0 });
  else ctx.arm('sweepBody', body, ctx.now + BODY_GRACE, { account: bucket.account, region: bucket.region, body });
}

/** The bytes `from` to `to`, both inclusive, opened by the body's data key; only the pieces that hold them are read. */
export function readBody(
  ctx: Ctx,
  store: StoreView,
  version: VersionRow,
  key: Buffer | undefined,
  { from, to }: Span,
): ByteStream {
  const { body } = version;
  if (body === undefined || to < from) return { length: 0, [Symbol.asyncIterator]: nothing };
  const found = version.parts === undefined ? onePiece(store, body) : piecesOf(store, body, from, to);
  const [first] = found;
  if (first !== undefined && found.length === 1)
    return readPiece(ctx, first, key, { from: from - first.offset, to: to - first.offset });
  const length = to - from + 1;
  const bytes = async function* () {
    for (const piece of found) {
      const { offset, size } = piece;
      yield* readPiece(ctx, piece, key, { from: Math.max(0, from - offset), to: Math.min(size - 1, to - offset) });
    }
  };
  const isDecrypted = key !== undefined && found.every(({ nonce }) => nonce !== undefined);
  return streamOf(length, bytes, isDecrypted);
}

function readPiece(ctx: Ctx, { ref, nonce }: PieceRow, key: Buffer | undefined, span: Span): ByteStream {
  const decrypt = key === undefined || nonce === undefined ? undefined : passing(key, nonce, span.from);
  return ctx.blobs.read(ref, span, decrypt);
}

function onePiece(store: StoreView, body: string): PieceRow[] {
  const piece = store.get(pieces, { body, offset: 0 });
  return piece === undefined ? [] : [piece];
}

function piecesOf(store: StoreView, body: string, from: number, to: number): PieceRow[] {
  const first = store.first(pieces, { where: { body }, to: { offset: from }, reverse: true });
  return store.list(pieces, { where: { body }, from: { offset: first?.offset ?? 0 }, to: { offset: to } });
}

/** The piece of a part, by the part's place in the object (from 1). */
export function pieceOfPart(store: StoreView, version: VersionRow, part: number): PieceRow | undefined {
  return version.body === undefined
    ? undefined
    : store.list(pieces, { where: { body: version.body }, limit: part })[part - 1];
}

/** In a transaction: a copy names the same files; bytes are never written twice. @throws {ServiceError} NoSuchKey */
export function shareBody(ctx: Ctx, from: StoreView, to: StoreView, source: VersionRow): Partial<VersionRow> {
  if (source.body === undefined) return {};
  const body = newBody(ctx);
  const found = from.list(pieces, { where: { body: source.body } });
  // The source was deleted while its bytes were read, and even the sweep has been.
  if (found.length === 0) throw noSuchKey(source.key);
  for (const piece of found) {
    to.put(pieces, { ...piece, body });
    ctx.blobs.keep(piece.ref);
  }
  return { body, ...(source.parts !== undefined && { parts: source.parts, joined: true }) };
}
