/** Records end with the retention of their stream. Who reads never sees one that is older; timers remove them from the store some time after. */
import { HOUR, type Millis } from '#kernel/base';
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { SWEEP_BATCH, TRIM_EVERY } from '../limits.ts';
import { consumers, records, type StreamRow, shards, streams, tails } from '../state.ts';
import { accountOf } from './names.ts';
import { horizonOf, isExpired } from './retention.ts';
import { FIRST_ORDINAL, ordinalAt } from './sequence.ts';

const keyOf = (life: string, shard: number) => `${life}/${shard}`;

/** In a transaction: sees that a shard is trimmed when what came at an instant has been kept for long enough. */
export function armTrim(stream: StreamRow, shard: number, at: Millis, store: StoreView, ctx: Ctx): void {
  const { life } = stream;
  const tail = store.get(tails, { life, shard });
  if (tail?.isTimed === true) return;
  store.put(tails, { life, shard, ordinal: FIRST_ORDINAL, ...tail, isTimed: true });
  const due = at + stream.retentionHours * HOUR;
  ctx.arm('trim', keyOf(life, shard), Math.max(ctx.clock() + 1, due), { account: accountOf(stream), life, shard });
}

/** Removes some of what is too old in a shard, and comes back for the rest. */
export const trim: TimerHandler = (payload, ctx) => {
  const { account, life, shard } = payload as { account: string; life: string; shard: number };
  const store = ctx.store.in({ account });
  const stream = store.first(streams, { index: 'byLife', where: { life } });
  const tail = store.get(tails, { life, shard });
  const row = store.get(shards, { life, index: shard });
  if (stream === undefined || tail === undefined || row === undefined) return;
  const before = { ordinal: ordinalAt(horizonOf(stream, ctx.now)) };
  const old = store.list(records, { where: { life, shard }, before, limit: SWEEP_BATCH });
  for (const record of old) {
    ctx.blobs.drop(record.body);
    store.delete(records, record);
  }
  if (old.length === SWEEP_BATCH) return ctx.arm('trim', keyOf(life, shard), ctx.now + 1, payload);
  const first = store.first(records, { where: { life, shard } });
  const since = first?.at ?? row.closedAt;
  if (first === undefined && isExpired(row, stream, ctx.now)) {
    store.delete(shards, row);
    store.delete(tails, tail);
  } else if (since === undefined) store.put(tails, { ...tail, isTimed: false });
  else {
    const due = since + stream.retentionHours * HOUR;
    ctx.arm('trim', keyOf(life, shard), Math.max(ctx.now, due) + TRIM_EVERY, payload);
  }
};

/** Removes what a stream that is gone has left, some at a time. */
export const sweep: TimerHandler = (payload, ctx) => {
  const { account, life } = payload as { account: string; life: string };
  const store = ctx.store.in({ account });
  const left = store.list(records, { where: { life }, limit: SWEEP_BATCH });
  for (const row of left) {
    ctx.blobs.drop(row.body);
    store.delete(records, row);
  }
  if (left.length < SWEEP_BATCH) {
    const found = store.list(shards, { where: { life }, limit: SWEEP_BATCH });
    for (const row of found) {
      ctx.disarm('trim', keyOf(life, row.index));
      store.delete(shards, row);
      store.delete(tails, { life, shard: row.index });
    }
    for (const row of store.list(consumers, { where: { life } })) store.delete(consumers, row);
    if (found.length < SWEEP_BATCH) return;
  }
  ctx.arm('sweep', life, ctx.now + 1, payload);
};
