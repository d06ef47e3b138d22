/** Single messages: send, receive, delete, change of visibility. */
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx, Handler, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { Message, ReceiveMessageRequest } from '#models/sqs';
import { arrived } from '../domain/arrival.ts';
import { checkAttempt, givenTo, rememberAttempt } from '../domain/attempt.ts';
import { attributeOf, durationOf } from '../domain/attributes.ts';
import { recall, remember } from '../domain/deduplication.ts';
import { kmsKeyOf, openBody, prepareToOpen, prepareToSend } from '../domain/encryption.ts';
import { deduplicationScope, sequenceNumber } from '../domain/fifo.ts';
import { arrivalSignal, type Found, findQueue } from '../domain/find.ts';
import { attributesMd5, showAttribute, wantedAttributes } from '../domain/message.ts';
import { noteActivity, tally, tallySent } from '../domain/metrics.ts';
import { queueOfArn } from '../domain/names.ts';
import {
  candidates,
  counts,
  expire,
  keptFrom,
  nextSequence,
  nextVisibleAt,
  push,
  remove,
  update,
} from '../domain/pile.ts';
import { type Receipt, readReceipt, writeReceipt } from '../domain/receipt.ts';
import { redriveOf } from '../domain/redrive.ts';
import { checkMessage, send } from '../domain/send.ts';
import {
  badReceiptHandle,
  badValue,
  expiredReceiptHandle,
  notInFlight,
  otherQueuesHandle,
  overLimit,
} from '../errors.ts';
import { IN_FLIGHT_MAX, RECEIVE_COUNT_MAX, VISIBILITY_SECONDS_MAX, WAIT_SECONDS_MAX } from '../limits.ts';
import { type MessageRow, messages, type QueueRow, queues, tails } from '../state.ts';

export const sendMessage: Handler<'sqs', 'SendMessage'> = (input, ctx) => {
  const found = findQueue(input.QueueUrl, ctx);
  const { queue, store } = found;
  const checked = checkMessage(input, queue);
  const sendIn = (at: Found) => {
    const { result, repeated } = send(input, checked, at, ctx);
    tallySent(queue, 1, repeated ? 1 : 0, ctx);
    return result;
  };
  if (kmsKeyOf(queue) === undefined) return sendIn(found);
  return prepareToSend(queue, store, ctx).then(() =>
    ctx.transact((view) => sendIn(findQueue(input.QueueUrl, ctx, view))),
  );
};

export const receiveMessage: Handler<'sqs', 'ReceiveMessage'> = async (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const wait = checkReceive(input) ?? durationOf(queue, 'ReceiveMessageWaitTimeSeconds');
  const deadline = ctx.now + wait;
  for (let now = ctx.now; ; now = ctx.clock()) {
    const { received, locked, next } = ctx.transact((view) =>
      take(input, findQueue(input.QueueUrl, ctx, view), ctx, now),
    );
    if (received.length > 0) return { Messages: received };
    if (locked.length > 0) {
      await prepareToOpen(locked, queue, store, ctx);
      continue;
    }
    if (now >= deadline) break;
    const woken = await ctx.until(arrivalSignal(queue.pile), Math.min(deadline, next ?? deadline));
    if (!woken && ctx.clock() < Math.min(deadline, next ?? deadline)) break;
  }
  tally(queue, 'NumberOfEmptyReceives', 1, ctx);
  return {};
};

/** The wait that was asked for. @throws {ServiceError} InvalidParameterValue */
function checkReceive(input: ReceiveMessageRequest): Millis | undefined {
  const { MaxNumberOfMessages: count, WaitTimeSeconds: wait, VisibilityTimeout: visibility } = input;
  if (count !== undefined && (count < 1 || count > RECEIVE_COUNT_MAX))
    throw badValue('MaxNumberOfMessages', count, `Must be between 1 and ${RECEIVE_COUNT_MAX}, if provided.`);
  if (wait !== undefined && (wait < 0 || wait > WAIT_SECONDS_MAX))
    throw badValue('WaitTimeSeconds', wait, `Must be >= 0 and <= ${WAIT_SECONDS_MAX}, if provided.`);
  if (visibility !== undefined) checkVisibility(visibility);
  checkAttempt(input.ReceiveRequestAttemptId);
  return wait === undefined ? undefined : wait * SECOND;
}

function checkVisibility(seconds: number): void {
  if (seconds < 0 || seconds > VISIBILITY_SECONDS_MAX)
    throw badValue(
      'VisibilityTimeout',
      seconds,
      `VisibilityTimeout must be an integer between 0 and ${VISIBILITY_SECONDS_MAX}.`,
    );
}

type Taken = { received: Message[]; locked: MessageRow[]; next: Millis | undefined };

/**
 * Takes what may be received now; those received too often go to the dead-letter queue instead.
 *
 * @returns `locked`: messages that can't be handed out before KMS has opened their key
 */
