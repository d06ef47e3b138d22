/** What of a resource's properties is really there. */
import { isDeepStrictEqual } from 'node:util';
import type { Properties } from '#kernel/contract';
import type { JsonObject } from './parse.ts';

/** What the items of a list go by. */
const IDENTITIES = ['Id', 'Key', 'Name', 'PolicyName', 'IndexName', 'Region', 'RegionName'] as const;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Those of the properties, items of lists and keys of maps that a read of the resource has found, too, as it has found them. */
export function onlyThere(told: JsonObject, actual: Properties): JsonObject {
  const found = Object.entries(told).filter(([name]) => actual[name] !== undefined && actual[name] !== null);
  return Object.fromEntries(found.map(([name, value]) => [name, met(value, actual[name])])) as JsonObject;
}

function met(told: unknown, actual: unknown): unknown {
  if (Array.isArray(told) && Array.isArray(actual))
    return told.flatMap((one) => actual.find((other) => isSameItem(one, other)) ?? []);
  return isObject(told) && isObject(actual) ? onlyThere(told, actual) : actual;
}

function isSameItem(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  return IDENTITIES.some((name) => one[name] !== undefined && one[name] === other[name]);
}
