/** A page of rows that are listed in the order of their ids or names. */
import { invalidRequest } from '../errors.ts';

/** Source: the model of S3 Control, MaxResults. */
const PAGE_MAX = 1_000;

type Asked = { NextToken?: string; MaxResults?: number };

/**
 * One page, and the token of the next one.
 *
 * @param list rows after an id or name, in order, so many at most
 * @throws {ServiceError} InvalidRequest for a token that is none
 */
export function pageOf<Row>(
  { NextToken: token, MaxResults: limit = PAGE_MAX }: Asked,
  list: (after: string | undefined, limit: number) => readonly Row[],
  keyOf: (row: Row) => string,
): { page: readonly Row[]; rest: { NextToken?: string } } {
  if (limit === 0) return { page: [], rest: {} };
  const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  if (after === '') throw invalidRequest('The NextToken provided is not valid');
  const rows = list(after, limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { page, rest: isMore ? { NextToken: Buffer.from(keyOf(last)).toString('base64url') } : {} };
}
