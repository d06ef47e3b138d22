/** Resource policies as they are asked: those of the account and that of a group, as one. */
import type { StoreView } from '#kernel/store';
import { resourcePolicies } from '../state.ts';

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
    const Statement = texts.flatMap((one) => (JSON.parse(one) as { Statement: object | object[] }).Statement);
    joined.set(key, (text = JSON.stringify({ Version: '2012-10-17', Statement })));
  }
  return text;
}
