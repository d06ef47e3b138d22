// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ANONYMOUS, type Principal, rootOf } from '../principal.ts';
import {
  type AuthorizationRequest,
  evaluate,
  explain,
  type NamedPolicy,
  type PolicyKind,
  type PolicyLayers,
  parsePolicy,
} from './index.ts';
import { type RawLayers, type RawStatement, referenceDecision } from './reference.test-support.ts';

const A = '111111111111';
const B = '222222222222';

function userOf(account: string): Principal {
  return {
    kind: 'user',
    account,
    arn: `arn:aws:iam::${account}:user/alice`,
    id: 'AIDAALICE000000000001',
    name: 'alice',
  };
}

function sessionOf(account: string, role: string): Principal {
  const [arn, roleArn] = [`arn:aws:sts::${account}:assumed-role/app/run`, `arn:aws:iam::${account}:role/${role}`];
  return {
    kind: 'session',
    account,
    arn,
    id: 'AROAAPP00000000000001:run',
    roleArn,
    roleName: 'app',
    sessionName: 'run',
  };
}

const FEDERATED: Principal = {
  kind: 'federated',
  account: A,
  arn: `arn:aws:sts::${A}:federated-user/bob`,
  id: `${A}:bob`,
  name: 'bob',
  issuerArn: `arn:aws:iam::${A}:user/alice`,
};
const SERVICE: Principal = {
  kind: 'service',
  account: A,
  arn: 'sns.amazonaws.com',
  id: 'sns.amazonaws.com',
  service: 'sns.amazonaws.com',
};

const principal = fc.constantFrom<Principal>(
  userOf(A),
  userOf(A),
  userOf(B),
  sessionOf(A, 'app'),
  sessionOf(A, 'app'),
  sessionOf(A, 'aws-service-role/ecs.amazonaws.com/app'),
  FEDERATED,
  SERVICE,
  rootOf(A),
  rootOf(B),
  ANONYMOUS,
);

const action = fc.constantFrom('*', 'sqs:*', 'sqs:Send*', 'SQS:sendmessage', '*:?e*Message', 's3:Get*', 's3:*Object');
const resource = fc.constantFrom(
  '*',
  '*',
  'arn:aws:sqs:*:*:orders',
  `arn:aws:sqs:us-east-1:${A}:*`,
  'arn:aws:s3:::media/${aws:username}/?',
  "arn:aws:s3:::media/${aws:PrincipalTag/team, 'alice'}/*",
);
const PROVIDER = `arn:aws:iam::${A}:oidc-provider/id.example.com`;
const who = fc.oneof(
  fc.constant('*'),
  fc.constant({ Service: 'sns.amazonaws.com' }),
  fc.constant({ Federated: PROVIDER }),
  fc
    .uniqueArray(
      fc.constantFrom(
        A,
        B,
        `arn:aws:iam::${A}:root`,
        `arn:aws:iam::${A}:user/alice`,
        `arn:aws:iam::${A}:role/app`,
        `arn:aws:sts::${A}:assumed-role/app/run`,
        FEDERATED.arn,
        'AIDAALICE000000000001',
        'AROAAPP00000000000001',
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((names) => ({ AWS: names })),
);

const condition = fc.oneof(
  entry(['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLikeIfExists'], 'aws:PrincipalTag/Team', [
    'red',
    'r*',
    '${aws:username}',
    'blue',
  ]),
  entry(['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'Null'], 'aws:principaltag/team', [
    'RED',
    'true',
    'false',
  ]),
  entry(
    [
      'ForAllValues:StringEquals',
      'ForAnyValue:StringEquals',
      'ForAnyValue:StringNotLike',
      'ForAllValues:StringNotEquals',
      'StringNotEquals',
    ],
    'aws:TagKeys',
    ['a', 'b', 'c'],
  ),
  entry(['NumericLessThan', 'NumericNotEquals', 'NumericGreaterThanEqualsIfExists'], 's3:max-keys', ['10', '20', 'x']),
  entry(['Bool', 'BoolIfExists'], 'aws:SecureTransport', ['true', 'false']),
  entry(['DateLessThan', 'DateNotEquals', 'DateGreaterThanEquals'], 'aws:CurrentTime', [
    '2026-01-01T00:00:00Z',
    '1767225600',
    '2027-01-01',
  ]),
  entry(['IpAddress', 'NotIpAddress'], 'aws:SourceIp', ['10.0.0.0/8', '10.1.2.3', '2001:db8::/32']),
  entry(['ArnLike', 'ArnNotEquals', 'ArnEqualsIfExists'], 'aws:SourceArn', [
    'arn:aws:sns:*:*:t',
    'arn:aws:sns:us-east-1:111111111111:*',
  ]),
);

function entry(operators: string[], key: string, values: string[]): fc.Arbitrary<[string, string, string[]]> {
  return fc.tuple(
    fc.constantFrom(...operators),
    fc.constant(key),
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }),
  );
}

