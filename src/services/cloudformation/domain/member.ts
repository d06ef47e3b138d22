/** Members by names that anybody may choose: `constructor` is one, too. */

/** A map's own member; undefined where there is none, and of what is no map. */
export function memberOf<T>(map: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return map !== null && typeof map === 'object' && Object.hasOwn(map, name) ? map[name] : undefined;
}
