/** How the properties of Logs' types become the members of its API, and back. */
import type { Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { ServiceError, tagListOf, textOf } from '#kernel/contract';

/** What Logs says of what is not there. */
export const GONE = 'ResourceNotFoundException';
/** A property as a text; one that is missing is empty. */
export const text = (value: unknown): string => textOf(value) ?? '';

/** The API begins its names in lower case; values and texts stay. */
export function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, lowered(member)]),
  );
}

/** And templates in upper case. */
export function raised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(raised);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, raised(member)]),
  );
}

/** Of an API's answer the members that a template may have. */
export function only(names: readonly string[], value: object): Properties {
  const all = raised(value) as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

/** Tags of the user's own; none is not the same as an empty list. */
export function tagged(properties: Properties, scope: ResourceScope): { tags?: Record<string, string> } {
  const tags = tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]);
  return tags.length === 0 ? {} : { tags: Object.fromEntries(tags) };
}

/**
 * A type whose handler puts its own words before what Logs refuses, or says no more than them.
 * Source: badmintoncryer/cdk-preflight, measured in September 2026.
 */
export function phrased(type: string, kind: ResourceType, tells: 'why' | 'nothing'): ResourceType {
  const told = async (call: () => ReturnType<ResourceType['create']>) => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'InvalidParameterException') throw error;
      const why = tells === 'why' ? `. ${error.message}` : '';
      throw new ServiceError(error.code, `Invalid request provided: ${type}${why}`, { status: error.status });
    }
  };
  const { create, update } = kind;
  return {
    ...kind,
    create: (properties, scope) => told(async () => create(properties, scope)),
    ...(update !== undefined && {
      update: (id, properties, before, scope) => told(async () => update(id, properties, before, scope)),
    }),
  };
}
