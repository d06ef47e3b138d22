/** Writing records: each gets its place in the shard that its hash key belongs to. Costs the same however much is stored. */
import { bytesStream } from '#kernel/base';
import { type Ctx, seal } from '#kernel/contract';
import type { BlobRef, StoreView } from '#kernel/store';
import { type RecordRow, records, type ShardRow, type StreamRow, tails, watchers } from '../state.ts';
import { again, storeOf } from './names.ts';
import type { DataKey } from './sealing.ts';
import { nextOrdinal, sequenceOf } from './sequence.ts';
import { shardFor, signalOf } from './shards.ts';
import { armTrim } from './trim.ts';

/** A record that was asked to be written. @property hash the hash key it has */
export type Entry = { data: Uint8Array; key: string | undefined; hash: string; size: number };
/** Where a record was written. */
export type Written = { shard: number; sequence: string };

/** Writes records in their order, all or none. @throws {ServiceError} ResourceNotFoundException where the stream is gone by now */
export async function append(
  stream: StreamRow,
  entries: readonly Entry[],
  dataKey: DataKey | undefined,
  ctx: Ctx,
): Promise<Written[]> {
  const bodies: BlobRef[] = [];
  for (const { data } of entries) {
    const bytes = dataKey === undefined ? data : seal(dataKey.key, Buffer.from(data));
    bodies.push(await ctx.blobs.write(bytesStream(bytes)));
  }
  return ctx.transact((store) => {
    const current = again(stream, store);
    const writer = new Writer(current, dataKey?.dataKey, store, ctx);
    const written = entries.map((entry, at) => writer.write(entry, bodies[at] as BlobRef));
    writer.end();
    return written;
  });
}

class Writer {
  readonly #stream: StreamRow;
  readonly #dataKey: string | undefined;
  readonly #store: StoreView;
  readonly #ctx: Ctx;
  readonly #lasts = new Map<ShardRow, string | undefined>();
  readonly #now: number;

  constructor(stream: StreamRow, dataKey: string | undefined, store: StoreView, ctx: Ctx) {
    this.#stream = stream;
    this.#dataKey = dataKey;
    this.#store = storeOf(stream, store);
    this.#ctx = ctx;
    this.#now = ctx.clock();
  }

  write({ key, hash, size }: Entry, body: BlobRef): Written {
    const { life } = this.#stream;
    const shard = this.#shardOf(hash);
    const last = this.#lasts.has(shard) ? this.#lasts.get(shard) : this.#tailOf(shard)?.ordinal;
    const ordinal = nextOrdinal(last, this.#now);
    this.#lasts.set(shard, ordinal);
    this.#ctx.blobs.keep(body);
    const row: RecordRow = {
      life,
      shard: shard.index,
      ordinal,
      at: this.#now,
      ...(key !== undefined && { key }),
      body,
      size,
      ...(this.#dataKey !== undefined && { dataKey: this.#dataKey }),
    };
    this.#store.put(records, row);
    return { shard: shard.index, sequence: sequenceOf(shard, ordinal, this.#now) };
  }

  /** Writes down where the shards end now, and tells those who wait. */
  end(): void {
    const { life, arn } = this.#stream;
    for (const [shard, ordinal] of this.#lasts) {
      const key = { life, shard: shard.index };
      armTrim(this.#stream, shard.index, this.#now, this.#store, this.#ctx);
      this.#store.put(tails, { ...key, isTimed: true, ordinal: ordinal ?? '' });
      this.#ctx.signal(signalOf(shard));
    }
    for (const { id, account, region } of this.#store.list(watchers, { where: { stream: arn } }))
      this.#ctx.emit('kinesis.recorded', { id }, { account, region });
  }

  #shardOf(hash: string): ShardRow {
    for (const shard of this.#lasts.keys()) if (shard.from <= hash && hash <= shard.to) return shard;
    return shardFor(this.#stream, hash, this.#store);
  }

  #tailOf({ index: shard }: ShardRow) {
    return this.#store.get(tails, { life: this.#stream.life, shard });
  }
}
