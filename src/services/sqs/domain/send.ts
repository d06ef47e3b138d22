/** Sending one message: checks, deduplication, and the row that lies on the pile. */

import { type Millis, SECOND, utf8Length } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { SendMessageRequest, SendMessageResult } from '#models/sqs';
import { badValue, delayOfFifo, missingParameter, noDeduplication } from '../errors.ts';
import { DELAY_SECONDS_MAX } from '../limits.ts';
import type { MessageRow, QueueRow, StoredAttribute } from '../state.ts';
import { arrived } from './arrival.ts';
import { attributeOf, durationOf } from './attributes.ts';
import { recall, remember } from './deduplication.ts';
import { sealBody } from './encryption.ts';
import { deduplicationId, deduplicationScope, sequenceNumber } from './fifo.ts';
import type { Found } from './find.ts';
import {
  attributesMd5,
  bodyMd5,
  checkBody,
  checkSize,
  messageBytes,
  plainAttributes,
  storeAttributes,
} from './message.ts';
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
  if (queue.fifo && delay !== undefined && delay > 0) throw delayOfFifo(delay);
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

/** The answer, and whether the message was sent before. */
export type Sent = { result: SendMessageResult; repeated: boolean };

/** Lays a checked message on the pile, unless it was sent within the last five minutes already. */
export function send(
  input: Omit<SendMessageRequest, 'QueueUrl'>,
  checked: Checked,
  { queue, store }: Found,
  ctx: Ctx,
): Sent {
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
  tally(queue, 'SentMessageSize', checked.bytes + traceBytes(trace), ctx, 'Bytes');
  const scope = queue.fifo ? deduplicationScope(queue, input.MessageGroupId as string) : '';
  if (id !== undefined) {
    const before = recall(store, queue.pile, scope, id, now);
    if (before !== undefined) return { repeated: true, result: answer(before.messageId, before.sequence) };
  }
  const message = messageRow(input, checked, queue, ctx, nextSequence(store, queue.pile));
  push(store, {
    ...message,
    ...sealBody(checked.body, queue, store, ctx),
    bodyMd5: md5,
    ...(id !== undefined && { deduplicationId: id }),
  });
  if (id !== undefined) remember(store, message, scope, id, now);
  arrived(queue, store, ctx);
  noteActivity(queue, store, ctx, now);
  return { repeated: false, result: answer(message.id, message.sequence) };
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
    ...(checked.attributes !== undefined && { attributes: plainAttributes(checked.attributes) }),
    ...(delay > 0 && { delayedUntil: ctx.now + delay }),
    ...(trace !== undefined && { traceHeader: trace }),
    ...(group !== undefined && (queue.fifo ? { group } : { tenant: group })),
  };
}

/** Source: radkawar/stackd, measured in 2026: the size that is told counts a trace header, the one that is limited does not. */
function traceBytes(trace: string | undefined): number {
  return trace === undefined ? 0 : utf8Length(`AWSTraceHeaderString${trace}`);
}
