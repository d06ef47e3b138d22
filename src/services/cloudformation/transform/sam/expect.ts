/** What SAM expects of a value, and says where it is another. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { eventFault, resourceFault, type SamFault } from './faults.ts';
import { isMap, type Maybe } from './values.ts';

/** Whose value it is, at which path: what is said where it is wrong. */
export type Place = { fault(why: string): SamFault; path: string; noun: 'Property' | 'Attribute' };

/** A resource's property. */
export const ofResource = (id: string, path: string): Place => ({
  fault: (why) => resourceFault(id, why),
  path,
  noun: 'Property',
});
/** A resource's attribute. */
export const ofAttribute = (id: string, path: string): Place => ({ ...ofResource(id, path), noun: 'Attribute' });
/** An event's property. */
export const ofEvent = (name: string, path: string): Place => ({
  fault: (why) => eventFault(name, why),
  path,
  noun: 'Property',
});

const wrong = ({ fault, path, noun }: Place, what: string, why?: string) =>
  fault(why ?? `${noun} '${path}' should be a ${what}.`);

/**
 * The value, which must be a map.
 *
 * @param why said in place of the usual
 * @throws {SamFault}
 */
export function expectMap(value: Maybe, place: Place, why?: string): JsonObject {
  if (!isMap(value)) throw wrong(place, 'map', why);
  return value;
}

/**
 * The value, which must be a list.
 *
 * @throws {SamFault}
 */
export function expectList(value: Maybe, place: Place): Json[] {
  if (!Array.isArray(value)) throw wrong(place, 'list');
  return value;
}

/**
 * The value, which must be a text.
 *
 * @throws {SamFault}
 */
export function expectText(value: Maybe, place: Place): string {
  if (typeof value !== 'string') throw wrong(place, 'string');
  return value;
}

/**
 * The value, which must be a list of texts.
 *
 * @throws {SamFault}
 */
export function expectTexts(value: Maybe, place: Place): string[] {
  return expectList(value, place).map((item, index) => expectText(item, { ...place, path: `${place.path}[${index}]` }));
}

/**
 * The value, which must be true or false.
 *
 * @throws {SamFault}
 */
export function expectBoolean(value: Maybe, place: Place): boolean {
  if (typeof value !== 'boolean') throw wrong(place, 'boolean');
  return value;
}

/**
 * The value, which must be there.
 *
 * @throws {SamFault}
 */
export function expectPresent(value: Maybe, place: Place): Json {
  if (value === undefined || value === null) throw place.fault(`Property '${place.path}' is required.`);
  return value;
}
