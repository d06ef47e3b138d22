/** Lists in pages, with an opaque token for the next one. */
import { badPage } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';

type Asked = { maxResults?: number; nextToken?: string };
type Page<Row> = { page: Row[]; rest: { nextToken?: string } };

/**
 * The part of a list that is asked for.
 *
 * @param read up to so many rows in order, those after a key that an earlier page ended with
 * @throws {ServiceError} ValidationException
 */
export function pageOf<Row>(
  { maxResults = LIST_DEFAULT, nextToken }: Asked,
  read: (after: string | undefined, limit: number) => Row[],
  keyOf: (row: Row) => string,
): Page<Row> {
  const rows = read(keyIn(nextToken), maxResults + 1);
  const page = rows.slice(0, maxResults);
  const last = page.at(-1);
  const isMore = rows.length > maxResults && last !== undefined;
  return { page, rest: isMore ? { nextToken: Buffer.from(`after:${keyOf(last)}`).toString('base64url') } : {} };
}

/** The same of what is at hand, in the order of its keys. */
export function pageAmong<Row>(asked: Asked, rows: readonly Row[], keyOf: (row: Row) => string): Page<Row> {
  const read = (after: string | undefined, limit: number) =>
    rows.filter((row) => after === undefined || keyOf(row) > after).slice(0, limit);
  return pageOf(asked, read, keyOf);
}

function keyIn(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw badPage();
  return text.slice('after:'.length);
}
