/** A place in the history of alarms as a token. */
import { badToken } from '../errors.ts';

/** A place in the history, as text that nobody needs to understand. */
export function historyToken({ at, sequence, name }: HistoryPlace): string {
  return Buffer.from(JSON.stringify([at, sequence, name])).toString('base64url');
}

export type HistoryPlace = { at: number; sequence: number; name: string };

/** @throws {ServiceError} InvalidNextToken */
export function readHistoryToken(token: string): HistoryPlace {
  try {
    const [at, sequence, name] = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof at === 'number' && typeof sequence === 'number' && typeof name === 'string')
      return { at, sequence, name };
  } catch {
    // None of ours.
  }
  throw badToken();
}
