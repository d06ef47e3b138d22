/** What SQS keeps. A queue's messages lie on a pile of its own; deleting or purging a queue starts a new pile and the old one is swept. */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { table } from '#kernel/store';

export type QueueRow = {
  name: string;
  arn: string;
  fifo: boolean;
  /** Attributes that were set; the others have their defaults. */
  attributes: { [name: string]: string };
  tags: { [key: string]: string };
  pile: string;
  /** ARN of the dead-letter queue. */
  deadLetterArn?: string;
  createdAt: Millis;
  modifiedAt: Millis;
  purgedAt?: Millis;
};

export type StoredAttribute = { type: string; text?: string; base64?: string };

export type MessageRow = {
  pile: string;
  /** Order of arrival in the pile. */
  sequence: number;
  id: string;
  /** As it was sent; of a queue with encryption it lies in `enciphered` instead. */
  body?: string;
  /** base64. */
  enciphered?: string;
  /** What was sent before messages were enciphered: sealed, in base64. */
  sealed?: string;
  /** The data key under which it lies, as KMS sealed that, in base64; without one it is SQS's own key. */
  dataKey?: string;
  /** ARN of the queue that KMS bound `dataKey` to. */
  sealedFor?: string;
  bodyMd5: string;
  attributes?: { [name: string]: StoredAttribute };
  traceHeader?: string;
  senderId: string;
  sentAt: Millis;
  visibleAt: Millis;
  /** Set until the first receive of a delayed message. */
  delayedUntil?: Millis;
  /** Of this queue. */
  receives: number;
  /** Of the queues it was dead-lettered from. */
  receivedBefore?: number;
  firstReceivedAt?: Millis;
  /** When it was received last. */
  handedAt?: Millis;
  /** Nonce of the latest receipt handle. */
  receipt?: string;
  group?: string;
  /** Message group of a standard queue (fair queues): it orders nothing. */
  tenant?: string;
  deduplicationId?: string;
  /** ARN of the queue it was dead-lettered from, and when it was. */
  sourceArn?: string;
  movedAt?: Millis;
};

/** End of a pile: what the next message is numbered, how many lie there, and the instant that none of them was sent before. */
export type TailRow = {
  pile: string;
  last: number;
  total: number;
  sentFrom?: Millis;
  /** Until when the queue counts as active; its metrics are told as long. */
  activeUntil?: Millis;
};

/** A FIFO group with messages: the instant from which its first message may be received. */
export type GroupRow = { pile: string; group: string; availableAt: Millis; firstSequence: number };

/** A FIFO send that is remembered for five minutes. */
export type DeduplicationRow = {
  pile: string;
  scope: string;
  id: string;
  messageId: string;
  sequence: number;
  expiresAt: Millis;
};

/** An attempt to receive from a FIFO queue that is remembered for five minutes, and the messages as it left them. */
export type AttemptRow = {
  pile: string;
  id: string;
  given: { sequence: number; receipt: string; visibleAt: Millis }[];
  expiresAt: Millis;
};

/** A data key that KMS gave a principal, good until it expires. */
export type DataKeyRow = {
  principal: string;
  /** `seal:` and the queue's pile for one that seals, `open:` and the hash of `dataKey` for one that was opened. */
  id: string;
  /** Sealed under SQS's own key, in base64. */
  key: string;
  /** As KMS sealed it, in base64. */
  dataKey: string;
  expiresAt: Millis;
};

/** A queue that was deleted less than a minute ago. */
export type TombstoneRow = { name: string; deletedAt: Millis };

/** Somebody who is told of messages that arrive: an event source mapping of Lambda, and where it lies. */
export type WatcherRow = { queue: string; id: string; account: string; region: string };

/** A redrive task of a dead-letter queue. */
export type MoveTaskRow = {
  /** Name of the dead-letter queue. */
  source: string;
  startedAt: Millis;
  id: string;
  sourceArn: string;
  destinationArn?: string;
  /** Messages a second. */
  rate?: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  /** Present while it runs: what the index of active tasks holds. */
  active?: 'RUNNING';
  moved: number;
  toMove: number;
  failure?: string;
};

export const queues = table<QueueRow>()('sqs.queues', {
  scope: 'region',
  key: ['name'],
  indexes: { byDeadLetterArn: ['deadLetterArn', 'name'] },
});
export const moveTasks = table<MoveTaskRow>()('sqs.move-tasks', {
  scope: 'region',
  key: ['source', 'startedAt', 'id'],
  indexes: { byActive: ['active', 'id'] },
});
export const messages = table<MessageRow>()('sqs.messages', {
  scope: 'region',
  key: ['pile', 'sequence'],
  indexes: {
    byVisible: ['pile', 'visibleAt', 'sequence'],
    byDelay: ['pile', 'delayedUntil'],
    byGroup: ['pile', 'group', 'sequence'],
  },
});
export const tails = table<TailRow>()('sqs.tails', { scope: 'region', key: ['pile'] });
export const groups = table<GroupRow>()('sqs.groups', {
  scope: 'region',
  key: ['pile', 'group'],
  indexes: { byAvailable: ['pile', 'availableAt', 'firstSequence'] },
});
export const deduplications = table<DeduplicationRow>()('sqs.deduplications', {
  scope: 'region',
  key: ['pile', 'scope', 'id'],
  indexes: { byExpiry: ['pile', 'expiresAt'] },
});
export const attempts = table<AttemptRow>()('sqs.attempts', {
  scope: 'region',
  key: ['pile', 'id'],
  indexes: { byExpiry: ['pile', 'expiresAt'] },
});
/** SQS's own key in each account and Region. */
export const rootKeys = ownKeyTable('sqs.root-keys');
export const dataKeys = table<DataKeyRow>()('sqs.data-keys', {
  scope: 'region',
  key: ['principal', 'id'],
  indexes: { byExpiry: ['principal', 'expiresAt'] },
});
export const watchers = table<WatcherRow>()('sqs.watchers', { scope: 'region', key: ['queue', 'id'] });
export const tombstones = table<TombstoneRow>()('sqs.tombstones', { scope: 'region', key: ['name'] });
