/** What an answer tells, without its values: members down to the second level, and how long lists are. */

const DEPTH = 2;

export function outlineOf(answer: unknown, depth = DEPTH): string[] {
  if (Array.isArray(answer)) return [`[${answer.length}]`];
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array || depth === 0) return [''];
  return Object.entries(answer).flatMap(([member, value]) =>
    value === undefined ? [] : outlineOf(value, depth - 1).map((part) => `.${member}${part}`),
  );
}
