/** Queue attributes: which there are, what values they take, and what the ones that matter mean. */
import { type Millis, SECOND } from '#kernel/base';
import { badAttribute, badAttributeFor, fifoAttribute, unknownAttribute } from '../errors.ts';
import { MESSAGE_BYTES_MAX, RETENTION_DEFAULT, VISIBILITY_DEFAULT } from '../limits.ts';
import type { QueueRow } from '../state.ts';

type Check = (value: string) => boolean;

const integer =
  (low: number, high: number): Check =>
  (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high;
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);
const boolean = oneOf('true', 'false');

/** Settable attributes. Source: SQS API Reference, SetQueueAttributes. An empty value takes a policy away. */
const SETTABLE: { readonly [name: string]: Check } = {
  DelaySeconds: integer(0, 900),
  MaximumMessageSize: integer(1_024, MESSAGE_BYTES_MAX),
  MessageRetentionPeriod: integer(60, 1_209_600),
  ReceiveMessageWaitTimeSeconds: integer(0, 20),
  VisibilityTimeout: integer(0, 43_200),
  Policy: () => true,
  RedrivePolicy: () => true,
  RedriveAllowPolicy: () => true,
  KmsMasterKeyId: () => true,
  KmsDataKeyReusePeriodSeconds: integer(60, 86_400),
  SqsManagedSseEnabled: boolean,
  FifoQueue: oneOf('true'),
  ContentBasedDeduplication: boolean,
  DeduplicationScope: oneOf('messageGroup', 'queue'),
  FifoThroughputLimit: oneOf('perQueue', 'perMessageGroupId'),
};

const DEFAULTS: { readonly [name: string]: string } = {
  DelaySeconds: '0',
  MaximumMessageSize: String(MESSAGE_BYTES_MAX),
  MessageRetentionPeriod: String(RETENTION_DEFAULT / SECOND),
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: String(VISIBILITY_DEFAULT / SECOND),
  SqsManagedSseEnabled: 'true',
};

const FIFO_DEFAULTS: { readonly [name: string]: string } = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};
const FIFO_ONLY = new Set(Object.keys(FIFO_DEFAULTS));
/** Those of them that AWS says this of. */
const OF_FIFO = new Set(['DeduplicationScope', 'FifoThroughputLimit']);

/** Those that are so or not. */
export const FLAGS = ['FifoQueue', 'ContentBasedDeduplication', 'SqsManagedSseEnabled'];

/** @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue */
export function checkAttributes(given: { [name: string]: string }, fifo: boolean): void {
  for (const [name, value] of Object.entries(given)) {
    const check = SETTABLE[name];
    if (check === undefined) throw unknownAttribute(name);
    if (!fifo && OF_FIFO.has(name)) throw fifoAttribute(name);
    if (!fifo && FIFO_ONLY.has(name)) throw unknownAttribute(name);
    if (!check(value)) throw badAttribute(name);
  }
  if (given.SqsManagedSseEnabled === 'true' && (given.KmsMasterKeyId ?? '') !== '')
    throw badAttributeFor(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
}

/**
 * Whether a queue's attributes go together. Source: SQS API Reference, CreateQueue: perMessageGroupId "is allowed only when the value for DeduplicationScope is messageGroup".
 *
 * @throws {ServiceError} InvalidAttributeValue
 */
export function checkThroughput(queue: QueueRow): void {
  if (attributeOf(queue, 'FifoThroughputLimit') !== 'perMessageGroupId') return;
  if (attributeOf(queue, 'DeduplicationScope') !== 'messageGroup')
    throw badAttributeFor(
      'Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.',
    );
}

/** Attributes a queue has with those given: an empty policy takes the old one away. */
export function mergeAttributes(
  before: { [name: string]: string },
  given: { [name: string]: string },
): { [name: string]: string } {
  const merged = { ...before };
  for (const [name, value] of Object.entries(given)) {
    if (value === '') delete merged[name];
    else merged[name] = value;
  }
  // One kind of encryption at a time: the one that was asked for last.
  if ((given.KmsMasterKeyId ?? '') !== '') delete merged.SqsManagedSseEnabled;
  else if (given.SqsManagedSseEnabled === 'true') delete merged.KmsMasterKeyId;
  return merged;
}

/** An attribute's value, set or default; undefined when it has none. */
export function attributeOf(queue: QueueRow, name: string): string | undefined {
  return queue.attributes[name] ?? (queue.fifo ? (FIFO_DEFAULTS[name] ?? DEFAULTS[name]) : DEFAULTS[name]);
}

/** Everything set or default, as GetQueueAttributes shows it. */
export function shownAttributes(queue: QueueRow): { [name: string]: string } {
  const managed: { [name: string]: string } =
    queue.attributes.KmsMasterKeyId === undefined ? {} : { SqsManagedSseEnabled: 'false' };
  return { ...DEFAULTS, ...(queue.fifo && FIFO_DEFAULTS), ...managed, ...queue.attributes };
}

/** An attribute in seconds as a duration. */
export function durationOf(
  queue: QueueRow,
  name: 'DelaySeconds' | 'MessageRetentionPeriod' | 'ReceiveMessageWaitTimeSeconds' | 'VisibilityTimeout',
): Millis {
  return Number(attributeOf(queue, name)) * SECOND;
}
