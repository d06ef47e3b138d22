// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANONYMOUS, type Principal, rootOf } from '../principal.ts';
import { evaluate, explain, type NamedPolicy, type PolicyKind, type PolicyLayers, parsePolicy } from './index.ts';

const A = '111122223333';
const B = '444455556666';
const QUEUE = `arn:aws:sqs:us-east-1:${A}:orders`;
const QUEUE_OF_B = `arn:aws:sqs:us-east-1:${B}:orders`;

const user: Principal = {
  kind: 'user',
  account: A,
  arn: `arn:aws:iam::${A}:user/alice`,
  id: 'AIDAEXAMPLEALICE0001',
  name: 'alice',
};
const session: Principal = {
  kind: 'session',
  account: A,
  arn: `arn:aws:sts::${A}:assumed-role/app/run`,
  id: 'AROAEXAMPLEAPP000001:run',
  roleArn: `arn:aws:iam::${A}:role/app`,
  roleName: 'app',
  sessionName: 'run',
};
const linked: Principal = { ...session, roleArn: `arn:aws:iam::${A}:role/aws-service-role/ecs.amazonaws.com/ECS` };
const federated: Principal = {
  kind: 'federated',
  account: A,
  arn: `arn:aws:sts::${A}:federated-user/bob`,
  id: `${A}:bob`,
  name: 'bob',
  issuerArn: user.arn,
};
const service: Principal = {
  kind: 'service',
  account: A,
  arn: 'sns.amazonaws.com',
  id: 'sns.amazonaws.com',
  service: 'sns.amazonaws.com',
};
const root = rootOf(A);

function named(name: string, kind: PolicyKind, ...statements: object[]): NamedPolicy {
  return { name, policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind) };
}

