/** What Lambda says of an event that is no JSON and does not even begin as such, in the words of its parser. */

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/** Of what was given, so much is shown. Source: szymonmaszke/torchlambda, issue 13. */
const SHOWN_BYTES = 500;

/**
 * Source: alexcasalboni/aws-lambda-power-tuning, issue 148.
 *
 * @returns undefined where it begins well: what is wrong further on is left to the parser at hand
 */
export function jsonFault(payload: Uint8Array): string | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1');
  const [token] = /^[A-Za-z_$][\w$]*/.exec(text) ?? [];
  if (token !== undefined && !['true', 'false', 'null'].includes(token)) {
    // The parser has read one character more, where there is one.
    const column = token.length + (text.length > token.length ? 2 : 1);
    return `Unrecognized token '${token}': was expecting ${EXPECTED}${placeOf(text, column)}`;
  }
  const [sign] = /^[!#%&'()*+,./:;<=>?@\\\]^`|}~]/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const code = sign.charCodeAt(0);
  return `Unexpected character ('${sign}' (code ${code})): expected a valid value ${EXPECTED}${placeOf(text, 2)}`;
}

function placeOf(text: string, column: number): string {
  const left = text.length - SHOWN_BYTES;
  const cut = left > 0 ? `[truncated ${left} bytes]` : '';
  return `\n at [Source: (byte[])"${text.slice(0, SHOWN_BYTES)}"${cut}; line: 1, column: ${column}]`;
}
