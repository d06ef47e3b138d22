/** What a resource may have after a change that failed half way. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from './parse.ts';

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
