/** What Lambda says of an event that is no JSON, in the words of its parser (Jackson). */
import { describedCode, JsonTextError, placeIn, readJsonText } from '#kernel/base';

/** Its parser does not say what it read. Source: answers of AWS since 2025 as users have published them. */
const REDACTED = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)';
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;

/**
 * What is wrong with an event; undefined where this finds nothing.
 *
 * Source: alexcasalboni/aws-lambda-power-tuning, issue 148; awsdocs/aws-lambda-developer-guide, issue 351; paws-r/paws, issue 642.
 */
export function jsonFault(payload: Uint8Array): string | undefined {
  // It counts bytes.
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1');
  const number = numberFault(text);
  if (number !== undefined) return number;
  try {
    readJsonText(text, REDACTED);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    // Where a word ends it knows by the next character.
    const isWord = error.message.startsWith('Unrecognized token') && error.offset < text.length;
    return error.message + placeIn(text, error.offset + (isWord ? 1 : 0), REDACTED);
  }
}

/** Of a number that is all of an event. */
function numberFault(text: string): string | undefined {
  if (/^-[^\d]/.test(text))
    return unexpected(text, 1, ' in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value');
  const [number] = NUMBER.exec(text) ?? [];
  if (number === undefined || number.length === text.length || /^\s/.test(text.slice(number.length))) return undefined;
  return unexpected(text, number.length, ': Expected space separating root-level values');
}

function unexpected(text: string, at: number, fault: string): string {
  return `Unexpected character (${describedCode(text.charCodeAt(at))})${fault}${placeIn(text, at, REDACTED)}`;
}
