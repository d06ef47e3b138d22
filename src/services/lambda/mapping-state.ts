/** What Lambda keeps of event source mappings: what was asked for, how far each has come, and batches on their way to a function. */
import type { Millis } from '#kernel/base';
import { type BlobRef, table } from '#kernel/store';

export type MappingRow = {
  id: string;
  /** Name and qualifier of the function; the qualifier of the function itself is empty. */
  name: string;
  qualifier: string;
  /** ARN of the queue or the stream. */
  source: string;
  kind: 'sqs' | 'dynamodb' | 'kinesis';
  enabled: boolean;
  batchSize: number;
  /** Seconds. */
  window: number;
  /** Patterns as they were given. */
  filters: string[];
  /** `ReportBatchItemFailures`. */
  reportsItems: boolean;
  /** Of a queue: batches at a time. */
  concurrencyMax?: number;
  /** Of a queue that has pollers of its own. */
  pollers?: { least: number; most: number };
  metrics?: 'EventCount'[];
  kmsKeyArn?: string;
  /** From here on: of a stream. */
  startingPosition?: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  startingTimestamp?: Millis;
  /** Batches at a time of each shard. */
  lanes: number;
  bisects: boolean;
  /** Seconds; -1 is no limit. */
  recordAgeMax: number;
  /** -1 is no limit. */
  retriesMax: number;
  /** Seconds; 0 is no window. */
  tumbling: number;
  /** ARN of where batches go that are given up. */
  onFailure?: string;
  lastResult: string;
  tags: { [key: string]: string };
  modifiedAt: Millis;
};

/** How a mapping's polling of a queue goes on. */
export type PollRow = {
  mapping: string;
  /** Since when batches have been on their way without a pause: the longer, the more at a time. */
  busySince?: Millis;
  /** Since when messages wait for the batch to be full. */
  gatheringSince?: Millis;
};

/** Messages on their way to the function. */
export type BatchRow = {
  id: string;
  mapping: string;
  /** The event, as the function gets it. */
  payload: BlobRef;
  messages: { id: string; receipt: string }[];
  throttles: number;
  /** X-Ray's header of the first message. */
  trace?: string;
  /** When the messages can be received again. */
  hiddenUntil: Millis;
};

/** How far one lane of a stream's mapping has come. */
export type CursorRow = {
  mapping: string;
  /** Of Kinesis each shard has lanes of its own: ten times its number, and from there on. */
  lane: number;
  /** The sequence number that was dealt with last. */
  after: string;
  /** Where the batch ends that is tried again, and below it the ends of the batches it was a part of. */
  ends: string[];
  /** Failures of that batch. */
  tries: number;
  /** Failures in a row, of whatever kind: how long to wait. */
  setbacks: number;
  gatheringSince?: Millis;
  /** The shard has ended, and everything in it was dealt with. */
  isDone?: true;
  /** The tumbling window that is open. */
  window?: { start: Millis; shard?: string; state: string };
};

export const mappings = table<MappingRow>()('lambda.mappings', {
  scope: 'region',
  key: ['id'],
  indexes: { bySource: ['source', 'id'], byFunction: ['name', 'qualifier', 'id'] },
});
export const polls = table<PollRow>()('lambda.polls', { scope: 'region', key: ['mapping'] });
export const batches = table<BatchRow>()('lambda.batches', {
  scope: 'region',
  key: ['id'],
  indexes: { byMapping: ['mapping', 'id'] },
});
export const cursors = table<CursorRow>()('lambda.cursors', { scope: 'region', key: ['mapping', 'lane'] });
