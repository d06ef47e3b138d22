/**
 * When mappings look at their sources: told by the source that something has arrived, at the instant from which something can be received, and
 * now and then all the same. What they do then is a task, one for each mapping or lane, so that none waits for another.
 */
import { type Millis, parseArn } from '#kernel/base';
import type { Ctx, EventHandler, TimerHandler } from '#kernel/contract';
import { records, sequenceAt, streams, streamWatchers } from '#services/dynamodb/port';
import { lastSequence, sequenceBefore, shardsOf, watchers } from '#services/kinesis/port';
import { unwatchQueue, watchQueue } from '#services/sqs/port';
import { streamArnOf } from '../domain/mapping.ts';
import { POLL_FALLBACK } from '../limits.ts';
import { batches, type CursorRow, cursors, type MappingRow, mappings, polls } from '../mapping-state.ts';

/** Lanes that a mapping can have, of a stream or of a shard. Source: Lambda API Reference, CreateEventSourceMapping, ParallelizationFactor. */
export const LANES_MAX = 10;

/** The URL by which SQS knows a queue from its ARN. */
export function queueUrlOf(arn: string): string {
  const { account = '', region = '', resource = '' } = parseArn(arn) ?? {};
  return `https://sqs.${region}.amazonaws.com/${account}/${resource}`;
}

/** In a transaction: a mapping begins. */
export function watch(row: MappingRow, ctx: Ctx): void {
  const { account = '', resource = '' } = parseArn(row.source) ?? {};
  const store = ctx.store.in({ account });
  const watcher = { id: row.id, account: ctx.account, region: ctx.region };
  if (row.kind === 'sqs') watchQueue(store, { queue: resource, ...watcher });
  else if (row.kind === 'kinesis') {
    store.put(watchers, { stream: streamArnOf(row.source), ...watcher });
    beginShards(row, ctx);
  } else {
    store.put(streamWatchers, { stream: row.source, ...watcher });
    const after = row.startingPosition === 'LATEST' ? latest(row.source, account, ctx) : '';
    for (let lane = 0; lane < LANES_MAX; lane += 1)
      ctx.store.put(cursors, { mapping: row.id, lane, after, ends: [], tries: 0, setbacks: 0 });
  }
  wake(row, ctx);
}

/** The shards that a mapping follows. */
export const shardsOfMapping = ({ source }: MappingRow, ctx: Ctx) => {
  const { account = '', resource = '' } = parseArn(streamArnOf(source)) ?? {};
  return shardsOf(resource.slice('stream/'.length), ctx.store.in({ account }), ctx.clock());
};

/** Where the shards are begun that a mapping finds when it is made. */
function beginShards(row: MappingRow, ctx: Ctx): void {
  const { account = '' } = parseArn(row.source) ?? {};
  const { startingPosition: position, startingTimestamp: at = 0 } = row;
  for (const shard of shardsOfMapping(row, ctx)) {
    const { closedAt } = shard;
    const isOver = closedAt !== undefined && (position === 'LATEST' || (position === 'AT_TIMESTAMP' && closedAt < at));
    const after =
      position === 'LATEST'
        ? lastSequence(shard, ctx.store.in({ account }), ctx.clock())
        : position === 'AT_TIMESTAMP'
          ? sequenceBefore(shard, at)
          : '';
    putLanes(row, shard.index, { after, ...(isOver && { isDone: true }) }, ctx);
  }
}

function putLanes(row: MappingRow, shard: number, begin: Pick<CursorRow, 'after' | 'isDone'>, ctx: Ctx): void {
  for (let lane = 0; lane < LANES_MAX; lane += 1)
    ctx.store.put(cursors, {
      mapping: row.id,
      lane: shard * LANES_MAX + lane,
      ends: [],
      tries: 0,
      setbacks: 0,
      ...begin,
    });
}

