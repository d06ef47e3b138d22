/** Work that takes long: queries and exports. */
import { ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { exportStream } from './domain/export.ts';
import { execute } from './domain/insights/execute.ts';
import { parseQuery } from './domain/insights/query.ts';
import { QUERY_RUNS_FOR } from './limits.ts';
import { exportTasks, groups, type QueryRow, queries, scheduledRuns, streams } from './state.ts';

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
  const scanned = { records: 0, bytes: 0 };
  const window = { from: row.from, to: row.to };
  const namedBy = (names: readonly string[]) => names.flatMap((name) => ctx.store.get(groups, { name }) ?? []);
  const work = {
    groups: namedBy(row.groups),
    inner: (row.inner ?? []).map(namedBy),
    window,
    limit: row.limit,
  };
  let tooLong = false;
  const goesOn = () => {
    tooLong = ctx.clock() - row.createdAt > QUERY_RUNS_FOR;
    return !tooLong && ctx.store.get(queries, { id })?.status === 'Running';
  };
  const run = await execute(parseQuery(row.text, row.createdAt, window), work, scanned, goesOn, ctx);
  if (run === undefined && !tooLong) return;
  const status = run === undefined ? 'Timeout' : 'Complete';
  const cells = run?.end() ?? [];
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
      recordsMatched: run?.matched ?? 0,
      recordsScanned: scanned.records,
      bytesScanned: scanned.bytes,
      results,
      resultCount: cells.length,
    });
    if (store.first(scheduledRuns, { index: 'byQuery', where: { queryId: id } }) !== undefined)
      ctx.start('endScheduled', id, { queryId: id });
  });
};

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
