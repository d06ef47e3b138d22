/** Work that takes long: queries and exports. */
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { exportStream } from './domain/export.ts';
import { parseQuery } from './domain/insights/query.ts';
import { Row } from './domain/insights/row.ts';
import { Run } from './domain/insights/run.ts';
import { newestFirst } from './domain/insights/source.ts';
import { QUERY_RUNS_FOR } from './limits.ts';
import { type BatchRow, exportTasks, groups, type QueryRow, queries, scheduledRuns, streams } from './state.ts';

/** Events after which others have their turn, and after which it is seen whether the query was stopped. */
const EVENTS_A_TURN = 500;
/** Streams that an export lists at a time. */
const STREAMS_A_PAGE = 100;

/** Carries out a query. Done again after a crash, it begins anew. */
export const query: TaskHandler = async (payload, ctx) => {
  const id = String(payload.id);
  const row = ctx.transact((store) => {
    const found = store.get(queries, { id });
    if (found?.status !== 'Scheduled' && found?.status !== 'Running') return undefined;
    const running: QueryRow = { ...found, status: 'Running' };
    store.put(queries, running);
    return running;
  });
  if (row === undefined) return;
  const run = new Run(parseQuery(row.text, row.createdAt), row.limit);
  const scanned = { records: 0, bytes: 0 };
  const status = await scan(row, run, scanned, ctx);
  if (status === undefined) return;
  const cells = status === 'Complete' ? run.end() : [];
  const results = await ctx.blobs.write(
    (async function* () {
      yield Buffer.from(JSON.stringify(cells));
    })(),
  );
  ctx.transact((store) => {
    const now = store.get(queries, { id });
    if (now?.status !== 'Running') {
      ctx.blobs.drop(results);
      return;
    }
    ctx.blobs.keep(results);
    store.put(queries, {
      ...now,
      status,
      endedAt: ctx.clock(),
      recordsMatched: run.matched,
      recordsScanned: scanned.records,
      bytesScanned: scanned.bytes,
      results,
      resultCount: cells.length,
    });
    if (store.first(scheduledRuns, { index: 'byQuery', where: { queryId: id } }) !== undefined)
      ctx.start('endScheduled', id, { queryId: id });
  });
};

/** Reads all events for a query; undefined when it was stopped. */
async function scan(
  row: QueryRow,
  run: Run,
  scanned: { records: number; bytes: number },
  ctx: Ctx,
): Promise<'Complete' | 'Timeout' | undefined> {
  const found = row.groups.flatMap((name) => ctx.store.get(groups, { name }) ?? []);
  const onBatch = (batch: BatchRow) => {
    scanned.bytes += batch.bytes;
  };
  for await (const source of newestFirst(found, { from: row.from, to: row.to }, ctx.store, ctx, onBatch)) {
    scanned.records += 1;
    if (!run.take(new Row(source))) break;
    if (scanned.records % EVENTS_A_TURN !== 0) continue;
    await new Promise(setImmediate);
    if (ctx.store.get(queries, row)?.status !== 'Running') return undefined;
    if (ctx.clock() - row.createdAt > QUERY_RUNS_FOR) return 'Timeout';
  }
  return 'Complete';
}

/** Results are kept for a week. */
export const forgetQuery: TimerHandler = (payload, ctx) => {
  const row = ctx.store.get(queries, { id: String(payload.id) });
  if (row === undefined) return;
  ctx.store.delete(queries, row);
  if (row.results !== undefined) ctx.blobs.drop(row.results);
};

/** Carries out an export. */
export const exportEvents: TaskHandler = async (payload, ctx) => {
  const id = String(payload.id);
  const row = ctx.store.get(exportTasks, { id });
  const group = row === undefined ? undefined : ctx.store.get(groups, { name: row.group });
  if (row?.active === undefined) return;
  const wanted = () => ctx.store.get(exportTasks, { id })?.active !== undefined;
  let failure: string | undefined;
  try {
    let after: string | undefined;
    while (group !== undefined) {
      const where = { group: group.pile };
      const past = after === undefined ? {} : { after: { name: after } };
      const some = ctx.store.list(streams, { where, startsWith: row.streams ?? '', ...past, limit: STREAMS_A_PAGE });
      for (const stream of some) if (!(await exportStream(row, group, stream, wanted, ctx))) return;
      if (some.length < STREAMS_A_PAGE) break;
      after = some.at(-1)?.name;
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    failure = error.message;
  }
  ctx.transact((store) => {
    const now = store.get(exportTasks, { id });
    if (now?.active === undefined) return;
    const { active: _, ...rest } = now;
    const end = { endedAt: ctx.clock(), ...(failure !== undefined && { failure }) };
    store.put(exportTasks, { ...rest, status: failure === undefined ? 'COMPLETED' : 'FAILED', ...end });
  });
};
