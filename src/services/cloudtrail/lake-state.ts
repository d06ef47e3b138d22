/** What CloudTrail Lake keeps: event data stores, their events, and queries of them. */
import type { Millis } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';
import type { AdvancedSelector, Marks } from './state.ts';

export type DeliveryStatus = NonNullable<OutputOf<'cloudtrail', 'DescribeQuery'>['DeliveryStatus']>;

export type EventDataStoreRow = {
  id: string;
  arn: string;
  name: string;
  selectors: AdvancedSelector[];
  multiRegion: boolean;
  retentionDays: number;
  billing: 'EXTENDABLE_RETENTION_PRICING' | 'FIXED_RETENTION_PRICING';
  isProtected: boolean;
  status: 'ENABLED' | 'STOPPED_INGESTION' | 'PENDING_DELETION';
  tags: { [key: string]: string };
  createdAt: Millis;
  updatedAt: Millis;
  /** Calls before this are not taken in. */
  since: Millis;
  /** Calls up to here are taken in. */
  taken: Marks;
};

/** An event as it is kept. `record`: JSON. */
export type LakeEventRow = { store: string; at: Millis; id: string; record: string };

export type LakeQueryRow = {
  id: string;
  store: string;
  /** As it was asked, and as it is carried out. */
  asked: string;
  text: string;
  stores: string[];
  status: 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';
  createdAt: Millis;
  took: Millis;
  scanned: number;
  bytes: number;
  columns: string[];
  /** Rows, as JSON. */
  results?: BlobRef;
  count: number;
  error?: string;
  /** The bucket that the results are brought to. */
  delivery?: { uri: string; status: DeliveryStatus };
};

export const eventDataStores = table<EventDataStoreRow>()('cloudtrail.event-data-stores', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['name'] },
});
export const lakeEvents = table<LakeEventRow>()('cloudtrail.lake-events', {
  scope: 'region',
  key: ['store', 'at', 'id'],
});
export const lakeQueries = table<LakeQueryRow>()('cloudtrail.lake-queries', {
  scope: 'region',
  key: ['id'],
  indexes: { byStore: ['store', 'createdAt', 'id'], byStatus: ['status', 'id'] },
});
