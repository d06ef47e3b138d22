/** Names of parameters: plain, or paths; with a version or a label behind a colon; or ARNs. */
import type { Ctx } from '#kernel/contract';
import { badName, notQualified, reservedName, tooDeep } from '../errors.ts';
import { LEVELS_MAX, NAME_LENGTH_MAX } from '../limits.ts';

export type Selected = { name: string; selector: string | undefined; account: string; region: string };

const ARN = /^arn:[a-z-]+:ssm:([a-z0-9-]+):(\d{12}):parameter(\/.*)$/;

const FORM = /^[A-Za-z0-9_.\-/]+$/;

/** A name as it may be created. @throws {ServiceError} ValidationException, HierarchyLevelLimitExceededException */
export function checkName(name: string): void {
  if (!FORM.test(name) || name.length > NAME_LENGTH_MAX || name.endsWith('/') || name.includes('//')) throw badName();
  if (!name.startsWith('/') && name.includes('/')) throw notQualified();
  checkNotReserved(name);
  if (/^\/?ssm/i.test(name)) throw badName();
  if (name.split('/').length - 1 > LEVELS_MAX) throw tooDeep();
}

/** A name as it may be asked for. @throws {ServiceError} AccessDeniedException, ValidationException */
export function checkForm(name: string): void {
  if (!FORM.test(name) || name.includes('//') || (!name.startsWith('/') && name.includes('/'))) throw badName();
  // Paths of AWS's own are open to readers.
  if (!name.startsWith('/')) checkNotReserved(name);
}

/** Names of AWS's own are nobody else's to make and to delete. @throws {ServiceError} AccessDeniedException */
export function checkNotReserved(name: string): void {
  if (/^\/?aws/i.test(name)) throw reservedName(name);
}

/** A name of the top level with a slash in front, or without: both mean the same, as they have the same ARN. */
export function otherForm(name: string): string {
  return name.startsWith('/') ? name.slice(1) : `/${name}`;
}

/** `name`, `name:3`, `name:label`, or an ARN of one. */
export function select(given: string, ctx: Ctx): Selected {
  const [, region = ctx.region, account = ctx.account, path] = ARN.exec(given) ?? [];
  const text = path === undefined ? given : path.indexOf('/', 1) === -1 ? path.slice(1) : path;
  const colon = text.indexOf(':');
  return colon === -1
    ? { name: text, selector: undefined, account, region }
    : { name: text.slice(0, colon), selector: text.slice(colon + 1), account, region };
}

/** `arn:…:parameter/a/b`, with one slash whether the name has one or not. */
export function arnOf(
  name: string,
  { partition, region, account }: Pick<Ctx, 'partition' | 'region' | 'account'>,
): string {
  return `arn:${partition}:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}
