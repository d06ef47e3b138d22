/** What DynamoDB keeps of streams: the stream, its shards, and the records of changes. Shards are ranges of one order of records. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { ApproximateCreationDateTimePrecision, StreamViewType } from '#models/dynamodb';
import type { Item } from './domain/value.ts';
import type { KeySpec, ResourcePolicy } from './state.ts';

export type StreamRow = KeySpec & {
  arn: string;
  /** When it was enabled, as it stands in its ARN. */
  label: string;
  table: string;
  pile: string;
  view: StreamViewType;
  createdAt: Millis;
  disabledAt?: Millis;
  policy?: ResourcePolicy;
};

/** Records from `start` to `end`; without an end it is open and takes what comes. */
export type ShardRow = { pile: string; id: string; parent?: string; start: string; end?: string; closedAt?: Millis };

/** The sequence number that was given last. */
export type HeadRow = { pile: string; at: Millis; count: number };

export type RecordRow = {
  pile: string;
  sequence: string;
  at: Millis;
  event: 'INSERT' | 'MODIFY' | 'REMOVE';
  keys: Item;
  before?: Item;
  after?: Item;
  size: number;
  /** Removed by its time to live, not by a client. */
  expired?: true;
};

/** A change that a stream of Kinesis has not got yet. */
export type OutgoingRow = Omit<RecordRow, 'expired'> & {
  id: string;
  precision?: ApproximateCreationDateTimePrecision;
  expired?: boolean;
};

/** Somebody who is told of records: an event source mapping of Lambda, and where it lies. */
export type StreamWatcherRow = { stream: string; id: string; account: string; region: string };

export const streamWatchers = table<StreamWatcherRow>()('dynamodb.stream-watchers', {
  scope: 'region',
  key: ['stream', 'id'],
});
export const streams = table<StreamRow>()('dynamodb.streams', {
  scope: 'region',
  key: ['arn'],
  indexes: { byTable: ['table', 'arn'], byPile: ['pile'] },
});
export const shards = table<ShardRow>()('dynamodb.shards', { scope: 'region', key: ['pile', 'id'] });
export const heads = table<HeadRow>()('dynamodb.heads', { scope: 'region', key: ['pile'] });
export const outgoing = table<OutgoingRow>()('dynamodb.outgoing', { scope: 'region', key: ['pile', 'sequence'] });
export const records = table<RecordRow>()('dynamodb.records', { scope: 'region', key: ['pile', 'sequence'] });
