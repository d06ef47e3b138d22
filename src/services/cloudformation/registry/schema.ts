/** AWS's schemas of types, in the form in which the registry publishes them. Source: CloudFormation CLI User Guide, "Resource type definition schema". */
import type { ResourceProperty, ResourceSchema, ResourceValue } from '#kernel/contract';

type Json = { [name: string]: unknown };

/** A type's schema as a JSON Schema. */
export function publishedSchema(typeName: string, { properties, types, ...schema }: ResourceSchema): Json {
  const { identifier, attributes, tags } = schema;
  // What only Fn::GetAtt gives is a property, too, and read only.
  const given = attributes.filter((name) => properties[name] === undefined && !name.includes('.'));
  const defined = Object.entries(types).map(([name, members]) => [name, objectOf(members)]);
  const usesTag = tags !== undefined && types.Tag === undefined;
  return {
    typeName,
    description: `Resource Type definition for ${typeName}`,
    definitions: { ...Object.fromEntries(defined), ...(usesTag && { Tag: TAG }) },
    ...objectOf(properties, given),
    readOnlyProperties: attributes.filter((name) => properties[name] === undefined).map(pointer),
    createOnlyProperties: Object.keys(properties)
      .filter((name) => properties[name]?.replaces === true)
      .map(pointer),
    primaryIdentifier: (identifier ?? []).map(pointer),
    tagging: { taggable: tags !== undefined, ...(tags !== undefined && { tagProperty: pointer(tags) }) },
  };
}

const TAG = {
  type: 'object',
  properties: { Key: { type: 'string' }, Value: { type: 'string' } },
  required: ['Key', 'Value'],
  additionalProperties: false,
};

function pointer(name: string): string {
  return `/properties/${name.replaceAll('.', '/')}`;
}

function objectOf(members: { [name: string]: ResourceProperty }, readOnly: readonly string[] = []): Json {
  const required = Object.keys(members).filter((name) => members[name]?.required === true);
  const declared = Object.entries(members).map(([name, { type }]) => [name, valueSchema(type)]);
  return {
    type: 'object',
    properties: { ...Object.fromEntries(declared), ...Object.fromEntries(readOnly.map((name) => [name, {}])) },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function valueSchema(type: ResourceValue): Json {
  if (type === 'json') return { type: ['object', 'string'] };
  if (typeof type === 'string') return { type };
  if ('enum' in type) return { type: typeof type.enum[0] === 'number' ? 'integer' : 'string', enum: type.enum };
  if ('list' in type) return { type: 'array', items: valueSchema(type.list) };
  if ('map' in type) return { type: 'object', patternProperties: { '.*': valueSchema(type.map) } };
  if ('ref' in type) return { $ref: `#/definitions/${type.ref}` };
  return { anyOf: type.anyOf.map(valueSchema) };
}
