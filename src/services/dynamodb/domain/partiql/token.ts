/** NextToken: where a SELECT goes on, tied to its statement. */
import { digestOfRequest } from '#kernel/base';
import { badNextToken, strayNextToken } from '../../errors.ts';
import type { Start } from '../page.ts';

/** The range that is being read, and the spot in it. */
export type Place = { range: number; start?: Start | undefined };

/** What a token fits: the statement and its parameters. */
export function digestOf(statement: string, parameters: readonly object[]): string {
  return digestOfRequest([statement, parameters]).slice(0, 16);
}

/** The text of a token. */
export function writeToken(digest: string, { range, start }: Place): string {
  const spot = start === undefined ? [] : [start.partition, start.sort, start.basePartition, start.baseSort];
  return Buffer.from(JSON.stringify([digest, range, ...spot])).toString('base64');
}

/** @throws {ServiceError} ValidationException when the token is none, or another statement's */
export function readToken(digest: string, text: string): Place {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw badNextToken();
  }
  if (!Array.isArray(parts)) throw badNextToken();
  const [owner, range, partition, sort, basePartition, baseSort] = parts as readonly unknown[];
  if (typeof owner !== 'string' || typeof range !== 'number') throw badNextToken();
  if (owner !== digest) throw strayNextToken();
  if (partition === undefined) return { range };
  if (
    typeof partition !== 'string' ||
    typeof sort !== 'string' ||
    typeof basePartition !== 'string' ||
    typeof baseSort !== 'string'
  )
    throw badNextToken();
  return { range, start: { partition, sort, basePartition, baseSort } };
}
