/** What a resource may have after a change that failed half way. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from './parse.ts';

/** What a resource may have of both: what it had before, and what was tried. */
export function either(had: JsonObject, tried: JsonObject): JsonObject {
  const both = Object.entries(tried).map(([name, value]) => [name, joined(had[name], value)]);
  return { ...had, ...(Object.fromEntries(both) as JsonObject) };
}

function joined(had: unknown, tried: unknown): unknown {
  if (!Array.isArray(had) || !Array.isArray(tried)) return tried;
  return [...had, ...tried.filter((one) => !had.some((other) => isDeepStrictEqual(one, other)))];
}

/**
 * The properties that a next change starts from: of each property that it had before and that was tried, the one that
 * differs from what is wanted, so that it is set whatever came of it.
 */
export function halfway(had: JsonObject, tried: JsonObject, wanted: JsonObject): JsonObject {
  const names = new Set([...Object.keys(had), ...Object.keys(tried)]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const from = isDeepStrictEqual(tried[name], wanted[name]) ? had : tried;
      return name in from ? [[name, from[name] as JsonObject]] : [];
    }),
  );
}
