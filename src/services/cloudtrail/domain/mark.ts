/** Pages of what happened: a token says after what they go on. */
import { badToken } from '../errors.ts';
import type { Mark } from '../state.ts';

/** A place in what happened, as text that nobody needs to understand. */
export function tokenOf({ at, sequence, requestId }: Mark): string {
  return Buffer.from(JSON.stringify([at, sequence, requestId])).toString('base64');
}

/** The place that a token names. @throws {ServiceError} InvalidNextTokenException */
export function markOf(token: string): Mark {
  try {
    const [at, sequence, requestId] = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as unknown[];
    if (typeof at === 'number' && typeof sequence === 'number' && typeof requestId === 'string')
      return { at, sequence, requestId };
  } catch {
    // Not one of ours.
  }
  throw badToken();
}

/** How many were shown before a page, as text. */
export function pageToken(shown: number): string {
  return Buffer.from(JSON.stringify({ shown })).toString('base64');
}

/** What `pageToken` has said; 0 for the first page. @throws {ServiceError} InvalidNextTokenException */
export function shownBefore(token: string | undefined): number {
  if (token === undefined) return 0;
  try {
    const { shown } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { shown: unknown };
    if (Number.isSafeInteger(shown) && Number(shown) >= 0) return Number(shown);
  } catch {
    // Not one of ours.
  }
  throw badToken();
}