function take(input: ReceiveMessageRequest, { queue, account, store }: Found, ctx: Ctx, now: Millis): Taken {
  expire(store, queue, now);
  noteActivity(queue, store, ctx, now);
  const limit = input.MaxNumberOfMessages ?? 1;
  const redrive = redriveOf(queue);
  const visibility =
    input.VisibilityTimeout === undefined ? durationOf(queue, 'VisibilityTimeout') : input.VisibilityTimeout * SECOND;
  const oldest = now - durationOf(queue, 'MessageRetentionPeriod');
  const given = givenTo(store, queue, input.ReceiveRequestAttemptId, now);
  if (given !== undefined) return giveAgain(given, input, visibility, queue, store, ctx, now);
  const handed: MessageRow[] = [];
  const received: Message[] = [];
  const locked: MessageRow[] = [];
  while (received.length < limit && locked.length === 0) {
    const found = candidates(store, queue, now, limit - received.length);
    // Source: SQS Developer Guide, "queue quotas", in-flight messages: only short polling of a standard queue is told.
    if (found.length > 0 && isFull(store, queue, now)) {
      if (!queue.fifo && (input.WaitTimeSeconds ?? Number(attributeOf(queue, 'ReceiveMessageWaitTimeSeconds'))) === 0)
        throw overLimit();
      break;
    }
    let moved = 0;
    for (const message of found) {
      if (keptFrom(message) <= oldest) remove(store, message, now);
      else if (
        redrive !== undefined &&
        message.receives >= redrive.maxReceiveCount &&
        deadLetter(message, queue.arn, redrive.deadLetterTargetArn, account, store, ctx, now)
      )
        moved += 1;
      else {
        const body = locked.length > 0 ? undefined : openBody(message, store, ctx);
        if (body === undefined) locked.push(message);
        else {
          const row = hand(message, visibility, store, ctx, now);
          handed.push(row);
          received.push(shown(row, body, input));
        }
        continue;
      }
      moved += 1;
    }
    if (moved === 0) break;
  }
  rememberAttempt(store, queue, input.ReceiveRequestAttemptId, handed, now);
  if (received.length > 0) tally(queue, 'NumberOfMessagesReceived', received.length, ctx);
  return { received, locked, next: received.length === 0 ? nextVisibleAt(store, queue, now) : undefined };
}

/** Whether as many messages are in flight as may be. They are counted only where there are so many at all. */
function isFull(store: StoreView, queue: QueueRow, now: Millis): boolean {
  if ((store.get(tails, queue)?.total ?? 0) < IN_FLIGHT_MAX) return false;
  return counts(store, queue.pile, now).inFlight >= IN_FLIGHT_MAX;
}

/** Hands a message out: it is invisible from now on, and the handle is good for this receive. */
function hand(message: MessageRow, visibility: Millis, store: StoreView, ctx: Ctx, now: Millis): MessageRow {
  const row: MessageRow = {
    ...message,
    visibleAt: now + visibility,
    receives: message.receives + 1,
    firstReceivedAt: message.firstReceivedAt ?? now,
    handedAt: now,
    receipt: ctx.uuid(),
  };
  update(store, row, now);
  return row;
}

/** What an attempt was given before, with the same handles; the visibility begins anew. */
function giveAgain(
  given: readonly MessageRow[],
  input: ReceiveMessageRequest,
  visibility: Millis,
  queue: QueueRow,
  store: StoreView,
  ctx: Ctx,
  now: Millis,
): Taken {
  const rows = given.map((row) => ({ ...row, visibleAt: now + visibility }));
  const received: Message[] = [];
  for (const row of rows) {
    const body = openBody(row, store, ctx);
    if (body === undefined) return { received: [], locked: [row], next: undefined };
    received.push(shown(row, body, input));
  }
  for (const row of rows) update(store, row, now);
  rememberAttempt(store, queue, input.ReceiveRequestAttemptId, rows, now);
  tally(queue, 'NumberOfMessagesReceived', received.length, ctx);
  return { received, locked: [], next: undefined };
}

function shown(row: MessageRow, body: string, input: ReceiveMessageRequest): Message {
  const attributes = wantedAttributes(row.attributes, input.MessageAttributeNames);
  return {
    MessageId: row.id,
    ReceiptHandle: writeReceipt({ pile: row.pile, sequence: row.sequence, nonce: row.receipt ?? '' }),
    MD5OfBody: row.bodyMd5,
    Body: body,
    ...systemAttributes(row, [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])]),
    ...(attributes !== undefined && {
      MD5OfMessageAttributes: attributesMd5(attributes),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, showAttribute(value)]),
      ),
    }),
  };
}

function systemAttributes(row: MessageRow, wanted: readonly string[]): Pick<Message, 'Attributes'> {
  if (wanted.length === 0) return {};
  const all: { [name: string]: string | undefined } = {
    SenderId: row.senderId,
    SentTimestamp: String(row.sentAt),
    // Source: SQS API Reference, ReceiveMessage: "received across all queues but not deleted".
    ApproximateReceiveCount: String(row.receives + (row.receivedBefore ?? 0)),
    ApproximateFirstReceiveTimestamp: String(row.firstReceivedAt),
    MessageGroupId: row.group ?? row.tenant,
    MessageDeduplicationId: row.deduplicationId,
    SequenceNumber: row.group === undefined ? undefined : sequenceNumber(row.sequence),
    AWSTraceHeader: row.traceHeader,
    DeadLetterQueueSourceArn: row.sourceArn,
  };
  const shown = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (wanted.includes('All') || wanted.includes(name)),
  );
  return shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) as { [name: string]: string } };
}

