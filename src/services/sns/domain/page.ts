/** Lists in pages of a hundred, with an opaque token for the next one. */
import { invalidFor } from '../errors.ts';
import { PAGE_SIZE } from '../limits.ts';

/** The key after which a page begins. @throws {ServiceError} InvalidParameter */
export function readToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const key = Buffer.from(token, 'base64url').toString();
  if (!key.startsWith('after:')) throw invalidFor('NextToken', 'Unable to verify integrity of next token');
  return key.slice('after:'.length);
}

/** What fits into a page of rows of which one more was read, and the token for the rest. */
export function pageOf<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  size: number = PAGE_SIZE,
): { page: Row[]; next: string | undefined } {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const more = rows.length > size && last !== undefined;
  return { page, next: more ? Buffer.from(`after:${keyOf(last)}`).toString('base64url') : undefined };
}
