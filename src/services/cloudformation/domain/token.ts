/** Tokens of pages that are numbers. */
import { invalid } from '../errors.ts';

/**
 * The number that a token stands for; undefined without a token.
 *
 * @throws {ServiceError} ValidationError for a token that was never given out
 */
export function numberOf(token: string | undefined): number | undefined {
  if (token === undefined) return undefined;
  if (!/^\d{1,15}$/.test(token)) throw invalid('The NextToken is invalid.');
  return Number(token);
}
