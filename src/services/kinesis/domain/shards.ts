/** Shards: opened, split, merged, and brought to a number. A shard that is closed stays for as long as its records may. */
import { invariant, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { tooManyShards } from '../errors.ts';
import { shardsMax } from '../limits.ts';
import { type ShardRow, type StreamRow, shards, streams, tallies } from '../state.ts';
import { bordersOf, rangesOf, toBig, toHex } from './hash-keys.ts';
import { accountOf, storeOf } from './names.ts';
import { armTrim } from './trim.ts';

/** Open shards in the order of their hash keys. */
export function openShards(stream: StreamRow, store: StoreView): ShardRow[] {
  return storeOf(stream, store).list(shards, { index: 'byHashKey', where: { life: stream.life } });
}

/** The open shard that a hash key belongs to. */
export function shardFor(stream: StreamRow, key: string, store: StoreView): ShardRow {
  const [found] = storeOf(stream, store).list(shards, {
    index: 'byHashKey',
    where: { life: stream.life },
    to: { open: key },
    reverse: true,
    limit: 1,
  });
  invariant(found !== undefined, 'open shards cover all hash keys');
  return found;
}

/** Counts shards and streams of an account. @throws {ServiceError} LimitExceededException over the shards it may have */
export function tally(stream: StreamRow, change: { shards?: number; onDemand?: number }, store: StoreView, ctx: Ctx) {
  const view = storeOf(stream, store);
  const row = view.get(tallies, { id: 'all' }) ?? { id: 'all' as const, shards: 0, onDemand: 0 };
  const more = change.shards ?? 0;
  const limit = ctx.quota(shardsMax(ctx.region));
  if (more > 0 && row.shards + more > limit)
    throw tooManyShards(accountOf(stream), ctx.region, row.shards, limit, more);
  view.put(tallies, { id: 'all', shards: row.shards + more, onDemand: row.onDemand + (change.onDemand ?? 0) });
}

type Range = Pick<ShardRow, 'from' | 'to'>;

/** A change of shards in one transaction: the stream is written once at its end. */
class Resharding {
  stream: StreamRow;
  readonly #store: StoreView;
  readonly #ctx: Ctx;

  constructor(stream: StreamRow, store: StoreView, ctx: Ctx) {
    this.stream = stream;
    this.#store = storeOf(stream, store);
    this.#ctx = ctx;
  }

  open({ from, to }: Range, parents: readonly ShardRow[]): ShardRow {
    const { stream } = this;
    const { now } = this.#ctx;
    const row: ShardRow = {
      life: stream.life,
      index: stream.nextShard,
      born: Math.max(Math.floor(now / SECOND), ...parents.map(({ born }) => born + 1)),
      createdAt: now,
      from,
      to,
      parents: parents.map(({ index }) => index),
      open: from,
    };
    this.#store.put(shards, row);
    this.stream = { ...stream, nextShard: stream.nextShard + 1, openShards: stream.openShards + 1 };
    return row;
  }

  #close({ open: _, ...row }: ShardRow, children: readonly ShardRow[]): void {
    const { now } = this.#ctx;
    this.#store.put(shards, { ...row, closedAt: now, children: children.map(({ index }) => index) });
    this.stream = { ...this.stream, openShards: this.stream.openShards - 1 };
    armTrim(this.stream, row.index, now, this.#store, this.#ctx);
    this.#ctx.signal(signalOf(row));
  }

  split(row: ShardRow, at: bigint): [ShardRow, ShardRow] {
    const low = this.open({ from: row.from, to: toHex(at - 1n) }, [row]);
    const high = this.open({ from: toHex(at), to: row.to }, [row]);
    this.#close(row, [low, high]);
    return [low, high];
  }

  merge(low: ShardRow, high: ShardRow): ShardRow {
    const child = this.open({ from: low.from, to: high.to }, [low, high]);
    this.#close(low, [child]);
    this.#close(high, [child]);
    return child;
  }

  end(openBefore: number): StreamRow {
    const { stream } = this;
    const isCounted = stream.mode === 'PROVISIONED';
    if (isCounted) tally(stream, { shards: stream.openShards - openBefore }, this.#store, this.#ctx);
    this.#store.put(streams, stream);
    return stream;
  }
}

/** Who waits for a shard waits for this. */
export const signalOf = ({ life, index }: Pick<ShardRow, 'life' | 'index'>) => `kinesis ${life}/${index}`;

/** In a transaction: a new stream with its shards. @throws {ServiceError} LimitExceededException */
export function openAll(stream: StreamRow, count: number, store: StoreView, ctx: Ctx): void {
  const work = new Resharding(stream, store, ctx);
  for (const range of rangesOf(count)) work.open(range, []);
  work.end(0);
}

/** In a transaction: two shards in place of one. @param at the first hash key of the upper one */
export function splitShard(stream: StreamRow, shard: ShardRow, at: bigint, store: StoreView, ctx: Ctx): void {
  const work = new Resharding(stream, store, ctx);
  work.split(shard, at);
  work.end(stream.openShards);
}

/** In a transaction: one shard in place of two that lie side by side. */
export function mergeShards(stream: StreamRow, low: ShardRow, high: ShardRow, store: StoreView, ctx: Ctx): void {
  const work = new Resharding(stream, store, ctx);
  work.merge(low, high);
  work.end(stream.openShards);
}

/** In a transaction: so many shards of the same size, by splits and then merges, so that each has parents with its keys. */
export function rescale(stream: StreamRow, count: number, store: StoreView, ctx: Ctx): StreamRow {
  const work = new Resharding(stream, store, ctx);
  const borders = bordersOf(count);
  const pieces: ShardRow[] = [];
  for (const shard of openShards(stream, store)) {
    let rest = shard;
    for (const border of borders.filter((one) => one > toBig(shard.from) && one <= toBig(shard.to))) {
      const [low, high] = work.split(rest, border);
      pieces.push(low);
      rest = high;
    }
    pieces.push(rest);
  }
  const starts = new Set(borders.map(toHex));
  let merged: ShardRow | undefined;
  for (const piece of pieces)
    merged = merged === undefined || starts.has(piece.from) ? piece : work.merge(merged, piece);
  return work.end(stream.openShards);
}
