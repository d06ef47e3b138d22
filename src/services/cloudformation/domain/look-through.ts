/** Pages of rows that a request picks out of many: each reads so many rows, however many of them it finds. */

/** A page that has looked at so many ends, though it may be empty: its token says where the next one goes on. */
const LOOKED_MAX = 1_000;

/**
 * The rows that are wanted, up to a limit.
 *
 * @param read  the first rows after the page before, at most so many
 * @returns `last`: the row after which the next page begins; undefined where there are no more
 */
export function lookThrough<Row>(
  read: (limit: number) => readonly Row[],
  isWanted: (row: Row) => boolean,
  limit: number,
): { found: Row[]; last: Row | undefined } {
  const rows = read(LOOKED_MAX + 1);
  const found: Row[] = [];
  let last: Row | undefined;
  for (const row of rows.slice(0, LOOKED_MAX)) {
    if (isWanted(row)) {
      if (found.length === limit) return { found, last };
      found.push(row);
    }
    last = row;
  }
  return { found, last: rows.length > LOOKED_MAX ? last : undefined };
}
