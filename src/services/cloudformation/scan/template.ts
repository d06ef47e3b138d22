/** The text of a generated template. */
import type { Json, JsonObject } from '../domain/parse.ts';
import { idOf } from './read.ts';
import type { Detail, GeneratedRow } from './state.ts';

/**
 * The template of what has been read, on top of the one that it goes on from.
 *
 * @param base the template of a stack
 */
export function templateOf(
  { id, resources, deletion, replace }: GeneratedRow,
  base: JsonObject | undefined,
): JsonObject {
  const read = resources.filter(({ status }) => status === 'COMPLETE');
  const policy = (given: 'DELETE' | 'RETAIN') => (given === 'DELETE' ? 'Delete' : 'Retain');
  const made = read.map((one) => [
    one.logicalId,
    {
      UpdateReplacePolicy: policy(replace),
      Type: one.type,
      DeletionPolicy: policy(deletion),
      Properties: referring(JSON.parse(one.properties ?? '{}') as Json, one, read),
    },
  ]);
  return {
    ...base,
    Metadata: { ...(base?.Metadata as JsonObject | undefined), TemplateId: id },
    Resources: { ...(base?.Resources as JsonObject | undefined), ...Object.fromEntries(made) },
  };
}

/** Where a resource names another of the template by its ARN or address, it refers to it. */
function referring(value: Json, own: Detail, all: readonly Detail[]): Json {
  if (typeof value === 'string') {
    const other = value.includes(':') ? all.find((one) => one !== own && idOf(one.identifier) === value) : undefined;
    return other === undefined ? value : { Ref: other.logicalId };
  }
  if (Array.isArray(value)) return value.map((item) => referring(item, own, all));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, referring(member, own, all)]));
}

/** As YAML, in which every text is written in quotes. */
export function yamlOf(value: Json, indent = ''): string {
  if (value === null || typeof value !== 'object') return ` ${JSON.stringify(value)}\n`;
  const deeper = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item) => `${indent}-${yamlOf(item, deeper)}`)
    : Object.entries(value).map(([name, member]) => `${indent}${JSON.stringify(name)}:${yamlOf(member, deeper)}`);
  if (members.length === 0) return Array.isArray(value) ? ' []\n' : ' {}\n';
  return `\n${members.join('')}`;
}
