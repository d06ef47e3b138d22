/** Places in lists as tokens, that nobody needs to understand. */
import { readToken as readPlace, writeToken } from '#kernel/base';
import { badToken } from '../errors.ts';

/** A place in the history, as text that nobody needs to understand. */
export function historyToken({ at, sequence, name }: HistoryPlace): string {
  return writeToken([at, sequence, name]);
}

export type HistoryPlace = { at: number; sequence: number; name: string };

/** @throws {ServiceError} InvalidNextToken */
export function readHistoryToken(token: string): HistoryPlace {
  const place = readPlace(token);
  const [at, sequence, name] = Array.isArray(place) ? (place as unknown[]) : [];
  if (typeof at === 'number' && typeof sequence === 'number' && typeof name === 'string') return { at, sequence, name };
  throw badToken();
}

/** What is listed by name: a token of one list is none of another. */
export type ListOf = 'alarms' | 'dashboards' | 'detectors' | 'metric streams' | 'mute rules' | 'rules';

/** The token of the page after the last row of one; undefined where there is no such page. */
export function nextToken(list: ListOf, last: string | undefined): string | undefined {
  return last === undefined ? undefined : Buffer.from(`${list}/${last}`).toString('base64url');
}

/** The name after which a page begins; undefined for the first. @throws {ServiceError} InvalidNextToken */
export function readToken(list: ListOf, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, 'base64url').toString();
  const name = text.slice(list.length + 1);
  if (name === '' || nextToken(list, name) !== token) throw badToken();
  return name;
}
