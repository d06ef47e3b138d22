/** Tokens of pages: what a list or a search goes on after. */
import { badToken } from '../errors.ts';

/** What goes on, as text that nobody needs to understand. */
export function makeToken(after: unknown): string {
  return Buffer.from(JSON.stringify(after)).toString('base64url');
}

/** @throws {ServiceError} InvalidParameterException for what `makeToken` never made, or `check` doesn't know */
export function readToken<Value>(token: string, check: (value: unknown) => value is Value): Value {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw badToken();
  }
  if (!check(value)) throw badToken();
  return value;
}

/** Whether a token holds a text. */
export const isText = (value: unknown): value is string => typeof value === 'string';

/** Rows that are looked at together where many may not be wanted. */
const CHUNK = 100;

/**
 * A page of what `next` lists in order and `wanted` lets pass.
 *
 * @param next some rows after one, in order; fewer than asked for at the end
 * @returns at most `limit`, and the last one where more follow
 */
export function page<Row>(
  next: (after: Row | undefined, limit: number) => Row[],
  limit: number,
  wanted: (row: Row) => boolean = () => true,
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
