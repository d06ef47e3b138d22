/** What other services may see of IAM: whether somebody has an MFA device of the account's root in hand; who there is; its roles. */
import { type Millis, parseArn } from '#kernel/base';
import { idOfArn, isOutside, mfaDeviceOf, roles, useCode } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import { showRole } from './domain/entities.ts';

/**
 * In a transaction: uses up the code of a device of the account's root.
 *
 * @param store of the account
 * @param text serial number and code with a space between, as `x-amz-mfa` has them
 * @returns false when it is not right, or was used
 */
export function useRootMfa(store: StoreView, text: string, now: Millis): boolean {
  const [serial = '', code = ''] = text.trim().split(/\s+/);
  const device = mfaDeviceOf(store, serial, '');
  return device !== undefined && useCode(store, device, code, now);
}

/** Whether the user or the role that an ARN names is there, or may be, in an account outside this cloud; `own` is the account that asks. */
export function mayBeThere(arn: string, own: string, store: StoreView): boolean {
  return idOfArn(arn, store) !== undefined || isOutside(arn, own, store);
}

type Statement = { readonly Principal?: unknown; readonly NotPrincipal?: unknown };

/**
 * Whether the users and roles that a resource's policy names are there, or may be.
 *
 * Deviation: accounts and who is in those outside this cloud, unique ids and sessions are not looked for; AWS refuses those that don't exist.
 *
 * @param text a policy whose language is right
 * @param own  the account that asks
 */
export function namesThoseThere(text: string, own: string, store: StoreView): boolean {
  const { Statement: given } = JSON.parse(text) as { Statement: Statement | readonly Statement[] };
  return [given].flat().every(({ Principal, NotPrincipal }) => {
    const { AWS = [] } = Object(Principal ?? NotPrincipal) as { AWS?: string | readonly string[] };
    return [AWS].flat().every((named) => isThere(named, own, store));
  });
}

/** Whether who is named is there, where it is a user or a role that can be looked for. */
export function isThere(named: string, own: string, store: StoreView): boolean {
  const arn = parseArn(named);
  const isNamed = arn?.service === 'iam' && /^\d{12}$/.test(arn.account) && /^(user|role)\//.test(arn.resource);
  return !isNamed || mayBeThere(named, own, store);
}

/** Roles of an account, as ListRoles shows them, with their tags: for FIS, whose targets they are. */
export function describeRoles(store: StoreView, name?: string) {
  const found =
    name === undefined ? store.list(roles) : [store.get(roles, { name })].filter((row) => row !== undefined);
  return found.map((row) => ({ arn: row.arn, tags: row.tags, described: showRole(row, false, store) }));
}
