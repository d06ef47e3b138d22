/** Ids of access keys tell their account, AWS's as well as those made here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '#kernel/random';
import { accountOfKeyId, newKeyId } from './key-id.ts';

test('a key tells its account by its id', () => {
  assert.equal(accountOfKeyId('ASIAQNZGKIQY56JQ7WML'), '029608264753');
  assert.equal(accountOfKeyId('ASIAY34FZKBOKMUTVV7A'), '609629065308');
  const random = new Random('keys').stream('ids');
  const made = new Set<string>();
  for (const account of ['000000000000', '000000000001', '123456789012', '999999999999'])
    for (const prefix of ['AKIA', 'ASIA'] as const) {
      const id = newKeyId(prefix, account, random);
      assert.match(id, new RegExp(`^${prefix}[Q-Z2-7][A-Z2-7]{15}$`));
      assert.equal(accountOfKeyId(id), account);
      made.add(id);
    }
  assert.equal(made.size, 8);
  for (const id of ['123456789012', 'AKIA', 'AKIA0000000000000000', 'AIDAQNZGKIQY56JQ7WML', 'AKIA7777777777777777'])
    assert.equal(accountOfKeyId(id), undefined, id);
});
