/** What the Tagging API knows of a type of resource: how its service lists, reads, sets and removes tags. */
import type { Aws } from '#kernel/contract';

export type Tags = { readonly [key: string]: string };
/** Where resources are looked for. */
export type Place = { readonly partition: string; readonly account: string; readonly region: string };

export type Source = {
  /** As filters name it: `sqs:queue`, of which `sqs` is the service. */
  readonly type: string;
  /** The service in the ARNs. */
  readonly service: string;
  /** What follows the account in the ARNs. */
  readonly form: RegExp;
  /** Of a global service: the Region in which its resources are told. */
  readonly home?: string;
  list(aws: Aws, place: Place, token: string | undefined): Promise<{ arns: string[]; next?: string | undefined }>;
  tags(aws: Aws, arn: string): Promise<Tags>;
  tag(aws: Aws, arn: string, tags: Tags): Promise<unknown>;
  untag(aws: Aws, arn: string, keys: readonly string[]): Promise<unknown>;
};

type Tag = { Key?: string; Value?: string };

/** Tags as most services take them. */
export const listOf = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
/** Tags as most services show them. */
export const tagsOf = (list: readonly Tag[] | undefined): Tags =>
  Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
/** Those texts that are there. */
export const given = (all: readonly (string | undefined)[] | undefined): string[] =>
  (all ?? []).filter((one) => one !== undefined);
/** The last part of an ARN: a name. */
export const nameOf = (arn: string) => arn.split(/[:/]/).at(-1) ?? '';
