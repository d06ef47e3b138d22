/** ARNs of groups and streams, and what names a group. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { invalidParameter, invalidRequest } from '../errors.ts';

const GROUP = 'log-group:';

/** The ARN of a group, without `:*`. */
export function groupArn({ partition, region, account }: Pick<Ctx, 'partition' | 'region' | 'account'>, name: string) {
  return `arn:${partition}:logs:${region}:${account}:${GROUP}${name}`;
}

export type GroupName = { name: string; account: string; region: string };

/** What an ARN of a group names, with or without `:*`; undefined when it is none. */
export function groupOfArn(text: string): GroupName | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'logs' || !arn.resource.startsWith(GROUP)) return undefined;
  const [name = ''] = arn.resource.slice(GROUP.length).split(':');
  return { name, account: arn.account, region: arn.region };
}

/** What a logGroupIdentifier names: a name or an ARN. */
export function groupOfIdentifier(text: string, { account, region }: Pick<Ctx, 'account' | 'region'>): GroupName {
  return groupOfArn(text) ?? { name: text, account, region };
}

/**
 * The group of an operation that takes a name or an identifier.
 *
 * @throws {ServiceError} ValidationException where both are given, InvalidParameterException where none is
 */
export function groupOfInput(input: { logGroupName?: string; logGroupIdentifier?: string }, ctx: Ctx): GroupName {
  const { logGroupName, logGroupIdentifier } = input;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined)
    throw invalidRequest('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  const text = logGroupIdentifier ?? logGroupName;
  if (text === undefined) throw invalidParameter('Either LogGroupName or LogGroupIdentifier is required.');
  return logGroupIdentifier === undefined
    ? { name: text, account: ctx.account, region: ctx.region }
    : groupOfIdentifier(text, ctx);
}
