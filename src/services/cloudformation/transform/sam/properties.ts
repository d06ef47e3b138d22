/** Properties of SAM's resources and events: which there are, which are needed, and of what kind. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { resourceFault } from './faults.ts';
import { isMap } from './values.ts';

export type Rule = {
  isRequired: boolean;
  /** Whether any object of one member is taken, as one that CloudFormation will work out. */
  takesFunctions: boolean;
  allows(value: Json): boolean;
  /** What is said of a value of another kind. */
  described?: string;
};
export type Rules = { readonly [property: string]: Rule };

/** A property that may be absent. `described` is what it is said to be, where it is another. */
export const rule = (allows: (value: Json) => boolean, described?: string): Rule => ({
  isRequired: false,
  takesFunctions: true,
  allows,
  ...(described !== undefined && { described }),
});

const isText = (value: Json) => typeof value === 'string';
const isList = (value: Json) => Array.isArray(value);
/** In Python a boolean is a whole number, too. */
const isInteger = (value: Json) => Number.isInteger(value) || typeof value === 'boolean';
const isTextOrMap = (value: Json) => isText(value) || isMap(value);

export const text = rule(isText, 'a string');
export const map = rule(isMap, 'a map');
export const boolean = rule((value) => typeof value === 'boolean');
export const integer = rule(isInteger);
export const list = rule(isList);
export const textOrMap = rule(isTextOrMap);
export const booleanOrMap = rule((value) => typeof value === 'boolean' || isMap(value));
export const mapOfMaps = rule((value) => isMap(value) && Object.values(value).every(isMap));
export const mapOfTexts = rule((value) => isMap(value) && Object.values(value).every(isText));
export const mapOfNumbers = rule(
  (value) => isMap(value) && Object.values(value).every((one) => isInteger(one) || isMap(one)),
);
export const listOfTexts = rule((value) => Array.isArray(value) && value.every(isText));
export const textsOrMaps = rule((value) => Array.isArray(value) && value.every(isTextOrMap));
export const textOrTexts = rule((value) => isText(value) || (Array.isArray(value) && value.every(isText)));
export const policies = rule((value) => isTextOrMap(value) || (Array.isArray(value) && value.every(isTextOrMap)));
export const any: Rule = { ...rule(() => true), takesFunctions: false };

/** The same, which must be there. */
export const required = (one: Rule): Rule => ({ ...one, isRequired: true });
/** The same, which CloudFormation is not to work out. */
export const literal = (one: Rule): Rule => ({ ...one, takesFunctions: false });
/** One of some texts. */
export const oneOf = (...values: string[]): Rule =>
  rule(
    (value) => typeof value === 'string' && values.includes(value),
    `one of the strings: ${values.map((value) => `'${value}'`).join(' or ')}`,
  );

/**
 * A resource's or event's properties, once they are of the right kinds.
 *
 * @param id whose they are
 * @param type what it is called where a property is unknown
 * @throws {SamFault}
 */
export function propertiesOf(id: string, type: string, declared: JsonObject, rules: Rules): JsonObject {
  if (!/^[A-Za-z0-9]+$/.test(id)) throw resourceFault(id, 'Logical ids must be alphanumeric.');
  const given = declared.Properties ?? ('Properties' in declared ? null : {});
  if (!isMap(given)) throw resourceFault(id, 'Properties of a resource must be an object.');
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name))
      throw resourceFault(id, `property ${name} not defined for resource of type ${type}`);
  for (const [name, { isRequired, takesFunctions, allows, described }] of Object.entries(rules)) {
    const value = given[name];
    if (takesFunctions && isMap(value) && Object.keys(value).length === 1) continue;
    if (value === undefined || value === null) {
      if (isRequired) throw resourceFault(id, `Missing required property '${name}'.`);
    } else if (!allows(value))
      throw resourceFault(
        id,
        described === undefined
          ? `Type of property '${name}' is invalid.`
          : `Property '${name}' should be ${described.startsWith('a ') ? described : `a ${described}`}.`,
      );
  }
  return { ...given };
}
