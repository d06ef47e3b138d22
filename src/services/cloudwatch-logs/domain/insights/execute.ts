/** Carrying out a query: first what it needs, then its events, row by row. */
import type { Ctx } from '#kernel/contract';
import type { BatchRow, GroupRow } from '../../state.ts';
import { indexedFields } from '../account-policies.ts';
import { readTable } from '../lookup-tables.ts';
import type { Query, Window } from './plan.ts';
import { Row } from './row.ts';
import { Run } from './run.ts';
import { newestFirst } from './source.ts';

/** Events after which others have their turn, and after which it is seen whether the query still goes on. */
const EVENTS_A_TURN = 500;
/** Rows of a query within a query. Our own bound. */
const INNER_ROWS_MAX = 100_000;

/** The groups that a query and those within it read, and the time and number of what is asked for. */
export type Work = {
  groups: readonly GroupRow[];
  inner: readonly (readonly GroupRow[])[];
  window: Window;
  limit: number;
};

/** What has been read so far. */
export type Scanned = { records: number; bytes: number };

/**
 * Reads all events for a query.
 *
 * @param goesOn asked now and then; false ends it
 * @returns undefined when it was ended
 */
export async function execute(
  query: Query,
  { groups, inner, window, limit }: Work,
  scanned: Scanned,
  goesOn: () => boolean,
  ctx: Ctx,
): Promise<Run | undefined> {
  for (const [name, asked] of query.needs.tables) {
    const table = await readTable(name, ctx);
    if (table !== undefined) asked.table = table;
  }
  for (const [index, subquery] of query.needs.subqueries.entries()) {
    const work = { groups: inner[index] ?? [], inner: [], window, limit: INNER_ROWS_MAX };
    const run = await execute(subquery.query, work, scanned, goesOn, ctx);
    if (run === undefined) return undefined;
    subquery.rows = run.endRows();
  }
  const own = { ...window, ...query.source?.window };
  const run = new Run(query, limit, own);
  const read = groups.filter((group) => hasIndexes(group, query, ctx));
  if ((await scan(run, read, own, false, scanned, goesOn, ctx)) === 'ended') return undefined;
  const earlier = query.needs.compared?.(own);
  if (earlier !== undefined && (await scan(run, read, earlier, true, scanned, goesOn, ctx)) === 'ended')
    return undefined;
  return run;
}

/**
 * Source: User Guide, "filterIndex": groups that aren't indexed on a field that it names are skipped.
 * Deviation: events that are older than the index are found as well.
 */
function hasIndexes(group: GroupRow, { needs }: Query, { store }: Ctx): boolean {
  if (needs.indexed.length === 0) return true;
  const indexed = indexedFields(group, store);
  return needs.indexed.every((fields) => [...fields].some((field) => indexed.has(field)));
}

async function scan(
  run: Run,
  groups: readonly GroupRow[],
  window: Window,
  isEarlier: boolean,
  scanned: Scanned,
  goesOn: () => boolean,
  ctx: Ctx,
): Promise<'done' | 'ended'> {
  const onBatch = (batch: BatchRow) => {
    scanned.bytes += batch.bytes;
  };
  for await (const source of newestFirst(groups, window, ctx.store, ctx, onBatch)) {
    scanned.records += 1;
    if (!run.take(new Row(isEarlier ? { ...source, isEarlier } : source))) break;
    if (scanned.records % EVENTS_A_TURN !== 0) continue;
    await new Promise(setImmediate);
    if (!goesOn()) return 'ended';
  }
  return 'done';
}
