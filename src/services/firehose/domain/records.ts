/** Records on disk: those that come at once are one body, in a row where it is small and in a file where it is not. */
import { collect, InvariantError, invariant, type Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { BatchRow, ChunkRow, StreamRow } from '../state.ts';
import { chunks } from '../state.ts';
import { openSealed, sealFor } from './sealing.ts';

/** Records that were written and that no row names yet. */
export type Piece = Pick<ChunkRow, 'at' | 'lengths' | 'bytes' | 'body' | 'key'>;

/** One record, and what names it within its stream. */
export type Entry = { data: Buffer; at: Millis; sequence: number; index: number };

/** Writes records. @throws {ServiceError} InvalidKMSResourceException */
export async function writePiece(
  stream: StreamRow,
  records: readonly Uint8Array[],
  at: Millis,
  ctx: Ctx,
): Promise<Piece> {
  const open = Buffer.concat(records);
  const { bytes, key } = await sealFor(stream, open, ctx);
  const body = await ctx.blobs.write(
    (async function* () {
      yield bytes;
    })(),
  );
  return {
    at,
    lengths: records.map(({ length }) => length),
    bytes: open.length,
    body,
    ...(key !== undefined && { key }),
  };
}

/** The records of a batch, in the order in which they came. */
export async function readBatch({ life, buffer, first, last }: BatchRow, ctx: Ctx): Promise<Entry[]> {
  const entries: Entry[] = [];
  const rows = ctx.store.list(chunks, { where: { life, buffer }, from: { sequence: first }, to: { sequence: last } });
  for (const { sequence, at, lengths, bytes: total, body, key } of rows) {
    const bytes = await openSealed(
      key,
      await collect(ctx.blobs.read(body), body.size, () => new InvariantError('a body is as long as its row says')),
      ctx,
    );
    invariant(bytes.length === total, 'a chunk has all of its records');
    let from = 0;
    for (const [index, length] of lengths.entries()) {
      entries.push({ data: bytes.subarray(from, from + length), at, sequence, index });
      from += length;
    }
  }
  return entries;
}
