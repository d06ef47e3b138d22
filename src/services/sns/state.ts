/** What SNS keeps. A topic's subscriptions and messages hang on its incarnation, so that a topic made again has nothing of the old one. */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { table } from '#kernel/store';

export type Attributes = { [name: string]: string };
export type Tags = { [key: string]: string };

export type TopicRow = {
  name: string;
  arn: string;
  fifo: boolean;
  /** Attributes that were set; the others have their defaults. */
  attributes: Attributes;
  tags: Tags;
  /** Its data protection policy. */
  protection?: string;
  /** Since when what is published is kept. */
  archivedSince?: Millis;
  /** Names this life of the topic. */
  life: string;
  createdAt: Millis;
};

/** Something counted beside its rows: what is asked for often must not be counted each time. */
export type CounterRow = { id: string; count: number };

export type SubscriptionRow = {
  life: string;
  id: string;
  arn: string;
  topicArn: string;
  protocol: string;
  endpoint: string;
  owner: string;
  principal: string;
  attributes: Attributes;
  confirmed: boolean;
  authenticated: boolean;
  /** Whether unsubscribing needs a signature. */
  signedUnsubscribe: boolean;
  token?: string;
  /** How far a replay is. */
  replay?: 'Pending' | 'In progress' | 'Completed' | 'Failed';
  createdAt: Millis;
};

/** A subscription that ended by its link; its token takes it up again. */
export type DepartedRow = { life: string; token: string; row: SubscriptionRow };

/** A subscription as its owner's account lists it. */
export type OwnedRow = { arn: string };

export type StoredAttribute = { type: string; text?: string; base64?: string };

/** What was published, until it is delivered everywhere. */
export type MessageRow = {
  life: string;
  sequence: number;
  id: string;
  topicArn: string;
  body?: string;
  /** base64; of a topic with a KMS key instead of `body`. */
  sealed?: string;
  /** The data key, sealed under SNS's own key, in base64. */
  key?: string;
  /** Texts by protocol, where `body` is a structure. */
  structured: boolean;
  subject?: string;
  attributes: { [name: string]: StoredAttribute };
  group?: string;
  deduplicationId?: string;
  publishedAt: Millis;
  /** Set until it was offered to every subscription: what the index of those that wait holds. */
  waiting?: 'yes';
  /** The last subscription it was offered to. */
  cursor?: string;
  /** Deliveries that are not over. */
  open: number;
};

/** A delivery that did not succeed at once. */
export type DeliveryRow = Pending & { life: string; sequence: number; subscription: string };

export type Pending = {
  /** Attempts made, at the endpoint or, when it is given up, at the dead-letter queue. */
  attempts: number;
  dead?: true;
};

/** Messages of one group that wait for one subscription of a FIFO topic. */
export type QueuedRow = Pending & {
  subscription: string;
  group: string;
  life: string;
  sequence: number;
  replayed?: true;
  /** When it may be tried again. */
  notBefore?: Millis;
};

/** A publish that is remembered for five minutes. */
export type DeduplicationRow = {
  life: string;
  scope: string;
  id: string;
  messageId: string;
  sequence: number;
  expiresAt: Millis;
};

export type ApplicationRow = { arn: string; name: string; platform: string; attributes: Attributes; createdAt: Millis };
export type EndpointRow = { application: string; arn: string; token: string; attributes: Attributes };
export type SmsRow = { id: 'sms'; attributes: Attributes; month: string; spent: number };
export type PhoneRow = { number: string; optedOutAt?: Millis; optedInAt?: Millis };
export type SandboxRow = { number: string; verified: boolean; password: string; expiresAt: Millis };
/** The key by which every document is signed, and its certificate. */
export type SignerRow = { id: 'current'; serial: string; key: string; certificate: string };

export const topics = table<TopicRow>()('sns.topics', { scope: 'region', key: ['name'] });
export const counters = table<CounterRow>()('sns.counters', { scope: 'region', key: ['id'] });
export const subscriptions = table<SubscriptionRow>()('sns.subscriptions', {
  scope: 'region',
  key: ['life', 'id'],
  indexes: { byEndpoint: ['life', 'protocol', 'endpoint'], byToken: ['life', 'token'] },
});
export const departed = table<DepartedRow>()('sns.departed', { scope: 'region', key: ['life', 'token'] });
export const owned = table<OwnedRow>()('sns.owned', { scope: 'region', key: ['arn'] });
export const messages = table<MessageRow>()('sns.messages', {
  scope: 'region',
  key: ['life', 'sequence'],
  indexes: { byWaiting: ['life', 'waiting', 'sequence'], byTime: ['life', 'publishedAt', 'sequence'] },
});
export const lasts = table<{ life: string; sequence: number }>()('sns.lasts', { scope: 'region', key: ['life'] });
export const deliveries = table<DeliveryRow>()('sns.deliveries', {
  scope: 'region',
  key: ['life', 'sequence', 'subscription'],
});
export const queued = table<QueuedRow>()('sns.queued', {
  scope: 'region',
  key: ['subscription', 'group', 'sequence'],
});
export const deduplications = table<DeduplicationRow>()('sns.deduplications', {
  scope: 'region',
  key: ['life', 'scope', 'id'],
  indexes: { byExpiry: ['life', 'expiresAt'] },
});
export const applications = table<ApplicationRow>()('sns.applications', { scope: 'region', key: ['arn'] });
export const endpoints = table<EndpointRow>()('sns.endpoints', {
  scope: 'region',
  key: ['application', 'arn'],
  indexes: { byToken: ['application', 'token'] },
});
export const smsSettings = table<SmsRow>()('sns.sms', { scope: 'region', key: ['id'] });
export const phones = table<PhoneRow>()('sns.phones', {
  scope: 'region',
  key: ['number'],
  indexes: { byOptOut: ['optedOutAt', 'number'] },
});
export const sandbox = table<SandboxRow>()('sns.sandbox', { scope: 'region', key: ['number'] });
export const signers = table<SignerRow>()('sns.signers', { scope: 'global', key: ['id'] });
export const rootKeys = ownKeyTable('sns.root-keys');
