/** Changes of a table's items on their way to a stream of Kinesis: noted with the change, sent later. Source: DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB". */
import { createHash } from 'node:crypto';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { ItemRow, KinesisDestination, TableRow } from '../state.ts';
import { heads, type OutgoingRow, outgoing } from '../stream-state.ts';
import { placeOf } from './find.ts';
import { keyAttributes } from './keys.ts';
import { nextMoment, sequenceOf } from './sequence.ts';
import { equalValues, itemSize } from './value.ts';

/** The destination that takes changes now; a table has one at a time. */
export function activeDestination({ kinesis = [] }: TableRow): KinesisDestination | undefined {
  return kinesis.find(({ status }) => status === 'ACTIVE');
}

/** Notes a change for the table's destination; none where nothing has changed. In the transaction of the change. */
export function noteOutgoing(
  table: TableRow,
  { stream, pile, precision }: KinesisDestination,
  store: StoreView,
  ctx: Ctx,
  before: ItemRow | undefined,
  after: Pick<ItemRow, 'item' | 'size'> | undefined,
  expired: boolean,
): void {
  const item = after?.item ?? before?.item;
  if (item === undefined) return;
  if (before !== undefined && after !== undefined && equalValues({ M: before.item }, { M: after.item })) return;
  const keys = keyAttributes(item, table);
  const moment = nextMoment(store.get(heads, { pile }), ctx.now);
  store.put(heads, { pile, ...moment });
  const row: OutgoingRow = {
    pile,
    sequence: sequenceOf(moment),
    id: ctx.uuid(),
    at: ctx.now,
    event: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    keys,
    ...(before !== undefined && { before: before.item }),
    ...(after !== undefined && { after: after.item }),
    size: itemSize(keys) + (before?.size ?? 0) + (after?.size ?? 0),
    ...(precision !== undefined && { precision }),
    ...(expired && { expired }),
  };
  store.put(outgoing, row);
  ctx.start('outflow', pile, { pile, stream, table: table.arn }, placeOf(table.arn));
}

const MICROS = 1_000;

/** A change as the stream gets it: binary values are base64, as everywhere in JSON of DynamoDB. */
export function recordOf(row: OutgoingRow, tableName: string, region: string): { Data: Buffer; PartitionKey: string } {
  const isFine = row.precision === 'MICROSECOND';
  const record = {
    awsRegion: region,
    eventID: row.id,
    eventName: row.event,
    userIdentity: row.expired === true ? { type: 'Service', principalId: 'dynamodb.amazonaws.com' } : null,
    recordFormat: 'application/json',
    tableName,
    dynamodb: {
      ApproximateCreationDateTime: isFine ? row.at * MICROS : row.at,
      Keys: row.keys,
      ...(row.after !== undefined && { NewImage: row.after }),
      ...(row.before !== undefined && { OldImage: row.before }),
      SizeBytes: row.size,
      ...(row.precision !== undefined && { ApproximateCreationDateTimePrecision: row.precision }),
    },
    eventSource: 'aws:dynamodb',
  };
  return { Data: Buffer.from(JSON.stringify(record)), PartitionKey: keyOf(row) };
}

/** Changes of an item share a key, and so a shard. */
function keyOf({ keys }: OutgoingRow): string {
  return createHash('md5').update(JSON.stringify(keys)).digest('hex').toUpperCase();
}

/**
 * The oldest changes that can go in one request: none of an item before the one that came first has arrived.
 *
 * @param rows in their order
 */
export function batchOf<Row extends { keys: object }>(
  rows: readonly Row[],
  bytes: (row: Row) => number,
  most: number,
): Row[] {
  const seen = new Set<string>();
  const batch: Row[] = [];
  let size = 0;
  for (const row of rows) {
    const key = JSON.stringify(row.keys);
    size += bytes(row);
    if (seen.has(key) || (size > most && batch.length > 0)) break;
    seen.add(key);
    batch.push(row);
  }
  return batch;
}
