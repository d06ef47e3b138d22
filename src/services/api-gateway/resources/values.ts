/** Properties of templates as the API takes them, and back: names begin with small letters, flags and numbers may be texts. */

import { type Made, type Properties, type ResourceScope, ServiceError, tagsGone, tagsOf } from '#kernel/contract';
import type { EndpointConfiguration } from '#models/api-gateway';

type Values = { [name: string]: unknown };

const SMALL = /^[A-Z]/;

/** A property's name as the API calls it. */
export function small(name: string): string {
  return name.replace(SMALL, (letter) => letter.toLowerCase());
}

/** A flag, given as one or as a text. */
export function flag(value: unknown): boolean | undefined {
  return value === undefined ? undefined : String(value) === 'true';
}

/** A number, given as one or as a text. */
export function number(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** An object with the names that the API has. What it holds in turn stays as it is. */
export function smallNames(value: unknown): Values {
  return Object.fromEntries(Object.entries((value ?? {}) as Values).map(([name, one]) => [small(name), one]));
}

/** The kind of endpoints of an API or a domain. */
export function endpointOf(value: unknown): EndpointConfiguration | undefined {
  return value === undefined ? undefined : (smallNames(value) as EndpointConfiguration);
}

/** A map of texts, whatever a template wrote. */
export function texts(value: unknown): { [name: string]: string } | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(Object.entries(value as Values).map(([name, one]) => [name, String(one)]));
}

/** A map of flags. */
export function flags(value: unknown): { [name: string]: boolean } | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(Object.entries(value as Values).map(([name, one]) => [name, flag(one) === true]));
}

/** A property that is a text, or an object that stands for one. */
export function text(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export type Patch = { op: 'replace' | 'remove' | 'add'; path: string; value?: string };

/** The patches that lead from one template to the next; `paths` says where a property lies, and what stands there without it if that is not nothing. */
export function patchesOf(
  before: Properties,
  after: Properties,
  paths: { readonly [property: string]: string | readonly [path: string, without: string] },
): Patch[] {
  return Object.entries(paths).flatMap(([name, at]): Patch[] => {
    const [path, without] = typeof at === 'string' ? [at, ''] : at;
    const [old, now] = [text(before[name]), text(after[name])];
    return old === now ? [] : [{ op: 'replace', path, value: now ?? without }];
  });
}

/** The patches of a map of which each name has a path of its own. */
export function mapPatches(before: unknown, after: unknown, path: string): Patch[] {
  const [old, now] = [texts(before) ?? {}, texts(after) ?? {}];
  const gone = Object.keys(old).filter((name) => !(name in now));
  const changed = Object.entries(now).filter(([name, value]) => old[name] !== value);
  return [
    ...gone.map((name): Patch => ({ op: 'remove', path: `${path}/${escaped(name)}` })),
    ...changed.map(([name, value]): Patch => ({ op: 'replace', path: `${path}/${escaped(name)}`, value })),
  ];
}

/** A name as part of a patch's path. */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Makes something, or finds what was made when the cloud stopped in the middle of it. */
export async function madeOnce<T>(
  scope: ResourceScope,
  make: () => Promise<T>,
  find: () => Promise<T | undefined>,
): Promise<T> {
  const known = scope.again ? await find() : undefined;
  return known ?? make();
}

/** A resource that has one attribute: its id. */
export function madeWith(id: string, attribute: string): Made {
  return { id, attributes: { [attribute]: id } };
}

/** Something as it is now; undefined where it is gone. */
export async function ifThere<T>(code: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ServiceError && error.code === code) return undefined;
    throw error;
  }
}

/** An object with the names that templates have. What it holds in turn stays as it is. */
export function largeNames(value: object): Values {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name.replace(/^[a-z]/, (letter) => letter.toUpperCase()), one]),
  );
}

/** What the API shows whenever it is there. */
const SHOWN = new Set(['Description', 'MinimumCompressionSize', 'OperationName', 'Version']);

/** What the API shows, by the names of a template's properties; only those that it names. */
export function shownAs(properties: Properties, shown: object): Properties {
  const values = shown as Values;
  return Object.fromEntries(
    Object.keys(properties).map((name) => {
      const value = values[small(name)];
      if (!(small(name) in values)) return [name, SHOWN.has(name) ? undefined : properties[name]];
      if (name === 'Tags') return [name, Object.entries(value as object).map(([Key, Value]) => ({ Key, Value }))];
      return [name, name === 'EndpointConfiguration' ? largeNames(value as object) : value];
    }),
  );
}

/** Gives what is at a path the tags of the next template, and takes away those that only the last one had. */
export async function retag(
  path: string,
  properties: Properties,
  before: Properties,
  scope: ResourceScope,
): Promise<void> {
  const gateway = scope.aws['api-gateway'];
  const resourceArn = `arn:${scope.partition}:apigateway:${scope.region}::/${path}`;
  const tags = tagsOf(properties, scope);
  const tagKeys = tagsGone(properties, before, scope);
  if (tagKeys.length > 0) await gateway.UntagResource({ resourceArn, tagKeys });
  if (Object.keys(tags).length > 0) await gateway.TagResource({ resourceArn, tags });
}
