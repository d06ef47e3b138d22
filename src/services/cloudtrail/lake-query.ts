/** Queries of event data stores, carried out. */
import { collect, DAY, SECOND } from '#kernel/base';
import type { Ctx, SqlAnswer, SqlTable, TaskHandler, TimerHandler } from '#kernel/contract';
import { COLUMNS, columnsIn, rowOf } from './domain/lake/schema.ts';
import { deliver } from './lake-delivery.ts';
import {
  type DeliveryStatus,
  eventDataStores,
  type LakeEventRow,
  type LakeQueryRow,
  lakeEvents,
  lakeQueries,
} from './lake-state.ts';
import { LAKE_BATCH, LAKE_QUERY_FOR, LAKE_ROWS_MAX } from './limits.ts';

type Results = Extract<SqlAnswer, { columns: unknown }>;

/** Time for a query that reads nothing. */
const CHECK_FOR = 30 * SECOND;
const RESULTS_BYTES_MAX = 256 * 1_024 * 1_024;

/** Whether a query could be carried out: it is, over nothing. @returns why not */
export async function faultOf(
  { text, stores }: Pick<LakeQueryRow, 'text' | 'stores'>,
  ctx: Ctx,
): Promise<string | undefined> {
  const tables = stores.map((name) => ({ name, columns: COLUMNS, rows: nothing() }));
  const answer = await ctx.engines.sql.select({ text, tables, most: 1, timeout: CHECK_FOR });
  return 'error' in answer ? answer.error : undefined;
}

async function* nothing(): AsyncGenerator<never> {}

/** A task: done again after a crash, it begins anew. */
export const runQuery: TaskHandler = async ({ id }, ctx) => {
  const row = ctx.transact((store) => {
    const found = store.get(lakeQueries, { id: String(id) });
    if (found?.status !== 'QUEUED' && found?.status !== 'RUNNING') return undefined;
    const running: LakeQueryRow = { ...found, status: 'RUNNING' };
    store.put(lakeQueries, running);
    return running;
  });
  if (row === undefined) return;
  const begun = ctx.clock();
  const scanned = { events: 0, bytes: 0 };
  const columns = columnsIn(row.text);
  const tables = row.stores.map((name) => ({ name, columns, rows: rowsOf(name, columns, scanned, ctx) }));
  const answer = await ctx.engines.sql.select({ text: row.text, tables, most: LAKE_ROWS_MAX, timeout: LAKE_QUERY_FOR });
  const rows = 'rows' in answer ? answer.rows : undefined;
  const results = rows && (await ctx.blobs.write(pieceOf(JSON.stringify(rows))));
  const delivered = 'rows' in answer ? await broughtBy(row, answer, ctx) : undefined;
  ctx.transact((store) => {
    const now = store.get(lakeQueries, { id: row.id });
    if (now?.status !== 'RUNNING') {
      if (results !== undefined) ctx.blobs.drop(results);
      return;
    }
    if (results !== undefined) ctx.blobs.keep(results);
    store.put(lakeQueries, {
      ...now,
      ...outcomeOf(answer),
      took: ctx.clock() - begun,
      scanned: scanned.events,
      bytes: scanned.bytes,
      ...(results !== undefined && { results }),
      ...(now.delivery !== undefined && { delivery: { ...now.delivery, status: delivered ?? 'CANCELLED' } }),
    });
  });
};

/** Brings the results to where they are wanted. */
async function broughtBy(row: LakeQueryRow, answer: Results, ctx: Ctx): Promise<DeliveryStatus | undefined> {
  const lake = ctx.store.get(eventDataStores, { id: row.store });
  if (row.delivery === undefined || lake === undefined || ctx.store.get(lakeQueries, row)?.status !== 'RUNNING')
    return undefined;
  return deliver(row, row.delivery.uri, lake.arn, answer, ctx);
}

async function* pieceOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function outcomeOf(answer: SqlAnswer): Pick<LakeQueryRow, 'status'> & Partial<LakeQueryRow> {
  if ('timedOut' in answer) return { status: 'TIMED_OUT' };
  if ('error' in answer) return { status: 'FAILED', error: answer.error };
  return { status: 'FINISHED', columns: [...answer.columns], count: answer.rows.length };
}

/** All events of a store that are not too old, piece by piece. */
async function* rowsOf(id: string, columns: SqlTable['columns'], scanned: { events: number; bytes: number }, ctx: Ctx) {
  const days = ctx.store.get(eventDataStores, { id })?.retentionDays ?? 0;
  const range = { where: { store: id }, from: { at: ctx.now - days * DAY }, limit: LAKE_BATCH };
  let last: LakeEventRow | undefined;
  do {
    const after = last === undefined ? {} : { after: { at: last.at, id: last.id } };
    const { from, ...rest } = range;
    const piece = ctx.store.list(lakeEvents, last === undefined ? { ...rest, from } : { ...rest, ...after });
    for (const { record } of piece) {
      scanned.events += 1;
      scanned.bytes += record.length;
      yield rowOf(record, columns);
    }
    last = piece.length === LAKE_BATCH ? piece.at(-1) : undefined;
    await new Promise(setImmediate);
  } while (last !== undefined);
}

/** The rows of a query that has finished. */
export async function readRows(row: LakeQueryRow, ctx: Ctx): Promise<(string | null)[][]> {
  if (row.results === undefined) return [];
  const bytes = await collect(ctx.blobs.read(row.results), RESULTS_BYTES_MAX, () => new Error('results are too long'));
  return JSON.parse(bytes.toString()) as (string | null)[][];
}

/** A timer: results are not kept any longer. */
export const forgetQuery: TimerHandler = ({ id }, ctx) => {
  const row = ctx.store.get(lakeQueries, { id: String(id) });
  if (row === undefined) return;
  ctx.store.delete(lakeQueries, row);
  if (row.results !== undefined) ctx.blobs.drop(row.results);
};
