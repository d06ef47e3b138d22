/** Resource policies as they are asked, those of the account and that of a group as one; and how they name other accounts. */
import type { StoreView } from '#kernel/store';
import { arnAsPrincipal } from '../errors.ts';
import { resourcePolicies } from '../state.ts';

type Statement = { Sid?: string; Principal?: '*' | { [kind: string]: string | string[] } };

const KEPT_MAX = 500;
/** Policies that were made one, by their texts. */
const joined = new Map<string, string>();

/**
 * The text of the policies that a group is under; undefined where there are none.
 *
 * @param store of the group's account
 */
export function resourcePolicyOf(store: StoreView, groupArn: string): string | undefined {
  const own = store.get(resourcePolicies, { name: groupArn });
  const rows = store.list(resourcePolicies, { index: 'byScope', where: { scope: 'ACCOUNT' } });
  const texts = [...rows, ...(own === undefined ? [] : [own])].map(({ text }) => text);
  if (texts.length < 2) return texts[0];
  const key = texts.join('\n');
  let text = joined.get(key);
  if (text === undefined) {
    if (joined.size >= KEPT_MAX) joined.clear();
    // Two policies may have statements of the same id.
    const Statement = texts.flatMap(statementsOf).map(({ Sid: _, ...rest }) => rest);
    joined.set(key, (text = JSON.stringify({ Version: '2012-10-17', Statement })));
  }
  return text;
}

const statementsOf = (text: string) => [(JSON.parse(text) as { Statement: Statement | Statement[] }).Statement].flat();

/**
 * Refuses ARNs of users, roles and accounts: other accounts are named by their numbers.
 *
 * @throws {ServiceError} InvalidParameterException
 */
export function refuseArns(text: string): void {
  const named = statementsOf(text).flatMap(
    ({ Principal }) => (typeof Principal === 'object' ? Principal.AWS : undefined) ?? [],
  );
  const arn = named.find((one) => one.startsWith('arn:'));
  if (arn !== undefined) throw arnAsPrincipal(arn);
}

/** The text as it is kept: numbers of accounts are ARNs there. Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 2557. */
export function withRoots(text: string, partition: string): string {
  const policy = JSON.parse(text) as { Statement: Statement | Statement[] };
  let isOther = false;
  const root = (name: string) => {
    if (!/^\d{12}$/.test(name)) return name;
    isOther = true;
    return `arn:${partition}:iam::${name}:root`;
  };
  for (const { Principal } of [policy.Statement].flat())
    if (typeof Principal === 'object' && Principal.AWS !== undefined)
      Principal.AWS = Array.isArray(Principal.AWS) ? Principal.AWS.map(root) : root(Principal.AWS);
  return isOther ? JSON.stringify(policy) : text;
}
