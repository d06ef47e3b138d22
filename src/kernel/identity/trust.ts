/** Whom a role's trust policy means: users and roles by their unique ids, whatever they are called now and whoever took their name since. */
import { parseArn } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { type RoleRow, roles, users } from './state.ts';

/** The unique id of the user or role of an ARN; undefined when there is none. */
export function idOfArn(text: string, store: StoreView): string | undefined {
  const arn = parseArn(text);
  const name = arn?.resource.split('/').at(-1) ?? '';
  if (arn === undefined) return undefined;
  const at = store.in({ account: arn.account });
  const row = arn.resource.startsWith('user/') ? at.get(users, { name }) : at.get(roles, { name });
  return row?.arn === text ? row.id : undefined;
}

/**
 * Whether nobody is known of the account of an ARN: it is none of this cloud, so that it may well have whom the ARN names.
 *
 * @param own the account that asks, of which everybody is known
 */
export function isOutside(text: string, own: string, store: StoreView): boolean {
  const { account = own } = parseArn(text) ?? {};
  const at = store.in({ account });
  return account !== own && at.first(users) === undefined && at.first(roles) === undefined;
}

/**
 * The trust policy as it is now: who was renamed has the new ARN, who is gone is left as a unique id, which nobody else ever has.
 *
 * @see IAM User Guide, "AWS JSON policy elements: Principal", IAM user principals and IAM role principals
 */
export function trustOf({ trust, trusted = {} }: Pick<RoleRow, 'trust' | 'trusted'>, store: StoreView): string {
  const changed = new Map<string, string>();
  for (const [arn, id] of Object.entries(trusted)) {
    if (idOfArn(arn, store) === id) continue;
    const at = store.in({ account: parseArn(arn)?.account ?? '' });
    // Roles keep their names.
    changed.set(arn, at.first(users, { index: 'byId', where: { id } })?.arn ?? id);
  }
  return changed.size === 0 ? trust : replacePrincipals(trust, changed);
}

type Fields = { [name: string]: unknown };

function replacePrincipals(text: string, changed: ReadonlyMap<string, string>): string {
  const replaced = (value: unknown) => (typeof value === 'string' ? (changed.get(value) ?? value) : value);
  const policy = JSON.parse(text) as Fields;
  for (const statement of [policy.Statement].flat() as Fields[]) {
    const principal = statement.Principal as Fields | '*' | undefined;
    if (typeof principal !== 'object') continue;
    principal.AWS = Array.isArray(principal.AWS) ? principal.AWS.map(replaced) : replaced(principal.AWS);
  }
  return JSON.stringify(policy);
}
