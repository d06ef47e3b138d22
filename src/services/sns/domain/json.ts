/** JSON texts inside attributes: what is wrong with one, in the words of the parser that AWS uses. */
import { JsonTextError, placeIn, readJsonText } from '#kernel/base';

/** The parser that AWS asks first does not say what it read. Source: answers recorded from AWS. */
const REDACTED = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)';

/** What is wrong with a text that should be JSON; undefined where nothing is. */
export function jsonFault(text: string): string | undefined {
  try {
    readJsonText(text, REDACTED);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return `failed to parse JSON. ${error.message}${placeIn(text, error.offset, REDACTED)}`;
  }
}

/** The object of a text that was checked; undefined where it is another value. */
export function objectOf(text: string): { [name: string]: unknown } | undefined {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { [name: string]: unknown })
    : undefined;
}
