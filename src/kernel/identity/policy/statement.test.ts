// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ANONYMOUS, type Principal, rootOf } from '../principal.ts';
import { evaluate, type NamedPolicy, type PolicyKind, type PolicyLayers, parsePolicy } from './index.ts';

const A = '111122223333';
const B = '444455556666';
const QUEUE = `arn:aws:sqs:us-east-1:${A}:orders`;
const user: Principal = {
  kind: 'user',
  account: A,
  arn: `arn:aws:iam::${A}:user/alice`,
  id: 'AIDAEXAMPLEALICE0001',
  name: 'alice',
};
const root = rootOf(A);

function named(name: string, kind: PolicyKind, ...statements: object[]): NamedPolicy {
  return { name, policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind) };
}

const allow = named('may-send', 'identity', { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' });

describe('statements', () => {
  const statement = named('p', 'identity', {
    Effect: 'Allow',
    Action: 'S3:get*',
    NotResource: 'arn:aws:s3:::secret/*',
  });
  const ask = (policy: NamedPolicy, action: string, resource: string, context: [string, string][] = []): boolean =>
    evaluate({ principal: user, action, resource, context: new Map(context) }, { identity: [policy] }).allowed;

  test('actions ignore case, NotResource excludes', () => {
    assert.equal(ask(statement, 's3:GetObject', 'arn:aws:s3:::open/x'), true);
    assert.equal(ask(statement, 's3:GetObject', 'arn:aws:s3:::secret/x'), false);
    assert.equal(ask(statement, 's3:PutObject', 'arn:aws:s3:::open/x'), false);
  });

  test('NotAction', () => {
    const policy = named('p', 'identity', { Effect: 'Allow', NotAction: ['iam:*', 'sts:Get*'], Resource: '*' });
    assert.equal(ask(policy, 's3:GetObject', '*'), true);
    assert.equal(ask(policy, 'iam:GetUser', '*'), false);
  });

  test('a request without resource matches Resource "*" only', () => {
    assert.equal(ask(allow, 'sqs:SendMessage', '*'), true);
    assert.equal(
      ask(
        named('p', 'identity', { Effect: 'Allow', Action: '*', Resource: 'arn:aws:sqs:*:*:*' }),
        'sqs:ListQueues',
        '*',
      ),
      false,
    );
  });

  test('a short ARN is filled with stars', () => {
    assert.equal(
      ask(named('p', 'identity', { Effect: 'Allow', Action: '*', Resource: 'arn:aws:sqs' }), 'sqs:SendMessage', QUEUE),
      true,
    );
  });

  /** "IAM policy elements: Variables and tags": the home directory; AWS's own policies have them before the fifth colon, too. */
  test('variables in Resource', () => {
    const home = named('p', 'identity', {
      Effect: 'Allow',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::mybucket/${aws:username}/*',
    });
    assert.equal(ask(home, 's3:GetObject', 'arn:aws:s3:::mybucket/alice/x', [['aws:username', 'alice']]), true);
    assert.equal(ask(home, 's3:GetObject', 'arn:aws:s3:::mybucket/bob/x', [['aws:username', 'alice']]), false);
    assert.equal(ask(home, 's3:GetObject', 'arn:aws:s3:::mybucket/bob/x', [['aws:username', '*']]), false);
    assert.equal(ask(home, 's3:GetObject', 'arn:aws:s3:::mybucket//x'), false);
    const early = named('p', 'identity', {
      Effect: 'Allow',
      Action: 'sqs:*',
      Resource: 'arn:aws:sqs:${aws:RequestedRegion}:*:*',
    });
    assert.equal(ask(early, 'sqs:SendMessage', QUEUE, [['aws:requestedregion', 'us-east-1']]), true);
    assert.equal(ask(early, 'sqs:SendMessage', QUEUE, [['aws:requestedregion', 'eu-west-1']]), false);
    assert.equal(ask(early, 'sqs:SendMessage', QUEUE, [['aws:requestedregion', '*']]), false);
    const none = named('p', 'identity', {
      Effect: 'Allow',
      Action: 's3:*',
      NotResource: 'arn:aws:s3:::b/${aws:username}',
    });
    assert.equal(ask(none, 's3:GetObject', 'arn:aws:s3:::b/x'), true);
  });

  /** "Example identity-based and resource-based policy evaluation": Carlos and his two buckets. */
  test('Carlos', () => {
    const carlos: Principal = {
      ...user,
      kind: 'user',
      name: 'carlossalazar',
      arn: `arn:aws:iam::${A}:user/carlossalazar`,
    };
    const both = ['arn:aws:s3:::carlossalazar/*', 'arn:aws:s3:::carlossalazar'];
    const identity = named(
      'carlos',
      'identity',
      {
        Sid: 'AllowS3ListRead',
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:ListAllMyBuckets'],
        Resource: 'arn:aws:s3:::*',
      },
      { Sid: 'AllowS3Self', Effect: 'Allow', Action: 's3:*', Resource: both },
      { Sid: 'DenyS3Logs', Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::*log*' },
    );
    const resource = named('bucket', 'resource', {
      Effect: 'Allow',
      Principal: { AWS: carlos.arn },
      Action: 's3:*',
      Resource: both,
    });
    const put = (object: string, layers: PolicyLayers) =>
      evaluate(
        { principal: carlos, action: 's3:PutObject', resource: `arn:aws:s3:::${object}`, context: new Map() },
        layers,
      );
    assert.deepEqual(put('carlossalazar-logs/x', { identity: [identity] }), {
      allowed: false,
      explicit: true,
      layer: 'identity',
      policy: 'carlos',
      statement: 'DenyS3Logs',
    });
    const decision = put('carlossalazar/x', { identity: [], resource });
    assert.deepEqual(decision, { allowed: true, explicit: true, layer: 'resource', policy: 'bucket', statement: 0 });
  });

  test('web identity callers are named by their provider, S3 accounts by their canonical id', () => {
    const trust = named('trust', 'trust', {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    });
    const request = {
      principal: ANONYMOUS,
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: `arn:aws:iam::${A}:role/app`,
    };
    const layers = { identity: [], resource: trust, resourcePolicyRequired: true };
    assert.equal(
      evaluate({ ...request, context: new Map([['aws:federatedprovider', 'accounts.google.com']]) }, layers).allowed,
      true,
    );
    assert.equal(evaluate({ ...request, context: new Map() }, layers).allowed, false);
    const bucket = named('bucket', 'resource', {
      Effect: 'Allow',
      Principal: { CanonicalUser: '79a5' },
      Action: 's3:*',
      Resource: '*',
    });
    const get = {
      principal: root,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/x',
      resourceAccount: B,
      context: new Map(),
    };
    assert.equal(evaluate({ ...get, canonicalUser: '79a5' }, { identity: [], resource: bucket }).allowed, true);
    assert.equal(evaluate(get, { identity: [], resource: bucket }).allowed, false);
  });
});
