/** Values of templates as SAM looks at them: functions that are left to CloudFormation, tags, emptiness. */
import type { Json, JsonObject } from '../../domain/parse.ts';

export type Maybe = Json | undefined;

/** Whether a value is a map. */
export function isMap(value: Maybe): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Whether SAM takes a value as given: what is empty counts as absent. */
export function isGiven(value: Maybe): value is NonNullable<Json> {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** The value, where it is a map; an empty one else. */
export function mapOf(value: Maybe): JsonObject {
  return isMap(value) ? value : {};
}

/** A map's own member: names are anybody's, `constructor` is one, too. */
export function memberOf(value: Maybe, name: string): Maybe {
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** `Ref` */
export const ref = (name: Json): JsonObject => ({ Ref: name });
/** `Fn::GetAtt` */
export const getAtt = (id: string, attribute: string): JsonObject => ({ 'Fn::GetAtt': [id, attribute] });
/** `Fn::Sub` */
export const sub = (text: string, variables?: JsonObject): JsonObject => ({
  'Fn::Sub': variables === undefined ? text : [text, variables],
});
const NO_VALUE: Json = { Ref: 'AWS::NoValue' };
/** `Fn::If`; without `no` there is nothing in the other case. */
export const conditional = (condition: Json, yes: Json, no: Json = { ...NO_VALUE }): JsonObject => ({
  'Fn::If': [condition, yes, no],
});
/** `Fn::Not` of a condition. */
export const negated = (condition: string): JsonObject => ({ 'Fn::Not': [{ Condition: condition }] });
const anyOf = (conditions: readonly string[]): JsonObject => ({
  'Fn::Or': conditions.map((Condition) => ({ Condition })),
});

/** A function of CloudFormation: an object of one member, named so. */
export function isIntrinsic(value: Maybe): value is JsonObject {
  if (!isMap(value)) return false;
  const [name, ...others] = Object.keys(value);
  return name !== undefined && others.length === 0 && (['Ref', 'Condition'].includes(name) || name.startsWith('Fn::'));
}

/** Whether a value is an Fn::If. */
export function isIf(value: Maybe): value is { 'Fn::If': Json } {
  return isIntrinsic(value) && 'Fn::If' in value;
}

/** The three arguments of an Fn::If; undefined where they are others. */
export function ifArguments(value: JsonObject): [Json, Json, Json] | undefined {
  const items = value['Fn::If'];
  return Array.isArray(items) && items.length === 3 ? (items as [Json, Json, Json]) : undefined;
}

export const IF_ARGUMENTS = 'Fn::If requires 3 arguments';

/** Whether a value is `Ref: AWS::NoValue`. */
export function isNoValue(value: Maybe): boolean {
  return isIntrinsic(value) && value.Ref === 'AWS::NoValue';
}

/** The resource that a Ref or a Fn::GetAtt is about. */
export function logicalIdOf(value: Maybe): string | undefined {
  if (!isIntrinsic(value)) return undefined;
  if (typeof value.Ref === 'string') return value.Ref;
  const parts = value['Fn::GetAtt'];
  if (Array.isArray(parts)) return parts.length === 2 && typeof parts[0] === 'string' ? parts[0] : undefined;
  const [id, ...rest] = typeof parts === 'string' ? parts.split('.') : [];
  return rest.length === 1 ? id : undefined;
}

/** What a Ref or Fn::GetAtt is within a Fn::Sub. */
export function placeholder(value: JsonObject): string {
  const parts = value['Fn::GetAtt'];
  return `\${${Array.isArray(parts) ? parts.join('.') : String(value.Ref)}}`;
}

/** Tags as most types of CloudFormation have them. */
export function tagList(tags: Maybe): JsonObject[] {
  return Object.entries(mapOf(tags)).map(([Key, Value]) => ({ Key, Value: Value ?? '' }));
}

/** Whether two values are the same, whatever the order of their members. */
export function isSame(a: Maybe, b: Maybe): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as JsonObject];
  return left.length === Object.keys(b).length && left.every(([name, value]) => isSame(value, right[name]));
}

/** The value, or a list of it. */
export function listOf(value: Maybe): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Fn::Or takes ten conditions: more are put together in steps. Source: as SAM names the steps, the last has the name itself. */
export function combined(all: readonly string[], name: string): JsonObject {
  const made: JsonObject = {};
  let left = [...all];
  let step = Math.floor((left.length - 2) / 9);
  while (left.length > 1) {
    const next = step > 0 ? `${name}${step--}` : name;
    made[next] = anyOf(left.slice(0, 10));
    left = [...left.slice(10), next];
  }
  return made;
}
