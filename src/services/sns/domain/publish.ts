/** Publishing one checked message to a topic: deduplication, the row that is kept, and the beginning of its way to the subscriptions. */
import { DAY, type Millis, sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noteFindings } from '../audit.ts';
import { DEDUPLICATION_INTERVAL } from '../limits.ts';
import { deduplications, lasts, type MessageRow, messages, type TopicRow } from '../state.ts';
import { sealBody } from './encryption.ts';
import type { Found } from './find.ts';
import type { Checked } from './message.ts';
import { guardPublished } from './protection.ts';
import { archiveDays } from './topic-attributes.ts';

/** Old rows that are removed along with each publish. */
const SWEPT = 5;
const SEQUENCE_BASE = 10_000_000_000_000_000_000n;

export type Receipt = { MessageId: string; SequenceNumber?: string };

/** The 20-digit SequenceNumber of a message; it grows within a topic. */
export function sequenceNumber(sequence: number): string {
  return (SEQUENCE_BASE + BigInt(sequence) * 1_000n).toString();
}

/** In a transaction: takes a message, unless it was published within the last five minutes already. */
export function publish(
  given: Checked,
  key: Buffer | undefined,
  found: Found,
  ctx: Ctx,
): { receipt: Receipt; repeated: boolean } {
  const { topic, store, account, region } = found;
  const { text: body, findings } = guardPublished(given.body, topic, ctx);
  const checked = { ...given, body };
  const { life } = topic;
  const answer = (MessageId: string, sequence: number): Receipt => ({
    MessageId,
    ...(topic.fifo && { SequenceNumber: sequenceNumber(sequence) }),
  });
  const deduplicationId = topic.fifo ? (checked.deduplicationId ?? sha256Hex(checked.body)) : undefined;
  const scope = topic.attributes.FifoThroughputScope === 'MessageGroup' ? `group ${checked.group}` : 'topic';
  if (deduplicationId !== undefined) {
    const before = recall(store, life, scope, deduplicationId, ctx.now);
    if (before !== undefined) return { repeated: true, receipt: answer(before.messageId, before.sequence) };
  }
  const sequence = (store.get(lasts, { life })?.sequence ?? 0) + 1;
  store.put(lasts, { life, sequence });
  const row: MessageRow = {
    life,
    sequence,
    id: ctx.uuid(),
    topicArn: topic.arn,
    ...sealBody(checked.body, key, store),
    structured: checked.structured,
    ...(checked.subject !== undefined && { subject: checked.subject }),
    attributes: checked.attributes,
    ...(checked.group !== undefined && { group: checked.group }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    publishedAt: ctx.now,
    waiting: 'yes',
    open: 0,
  };
  store.put(messages, row);
  if (deduplicationId !== undefined)
    store.put(deduplications, {
      life,
      scope,
      id: deduplicationId,
      messageId: row.id,
      sequence,
      expiresAt: ctx.now + DEDUPLICATION_INTERVAL,
    });
  trimArchive(topic, store, ctx.now);
  // One after the other for a FIFO topic, side by side for others.
  const place = { account, region };
  if (topic.fifo) ctx.start('offerInOrder', life, { topic: topic.name }, place);
  else ctx.start('offer', `${life}/${sequence}`, { topic: topic.name, life, sequence }, place);
  const { name, arn } = topic;
  const principal = ctx.caller.principal.arn;
  noteFindings({ topic: name, arn, messageId: row.id, principal, at: ctx.now, findings }, place, ctx);
  return { repeated: false, receipt: answer(row.id, sequence) };
}

/** Tells of a publish, or of a batch: one sample each, its size with what was refused of it. Source: radkawar/stackd, measured in 2026. */
export function countPublished({ topic, account, region }: Found, taken: number, bytes: number, ctx: Ctx): void {
  const dimensions = { TopicName: topic.name };
  ctx.count('NumberOfMessagesPublished', dimensions, taken, 'Count', { account, region });
  ctx.count('PublishSize', dimensions, bytes, 'Bytes', { account, region });
}

/** The publish that this one repeats, and a little sweeping of those that are too old to matter. */
function recall(store: StoreView, life: string, scope: string, id: string, now: Millis) {
  const old = { index: 'byExpiry', where: { life }, to: { expiresAt: now }, limit: SWEPT };
  for (const row of store.list(deduplications, old)) store.delete(deduplications, row);
  const before = store.get(deduplications, { life, scope, id });
  return before === undefined || before.expiresAt <= now ? undefined : before;
}

/** Removes a few of the messages that are older than the archive goes back. */
function trimArchive(topic: TopicRow, store: StoreView, now: Millis): void {
  const days = archiveDays(topic);
  if (days === undefined) return;
  const old = { index: 'byTime', where: { life: topic.life }, before: { publishedAt: now - days * DAY }, limit: SWEPT };
  for (const row of store.list(messages, old))
    if (row.open === 0 && row.waiting === undefined) store.delete(messages, row);
}