const SEND = { Action: 'sqs:SendMessage', Resource: '*' };
const allow = named('may-send', 'identity', { Sid: 'Send', Effect: 'Allow', ...SEND });
const deny = named('never-send', 'identity', { Sid: 'Never', Effect: 'Deny', ...SEND });
const other = named('may-read', 'identity', { Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' });
const scpAll = named('FullAWSAccess', 'scp', { Effect: 'Allow', Action: '*', Resource: '*' });
const scpOther = named('reads', 'scp', { Effect: 'Allow', Action: 'sqs:Receive*', Resource: '*' });
const scpDeny = named('no-sqs', 'scp', { Effect: 'Deny', Action: 'sqs:*', Resource: '*' });
const rcpAll = named('RCPFullAWSAccess', 'rcp', { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' });
const rcpDeny = named('guard', 'rcp', { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' });

function grants(principal: unknown, effect = 'Allow'): NamedPolicy {
  return named('queue', 'resource', { Effect: effect, Principal: principal, ...SEND });
}

function decide(principal: Principal, layers: Partial<PolicyLayers>, resource = QUEUE): string {
  const request = { principal, action: 'sqs:SendMessage', resource, context: new Map() };
  const full = { identity: [], ...layers };
  const decision = evaluate(request, full);
  assert.deepEqual(explain(request, full).decision, decision);
  return `${decision.allowed ? 'allow' : 'deny'}${decision.explicit ? '!' : ''} ${decision.layer}`;
}

type Case = [name: string, principal: Principal, layers: Partial<PolicyLayers>, expected: string];

function table(title: string, cases: readonly Case[], resource = QUEUE): void {
  describe(title, () => {
    for (const [name, principal, layers, expected] of cases) {
      test(name, () => assert.equal(decide(principal, layers, resource), expected));
    }
  });
}

/** "Determining whether a request is allowed or denied within an account" */
table('one account', [
  ['nothing allows', user, {}, 'deny identity'],
  ['an identity policy allows', user, { identity: [other, allow] }, 'allow! identity'],
  ['an explicit deny wins', user, { identity: [allow, deny] }, 'deny! identity'],
  ['a deny in the resource policy wins', user, { identity: [allow], resource: grants('*', 'Deny') }, 'deny! resource'],
  ['the boundary must allow too', user, { identity: [allow], boundary: other }, 'deny boundary'],
  ['the boundary grants nothing', user, { boundary: allow }, 'deny identity'],
  ['the boundary denies', user, { identity: [allow], boundary: deny }, 'deny! boundary'],
  ['the session policy must allow too', session, { identity: [allow], session: [other] }, 'deny session'],
  [
    'one session policy that allows is enough',
    session,
    { identity: [allow], session: [other, allow] },
    'allow! identity',
  ],
  ['a role session without session policy', session, { identity: [allow], session: [] }, 'allow! identity'],
  ['a federated user without session policy', federated, { identity: [allow] }, 'deny session'],
  ['a federated user with one', federated, { identity: [allow], session: [allow] }, 'allow! identity'],
  ['every level of SCPs must allow', user, { identity: [allow], scps: [[scpAll], [scpOther]] }, 'deny scp'],
  ['every level allows', user, { identity: [allow], scps: [[scpAll], [scpOther, scpAll]] }, 'allow! identity'],
  ['an SCP denies', user, { identity: [allow], scps: [[scpAll, scpDeny]] }, 'deny! scp'],
  ['an RCP denies', user, { identity: [allow], rcps: [[rcpAll, rcpDeny]], scps: [[scpDeny]] }, 'deny! rcp'],
  ['an RCP level without allow', user, { identity: [allow], rcps: [[rcpAll], []] }, 'deny rcp'],
  [
    'service-linked roles obey neither',
    linked,
    { identity: [allow], scps: [[scpDeny]], rcps: [[rcpDeny]] },
    'allow! identity',
  ],
  ['the root may', root, {}, 'allow root'],
  ['the root has no identity policies', root, { identity: [deny], boundary: deny }, 'allow root'],
  ['the root obeys SCPs', root, { scps: [[scpDeny]] }, 'deny! scp'],
  ['the root obeys RCPs', root, { rcps: [[rcpAll, rcpDeny]] }, 'deny! rcp'],
  ['the root obeys a deny of the resource policy', root, { resource: grants({ AWS: A }, 'Deny') }, 'deny! resource'],
  ['a service needs a resource policy', service, {}, 'deny resource'],
  ['a service is named', service, { resource: grants({ Service: 'sns.amazonaws.com' }) }, 'allow! resource'],
  ['another service is named', service, { resource: grants({ Service: 's3.amazonaws.com' }) }, 'deny resource'],
  ['SCPs say nothing to services', service, { resource: grants('*'), scps: [[scpDeny]] }, 'allow! resource'],
  ['RCPs do', service, { resource: grants('*'), rcps: [[rcpAll, rcpDeny]] }, 'deny! rcp'],
  ['nobody in particular', ANONYMOUS, { resource: grants('*') }, 'allow! resource'],
  ['nobody, but the policy wants somebody', ANONYMOUS, { resource: grants({ AWS: A }) }, 'deny resource'],
]);

/** The table "Resource-based policies and implicit denies in other policy types (same account)". */
table('a resource policy within one account', [
  ['names the user', user, { resource: grants({ AWS: user.arn }), boundary: other }, 'allow! resource'],
  ['names the user by id', user, { resource: grants({ AWS: user.id }), boundary: other }, 'allow! resource'],
  ['names the role', session, { resource: grants({ AWS: session.roleArn }) }, 'allow! resource'],
  [
    'names the role by id',
    session,
    { resource: grants({ AWS: 'AROAEXAMPLEAPP000001' }), boundary: other },
    'deny boundary',
  ],
  [
    'names the role, boundary limits',
    session,
    { resource: grants({ AWS: session.roleArn }), boundary: other },
    'deny boundary',
  ],
  [
    'names the role, session policy limits',
    session,
    { resource: grants({ AWS: session.roleArn }), session: [other] },
    'deny session',
  ],
  [
    'names the session',
    session,
    { resource: grants({ AWS: session.arn }), boundary: other, session: [other] },
    'allow! resource',
  ],
  [
    'names the session, yet a deny wins',
    session,
    { resource: grants({ AWS: session.arn }), session: [deny] },
    'deny! session',
  ],
  ['names everyone', session, { resource: grants('*'), boundary: other, session: [other] }, 'allow! resource'],
  ['names the federated user', federated, { resource: grants({ AWS: federated.arn }) }, 'allow! resource'],
  ['names the issuing user', federated, { resource: grants({ AWS: user.arn }), session: [other] }, 'deny session'],
  [
    'names the issuing user, session allows',
    federated,
    { resource: grants({ AWS: user.arn }), session: [allow] },
    'allow! resource',
  ],
  ['names the account only', user, { resource: grants({ AWS: A }) }, 'deny identity'],
  [
    'names the account and it delegates',
    user,
    { resource: grants({ AWS: `arn:aws:iam::${A}:root` }), identity: [allow] },
    'allow! identity',
  ],
]);

/** "Cross-account policy evaluation logic": both sides must allow. */
table(
  'two accounts',
  [
    ['identity alone', user, { identity: [allow] }, 'deny resource'],
    ['resource alone', user, { resource: grants({ AWS: user.arn }) }, 'deny identity'],
    ['both', user, { identity: [allow], resource: grants({ AWS: user.arn }) }, 'allow! identity'],
    ['both, by account', user, { identity: [allow], resource: grants({ AWS: A }) }, 'allow! identity'],
    ['the other account is named', user, { identity: [allow], resource: grants({ AWS: B }) }, 'deny resource'],
    [
      'naming the session is no way round',
      session,
      { resource: grants({ AWS: session.arn }), identity: [allow], session: [other] },
      'deny session',
    ],
    ['the root needs the other side', root, {}, 'deny resource'],
    ['the root with the other side', root, { resource: grants({ AWS: A }) }, 'allow root'],
  ],
  QUEUE_OF_B,
);

/** KMS Developer Guide, "Key policies": without the key policy's word nobody, the root included, has access. */
table('the resource policy is the root of trust', [
  ['it says nothing', user, { identity: [allow], resourcePolicyRequired: true }, 'deny resource'],
  [
    'it delegates to the account',
    user,
    { identity: [allow], resource: grants({ AWS: A }), resourcePolicyRequired: true },
    'allow! identity',
  ],
  [
    'it delegates, but IAM says nothing',
    user,
    { resource: grants({ AWS: A }), resourcePolicyRequired: true },
    'deny identity',
  ],
  ['it names the user', user, { resource: grants({ AWS: user.arn }), resourcePolicyRequired: true }, 'allow! resource'],
  [
    'it leaves out the root',
    root,
    { resource: grants({ AWS: user.arn }), resourcePolicyRequired: true },
    'deny resource',
  ],
]);

function except(...principals: string[]): NamedPolicy {
  return named('queue', 'resource', { Effect: 'Deny', NotPrincipal: { AWS: principals }, ...SEND });
}

/** "AWS JSON policy elements: NotPrincipal" */
table('NotPrincipal', [
  [
    'the user and its account are exempt',
    user,
    { identity: [allow], resource: except(user.arn, A) },
    'allow! identity',
  ],
  ['the account is missing', user, { identity: [allow], resource: except(user.arn) }, 'deny! resource'],
  ['somebody else is exempt', user, { identity: [allow], resource: except(session.arn, A) }, 'deny! resource'],
  [
    'session, role and account are exempt',
    session,
    { identity: [allow], resource: except(session.arn, session.roleArn, A) },
    'allow! identity',
  ],
  ['the session is missing', session, { identity: [allow], resource: except(session.roleArn, A) }, 'deny! resource'],
  [
    'the federated user is exempt',
    federated,
    { identity: [allow], session: [allow], resource: except(federated.arn, A) },
    'allow! identity',
  ],
  [
    'a boundary is never exempt',
    user,
    { identity: [allow], boundary: allow, resource: except(user.arn, A) },
    'deny! resource',
  ],
  ['a service is not exempt', service, { resource: except(user.arn, A) }, 'deny! resource'],
  [
    'Allow means everyone else',
    ANONYMOUS,
    { resource: named('q', 'resource', { Effect: 'Allow', NotPrincipal: { AWS: B }, ...SEND }) },
    'allow! resource',
  ],
  [
    'Allow does not mean the named',
    user,
    { resource: named('q', 'resource', { Effect: 'Allow', NotPrincipal: { AWS: A }, ...SEND }) },
    'deny identity',
  ],
]);

describe('a grant', () => {
  const request = { principal: user, action: 'sqs:SendMessage', resource: QUEUE, context: new Map() };
  const decide = (layers: Partial<PolicyLayers>) =>
    evaluate(request, {
      identity: [],
      resource: grants({ AWS: 'arn:aws:iam::777788889999:root' }),
      resourcePolicyRequired: true,
      grant: 'grant g1',
      ...layers,
    });

  test('gives what no policy allows, also between accounts', () => {
    const allowed = { allowed: true, explicit: true, layer: 'resource', policy: 'grant g1' };
    assert.deepEqual(decide({}), allowed);
    assert.deepEqual(evaluate({ ...request, resource: QUEUE_OF_B }, { identity: [], grant: 'grant g1' }), allowed);
  });

  test('yields to explicit denies, and to what limits the whole account', () => {
    assert.equal(decide({ identity: [deny] }).allowed, false);
    assert.equal(decide({ resource: grants('*', 'Deny') }).allowed, false);
    assert.equal(decide({ scps: [[scpOther]] }).layer, 'scp');
    assert.equal(decide({ rcps: [[rcpDeny]] }).allowed, false);
  });
});
