/** Sending changes to streams of Kinesis: a task of each destination, at least once, an item's changes in their order. */
import type { Millis } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import type { Place } from '#kernel/store';
import { writeUnits } from './domain/capacity.ts';
import { placeOf } from './domain/find.ts';
import { batchOf, recordOf } from './domain/outflow.ts';
import { itemSize } from './domain/value.ts';
import { OUTFLOW_AGAIN, OUTFLOW_BYTES_MAX, OUTFLOW_MENDED, OUTFLOW_RECORDS_MAX, RECORD_RETENTION } from './limits.ts';
import { heads, type OutgoingRow, outgoing } from './stream-state.ts';

type Outflow = { pile: string; stream: string; table: string };

const DELEGATED = 'PutRecord';
const BUSY = 'ProvisionedThroughputExceededException';
/** How Kinesis refuses records, and requests, that are too large: others would be refused with them. */
const TOO_LARGE: ReadonlySet<string> = new Set(['InvalidArgumentException', 'ValidationException']);

/** Sends what has been noted, until nothing is left, or the stream takes no more for now. */
export const outflow: TaskHandler = async (payload, ctx) => {
  const flow = payload as Outflow;
  const place = placeOf(flow.table);
  for (;;) {
    const rows = ctx.transact((store) =>
      store.in(place).list(outgoing, { where: { pile: flow.pile }, limit: OUTFLOW_RECORDS_MAX }),
    );
    if (rows.length === 0) return;
    const wait = await send(flow, batchOf(rows, sizeOf, OUTFLOW_BYTES_MAX), place, ctx);
    if (wait === undefined) continue;
    ctx.transact(() => ctx.arm('outflow', flow.pile, ctx.clock() + wait, payload));
    return;
  }
};

/** Takes up a destination whose stream took no more. */
export const goOn: TimerHandler = (payload, ctx) => {
  const flow = payload as Outflow;
  ctx.start('outflow', flow.pile, flow, placeOf(flow.table));
};

/** Room for names and braces beside the item's own bytes. */
const sizeOf = ({ size }: OutgoingRow) => size * 2 + 1_024;

/** @returns how long to wait before what is left is sent again; undefined where nothing is */
async function send(
  { pile, stream, table }: Outflow,
  rows: OutgoingRow[],
  place: Place,
  ctx: Ctx,
): Promise<Millis | undefined> {
  const name = table.slice(table.lastIndexOf('/') + 1);
  const count = (metric: string, value: number, unit: 'Count' | 'Milliseconds' = 'Count') =>
    ctx.count(metric, { TableName: name, DelegatedOperation: DELEGATED }, value, unit, place);
  const sent = await answersOf(
    stream,
    table,
    rows.map((row) => recordOf(row, name, place.region ?? '')),
    ctx,
  );
  // What is too large for a record is passed over. Source: Developer Guide, "Monitoring change data capture with Kinesis Data Streams".
  const unfit = rows.filter((_, at) => TOO_LARGE.has(sent[at] ?? ''));
  const taken = rows.filter((_, at) => sent[at] === undefined);
  const left = rows.filter((row) => !unfit.includes(row) && !taken.includes(row));
  const expired = left.filter(({ at }) => at + RECORD_RETENTION <= ctx.clock());
  ctx.transact((view) => {
    const store = view.in(place);
    for (const row of rows) if (!left.includes(row) || expired.includes(row)) store.delete(outgoing, row);
    // The head of what is all sent says nothing more, but its last number must not be given again at this instant.
    if (left.length === 0 && store.first(outgoing, { where: { pile } }) === undefined) {
      const head = store.get(heads, { pile });
      if (head !== undefined && head.at < ctx.clock()) store.delete(heads, { pile });
    }
    const units = taken.reduce((sum, row) => sum + captureUnits(row), 0);
    count('ConsumedChangeDataCaptureUnits', units);
    if (left.length > 0) {
      count('ThrottledPutRecordCount', left.length);
      count('AgeOfOldestUnreplicatedRecord', ctx.clock() - (left[0]?.at ?? ctx.clock()), 'Milliseconds');
    }
    const lost = expired.length + unfit.length;
    if (lost > 0) count('FailedToReplicateRecordCount', lost);
  });
  if (left.length === expired.length) return undefined;
  const isBusy = sent.every((code) => code === undefined || code === BUSY || TOO_LARGE.has(code));
  return isBusy ? OUTFLOW_AGAIN : OUTFLOW_MENDED;
}

/** Units of a change: each KB begun of the larger of its images. Source: Developer Guide, "How Kinesis Data Streams works with DynamoDB". */
function captureUnits({ before, after }: OutgoingRow): number {
  return writeUnits(Math.max(...[before, after].map((image) => (image === undefined ? 0 : itemSize(image)))));
}

/** For each record why it was not taken; undefined where it was. Those that are refused together are asked for again in halves. */
async function answersOf(
  StreamARN: string,
  table: string,
  Records: { Data: Buffer; PartitionKey: string }[],
  ctx: Ctx,
): Promise<(string | undefined)[]> {
  try {
    const { Records: answers = [] } = await ctx.awsFor(table).kinesis.PutRecords({ StreamARN, Records });
    return Records.map((_, at) => answers[at]?.ErrorCode);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (Records.length === 1 || !TOO_LARGE.has(error.code)) return Records.map(() => error.code);
    const half = Math.ceil(Records.length / 2);
    return [
      ...(await answersOf(StreamARN, table, Records.slice(0, half), ctx)),
      ...(await answersOf(StreamARN, table, Records.slice(half), ctx)),
    ];
  }
}
