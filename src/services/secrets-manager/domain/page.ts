/** Pages of lists: a token is how many came before. */
import { badToken } from '../errors.ts';

/** One page, and the token of the next. @throws {ServiceError} InvalidNextTokenException */
export function pageOf<Row>(rows: readonly Row[], limit: number, token: string | undefined) {
  const from = token === undefined ? 0 : numberOf(token);
  const page = rows.slice(from, from + limit);
  const next = from + limit;
  return { page, rest: rows.length > next ? { NextToken: Buffer.from(String(next)).toString('base64') } : {} };
}

function numberOf(token: string): number {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!/^\d{1,15}$/.test(text)) throw badToken();
  return Number(text);
}
