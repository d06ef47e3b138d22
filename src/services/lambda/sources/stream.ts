/**
 * Streams as sources. Each lane of a mapping is a task that takes records in order, batch after batch, and writes down how far it has come; a batch
 * that fails is tried again, in halves where that is asked for, and given up as the mapping says.
 * Source: Lambda Developer Guide, "Using Lambda with Amazon DynamoDB", "Processing DynamoDB records".
 */
import { SECOND, utf8Length } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import { filterView, passes, readFilters } from '../domain/filter.ts';
import { targetOf } from '../domain/find.ts';
import { failedItems } from '../domain/item-failures.ts';
import { arnOf } from '../domain/names.ts';
import { newTrace, run } from '../domain/run.ts';
import { actAsRole } from '../domain/spec.ts';
import { PAYLOAD_BYTES_MAX, SETBACK_DELAY_MAX } from '../limits.ts';
import { type CursorRow, cursors, type MappingRow, mappings } from '../mapping-state.ts';
import { giveUp } from './give-up.ts';
import { readShard } from './shard-page.ts';
import { type Lane, type Page, type Read, readPage } from './stream-page.ts';
import { LANES_MAX, wake, wakeAt } from './watch.ts';
import { openWindow, stateOf, windowEvent } from './window.ts';

/** Errors of streams that are over in a moment. */
const BUSY: ReadonlySet<string> = new Set(['ProvisionedThroughputExceededException', 'ResourceInUseException']);

/** Reads until nothing is there, or something has to be waited for. */
export const read: TaskHandler = async ({ id, lane }, ctx) => {
  while (await step(String(id), Number(lane), ctx));
};

/** @returns whether to go on at once */
async function step(id: string, number: number, ctx: Ctx): Promise<boolean> {
  const row = ctx.store.get(mappings, { id });
  const cursor = ctx.store.get(cursors, { mapping: id, lane: number });
  const target = row === undefined ? undefined : targetOf(row.name, row.qualifier, ctx);
  if (row === undefined || cursor === undefined || target === undefined || !row.enabled) return false;
  if (number % LANES_MAX >= row.lanes || cursor.isDone === true) return false;
  let lane: Lane;
  let page: Page;
  try {
    lane = { row, cursor, target, acting: await actAsRole(target.version, ctx) };
    page =
      row.kind === 'kinesis'
        ? await readShard(row, cursor, target.version.role, lane.acting.aws(), ctx)
        : await readPage(row, cursor, lane.acting.aws());
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    // Also another lane of the same shard, with its consumer's subscription.
    if (BUSY.has(error.code)) return waitFor(cursor, ctx.clock() + SECOND, ctx);
    return setBack(row, cursor, `PROBLEM: ${error.message}`, ctx);
  }
  const window = openWindow(row, cursor, page, ctx.clock());
  if (window?.isOver === true) return closeWindow(lane, window.start, ctx);
  const batch = withinPayload(
    window === undefined ? page.records : page.records.filter(({ at }) => at < window.start + row.tumbling * SECOND),
  );
  const last = batch.at(-1);
  if (last === undefined) {
    if (page.scanned !== undefined && page.records.length === 0) advance(row, cursor, page.scanned, ctx);
    if (!page.isEnd) return true;
    if (page.isOver === true && window === undefined) return finish(row, cursor, ctx);
    const end = window === undefined ? undefined : window.start + row.tumbling * SECOND;
    return waitFor(cursor, end, ctx);
  }
  const old = batch.filter(({ at }) => isTooOld(row, at, ctx));
  if (old.length > 0) {
    await giveUp(lane, old, 'RecordAgeExceeded', ctx);
    return advance(row, cursor, old.at(-1)?.sequence ?? '', ctx);
  }
  if (isGathering(row, cursor, batch, page, ctx)) return false;
  const kind = row.kind === 'kinesis' ? 'kinesis' : 'dynamodb';
  const filters = readFilters(row.filters, kind);
  const sent = batch.filter(({ record }) => passes(filters, kind === 'kinesis' ? filterView(record) : record, kind));
  if (sent.length === 0) return advance(row, cursor, last.sequence, ctx);
  return deliver(lane, batch, sent, window?.start, ctx);
}

