/** Pages of lists of which not every row is wanted: no more rows are looked at than it takes. */
import { invariant } from './invariant.ts';

/** Rows that are looked at together where many may not be wanted. */
const CHUNK = 100;

/**
 * A page of what `next` lists in order and `wanted` lets pass.
 *
 * @param next some rows after one, in order; fewer than asked for at the end
 * @param limit from 1 on: a page without rows has no last one to go on after
 * @returns at most `limit`, and the last one where more follow
 */
export function page<Row>(
  next: (after: Row | undefined, limit: number) => readonly Row[],
  limit: number,
  wanted: (row: Row) => boolean = () => true,
): { rows: Row[]; last: Row | undefined } {
  invariant(limit >= 1, 'a page has at least one row');
  const rows: Row[] = [];
  let after: Row | undefined;
  for (;;) {
    const size = after === undefined ? Math.min(CHUNK, limit + 1) : CHUNK;
    const some = next(after, size);
    for (const row of some) {
      if (!wanted(row)) continue;
      if (rows.length === limit) return { rows, last: rows.at(-1) };
      rows.push(row);
    }
    if (some.length < size) return { rows, last: undefined };
    after = some.at(-1);
  }
}
