/** DynamoDB's fault point: replication of a global table that an experiment of FIS has paused. Writes are held, and brought when the pause is over. */
import type { Ctx, EventHandler, TimerHandler } from '#kernel/contract';
import { placeOf } from './domain/find.ts';
import type { Written } from './domain/replicate.ts';
import { SWEEP_BATCH } from './limits.ts';
import { heldWrites, tables } from './state.ts';

/** Whether nothing goes from one replica to another, as one of both is cut off. */
export function isPaused(ctx: Ctx, ...replicas: readonly string[]): boolean {
  return ctx.faults.at('replication-pause', ...replicas).length > 0;
}

/** In a transaction: keeps a write for later. */
export function hold(ctx: Ctx, written: Written): void {
  ctx.store.in(placeOf(written.arn)).put(heldWrites, written);
}

/** A pause is over: what was held goes on, to and from these replicas. */
export const goOnReplicating: EventHandler = ({ point, resources }, ctx) => {
  if (point !== 'replication-pause') return;
  for (const arn of resources as string[]) {
    const name = /:table\/([\w.-]+)$/.exec(arn)?.[1];
    if (name === undefined) continue;
    const { account, region } = placeOf(arn);
    const others = ctx.store.in({ account, region }).get(tables, { name })?.replicas ?? [];
    for (const where of [region, ...others.map((one) => one.region)])
      ctx.arm('releaseHeld', `${account}/${where}/${name}`, ctx.now, { account, region: where, name });
  }
};

/** Lets a bounded part of what is held go, and comes back for the rest. */
export const releaseHeld: TimerHandler = (payload, ctx) => {
  const { account, region, name } = payload as { account: string; region: string; name: string };
  const place = { account, region };
  const store = ctx.store.in(place);
  const table = store.get(tables, { name });
  if (table === undefined) return;
  const rows = store.list(heldWrites, { where: { pile: table.pile }, limit: SWEEP_BATCH });
  for (const row of rows) {
    store.delete(heldWrites, row);
    ctx.emit('dynamodb.written', row, place);
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('releaseHeld', `${account}/${region}/${name}`, ctx.now + 1, payload);
};
