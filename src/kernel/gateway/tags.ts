/** Tags as conditions see them: those that a request brings, and those of what it is about. Source: IAM User Guide, "AWS global condition context keys". */
import { type Access, ServiceError } from '#kernel/contract';
import type { Exchange } from './exchange.ts';

type Tag = { readonly key: string; readonly value: string | undefined };

/** The members of inputs that bring tags; where tags are taken away, they are their keys. */
const MEMBERS = ['Tags', 'tags', 'TagsList'];
const KEY_MEMBERS = ['TagKeys', 'tagKeys'];

/**
 * `aws:RequestTag/…` and `aws:TagKeys` of a request, and `aws:ResourceTag/…` of the resource, names in lower case. An action of another service that the
 * call needs besides (`iam:PassRole`) has none.
 */
export function tagKeys(x: Exchange, access: Access): Map<string, string | readonly string[]> {
  const seen = new Map<string, string | readonly string[]>();
  const service = x.loaded?.service;
  if (service === undefined || !access.action.toLowerCase().startsWith(`${service.prefix}:`)) return seen;
  const brought = MEMBERS.flatMap((member) => tagsIn(x.input[member]));
  for (const { key, value } of brought) if (value !== undefined) seen.set(`aws:requesttag/${key.toLowerCase()}`, value);
  const keys = [...brought.map(({ key }) => key), ...KEY_MEMBERS.flatMap((member) => textsIn(x.input[member]))];
  if (keys.length > 0) seen.set('aws:tagkeys', keys);
  for (const [key, value] of Object.entries(resourceTags(x, access) ?? tagsToBe(x, access, brought)))
    seen.set(`aws:resourcetag/${key.toLowerCase()}`, value);
  return seen;
}

/** Whether a request brings a tag that only AWS may make; from inside CloudFormation brings its own. */
export function bringsReservedTag({ input, isInside }: Pick<Exchange, 'input' | 'isInside'>): boolean {
  const reserved = isInside ? /^aws:(?!cloudformation:)/i : /^aws:/i;
  return MEMBERS.some((member) =>
    tagsIn(input[member]).some(({ key, value }) => value !== undefined && reserved.test(key)),
  );
}

/** Undefined where there are none. */
function resourceTags(x: Exchange, access: Access): { readonly [key: string]: string } | undefined {
  const { ctx } = x;
  const tagsOf = x.loaded?.service?.tagsOf;
  if (ctx === undefined || tagsOf === undefined || access.resource === '*') return undefined;
  try {
    const tags = tagsOf(access.resource, ctx);
    return Object.keys(tags).length === 0 ? undefined : tags;
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** What is about to be made is seen with the tags that it is made with. Source: IAM User Guide, "AWS global condition context keys", aws:ResourceTag, "Availability". */
function tagsToBe({ operation }: Exchange, { resource }: Access, brought: readonly Tag[]): { [key: string]: string } {
  if (resource === '*' || !operation.startsWith('Create')) return {};
  return Object.fromEntries(brought.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])));
}

/** Lists of keys with values, maps, and lists in an element of their own (CloudFront). */
function tagsIn(given: unknown): Tag[] {
  if (Array.isArray(given)) return given.flatMap(tagIn);
  if (typeof given !== 'object' || given === null) return [];
  if ('Items' in given && Array.isArray(given.Items)) return tagsIn(given.Items);
  return Object.entries(given).flatMap(([key, value]) => (typeof value === 'string' ? [{ key, value }] : []));
}

function tagIn(given: unknown): Tag[] {
  if (typeof given === 'string') return [{ key: given, value: undefined }];
  const {
    Key,
    Value,
    key = Key,
    value = Value,
    TagKey = key,
    TagValue = value,
  } = given as { [member: string]: unknown };
  return typeof TagKey === 'string'
    ? [{ key: TagKey, value: typeof TagValue === 'string' ? TagValue : undefined }]
    : [];
}

function textsIn(given: unknown): string[] {
  const list = Array.isArray(given) ? given : ((given as { Items?: unknown } | undefined)?.Items ?? []);
  return (Array.isArray(list) ? list : []).filter((one) => typeof one === 'string');
}