/** Looks at each shard that is not done with: those that are new from their beginning; those that are gone are forgotten. */
function wakeShards(row: MappingRow, ctx: Ctx): void {
  const found = new Map(ctx.store.list(cursors, { where: { mapping: row.id } }).map((one) => [one.lane, one]));
  const there = new Set<number>();
  for (const { index } of shardsOfMapping(row, ctx)) {
    there.add(index);
    const first = index * LANES_MAX;
    if (!found.has(first)) putLanes(row, index, { after: '' }, ctx);
    for (let lane = first; lane < first + row.lanes; lane += 1)
      if (found.get(lane)?.isDone !== true) ctx.start('read', `${row.id}/${lane}`, { id: row.id, lane });
  }
  for (const [lane, cursor] of found) if (!there.has(Math.floor(lane / LANES_MAX))) ctx.store.delete(cursors, cursor);
}

/** The number of the last record that there is, or the one that a record would have had before now. */
function latest(stream: string, account: string, ctx: Ctx): string {
  const store = ctx.store.in({ account });
  const pile = store.get(streams, { arn: stream })?.pile ?? '';
  return store.first(records, { where: { pile }, reverse: true })?.sequence ?? sequenceAt(ctx.now - 1);
}

/** In a transaction: a stream's records are to be shared out among another number of lanes. All go on where the last of them was; what others had done is done again. */
export function relane(row: MappingRow, ctx: Ctx): void {
  const found = ctx.store.list(cursors, { where: { mapping: row.id } });
  for (const group of Map.groupBy(found, ({ lane }) => Math.floor(lane / LANES_MAX)).values()) {
    const used = group.filter(({ lane }) => lane % LANES_MAX < row.lanes);
    const [after = ''] = used.map((cursor) => cursor.after).toSorted();
    const isDone = used.every((cursor) => cursor.isDone === true);
    for (const { lane } of group)
      ctx.store.put(cursors, {
        mapping: row.id,
        lane,
        after,
        ends: [],
        tries: 0,
        setbacks: 0,
        ...(isDone && { isDone: true }),
      });
  }
}

/** In a transaction: a mapping looks at its source. */
export function wake(row: MappingRow, ctx: Ctx): void {
  if (!row.enabled) return;
  if (row.kind === 'sqs') ctx.start('poll', row.id, { id: row.id });
  else if (row.kind === 'kinesis') wakeShards(row, ctx);
  else for (let lane = 0; lane < row.lanes; lane += 1) ctx.start('read', `${row.id}/${lane}`, { id: row.id, lane });
}

/** In a transaction: a mapping looks at its source again at an instant, but not too late. */
export function wakeAt(key: string, at: Millis | undefined, payload: { id: string; lane?: number }, ctx: Ctx): void {
  const now = ctx.clock();
  ctx.arm('wake', key, Math.max(now + 1, Math.min(at ?? Number.POSITIVE_INFINITY, now + POLL_FALLBACK)), payload);
}

/** In a transaction: nothing of a mapping stays. Batches that are on their way finish. */
export function forget(row: MappingRow, ctx: Ctx): void {
  const { account = '', resource = '' } = parseArn(row.source) ?? {};
  const store = ctx.store.in({ account });
  const watcher = { id: row.id, account: ctx.account, region: ctx.region };
  if (row.kind === 'sqs') unwatchQueue(store, { queue: resource, ...watcher });
  else if (row.kind === 'kinesis') store.delete(watchers, { stream: streamArnOf(row.source), id: row.id });
  else store.delete(streamWatchers, { stream: row.source, id: row.id });
  ctx.store.delete(polls, { mapping: row.id });
  ctx.disarm('wake', row.id);
  for (const cursor of ctx.store.list(cursors, { where: { mapping: row.id } })) {
    ctx.store.delete(cursors, cursor);
    ctx.disarm('wake', `${row.id}/${cursor.lane}`);
  }
}

/** A queue or a stream says that there is something. */
export const arrived: EventHandler = ({ id }, ctx) => {
  const row = ctx.store.get(mappings, { id: String(id) });
  if (row !== undefined) wake(row, ctx);
};

/** It is time to look. */
export const wakeUp: TimerHandler = ({ id, lane, batch }, ctx) => {
  if (typeof batch === 'string') {
    if (ctx.store.get(batches, { id: batch }) !== undefined) ctx.start('batch', batch, { id: batch });
    return;
  }
  const row = ctx.store.get(mappings, { id: String(id) });
  if (row === undefined || !row.enabled) return;
  if (row.kind === 'sqs') ctx.start('poll', row.id, { id });
  else ctx.start('read', `${row.id}/${lane}`, { id, lane });
};
