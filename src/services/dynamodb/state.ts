/**
 * What DynamoDB keeps. A table's items lie on a pile of its own, and so do the entries of each of its indexes; what is deleted
 * leaves its pile at once, and the pile is swept.
 */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  ApproximateCreationDateTimePrecision,
  AttributeDefinition,
  BillingMode,
  ContributorInsightsMode,
  OnDemandThroughput,
  StreamViewType,
  TableClass,
  WarmThroughput,
} from '#models/dynamodb';
import type { Item } from './domain/value.ts';

export type KeyType = 'S' | 'N' | 'B';
export type KeyAttribute = { name: string; type: KeyType };
export type KeySpec = {
  hash: KeyAttribute;
  range?: KeyAttribute;
  /** Of a global index whose key has several attributes of a kind: those after the first. */
  more?: { hash: readonly KeyAttribute[]; range: readonly KeyAttribute[] };
};
export type Throughput = {
  read: number;
  write: number;
  increasedAt?: Millis;
  decreasedAt?: Millis;
  decreases?: number;
};

export type IndexSpec = KeySpec & {
  name: string;
  global: boolean;
  projection: { type: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'; attributes?: readonly string[] };
  pile: string;
  status: 'CREATING' | 'ACTIVE';
  throughput?: Throughput;
  /** Of what is on demand: that with which it was provisioned. */
  pastThroughput?: Throughput;
  onDemand?: OnDemandThroughput;
  warm?: WarmThroughput;
};

/** The policy that a table or stream carries itself. */
export type ResourcePolicy = { text: string; revision: string };

/** Whether contributor insights are on, of a table or one of its indexes. `createdAt`: since when; its rules are called by it. */
export type Insights = {
  enabled: boolean;
  mode: ContributorInsightsMode;
  changedAt: Millis;
  createdAt: Millis;
  /** There was no room for their rules. */
  failed?: true;
};

/** A stream of Kinesis that gets the changes of a table, and the pile of those that are not sent yet. */
export type KinesisDestination = {
  stream: string;
  status: 'ACTIVE' | 'DISABLED' | 'ENABLE_FAILED';
  pile: string;
  /** Of one that failed. */
  why?: string;
  precision?: ApproximateCreationDateTimePrecision;
};

export type TableRow = KeySpec & {
  name: string;
  arn: string;
  id: string;
  pile: string;
  attributes: readonly AttributeDefinition[];
  indexes: readonly IndexSpec[];
  billing: BillingMode;
  /** When it was last switched to requests that are paid one by one, where it has not always been so. */
  onDemandAt?: Millis;
  /** When it was so switched in the last day, and got another class in the last 30. */
  switches?: readonly Millis[];
  classChanges?: readonly Millis[];
  /** When it got another key, or none, in the last day. */
  keyChanges?: readonly Millis[];
  throughput?: Throughput;
  pastThroughput?: Throughput;
  onDemand?: OnDemandThroughput;
  warm?: WarmThroughput;
  tableClass?: TableClass;
  tableClassAt?: Millis;
  /** The ARN of its KMS key, unless that is AWS's own. */
  encryptionKey?: string;
  /** Of a customer's key: when it was last looked at, DynamoDB's grant, and since when and why it can't be used. */
  keyCheck?: { at: Millis; grant: string; inaccessible?: { since: Millis; code: string; why: string } };
  deletionProtected: boolean;
  policy?: ResourcePolicy;
  tags: { [key: string]: string };
  createdAt: Millis;
  /** The attribute that says when an item expires, and the pile of expirations. */
  expiry?: { attribute: string; pile: string };
  /** What its items were before each change, and who needs that: copies under way, recovery to a point in time. */
  history?: { pile: string; copies: number; recovery?: { since: Millis; days: number } };
  /** By index; the table's own has the empty name. */
  insights?: { [index: string]: Insights };
  /** Its items are still being imported. */
  importing?: boolean;
  /** What it was restored from. */
  restored?: { source: string; backup?: string; at: Millis; inProgress: boolean };
  /** The other Regions of a global table; from which of them it was added, and when; a new one is still being filled. */
  replicas?: readonly { region: string }[];
  addedFrom?: { region: string; at: Millis };
  filling?: boolean;
  /** Its latest stream, also for a day after that was disabled. */
  stream?: { arn: string; label: string; pile: string; view: StreamViewType; enabled: boolean };
  /** The one that was enabled or disabled last comes last. */
  kinesis?: readonly KinesisDestination[];
};

export type ItemRow = {
  pile: string;
  /** Hash of the partition key (8 hex digits) and the key itself: the order of Scan. */
  partition: string;
  /** The sort key, in a form that sorts as it does. */
  sort: string;
  item: Item;
  size: number;
  /** Set when a value of the item is binary and must be turned into bytes for the answer. */
  binary?: true;
};

/** An entry of an index: its own key, and the key of the item it stands for; a hash of that stands before it where it decides about the order. */
export type EntryRow = { pile: string; partition: string; sort: string; basePartition: string; baseSort: string };

/** How many items or entries are on a pile, and how many bytes they have. */
export type TotalRow = { pile: string; items: number; bytes: number };

/** An item with a time to live. */
export type ExpirationRow = { pile: string; at: Millis; partition: string; sort: string };

/** When and where an item of a global table was last written; kept for a day after it is gone. */
export type StampRow = {
  pile: string;
  partition: string;
  sort: string;
  at: Millis;
  count: number;
  region: string;
  goneAt: Millis;
};

/** A transaction that is remembered by its client's token. */
export type TokenRow = {
  token: string;
  request: string;
  expiresAt: Millis;
  /** Bytes of the items, by part: of each the larger of before and after. */
  sizes?: readonly number[];
};

export const tables = table<TableRow>()('dynamodb.tables', { scope: 'region', key: ['name'] });
export const items = table<ItemRow>()('dynamodb.items', { scope: 'region', key: ['pile', 'partition', 'sort'] });
export const entries = table<EntryRow>()('dynamodb.entries', {
  scope: 'region',
  key: ['pile', 'partition', 'sort', 'basePartition', 'baseSort'],
});
export const totals = table<TotalRow>()('dynamodb.totals', { scope: 'region', key: ['pile'] });
export const expirations = table<ExpirationRow>()('dynamodb.expirations', {
  scope: 'region',
  key: ['pile', 'at', 'partition', 'sort'],
});
export const stamps = table<StampRow>()('dynamodb.stamps', {
  scope: 'region',
  key: ['pile', 'partition', 'sort'],
  indexes: { byEnd: ['pile', 'goneAt', 'partition', 'sort'] },
});
export const tokens = table<TokenRow>()('dynamodb.tokens', {
  scope: 'region',
  key: ['token'],
  indexes: { byExpiry: ['expiresAt'] },
});
/** Writes that are not brought to other replicas while replication is paused on purpose. */
export const heldWrites = table<{ arn: string; table: string; pile: string; partition: string; sort: string }>()(
  'dynamodb.held-writes',
  { scope: 'region', key: ['pile', 'partition', 'sort'] },
);