function statementOf(withPrincipal: boolean, effects: ('Allow' | 'Deny')[]): fc.Arbitrary<RawStatement> {
  return fc
    .record({
      Effect: fc.constantFrom(...effects),
      actions: fc.uniqueArray(action, { minLength: 1, maxLength: 2 }),
      resources: fc.uniqueArray(resource, { minLength: 1, maxLength: 2 }),
      conditions: fc.array(condition, { maxLength: 1 }),
      who,
      not: fc.tuple(
        ...Array.from({ length: 3 }, () => fc.boolean().chain((x) => (x ? fc.boolean() : fc.constant(false)))),
      ),
    })
    .map(({ Effect, actions, resources, conditions, who: named, not }) => ({
      Effect,
      [not[0] ? 'NotAction' : 'Action']: actions,
      [not[1] ? 'NotResource' : 'Resource']: resources,
      ...(withPrincipal && { [not[2] && !isFederated(named) ? 'NotPrincipal' : 'Principal']: named }),
      ...(conditions[0] && { Condition: { [conditions[0][0]]: { [conditions[0][1]]: conditions[0][2] } } }),
    }));
}

/** The reference says nothing of NotPrincipal with providers. */
function isFederated(named: RawStatement['Principal']): boolean {
  return typeof named === 'object' && named.Federated !== undefined;
}

const BROAD: RawStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };
const usually: ('Allow' | 'Deny')[] = ['Allow', 'Allow', 'Allow', 'Allow', 'Deny'];
const policy = fc.oneof(fc.constant([BROAD]), fc.array(statementOf(false, usually), { minLength: 1, maxLength: 3 }));
const resourcePolicy = fc.array(statementOf(true, usually), { minLength: 1, maxLength: 3 });
const levels = fc.array(fc.array(policy, { minLength: 1, maxLength: 2 }), { maxLength: 2 });

const layers: fc.Arbitrary<RawLayers> = fc.record(
  {
    identity: fc.array(policy, { maxLength: 2 }),
    boundary: policy,
    session: fc.array(policy, { maxLength: 2 }),
    resource: resourcePolicy,
    scps: levels,
    rcps: levels.map((all) =>
      all.map((level) => level.map((list) => list.map((one): RawStatement => ({ ...one, Principal: '*' })))),
    ),
    resourcePolicyRequired: fc.boolean(),
    grant: fc.constant('grant'),
    grantToAccount: fc.boolean(),
  },
  { requiredKeys: ['identity'] },
);

const context = fc.record(
  {
    'aws:username': fc.constant('alice'),
    'aws:federatedprovider': fc.constantFrom(PROVIDER, `${PROVIDER}/other`),
    'aws:principaltag/team': fc.constantFrom('red', 'blue', 'alice', ''),
    'aws:tagkeys': fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
    's3:max-keys': fc.constantFrom('5', '10', '20.0', 'many'),
    'aws:securetransport': fc.constantFrom('true', 'false'),
    'aws:currenttime': fc.constantFrom('2025-06-01T00:00:00Z', '2026-01-01T00:00:00Z', '2028-01-01T00:00:00Z'),
    'aws:sourceip': fc.constantFrom('10.1.2.3', '192.0.2.1', '2001:db8::1'),
    'aws:sourcearn': fc.constantFrom(
      'arn:aws:sns:us-east-1:111111111111:t',
      'arn:aws:sns:eu-west-1:222222222222:u',
      'none',
    ),
  },
  { requiredKeys: [] },
);

const request: fc.Arbitrary<AuthorizationRequest> = fc
  .record({
    principal,
    target: fc.constantFrom(
      ['sqs:SendMessage', `arn:aws:sqs:us-east-1:${A}:orders`],
      ['sqs:SendMessage', `arn:aws:sqs:us-east-1:${A}:orders`],
      ['sqs:ReceiveMessage', `arn:aws:sqs:us-east-1:${B}:orders`],
      ['s3:GetObject', 'arn:aws:s3:::media/alice/x'],
      ['sqs:ListQueues', '*'],
    ),
    owner: fc.constantFrom(undefined, undefined, A, B),
    context,
  })
  .map(({ principal: caller, target: [act = '', on = ''], owner, context: given }) => ({
    principal: caller,
    action: act,
    resource: on,
    ...(owner && { resourceAccount: owner }),
    context: new Map(Object.entries(given)),
  }));

function compile(kind: PolicyKind, statements: readonly RawStatement[], name: string): NamedPolicy {
  return { name, policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind) };
}

