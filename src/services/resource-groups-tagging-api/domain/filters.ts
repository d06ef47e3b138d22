/** Which resources a request asks for. Source: Resource Groups Tagging API Reference, GetResources. */
import { parseArn } from '#kernel/base';
import type { Source, Tags } from './source.ts';
import { SOURCES } from './sources.ts';

/** Whether a type is asked for: by the service (`sqs`) or in full (`sqs:queue`); no filter asks for all. */
export function isAskedBy(filters: readonly string[] | undefined): (source: Source) => boolean {
  const asked = new Set(filters ?? []);
  return ({ type, service }) => asked.size === 0 || asked.has(type) || asked.has(service);
}

/** Whether tags satisfy every filter: the key is there, with one of the values where some are named. */
export function matches(tags: Tags, filters: readonly { Key?: string; Values?: readonly string[] }[]): boolean {
  return filters.every(({ Key = '', Values = [] }) => {
    const value = Object.hasOwn(tags, Key) ? tags[Key] : undefined;
    return value !== undefined && (Values.length === 0 || Values.includes(value));
  });
}

/** The type of a resource; undefined for one that can't be tagged here, or no ARN. */
export function sourceOf(arn: string): Source | undefined {
  const parsed = parseArn(arn);
  return SOURCES.find(({ service, form }) => service === parsed?.service && form.test(parsed.resource));
}
