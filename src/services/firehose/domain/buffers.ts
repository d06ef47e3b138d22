/**
 * Records gather in buffers. A buffer that is full, or whose oldest record has waited long enough, is cut: its chunks become a batch,
 * which then is somebody's work. Adding to a buffer costs the same however much is in it.
 */
import { sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import {
  type BatchRow,
  type BufferKind,
  type BufferRow,
  batches,
  buffers,
  type ChunkRow,
  chunks,
  type Partition,
  type StreamRow,
  streams,
} from '../state.ts';
import { bufferingOf, recordsOf } from './destination.ts';
import type { Piece } from './records.ts';

/** Chunks that are looked at together. */
const PAGE = 64;

/** Which buffer of a stream. */
export type BufferName = { kind: BufferKind; partition?: Partition | undefined; errorType?: string | undefined };

/** Names a buffer among those of its stream. */
export function bufferId({ kind, partition, errorType }: BufferName): string {
  if (errorType !== undefined) return `${kind} ${errorType}`;
  return partition === undefined ? kind : `${kind} ${sha256Hex(JSON.stringify(partition)).slice(0, 32)}`;
}

/** In a transaction: puts records that were written into a buffer. */
export function append(
  { life, destination }: StreamRow,
  name: BufferName,
  piece: Piece,
  store: StoreView,
  ctx: Ctx,
): void {
  const id = bufferId(name);
  const { kind, partition, errorType } = name;
  const row: BufferRow = store.get(buffers, { life, id }) ?? {
    life,
    id,
    kind,
    ...(partition !== undefined && { partition }),
    ...(errorType !== undefined && { errorType }),
    next: 0,
    from: 0,
    bytes: 0,
    open: 0,
  };
  const now = ctx.clock();
  const bytes = row.bytes + piece.bytes;
  ctx.blobs.keep(piece.body);
  store.put(chunks, { life, buffer: id, sequence: row.next, ...piece });
  store.put(buffers, { ...row, next: row.next + 1, bytes, since: row.since ?? now });
  const { size, interval } = bufferingOf(destination, kind);
  const key = { life, id };
  if (bytes >= size || interval === 0) ctx.start('cut', `${life}/${id}`, key);
  else if (row.since === undefined) ctx.arm('due', `${life}/${id}`, now + interval, key);
}

/** In a transaction: makes batches of what is due, and sets the timer for the rest. */
export function cut({ life, id }: Pick<BufferRow, 'life' | 'id'>, store: StoreView, ctx: Ctx): void {
  const stream = store.first(streams, { index: 'byLife', where: { life } });
  let row = store.get(buffers, { life, id });
  while (stream !== undefined && row?.since !== undefined) {
    const { size, interval } = bufferingOf(stream.destination, row.kind);
    if (row.bytes < size && row.since + interval > ctx.clock()) {
      ctx.arm('due', `${life}/${id}`, row.since + interval, { life, id });
      return;
    }
    row = cutOne(row, { size, records: recordsOf(stream.destination, row.kind) }, store, ctx);
  }
}

function cutOne(row: BufferRow, most: { size: number; records: number }, store: StoreView, ctx: Ctx): BufferRow {
  const { life, id, kind, partition, errorType, from } = row;
  let [bytes, records, last] = [0, 0, from - 1];
  let rest: ChunkRow | undefined;
  let first: ChunkRow | undefined;
  for (let more = true; more; ) {
    const page: ChunkRow[] = store.list(chunks, {
      where: { life, buffer: id },
      from: { sequence: last + 1 },
      limit: PAGE,
    });
    more = page.length === PAGE;
    for (const chunk of page) {
      records += chunk.lengths.length;
      if (first !== undefined && (bytes + chunk.bytes > most.size || records > most.records)) {
        rest = chunk;
        more = false;
        break;
      }
      first ??= chunk;
      bytes += chunk.bytes;
      last = chunk.sequence;
    }
  }
  const { since: _, ...settled } = row;
  if (first === undefined) {
    store.put(buffers, { ...settled, bytes: 0 });
    return { ...settled, bytes: 0 };
  }
  const batch: BatchRow = {
    life,
    id: ctx.uuid(),
    buffer: id,
    kind,
    ...(partition !== undefined && { partition }),
    ...(errorType !== undefined && { errorType }),
    first: from,
    last,
    at: first.at,
    cutAt: ctx.clock(),
    attempts: 0,
  };
  store.put(batches, batch);
  ctx.start('work', `${life}/${batch.id}`, { life, id: batch.id });
  const left: BufferRow = {
    ...settled,
    from: last + 1,
    bytes: row.bytes - bytes,
    open: row.open + 1,
    ...(rest !== undefined && { since: rest.at }),
  };
  store.put(buffers, left);
  return left;
}

/** In a transaction: a batch is done with. False when it was already, or its stream is gone. */
export function finish({ life, id }: Pick<BatchRow, 'life' | 'id'>, store: StoreView, ctx: Ctx): boolean {
  const batch = store.get(batches, { life, id });
  if (batch === undefined) return false;
  const { buffer, first, last } = batch;
  const range = { where: { life, buffer }, from: { sequence: first }, to: { sequence: last } };
  for (const chunk of store.list(chunks, range)) {
    ctx.blobs.drop(chunk.body);
    store.delete(chunks, chunk);
  }
  store.delete(batches, batch);
  const row = store.get(buffers, { life, id: buffer });
  if (row !== undefined) {
    const open = row.open - 1;
    // Numbers begin anew only where nothing bears one.
    if (open === 0 && row.next === row.from) store.delete(buffers, row);
    else store.put(buffers, { ...row, open });
  }
  return true;
}
