/** Tokens of lists: where a page ended, and of which list it was. */
import { readToken as read, writeToken } from '#kernel/base';
import { badToken, otherList } from '../errors.ts';

/** @param list what the list is of: a prefix, or the queue whose sources they are */
export function makeToken(list: string, last: string): string {
  return writeToken([list, last]);
}

/** The name that a page begins after. @throws {ServiceError} InvalidParameterValue */
export function readToken(list: string, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const place = read(token);
  const [of, last] = Array.isArray(place) ? (place as unknown[]) : [];
  if (typeof of !== 'string' || typeof last !== 'string') throw badToken();
  if (of !== list) throw otherList();
  return last;
}
