/** A page of rows that are listed in the order of their ids. */
import { invalidRequest } from '../errors.ts';

/** Source: the model of S3 Control, MaxResults. */
const PAGE_MAX = 1_000;

type Asked = { NextToken?: string; MaxResults?: number };

/**
 * One page, and the token of the next one.
 *
 * @param list rows after an id, in order, so many at most
 * @throws {ServiceError} InvalidRequest for a token that is none
 */
export function pageOf<Row extends { id: string }>(
  { NextToken: token, MaxResults }: Asked,
  list: (after: string | undefined, limit: number) => readonly Row[],
): { page: readonly Row[]; NextToken?: string } {
  const limit = MaxResults ?? PAGE_MAX;
  if (limit === 0) return { page: [] };
  const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  if (after === '') throw invalidRequest('The NextToken provided is not valid');
  const rows = list(after, limit + 1);
  const page = rows.slice(0, limit);
  return {
    page,
    ...(rows.length > limit && { NextToken: Buffer.from(page.at(-1)?.id ?? '').toString('base64url') }),
  };
}