function compileLayers(raw: RawLayers): PolicyLayers {
  const list = (kind: PolicyKind, policies: readonly (readonly RawStatement[])[]): NamedPolicy[] =>
    policies.map((statements, index) => compile(kind, statements, `${kind}${index}`));
  return {
    identity: list('identity', raw.identity),
    ...(raw.boundary && { boundary: compile('identity', raw.boundary, 'boundary') }),
    ...(raw.session && { session: list('identity', raw.session) }),
    ...(raw.resource && { resource: compile('resource', raw.resource, 'resource') }),
    ...(raw.scps && { scps: raw.scps.map((level) => list('scp', level)) }),
    ...(raw.rcps && { rcps: raw.rcps.map((level) => list('resource', level)) }),
    ...(raw.resourcePolicyRequired !== undefined && { resourcePolicyRequired: raw.resourcePolicyRequired }),
    ...(raw.grant !== undefined && { grant: raw.grant }),
    ...(raw.grantToAccount !== undefined && { grantToAccount: raw.grantToAccount }),
  };
}

/** What each layer may do to a decision, read off the explanation alone. */
function checkExplanation(ask: AuthorizationRequest, compiled: PolicyLayers): void {
  const { decision, layers: explained } = explain(ask, compiled);
  assert.deepEqual(decision, evaluate(ask, compiled));
  const consulted = explained.filter((layer) => layer.consulted);
  const denying = consulted.find(({ outcome }) => outcome === 'deny');
  assert.equal(denying?.layer, !decision.allowed && decision.explicit ? decision.layer : undefined);
  const decider = consulted.find(({ layer }) => layer === decision.layer);
  if (decision.statement !== undefined) {
    const policies = decider?.policies.filter(({ policy: name }) => name === decision.policy) ?? [];
    const statements = policies
      .flatMap((one) => one.statements)
      .filter(({ statement }) => statement === decision.statement);
    assert.ok(statements.some((one) => one.applies && one.effect === (decision.allowed ? 'Allow' : 'Deny')));
  }
  if (decision.allowed) {
    for (const guard of consulted)
      if (guard.layer === 'scp' || guard.layer === 'rcp') assert.equal(guard.outcome, 'allow');
  } else if (!decision.explicit && decider?.policies.length && decision.layer !== 'resource') {
    assert.equal(decider.outcome, 'none');
  }
  for (const { statements } of consulted.flatMap((layer) => layer.policies)) {
    for (const one of statements) {
      const parts = [
        one.action.matched,
        one.resource?.matched ?? true,
        one.principal?.named !== 'no',
        ...one.conditions.map((each) => each.matched),
      ];
      assert.equal(one.applies, parts.every(Boolean));
    }
  }
}

describe('any request and policies', () => {
  test('evaluate agrees with the reference', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(request, layers, (ask, raw) => {
        const { allowed, explicit, layer } = evaluate(ask, compileLayers(raw));
        const outcome = `${allowed} ${explicit} ${layer}`;
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        assert.equal(outcome, referenceDecision(ask, raw));
      }),
      { numRuns: 6000 },
    );
    // Every outcome must have been reached, or the generators test nothing.
    assert.ok(seen.size >= 15, JSON.stringify([...seen]));
  });

  test('explain agrees with evaluate, and with itself', () => {
    fc.assert(
      fc.property(request, layers, (ask, raw) => {
        const compiled = compileLayers(raw);
        checkExplanation(ask, compiled);
        const explained = explain(ask, compiled);
        assert.deepEqual(JSON.parse(JSON.stringify(explained)), explained);
      }),
      { numRuns: 2000 },
    );
  });

  test('a deny added anywhere never turns a deny into an allow', () => {
    const where = fc.constantFrom('identity', 'boundary', 'session', 'resource', 'scps', 'rcps');
    const added = fc.record({ plain: statementOf(false, ['Deny']), named: statementOf(true, ['Deny']), at: where });
    fc.assert(
      fc.property(request, layers, added, (ask, raw, { plain, named, at }) => {
        const more = (policies: readonly (readonly RawStatement[])[]) => policies.map((one) => [...one, plain]);
        const grown: RawLayers = {
          ...raw,
          ...(at === 'identity' && { identity: [...more(raw.identity), [plain]] }),
          ...(at === 'boundary' && raw.boundary && { boundary: [...raw.boundary, plain] }),
          ...(at === 'session' && raw.session && { session: more(raw.session) }),
          ...(at === 'resource' && { resource: [...(raw.resource ?? []), named] }),
          ...(at === 'scps' && raw.scps && { scps: raw.scps.map(more) }),
          ...(at === 'rcps' &&
            raw.rcps && { rcps: raw.rcps.map((level) => [...level, [{ ...plain, Principal: '*' }]]) }),
        };
        const before = evaluate(ask, compileLayers(raw)).allowed;
        if (!before) assert.equal(evaluate(ask, compileLayers(grown)).allowed, false);
      }),
      { numRuns: 3000 },
    );
  });
});
