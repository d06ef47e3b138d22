/** Putting messages on a queue's pile, taking them off, and what may be received now. Works in whatever transaction the view is of. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { groups, type MessageRow, messages, type QueueRow, tails } from '../state.ts';
import { durationOf } from './attributes.ts';
import { nextAvailable } from './fifo.ts';

/** Messages that get another delay at a time. */
const REDELAY_BATCH = 500;
/** Expired messages removed by one call. */
const EXPIRE_BATCH = 20;

/** From when on its retention runs. Source: SQS Developer Guide, "Using dead-letter queues": there a standard message keeps its age, a FIFO one starts anew. */
export function keptFrom({ group, movedAt, sentAt }: MessageRow): Millis {
  return group === undefined ? sentAt : (movedAt ?? sentAt);
}

/** Adds a message at the end; its sequence is what `next` gave. */
export function push(store: StoreView, message: MessageRow): void {
  const { total = 0, sentFrom = 0, ...tail } = store.get(tails, message) ?? {};
  store.put(tails, {
    ...tail,
    pile: message.pile,
    last: message.sequence,
    total: total + 1,
    sentFrom: total === 0 ? keptFrom(message) : Math.min(sentFrom, keptFrom(message)),
  });
  store.insert(messages, message);
  if (message.group !== undefined) refreshGroup(store, message.pile, message.group, message.sentAt);
}

/**
 * Gives the messages of a FIFO queue that nobody has received the queue's delay, a bounded part of them.
 *
 * @param after the sequence number behind which to begin
 * @returns behind which to go on; undefined when none is left
 * @see SQS Developer Guide, "Delay queues": for FIFO queues the setting is retroactive
 */
export function redelay(store: StoreView, queue: QueueRow, now: Millis, after = 0): number | undefined {
  const delay = durationOf(queue, 'DelaySeconds');
  const { pile } = queue;
  const rows = store.list(messages, { where: { pile }, after: { sequence: after }, limit: REDELAY_BATCH });
  for (const { delayedUntil: _, ...row } of rows) {
    if (row.receives > 0 || row.sourceArn !== undefined) continue;
    const until = row.sentAt + delay;
    update(store, { ...row, visibleAt: until, ...(until > now && { delayedUntil: until }) }, now);
  }
  return rows.length < REDELAY_BATCH ? undefined : rows.at(-1)?.sequence;
}

/** The number the next message of the pile gets. */
export function nextSequence(store: StoreView, pile: string): number {
  return (store.get(tails, { pile })?.last ?? 0) + 1;
}

/** Removes a message; of a FIFO group the next one comes to its head. */
export function remove(store: StoreView, message: MessageRow, now: Millis): void {
  if (!store.delete(messages, message)) return;
  const tail = store.get(tails, message);
  if (tail !== undefined) store.put(tails, { ...tail, total: tail.total - 1 });
  if (message.group !== undefined) refreshGroup(store, message.pile, message.group, now);
}

/** Replaces a message whose visibility or receives have changed. */
export function update(store: StoreView, message: MessageRow, now: Millis): void {
  store.put(messages, message);
  if (message.group !== undefined) refreshGroup(store, message.pile, message.group, now);
}

/** Writes anew from when on the group's first message may be received. */
function refreshGroup(store: StoreView, pile: string, group: string, now: Millis): void {
  const ahead = store.list(messages, { index: 'byGroup', where: { pile, group }, limit: 11 });
  const [first] = ahead;
  if (first === undefined) store.delete(groups, { pile, group });
  else store.put(groups, { pile, group, availableAt: nextAvailable(ahead, now), firstSequence: first.sequence });
}

/** Messages past their retention at the head of the pile are removed, a few at a time. */
export function expire(store: StoreView, queue: QueueRow, now: Millis): void {
  const oldest = now - durationOf(queue, 'MessageRetentionPeriod');
  const tail = store.get(tails, queue);
  if (tail === undefined || tail.total === 0 || (tail.sentFrom ?? 0) > oldest) return;
  for (let count = 0; count < EXPIRE_BATCH; count += 1) {
    const first = store.first(messages, { where: { pile: queue.pile } });
    if (first === undefined) return;
    if (keptFrom(first) <= oldest) remove(store, first, now);
    else {
      store.put(tails, { ...(store.get(tails, queue) ?? tail), sentFrom: keptFrom(first) });
      return;
    }
  }
}

/** Messages that may be received now, in order, at most `limit`. */
export function candidates(store: StoreView, queue: QueueRow, now: Millis, limit: number): MessageRow[] {
  if (!queue.fifo)
    return store.list(messages, { index: 'byVisible', where: { pile: queue.pile }, to: { visibleAt: now }, limit });
  const found: MessageRow[] = [];
  for (const { group } of store.list(groups, {
    index: 'byAvailable',
    where: { pile: queue.pile },
    to: { availableAt: now },
    limit,
  })) {
    const left = limit - found.length;
    if (left === 0) break;
    for (const message of store.list(messages, { index: 'byGroup', where: { pile: queue.pile, group }, limit: left })) {
      if (message.visibleAt > now) break;
      found.push(message);
    }
  }
  return found;
}

/** When the next message that can't be received now could be; undefined when none will. */
export function nextVisibleAt(store: StoreView, queue: QueueRow, now: Millis): Millis | undefined {
  if (queue.fifo)
    return store.first(groups, { index: 'byAvailable', where: { pile: queue.pile }, after: { availableAt: now } })
      ?.availableAt;
  return store.first(messages, { index: 'byVisible', where: { pile: queue.pile }, after: { visibleAt: now } })
    ?.visibleAt;
}

export type Counts = { visible: number; inFlight: number; delayed: number };

/** How many messages are in which state. */
export function counts(store: StoreView, pile: string, now: Millis): Counts {
  const total = store.get(tails, { pile })?.total ?? 0;
  const hidden = store.count(messages, { index: 'byVisible', where: { pile }, after: { visibleAt: now } });
  const delayed = store.count(messages, { index: 'byDelay', where: { pile }, after: { delayedUntil: now } });
  return { visible: total - hidden, inFlight: hidden - delayed, delayed };
}
