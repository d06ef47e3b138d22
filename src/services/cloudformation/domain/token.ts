/** Tokens of pages. */
import { invalid } from '../errors.ts';

/** A token that was never given out. */
export const badToken = () => invalid('The NextToken is invalid.');

/**
 * The number that a token stands for; undefined without a token.
 *
 * @throws {ServiceError} ValidationError for a token that was never given out
 */
export function numberOf(token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  if (!/^\d{1,15}$/.test(token)) throw badToken();
  return Number(token);
}
