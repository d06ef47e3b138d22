/** Attempts to receive from a FIFO queue, remembered so that a repeated one is answered as the first was. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { badValue } from '../errors.ts';
import { DEDUPLICATION_INTERVAL } from '../limits.ts';
import { attempts, type MessageRow, messages, type QueueRow } from '../state.ts';

const ATTEMPT = /^[\x21-\x7e]{1,128}$/;
/** Attempts too old to matter that are removed by one that is remembered. */
const SWEPT = 5;

/** @throws {ServiceError} InvalidParameterValue */
export function checkAttempt(id: string | undefined): void {
  if (id !== undefined && !ATTEMPT.test(id))
    throw badValue(
      'ReceiveRequestAttemptId',
      id,
      'ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
}

/**
 * The messages that an attempt was given, as long as all of them are in flight as it left them; undefined where they are visible again.
 *
 * @throws {ServiceError} InvalidParameterValue, where something was done with one. Source of the text: awslabs/amazon-sqs-java-messaging-lib, issues 101 and 213
 * @see SQS API Reference, ReceiveMessage, ReceiveRequestAttemptId
 */
export function givenTo(
  store: StoreView,
  queue: QueueRow,
  id: string | undefined,
  now: Millis,
): MessageRow[] | undefined {
  if (id === undefined || !queue.fifo) return undefined;
  const attempt = store.get(attempts, { pile: queue.pile, id });
  if (attempt === undefined || attempt.expiresAt <= now) return undefined;
  const given: MessageRow[] = [];
  for (const { sequence, receipt, visibleAt } of attempt.given) {
    const message = store.get(messages, { pile: queue.pile, sequence });
    if (message === undefined || message.receipt !== receipt || message.visibleAt !== visibleAt)
      throw badValue(
        'ReceiveRequestAttemptId',
        id,
        'The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.',
      );
    given.push(message);
  }
  return given.every(({ visibleAt }) => visibleAt > now) ? given : undefined;
}

/** Keeps what an attempt was given; after a repeated one with the visibility that began anew. */
export function rememberAttempt(
  store: StoreView,
  queue: QueueRow,
  id: string | undefined,
  given: readonly MessageRow[],
  now: Millis,
): void {
  const { pile } = queue;
  if (id === undefined || !queue.fifo || given.length === 0) return;
  const old = store.list(attempts, { index: 'byExpiry', where: { pile }, to: { expiresAt: now }, limit: SWEPT });
  for (const one of old) store.delete(attempts, one);
  store.put(attempts, {
    pile,
    id,
    given: given.map(({ sequence, receipt = '', visibleAt }) => ({ sequence, receipt, visibleAt })),
    expiresAt: store.get(attempts, { pile, id })?.expiresAt ?? now + DEDUPLICATION_INTERVAL,
  });
}
