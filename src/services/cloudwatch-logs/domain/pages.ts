/** Tokens of pages: what a list or a search goes on after. */
import { type Millis, page, readToken as read, writeToken } from '#kernel/base';
import { badToken } from '../errors.ts';

/** What goes on, as text that nobody needs to understand. */
export const makeToken = writeToken;

/** @throws {ServiceError} InvalidParameterException for what `makeToken` never made, or `check` doesn't know */
export function readToken<Value>(token: string, check: (value: unknown) => value is Value): Value {
  const value = read(token);
  if (!check(value)) throw badToken();
  return value;
}

/** Whether a token holds a text. */
export const isText = (value: unknown): value is string => typeof value === 'string';

type Place = { createdAt: Millis; id: string };
const isPlace = (value: unknown): value is Place => isText((value as Place | null)?.id);

/**
 * A page of what there is, newest first.
 *
 * @param list what comes before a place, by the time that it was made
 * @throws {ServiceError} InvalidParameterException for a token that is none
 */
export function newestPage<Row extends Place>(
  list: (range: { before?: Place; limit: number; index: 'byTime'; reverse: true }) => Row[],
  token: string | undefined,
  limit: number,
  fits: (row: Row) => boolean,
): { rows: Row[]; nextToken?: string } {
  const first = token === undefined ? undefined : readToken(token, isPlace);
  const placeOf = ({ createdAt, id }: Place) => ({ createdAt, id });
  const { rows, last } = page<Row>(
    (past: Place | undefined = first, most) =>
      list({ index: 'byTime', ...(past !== undefined && { before: placeOf(past) }), limit: most, reverse: true }),
    limit,
    fits,
  );
  return { rows, ...(last !== undefined && { nextToken: makeToken(placeOf(last)) }) };
}