/** The lane looks again at an instant, or when something has come. */
function waitFor(cursor: CursorRow, at: number | undefined, ctx: Ctx): false {
  ctx.transact(() => wakeAt(keyOf(cursor), at, { id: cursor.mapping, lane: cursor.lane }, ctx));
  return false;
}

/** The lane's shard has ended: the shards that go on in its place may be read. */
function finish(row: MappingRow, cursor: CursorRow, ctx: Ctx): false {
  change(cursor, { isDone: true }, ctx, () => {
    ctx.disarm('wake', keyOf(cursor));
    wake(row, ctx);
  });
  return false;
}

function isTooOld({ recordAgeMax }: MappingRow, at: number, ctx: Ctx): boolean {
  return recordAgeMax >= 0 && at < ctx.clock() - recordAgeMax * SECOND;
}

/** Whether more records may yet come into the batch. */
function isGathering(row: MappingRow, cursor: CursorRow, batch: readonly Read[], page: Page, ctx: Ctx): boolean {
  if (row.window === 0 || cursor.ends.length > 0 || batch.length >= row.batchSize || !page.isEnd) return false;
  const now = ctx.clock();
  const since = cursor.gatheringSince ?? now;
  const over = since + row.window * SECOND;
  if (now >= over) return false;
  change(cursor, { gatheringSince: since }, ctx, () =>
    wakeAt(keyOf(cursor), over, { id: row.id, lane: cursor.lane }, ctx),
  );
  return true;
}

/** What one call can carry. */
function withinPayload(records: Read[]): Read[] {
  let bytes = 0;
  const end = records.findIndex(({ record }, at) => {
    bytes += utf8Length(JSON.stringify(record)) + 1;
    return bytes > PAYLOAD_BYTES_MAX / 2 && at > 0;
  });
  return end === -1 ? records : records.slice(0, end);
}

/** The function gets a batch. */
async function deliver(
  lane: Lane,
  batch: readonly Read[],
  sent: readonly Read[],
  windowStart: number | undefined,
  ctx: Ctx,
): Promise<boolean> {
  const { row, cursor } = lane;
  const [first] = batch;
  const last = batch.at(-1);
  if (first === undefined || last === undefined) return false;
  const event = {
    Records: sent.map(({ record }) => record),
    ...(windowStart !== undefined && windowEvent(row, cursor, windowStart, first.shard)),
  };
  const answer = await call(lane, event, ctx);
  if (answer === 'refused') return setBack(row, cursor, 'PROBLEM: Function call failed', ctx);
  ctx.count('IteratorAge', { FunctionName: row.name }, ctx.clock() - last.at, 'Milliseconds');
  const ids = new Set(sent.map(({ sequence }) => sequence));
  const failed = answer === 'failed' ? undefined : row.reportsItems ? failedItems(answer, ids) : new Set<string>();
  if (failed === undefined) return fail(lane, batch, 0, ctx);
  const from = batch.findIndex(({ sequence }) => failed.has(sequence));
  if (from !== -1) return fail(lane, batch, from, ctx);
  const window =
    windowStart === undefined || answer === 'failed' ? undefined : stateOf(windowStart, first.shard, answer);
  if (windowStart !== undefined && window === undefined) return fail(lane, batch, 0, ctx);
  note(row, 'OK', ctx);
  return advance(row, cursor, last.sequence, ctx, window);
}

/** The function's answer; `refused` where it could not be called now. */
async function call({ row, target }: Lane, event: object, ctx: Ctx): Promise<Uint8Array | 'failed' | 'refused'> {
  const payload = Buffer.from(JSON.stringify(event));
  const arn = arnOf(ctx, ctx.account, row.name, row.qualifier);
  try {
    const answer = await run(
      target,
      { requestId: ctx.uuid(), arn, payload, trace: newTrace(ctx), streams: false },
      ctx,
    );
    await answer.ended;
    return answer.failed ? 'failed' : (answer.body as Uint8Array);
  } catch (error) {
    if (error instanceof ServiceError) return 'refused';
    throw error;
  }
}

