/** Pages of lists of which not every row is wanted: no more rows are looked at than it takes. */
import { badToken } from '../errors.ts';

/** Rows that are looked at together where many may not be wanted. */
const CHUNK = 100;

/**
 * A page of what `next` lists in order and `wanted` lets pass.
 *
 * @param next some rows after one, in order; fewer than asked for at the end
 * @returns at most `limit`, and the last one where more follow
 */
export function pageOf<Row>(
  next: (after: Row | undefined, limit: number) => readonly Row[],
  limit: number,
  wanted: (row: Row) => boolean,
): { rows: Row[]; last: Row | undefined } {
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

/** A place in the history, as text that nobody needs to understand. */
export function historyToken({ at, sequence, name }: HistoryPlace): string {
  return Buffer.from(JSON.stringify([at, sequence, name])).toString('base64url');
}

export type HistoryPlace = { at: number; sequence: number; name: string };

/** @throws {ServiceError} InvalidNextToken */
export function readHistoryToken(token: string): HistoryPlace {
  try {
    const [at, sequence, name] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof at === 'number' && typeof sequence === 'number' && typeof name === 'string')
      return { at, sequence, name };
  } catch {
    // None of ours.
  }
  throw badToken();
}