/** Moves a message to the dead-letter queue; false when that is gone. */
function deadLetter(
  message: MessageRow,
  sourceArn: string,
  targetArn: string,
  account: string,
  store: StoreView,
  ctx: Ctx,
  now: Millis,
): boolean {
  const named = queueOfArn(targetArn);
  const target = named === undefined || named.account !== account ? undefined : store.get(queues, { name: named.name });
  if (target === undefined) return false;
  remove(store, message, now);
  const scope = message.group === undefined ? undefined : deduplicationScope(target, message.group);
  if (scope !== undefined && recall(store, target.pile, scope, message.id, now) !== undefined) return true;
  const { receipt: _, handedAt: __, delayedUntil: ___, ...rest } = message;
  // When it was sent and first received stays as it was. Source: radkawar/stackd, measured in 2026.
  const row: MessageRow = {
    ...rest,
    pile: target.pile,
    sequence: nextSequence(store, target.pile),
    visibleAt: now,
    receives: 0,
    receivedBefore: (message.receivedBefore ?? 0) + message.receives,
    sourceArn,
    movedAt: now,
    // That two messages once shared an id keeps neither out. Source: SQS Developer Guide, "Using dead-letter queues".
    ...(target.fifo && { deduplicationId: message.id }),
  };
  push(store, row);
  if (scope !== undefined) remember(store, row, scope, message.id, now);
  noteActivity(target, store, ctx, now);
  arrived(target, store, ctx);
  return true;
}

export const deleteMessage: Handler<'sqs', 'DeleteMessage'> = (input, ctx) => {
  const found = findQueue(input.QueueUrl, ctx);
  deleteOne(found, input.ReceiptHandle, ctx);
  tally(found.queue, 'NumberOfMessagesDeleted', 1, ctx);
  return {};
};

/**
 * A handle whose message has gone deletes nothing and is no error. At a standard queue any handle of the last twelve hours deletes, at
 * a FIFO queue only the newest, while its message is in flight.
 *
 * Source: getmoto/moto, pull request 4655, which tried it on AWS; that of the twelve hours: boto/boto3, issue 2898.
 */
export function deleteOne(
  { queue, store }: Found,
  handle: string,
  ctx: Ctx,
  expired: (handle: string) => ServiceError = expiredReceiptHandle,
): void {
  const { receipt, message } = received(queue, store, handle);
  if (message === undefined) return;
  const isExpired = queue.fifo
    ? message.receipt !== receipt.nonce || message.visibleAt <= ctx.now
    : ctx.now - (message.handedAt ?? ctx.now) > VISIBILITY_SECONDS_MAX * SECOND;
  if (isExpired) throw expired(handle);
  remove(store, message, ctx.now);
  if (queue.fifo) arrived(queue, store, ctx);
}

/** What a handle names; no message where it is gone, or was purged. */
function received(queue: QueueRow, store: StoreView, handle: string): { receipt: Receipt; message?: MessageRow } {
  const receipt = readReceipt(handle);
  if (receipt === undefined) throw badReceiptHandle(handle);
  if (receipt.pile === queue.pile) return { receipt, message: store.get(messages, receipt) };
  if (store.get(tails, { pile: receipt.pile }) !== undefined) throw otherQueuesHandle(handle);
  return { receipt };
}

export const changeMessageVisibility: Handler<'sqs', 'ChangeMessageVisibility'> = (input, ctx) => {
  changeOne(findQueue(input.QueueUrl, ctx), input.ReceiptHandle, input.VisibilityTimeout, ctx);
  return {};
};

/**
 * Changes the visibility of one message in flight; `seconds` from now.
 *
 * @throws {ServiceError} ReceiptHandleIsInvalid, MessageNotInflight, InvalidParameterValue
 */
export function changeOne({ queue, store }: Found, handle: string, seconds: number, ctx: Ctx): void {
  checkVisibility(seconds);
  const { receipt, message } = received(queue, store, handle);
  const isOld = queue.fifo && message?.receipt !== receipt.nonce;
  if (message === undefined || message.visibleAt <= ctx.now || isOld) throw notInFlight(handle);
  const until = ctx.now + seconds * SECOND;
  // Source: SQS Developer Guide, "Visibility timeout": twelve hours from the receive, however often that is extended.
  if (until - (message.handedAt ?? message.firstReceivedAt ?? ctx.now) > VISIBILITY_SECONDS_MAX * SECOND) {
    throw badValue(
      'VisibilityTimeout',
      seconds,
      `Total VisibilityTimeout for the message is beyond the limit [${VISIBILITY_SECONDS_MAX} seconds].`,
    );
  }
  update(store, { ...message, visibleAt: until }, ctx.now);
  arrived(queue, store, ctx);
}
