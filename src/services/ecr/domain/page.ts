/** Pages: a token is the key of the last row of the page before. */
import { readToken as read, writeToken } from '#kernel/base';
import { invalid } from '../errors.ts';

/** @param parts what a key may have one of @throws {ServiceError} InvalidParameterException for a token that none of ours is */
export function readToken<Part extends string>(
  token: string | undefined,
  ...parts: Part[]
): { [part in Part]?: string } | undefined {
  if (token === undefined) return undefined;
  const key = read(token);
  const [[name = '', value] = [], ...more] = Object.entries(key ?? {});
  if (parts.includes(name as Part) && typeof value === 'string' && more.length === 0)
    return key as { [part in Part]?: string };
  throw invalid("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid nextToken'");
}

/** The token of the page after this key. */
export function tokenOf(key: { [part: string]: string }): string {
  return writeToken(key);
}

/** One page of `found`, of which one more than `limit` was asked for. */
export function pageOf<Row>(found: readonly Row[], limit: number, keyOf: (row: Row) => { [part: string]: string }) {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const nextToken = found.length > limit && last !== undefined ? tokenOf(keyOf(last)) : undefined;
  return { page, rest: nextToken === undefined ? {} : { nextToken } };
}
