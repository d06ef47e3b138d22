/** Filter patterns of JSON events: `{ $.user.id = 1 && $.tags[0] = "a*" }`. */
import {
  type Condition,
  fieldsOf,
  holdsTrue,
  invalidPattern,
  type Pattern,
  PatternError,
  Reader,
} from './condition.ts';

/** `$`, then names after dots, or in brackets with quotes, and positions in brackets. */
const SELECTOR = /\$(\.[\p{L}\p{N}_@*-]+|\.?\[\s*("[^"\]]*"|'[^'\]]*'|\d+)\s*\])+/uy;

/** The value a selector finds in a document; undefined where there is none. */
function selectValue(selector: string, document: unknown): unknown {
  let value = document;
  for (const [, name, bracket] of selector.matchAll(/\.([^.[\]]+)|\[\s*("[^"]*"|'[^']*'|\d+)\s*\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = name ?? bracket?.replace(/^["']|["']$/g, '') ?? '';
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

/** @throws {PatternError} */
export function parseJsonPattern(text: string): Pattern {
  if (!text.endsWith('}')) throw new PatternError("If a filter pattern starts with '{' it must end with '}'");
  const reader = new Reader(text.slice(1, -1), (one) => one.take(SELECTOR), /[^\s()&|"=<>!]+/y);
  const condition: Condition = reader.condition();
  reader.take(/\s+/y);
  if (reader.at < reader.text.length) throw invalidPattern();
  const fields = [...new Set(fieldsOf(condition))];
  return {
    kind: 'json',
    regexes: reader.regexes,
    matches: (message) => {
      const document = parsed(message);
      return document !== undefined && holdsTrue(condition, (selector) => selectValue(selector, document));
    },
    extract: (message, more = []) => {
      const document = parsed(message);
      const found: { [name: string]: string } = {};
      for (const field of new Set([...fields, ...more])) {
        const value = selectValue(field, document);
        if (value !== undefined) found[field] = typeof value === 'string' ? value : JSON.stringify(value);
      }
      return found;
    },
    isField: (name) => new RegExp(`^(?:${SELECTOR.source})$`, 'u').test(name),
  };
}

function parsed(message: string): object | undefined {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}
