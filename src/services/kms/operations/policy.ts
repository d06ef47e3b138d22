/** Key policies. A key has exactly one, called `default`. */
import type { Handler } from '#kernel/contract';
import { findKey } from '../domain/find.ts';
import { checkKeyPolicy, policyOf } from '../domain/key-policy.ts';
import { noSuchPolicy, policyOfRam } from '../errors.ts';
import { keys } from '../state.ts';

const NAME = 'default';

export const getKeyPolicy: Handler<'kms', 'GetKeyPolicy'> = (input, ctx) => {
  const { key } = findKey(input.KeyId, ctx);
  if ((input.PolicyName ?? NAME) !== NAME) throw noSuchPolicy();
  return { Policy: key.policy, PolicyName: NAME };
};

export const putKeyPolicy: Handler<'kms', 'PutKeyPolicy'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  if (input.PolicyName === 'AWS_RAM') throw policyOfRam();
  if ((input.PolicyName ?? NAME) !== NAME) throw noSuchPolicy();
  checkKeyPolicy(input.Policy, key.arn, input.BypassPolicyLockoutSafetyCheck, ctx);
  const { inEffect: _, ...rest } = key;
  store.put(keys, { ...rest, ...policyOf(input.Policy) });
  return {};
};

export const listKeyPolicies: Handler<'kms', 'ListKeyPolicies'> = (input, ctx) => {
  findKey(input.KeyId, ctx);
  return { PolicyNames: [NAME], Truncated: false };
};