/** A window is over: the function hears of it, and its state ends. */
async function closeWindow(lane: Lane, start: number, ctx: Ctx): Promise<boolean> {
  const { row, cursor } = lane;
  const event = { Records: [], ...windowEvent(row, cursor, start, undefined) };
  const answer = await call(lane, event, ctx);
  const isOver = answer !== 'failed' && answer !== 'refused';
  const tries = cursor.tries + (answer === 'failed' ? 1 : 0);
  if (!isOver && !(row.retriesMax >= 0 && tries > row.retriesMax))
    return setBack(row, { ...cursor, tries }, 'PROBLEM: Function call failed', ctx);
  const { window: _, ...rest } = cursor;
  ctx.transact((store) => {
    if (store.get(cursors, cursor) !== undefined) store.put(cursors, { ...rest, tries: 0, setbacks: 0 });
  });
  return true;
}

/** The batch failed from one of its records on. */
async function fail(lane: Lane, batch: readonly Read[], from: number, ctx: Ctx): Promise<boolean> {
  const { row, cursor } = lane;
  const left = batch.slice(from);
  const last = left.at(-1)?.sequence ?? '';
  const after = from === 0 ? cursor.after : (batch[from - 1]?.sequence ?? cursor.after);
  const ends = cursor.ends.at(-1) === last ? cursor.ends : [...cursor.ends, last];
  if (row.bisects && left.length > 1) {
    // Where the function has named the record, the batch is split there; else in half.
    const half = left[Math.ceil(left.length / 2) - 1]?.sequence ?? '';
    change(cursor, { after, ends: from > 0 ? ends : [...ends, half] }, ctx);
    return true;
  }
  const tries = cursor.tries + 1;
  if (row.retriesMax >= 0 && tries > row.retriesMax) {
    await giveUp({ ...lane, cursor: { ...cursor, tries } }, left, 'RetryAttemptsExhausted', ctx);
    return advance(row, cursor, last, ctx);
  }
  return setBack(row, { ...cursor, after, ends, tries }, 'PROBLEM: Function call failed', ctx);
}

/** The lane goes on after a record. */
function advance(
  row: MappingRow,
  cursor: CursorRow,
  after: string,
  ctx: Ctx,
  window: CursorRow['window'] = cursor.window,
): true {
  ctx.transact((store) => {
    if (store.get(cursors, cursor) === undefined) return;
    const ends = cursor.ends.filter((end) => end > after);
    const { mapping, lane } = cursor;
    store.put(cursors, { mapping, lane, after, ends, tries: 0, setbacks: 0, ...(window !== undefined && { window }) });
    ctx.disarm('wake', `${row.id}/${lane}`);
  });
  return true;
}

/** It is tried again, after a while that grows. */
function setBack(row: MappingRow, cursor: CursorRow, result: string, ctx: Ctx): false {
  const delay = Math.min(SECOND * 2 ** cursor.setbacks, SETBACK_DELAY_MAX);
  note(row, result, ctx);
  change(cursor, { setbacks: cursor.setbacks + 1 }, ctx, () =>
    wakeAt(keyOf(cursor), ctx.clock() + delay, { id: row.id, lane: cursor.lane }, ctx),
  );
  return false;
}

function change(cursor: CursorRow, changes: Partial<CursorRow>, ctx: Ctx, also = () => {}): void {
  ctx.transact((store) => {
    if (store.get(cursors, cursor) === undefined) return;
    store.put(cursors, { ...cursor, ...changes });
    also();
  });
}

function note({ id }: MappingRow, lastResult: string, ctx: Ctx): void {
  const row = ctx.store.get(mappings, { id });
  if (row !== undefined && row.lastResult !== lastResult)
    ctx.transact((store) => store.put(mappings, { ...row, lastResult }));
}

function keyOf({ mapping, lane }: CursorRow): string {
  return `${mapping}/${lane}`;
}
