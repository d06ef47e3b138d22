/** Sending one message: checks, deduplication, and the row that lies on the pile. */

import { type Millis, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { SendMessageRequest, SendMessageResult } from '#models/sqs';
import { badValue, missingParameter, noDeduplication } from '../errors.ts';
import { DEDUPLICATION_INTERVAL, DELAY_SECONDS_MAX } from '../limits.ts';
import { deduplications, type MessageRow, type QueueRow, type StoredAttribute } from '../state.ts';
import { arrived } from './arrival.ts';
import { attributeOf, durationOf } from './attributes.ts';
import { sealBody } from './encryption.ts';
import { deduplicationId, deduplicationScope, sequenceNumber } from './fifo.ts';
import type { Found } from './find.ts';
import { attributesMd5, bodyMd5, checkBody, checkSize, messageBytes, storeAttributes } from './message.ts';
import { noteActivity, tally } from './metrics.ts';
import { nextSequence, push } from './pile.ts';
import { senderOf } from './sender.ts';

/** A message whose parts were checked. */
export type Checked = {
  body: string;
  attributes: { [name: string]: StoredAttribute } | undefined;
  systemAttributes: SendMessageRequest['MessageSystemAttributes'];
  bytes: number;
};

const GROUP = /^[\x21-\x7e]{1,128}$/;
const DEDUPLICATIONS_SWEPT = 5;

/** @throws {ServiceError} what is wrong with the message itself */
export function checkMessage(input: Omit<SendMessageRequest, 'QueueUrl'>, queue: QueueRow): Checked {
  checkBody(input.MessageBody);
  const attributes = storeAttributes(input.MessageAttributes);
  const bytes = messageBytes(input);
  checkSize(bytes, Number(attributeOf(queue, 'MaximumMessageSize')));
  const { DelaySeconds: delay, MessageGroupId: group, MessageDeduplicationId: id } = input;
  if (delay !== undefined && (delay < 0 || delay > DELAY_SECONDS_MAX))
    throw badValue('DelaySeconds', delay, `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`);
  if (queue.fifo && group === undefined) throw missingParameter('MessageGroupId');
  if (queue.fifo && delay !== undefined && delay > 0)
    throw badValue('DelaySeconds', delay, 'The request include parameter that is not valid for this queue type.');
  if (!queue.fifo && id !== undefined)
    throw badValue(
      'MessageDeduplicationId',
      id,
      'The request includes a parameter that is not valid for this queue type.',
    );
  for (const [name, value] of [
    ['MessageGroupId', group],
    ['MessageDeduplicationId', id],
  ] as const) {
    if (value !== undefined && !GROUP.test(value))
      throw badValue(
        name,
        value,
        `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      );
  }
  return { body: input.MessageBody, attributes, systemAttributes: input.MessageSystemAttributes, bytes };
}

/** Lays a checked message on the pile, unless it was sent within the last five minutes already. */
export function send(
  input: Omit<SendMessageRequest, 'QueueUrl'>,
  checked: Checked,
  { queue, store }: Found,
  ctx: Ctx,
): SendMessageResult {
  const now = ctx.now;
  const id = queue.fifo ? deduplicationId(queue, input.MessageDeduplicationId, checked.body) : undefined;
  if (queue.fifo && id === undefined) throw noDeduplication();
  const md5 = bodyMd5(checked.body);
  const answer = (messageId: string, sequence: number): SendMessageResult => ({
    MessageId: messageId,
    MD5OfMessageBody: md5,
    ...(checked.attributes !== undefined && { MD5OfMessageAttributes: attributesMd5(checked.attributes) }),
    ...(trace !== undefined && {
      MD5OfMessageSystemAttributes: attributesMd5({ AWSTraceHeader: { type: 'String', text: trace } }),
    }),
    ...(queue.fifo && { SequenceNumber: sequenceNumber(sequence) }),
  });
  const trace = checked.systemAttributes?.AWSTraceHeader?.StringValue;
  const scope = queue.fifo ? deduplicationScope(queue, input.MessageGroupId as string) : '';
  if (id !== undefined) {
    const before = recall(store, queue.pile, scope, id, now);
    if (before !== undefined) {
      tally(queue, 'NumberOfDeduplicatedSentMessages', 1, ctx);
      return answer(before.messageId, before.sequence);
    }
  }
  const message = messageRow(input, checked, queue, ctx, nextSequence(store, queue.pile));
  push(store, {
    ...message,
    ...sealBody(checked.body, queue, store, ctx),
    bodyMd5: md5,
    ...(checked.attributes !== undefined && { attributesMd5: attributesMd5(checked.attributes) }),
    ...(id !== undefined && { deduplicationId: id }),
  });
  if (id !== undefined)
    store.put(deduplications, {
      pile: queue.pile,
      scope,
      id,
      messageId: message.id,
      sequence: message.sequence,
      expiresAt: now + DEDUPLICATION_INTERVAL,
    });
  arrived(queue, store, ctx);
  noteActivity(queue, store, ctx, now);
  tally(queue, 'NumberOfMessagesSent', 1, ctx);
  tally(queue, 'SentMessageSize', checked.bytes, ctx, 'Bytes');
  return answer(message.id, message.sequence);
}

function messageRow(
  input: Omit<SendMessageRequest, 'QueueUrl'>,
  checked: Checked,
  queue: QueueRow,
  ctx: Ctx,
  sequence: number,
): Omit<MessageRow, 'bodyMd5'> {
  const delay: Millis =
    !queue.fifo && input.DelaySeconds !== undefined ? input.DelaySeconds * SECOND : durationOf(queue, 'DelaySeconds');
  // What calls with the header of X-Ray passes it on to who receives.
  const trace = checked.systemAttributes?.AWSTraceHeader?.StringValue ?? ctx.http.headers['x-amzn-trace-id'];
  const group = input.MessageGroupId;
  return {
    pile: queue.pile,
    sequence,
    id: ctx.uuid(),
    senderId: senderOf(ctx),
    sentAt: ctx.now,
    visibleAt: ctx.now + delay,
    receives: 0,
    ...(checked.attributes !== undefined && { attributes: checked.attributes }),
    ...(delay > 0 && { delayedUntil: ctx.now + delay }),
    ...(trace !== undefined && { traceHeader: trace }),
    ...(group !== undefined && (queue.fifo ? { group } : { tenant: group })),
  };
}

/** The send that this one repeats, and a little sweeping of those that are too old to matter. */
function recall(store: StoreView, pile: string, scope: string, id: string, now: Millis) {
  for (const old of store.list(deduplications, {
    index: 'byExpiry',
    where: { pile },
    to: { expiresAt: now },
    limit: DEDUPLICATIONS_SWEPT,
  }))
    store.delete(deduplications, old);
  const before = store.get(deduplications, { pile, scope, id });
  return before === undefined || before.expiresAt <= now ? undefined : before;
}
