/** JSON that is read and written again without a change of its numbers. */

/** In TypeScript's library only later. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Of most texts all numbers are short and whole. A number stands after one of these signs; within a text, where they mean nothing, it costs time only. */
const MAY_CHANGE = /(?:^|[[:,])\s*(?:-0|-?\d{16}|-?\d+[.eE])/;

/**
 * Parses a text. A number that JavaScript would write in another way (`1.0`, `12345678901234567890`) becomes an object that
 * `JSON.stringify` writes as it was.
 *
 * @throws {SyntaxError}
 */
export function parseExactly(text: string): unknown {
  if (!MAY_CHANGE.test(text)) return JSON.parse(text);
  return parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  );
}
