/** What happens to streams unprompted: an open shard gives way to its child, and what is a day old is removed. */
import type { TimerHandler } from '#kernel/contract';
import { storeOf } from './domain/find.ts';
import { sequenceAt } from './domain/sequence.ts';
import { rotateShard } from './domain/stream.ts';
import { RECORD_RETENTION, SHARD_LIFETIME, SWEEP_BATCH } from './limits.ts';
import { tables } from './state.ts';
import { heads, records, shards, streams } from './stream-state.ts';

export const rotate: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const store = storeOf(payload, ctx);
  const stream = store.first(streams, { index: 'byPile', where: { pile } });
  if (stream === undefined || stream.disabledAt !== undefined) return;
  rotateShard(pile, store, ctx);
  ctx.arm('rotate', pile, ctx.now + SHARD_LIFETIME, payload);
  ctx.arm('trim', pile, ctx.now, payload);
};

/** Removes a bounded part of what has been kept long enough, and comes back for the rest; of a stream that is over, all. */
export const trim: TimerHandler = (payload, ctx) => {
  const pile = String(payload.pile);
  const store = storeOf(payload, ctx);
  const before = ctx.now - RECORD_RETENTION;
  const stream = store.first(streams, { index: 'byPile', where: { pile } });
  const isOver = stream?.disabledAt !== undefined && stream.disabledAt <= before;
  const old = store.list(records, {
    where: { pile },
    ...(!isOver && { before: { sequence: sequenceAt(before) } }),
    limit: SWEEP_BATCH,
  });
  for (const row of old) store.delete(records, row);
  if (old.length === SWEEP_BATCH) {
    ctx.arm('trim', pile, ctx.now + 1, payload);
    return;
  }
  for (const shard of store.list(shards, { where: { pile } }))
    if (isOver || (shard.closedAt !== undefined && shard.closedAt <= before)) store.delete(shards, shard);
  if (stream === undefined || !isOver) return;
  store.delete(heads, { pile });
  store.delete(streams, stream);
  const table = store.get(tables, { name: stream.table });
  if (table?.stream?.pile !== pile) return;
  const { stream: _, ...rest } = table;
  store.put(tables, rest);
};
