/** Tokens of pages: text that says where a list goes on. They last five minutes. */
import type { Ctx } from '#kernel/contract';
import { expiredToken, invalid } from '../errors.ts';
import { TOKEN_LIFETIME } from '../limits.ts';

/** The text of a token that holds plain JSON. */
export function writeToken(place: object, { now }: Ctx): string {
  return Buffer.from(JSON.stringify({ at: now, ...place })).toString('base64');
}

/** @throws {ServiceError} InvalidArgumentException, ExpiredNextTokenException */
export function readToken(text: string, { now }: Ctx): { readonly [name: string]: unknown } {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(text, 'base64').toString());
  } catch {
    throw invalid('NextToken is invalid.');
  }
  if (typeof found !== 'object' || found === null || !('at' in found) || typeof found.at !== 'number' || found.at > now)
    throw invalid('NextToken is invalid.');
  if (now - found.at > TOKEN_LIFETIME)
    throw expiredToken(`NextToken has expired. Tokens are valid for ${TOKEN_LIFETIME / 1_000} seconds.`);
  return found as { readonly [name: string]: unknown };
}
