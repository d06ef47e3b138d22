import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Principal } from '../principal.ts';
import {
  denialMessage,
  evaluate,
  explain,
  type NamedPolicy,
  type PolicyKind,
  type PolicyLayers,
  parsePolicy,
} from './index.ts';

const A = '111122223333';
const QUEUE = `arn:aws:sqs:us-east-1:${A}:orders`;
const user: Principal = {
  kind: 'user',
  account: A,
  arn: `arn:aws:iam::${A}:user/alice`,
  id: 'AIDAEXAMPLEALICE0001',
  name: 'alice',
};

function one(kind: PolicyKind, statement: object): NamedPolicy {
  return { name: 'p', policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), kind) };
}

const SEND = { Action: 'sqs:SendMessage', Resource: '*' };
const allow = one('identity', { Effect: 'Allow', ...SEND });
const deny = one('identity', { Effect: 'Deny', ...SEND });
const other = one('identity', { Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' });
const scpOther = one('scp', { Effect: 'Allow', Action: 'sqs:Receive*', Resource: '*' });
const scpDeny = one('scp', { Effect: 'Deny', ...SEND });
const rcpDeny = one('rcp', { Effect: 'Deny', Principal: '*', ...SEND });
const queueDeny = one('resource', { Effect: 'Deny', Principal: '*', ...SEND });

/** "Troubleshoot access denied error messages" */
describe('denial messages', () => {
  const start = `User: ${user.arn} is not authorized to perform: sqs:sendmessage on resource: ${QUEUE}`;
  const cases: [layers: Partial<PolicyLayers>, reason: string][] = [
    [{}, 'because no identity-based policy allows the sqs:sendmessage action'],
    [{ identity: [deny] }, 'with an explicit deny in an identity-based policy'],
    [{ resource: queueDeny }, 'with an explicit deny in a resource-based policy'],
    [{ resourcePolicyRequired: true }, 'because no resource-based policy allows the sqs:sendmessage action'],
    [{ identity: [allow], boundary: other }, 'because no permissions boundary allows the sqs:sendmessage action'],
    [{ identity: [allow], boundary: deny }, 'with an explicit deny in a permissions boundary'],
    [{ identity: [allow], session: [other] }, 'because no session policy allows the sqs:sendmessage action'],
    [{ identity: [allow], session: [deny] }, 'with an explicit deny in a session policy'],
    [{ scps: [[scpOther]] }, 'because no service control policy allows the sqs:sendmessage action'],
    [{ scps: [[scpDeny]] }, 'with an explicit deny in a service control policy'],
    [{ rcps: [[]] }, 'because no resource control policy allows the sqs:sendmessage action'],
    [{ rcps: [[rcpDeny]] }, 'with an explicit deny in a resource control policy'],
  ];
  for (const [layers, reason] of cases) {
    test(reason, () => {
      const request = { principal: user, action: 'sqs:SendMessage', resource: QUEUE, context: new Map() };
      const full = { identity: [], ...layers };
      assert.equal(denialMessage(request, evaluate(request, full)), `${start} ${reason}`);
      assert.equal(explain(request, full).message, `${start} ${reason}`);
    });
  }

  test('a managed policy is named, within an account', () => {
    const arn = `arn:aws:iam::${A}:policy/no-orders`;
    const layers = { identity: [allow, { ...deny, name: arn }] };
    const request = { principal: user, action: 'sqs:SendMessage', resource: QUEUE, context: new Map() };
    const reason = 'with an explicit deny in an identity-based policy';
    assert.equal(denialMessage(request, evaluate(request, layers)), `${start} ${reason}: ${arn}`);
    const elsewhere = { ...request, resourceAccount: '999999999999' };
    assert.equal(denialMessage(elsewhere, evaluate(elsewhere, layers)), `${start} ${reason}`);
  });

  test('resource *, and role trust', () => {
    const refused = { allowed: false, explicit: false } as const;
    const list = { principal: user, action: 'sqs:ListQueues', resource: '*', context: new Map() };
    assert.equal(
      denialMessage(list, { ...refused, layer: 'identity' }),
      `User: ${user.arn} is not authorized to perform: sqs:listqueues on resource: * because no identity-based policy allows the sqs:listqueues action`,
    );
    const assume = { ...list, action: 'sts:AssumeRole' };
    assert.match(denialMessage(assume, { ...refused, layer: 'resource' }), /on resource: \*$/);
    assert.match(
      denialMessage(assume, { allowed: false, explicit: true, layer: 'resource' }),
      / with an explicit deny in the role trust policy$/,
    );
  });

  test('KMS tells another account nothing', () => {
    const key = 'arn:aws:kms:us-east-1:999999999999:key/k';
    const request = { principal: user, action: 'kms:Encrypt', resource: key, context: new Map() };
    assert.equal(
      denialMessage(request, { allowed: false, explicit: false, layer: 'resource' }),
      `User: ${user.arn} is not authorized to perform: kms:Encrypt on resource: ${key} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    );
    assert.match(
      denialMessage(request, { allowed: false, explicit: false, layer: 'identity' }),
      /because no identity-based policy allows the kms:Encrypt action$/,
    );
  });
});
