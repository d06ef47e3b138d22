/** Properties against AWS's published schema of their type. */
import type { ResourceProperty, ResourceSchema, ResourceValue } from '#kernel/contract';
import { canonical } from './canonical.ts';
import { UNKNOWN } from './evaluate.ts';
import type { Fault } from './fault.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';
import type { Found } from './type.ts';

/** A text in whose place a value comes when the resource is made: a dynamic reference, or what another resource gives. */
function isLater(value: Json): boolean {
  return typeof value === 'string' && (value.includes(UNKNOWN) || value.startsWith('{{resolve:'));
}

/** What is wrong with a resource's properties. */
export function propertyFaults(properties: JsonObject, schema: ResourceSchema): Fault[] {
  const faults: Fault[] = [];
  checkMembers(properties, schema.properties, schema, '#', faults);
  return faults;
}

function checkMembers(
  value: JsonObject,
  declared: { readonly [name: string]: ResourceProperty },
  schema: ResourceSchema,
  path: string,
  faults: Fault[],
): void {
  for (const [name, { required }] of Object.entries(declared))
    if (required === true && (memberOf(value, name) ?? null) === null) faults.push({ path, kind: 'missing', name });
  for (const [name, member] of Object.entries(value)) {
    const property = memberOf(declared, name);
    if (property === undefined) faults.push({ path, kind: 'unsupported', name });
    else if (!check(member, property.type, schema, `${path}/${name}`, faults))
      faults.push({ path: `${path}/${name}`, kind: 'type', expected: nameOf(property.type), found: kindOf(member) });
  }
}

const TAG: { readonly [name: string]: ResourceProperty } = {
  Key: { type: 'string', required: true },
  Value: { type: 'string', required: true },
};

/** False where the value is of another kind; what is wrong inside is told by itself. Texts stand for numbers and booleans, as in every template. */
function check(value: Json, type: ResourceValue, schema: ResourceSchema, path: string, faults: Fault[]): boolean {
  if (isLater(value)) return true;
  switch (type) {
    case 'json':
      return true;
    case 'string':
      return typeof value !== 'object';
    case 'boolean':
      return typeof value === 'boolean' || (typeof value === 'string' && /^([Tt]rue|[Ff]alse)$/.test(value));
    case 'integer':
    case 'number':
      return (typeof value === 'number' || typeof value === 'string') && value !== '' && !Number.isNaN(Number(value));
  }
  if ('enum' in type) {
    if (typeof value === 'object') return false;
    if (!type.enum.some((one) => String(one) === String(value)))
      faults.push({ path, kind: 'enum', value: String(value), allowed: type.enum });
    return true;
  }
  if ('anyOf' in type)
    return type.anyOf.some((one) => {
      const inside: Fault[] = [];
      return check(value, one, schema, path, inside) && inside.length === 0;
    });
  if ('list' in type)
    return (
      Array.isArray(value) && value.every((item, index) => check(item, type.list, schema, `${path}/${index}`, faults))
    );
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  if ('map' in type)
    return Object.entries(value).every(([key, item]) => check(item, type.map, schema, `${path}/${key}`, faults));
  checkMembers(value, schema.types[type.ref] ?? (type.ref === 'Tag' ? TAG : {}), schema, path, faults);
  return true;
}

/** A resource's properties with each value of the type that its schema says: templates give numbers and booleans as texts, too. */
export function typedProperties(properties: JsonObject, schema: ResourceSchema): JsonObject {
  return typedMembers(properties, schema.properties, schema);
}

function typedMembers(
  value: JsonObject,
  declared: { readonly [name: string]: ResourceProperty },
  schema: ResourceSchema,
): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const property = memberOf(declared, name);
      return [name, property === undefined ? member : typed(member, property.type, schema)];
    }),
  );
}

function typed(value: Json, type: ResourceValue, schema: ResourceSchema): Json {
  if (value === null || isLater(value)) return value;
  switch (type) {
    case 'json':
      return value;
    case 'string':
      return typeof value === 'object' ? value : String(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 'true' || value === 'True';
    case 'integer':
    case 'number':
      return Number(value);
  }
  if ('anyOf' in type) {
    const fitting = type.anyOf.find((one) => {
      const inside: Fault[] = [];
      return check(value, one, schema, '', inside) && inside.length === 0;
    });
    return fitting === undefined ? value : typed(value, fitting, schema);
  }
  if ('enum' in type) return typeof type.enum[0] === 'number' ? Number(value) : String(value);
  if (typeof value !== 'object') return value;
  if ('list' in type) return Array.isArray(value) ? value.map((item) => typed(item, type.list, schema)) : value;
  if (Array.isArray(value)) return value;
  if ('map' in type)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typed(item, type.map, schema)]));
  return typedMembers(value, schema.types[type.ref] ?? (type.ref === 'Tag' ? TAG : {}), schema);
}

function nameOf(type: ResourceValue): string {
  if (typeof type === 'string') return `${type[0]?.toUpperCase()}${type.slice(1)}`;
  if ('enum' in type) return typeof type.enum[0] === 'number' ? 'Integer' : 'String';
  if ('list' in type) return 'JSONArray';
  return 'JSONObject';
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'JSONArray';
  if (value === null) return 'Null';
  return typeof value === 'object' ? 'JSONObject' : `${typeof value}`.replace(/^./, (first) => first.toUpperCase());
}

/** Whether going from one set of properties to another needs another resource. */
function needsReplacement(before: JsonObject, after: JsonObject, schema: ResourceSchema): boolean {
  return changedNames(before, after).some((name) => schema.properties[name]?.replaces === true);
}

/** Whether a template's properties need another thing in the place of the one that is there. */
export function isAnother({ type, schema }: Found, properties: JsonObject, before: JsonObject): boolean {
  if (type.update === undefined) return true;
  return type.replaces?.(properties, before) ?? (schema !== undefined && needsReplacement(before, properties, schema));
}

/** Names of the properties whose values differ. */
export function changedNames(before: JsonObject, after: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => canonical(before[name]) !== canonical(after[name]),
  );
}
