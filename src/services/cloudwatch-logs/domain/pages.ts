/** Tokens of pages: what a list or a search goes on after. */
import { badToken } from '../errors.ts';

/** What goes on, as text that nobody needs to understand. */
export function makeToken(after: unknown): string {
  return Buffer.from(JSON.stringify(after)).toString('base64url');
}

/** @throws {ServiceError} InvalidParameterException for what `makeToken` never made, or `check` doesn't know */
export function readToken<Value>(token: string, check: (value: unknown) => value is Value): Value {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw badToken();
  }
  if (!check(value)) throw badToken();
  return value;
}

/** Whether a token holds a text. */
export const isText = (value: unknown): value is string => typeof value === 'string';
