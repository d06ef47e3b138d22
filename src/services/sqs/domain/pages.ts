/** Tokens of lists: where a page ended, and of which list it was. */
import { badToken, otherList } from '../errors.ts';

/** @param list what the list is of: a prefix, or the queue whose sources they are */
export function makeToken(list: string, last: string): string {
  return Buffer.from(JSON.stringify([list, last])).toString('base64url');
}

/** The name that a page begins after. @throws {ServiceError} InvalidParameterValue */
export function readToken(list: string, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const [of, last] = parse(token);
  if (typeof of !== 'string' || typeof last !== 'string') throw badToken();
  if (of !== list) throw otherList();
  return last;
}

function parse(token: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
