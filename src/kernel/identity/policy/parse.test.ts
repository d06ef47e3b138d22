// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PolicyError, type PolicyKind } from './document.ts';
import { parsePolicy } from './parse.ts';

const OK = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::example_bucket' };
const SYNTAX = 'Syntax errors in policy.';
const VERSION = 'Policy document must be version 2012-10-17 or greater.';
const LEGACY = 'The policy failed legacy parsing';
const VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const NO_ACTIONS = 'Policy statement must contain actions.';
const NO_RESOURCES = 'Policy statement must contain resources.';
const IAM_PATH =
  'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, ' +
  'server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.';

function policy(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function reasonOf(document: unknown, kind: PolicyKind): string | undefined {
  try {
    parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error.message;
  }
}

/** IAM's answers to CreatePolicy, as recorded in moto, tests/test_iam/test_iam_policies.py. */
const REFUSED: [document: unknown, reason: string][] = [
  ['This is not a json document', SYNTAX],
  ['{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', SYNTAX],
  ['[]', SYNTAX],
  [{ Statement: OK }, VERSION],
  [{ Version: '2008-10-17', Statement: OK }, VERSION],
  [{ Version: '2013-10-17', Statement: OK }, SYNTAX],
  [{ Version: '2012-10-17' }, SYNTAX],
  [policy(), SYNTAX],
  [{ Version: '2012-10-17', Statement: ['afd'] }, SYNTAX],
  [{ ...policy(OK), 'Extra field': 'value' }, SYNTAX],
  [policy({ ...OK, 'Extra field': 'value' }), SYNTAX],
  [{ ...policy(OK), Id: ['x'] }, SYNTAX],
  [policy({ ...OK, Effect: 'invalid' }), SYNTAX],
  [policy({ ...OK, Effect: undefined }), SYNTAX],
  [policy({ ...OK, Action: 'invalid' }), VENDOR],
  [policy({ ...OK, Action: undefined, NotAction: '' }), VENDOR],
  [policy({ ...OK, Action: 'a a:ListBucket' }), 'Vendor a a is not valid'],
  [policy({ ...OK, Action: 's3:List:Bucket' }), 'Actions/Condition can contain only one colon.'],
  [policy({ ...OK, Resource: 'invalid resource' }), 'Resource invalid resource must be in ARN format or "*".'],
  [policy({ ...OK, Resource: '' }), 'Resource  must be in ARN format or "*".'],
  [policy({ ...OK, Action: 's:3:ListBucket', Resource: 'x' }), 'Resource x must be in ARN format or "*".'],
  [policy({ ...OK, Resource: 'a:bsdf' }), 'Partition "bsdf" is not valid for resource "arn:bsdf:*:*:*:*".'],
  [policy({ ...OK, Resource: 'a:b:cadfsdf' }), 'Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".'],
  [policy({ ...OK, Resource: 'a:b:c:d:e:f:g:h' }), 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".'],
  [
    policy({ ...OK, Resource: 'aws:s3:::example_bucket' }),
    'Partition "s3" is not valid for resource "arn:s3:::example_bucket:*".',
  ],
  [
    policy({ ...OK, Resource: ['arn:error:s3:::example_bucket', 'arn:error:s3::example_bucket'] }),
    'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".',
  ],
  [policy({ ...OK, Resource: undefined }), NO_RESOURCES],
  [policy({ ...OK, Resource: [] }), NO_RESOURCES],
  // Recorded anew in 2026: of moto's answers the last is older.
  [policy({ Effect: 'Allow', Action: 'invalid' }), NO_RESOURCES],
  [policy({ ...OK, Action: undefined }), NO_ACTIONS],
  [policy({ ...OK, Action: [] }), NO_ACTIONS],
  [policy({ Effect: 'Deny' }, OK), NO_ACTIONS],
  [policy({ ...OK, Resource: 'arn:aws:iam:::example_bucket' }), IAM_PATH],
  [policy({ ...OK, Resource: 'arn:aws:s3::example_bucket' }), LEGACY],
  [policy({ ...OK, Action: undefined, Resource: 'arn:aws:s3::example_bucket' }), LEGACY],
  [policy({ ...OK, Resource: 'arn:aws' }), 'Resource vendor must be fully qualified and cannot contain regexes.'],
  [policy({ ...OK, Resource: { a: 'b' } }), SYNTAX],
  [policy({ ...OK, Resource: ['adfdf', {}] }), SYNTAX],
  [policy({ ...OK, NotResource: [] }), SYNTAX],
  [policy({ ...OK, Action: [[]] }), SYNTAX],
  [policy({ ...OK, NotAction: 's3:x' }), SYNTAX],
  [policy({ ...OK, Condition: [] }), SYNTAX],
  [policy({ ...OK, Condition: 'a' }), SYNTAX],
  [policy({ ...OK, Condition: { DateGreaterThan: 'b' } }), SYNTAX],
  [policy({ ...OK, Condition: { DateGreaterThan: { a: {} } } }), SYNTAX],
  [policy({ ...OK, Condition: { x: { a: '1' } } }), SYNTAX],
  [policy({ ...OK, Condition: { 'ForAnyValue::StringEqualsIfExists': { a: 'asf' } } }), SYNTAX],
  [policy({ ...OK, Condition: { NullIfExists: { a: 'true' } } }), SYNTAX],
  [
    policy({ ...OK, Resource: 'arn:aws:iam:us-east-1::example_bucket' }),
    'IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information.',
  ],
  [
    policy({ ...OK, Resource: 'arn:aws:s3:us-east-1::example_bucket' }),
    'Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.',
  ],
  [policy({ ...OK, Sid: {} }), SYNTAX],
  [
    policy({ ...OK, Sid: 'sdf' }, { Sid: 'sdf', Effect: 'Allow' }),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  [
    policy({ ...OK, Sid: 'with space' }),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  [policy({ ...OK, Effect: 'denY' }), LEGACY],
  [policy({ ...OK, Condition: { DateGreaterThan: { a: 'sdfdsf' } } }), LEGACY],
  [{ Statement: { ...OK, Effect: 'denY' } }, VERSION],
  [policy({ ...OK, Resource: 'arn:aws::::example_bucket' }), LEGACY],
  [policy({ ...OK, Resource: 'arn:aws::fdsasf' }), LEGACY],
  [policy({ ...OK, Resource: undefined, NotResource: 'arn:aws:s3::example_bucket' }), LEGACY],
  [policy({ ...OK, Condition: { DateLessThanEquals: { a: '234-13' } } }), LEGACY],
  [policy({ ...OK, Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+1' } } }), LEGACY],
  [policy({ ...OK, Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.1999999999+10:59' } } }), LEGACY],
  [policy({ ...OK, Condition: { DateLessThan: { a: '9223372036854775808' } } }), LEGACY],
  [policy({ ...OK, Resource: 'arn:error:s3:::b', Condition: { DateLessThan: { a: 'x' } } }), LEGACY],
  [policy({ ...OK, Principal: '*' }), 'Policy document should not specify a principal.'],
];

const ACCEPTED: object[] = [
  { ...OK, Resource: ['arn:aws:s3:::example_bucket', '*'] },
  { ...OK, Action: 'iam: asdf safdsf af ' },
  { ...OK, Action: '*' },
  { ...OK, Action: 's3.s:ListBucket' },
  { ...OK, Resource: 'arn:aws:iam:::user/example_bucket' },
  { ...OK, Resource: 'arn:aws:iam::*:*' },
  { ...OK, Resource: 'arn:aws:s33:::example_bucket' },
  { ...OK, Resource: 'arn:aws:fdsasf' },
  { ...OK, Resource: 'arn:aws:s3:us-east-1:111111111111:accesspoint/x' },
  { ...OK, Resource: 'arn:aws:iam::*:user/${aws:username}' },
  { ...OK, Resource: undefined, NotResource: '*' },
  { ...OK, Sid: '' },
  { ...OK, Condition: {} },
  { ...OK, Condition: { a: {} } },
  { ...OK, Condition: { DateGreaterThan: {} } },
  { ...OK, Condition: { DateGreaterThan: { a: [] } } },
  { ...OK, Condition: { DateGreaterThan: { a: '01T' } } },
  { ...OK, Condition: { DateLessThanEquals: { a: '2016-12-13T21:20:37.593194+00:00' } } },
  { ...OK, Condition: { DateLessThanEquals: { a: '2016-12-13t2:00:00.593194+23' } } },
  { ...OK, Condition: { DateLessThan: { a: '-292275054' } } },
  { ...OK, Condition: { 'ForAnyValue:StringEqualsIfExists': { a: 'asf' } } },
  { ...OK, Condition: { Bool: { 'aws:SecureTransport': false }, NumericLessThan: { 's3:max-keys': 10 } } },
];

/** Per kind: what it must and must not have. */
const BY_KIND: [kind: PolicyKind, document: object, reason: string | undefined][] = [
  // As AWS SAM writes inline policies.
  ['identity', { Statement: OK }, undefined],
  ['trust', policy({ Effect: 'Allow', Action: 'sts:AssumeRole' }), 'Missing required field Principal'],
  [
    'trust',
    policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' }),
    'Has prohibited field Resource',
  ],
  [
    'trust',
    policy({ Effect: 'Allow', NotPrincipal: { AWS: '111111111111' }, Action: 'sts:AssumeRole' }),
    'Has prohibited field NotPrincipal',
  ],
  [
    'trust',
    policy({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
  [
    'trust',
    policy({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:user/*' }, Action: 'sts:AssumeRole' }),
    'Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/*"',
  ],
  ['trust', policy({ Effect: 'Allow', Principal: { Group: 'x' }, Action: 'sts:AssumeRole' }), SYNTAX],
  [
    'trust',
    { Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' } },
    undefined,
  ],
  ['resource', policy(OK), 'Missing required field Principal'],
  [
    'resource',
    { Version: '2008-10-17', Id: 'x', Statement: [{ ...OK, Sid: 'a b', Principal: { AWS: '*' } }] },
    undefined,
  ],
  ['resource', policy({ Effect: 'Deny', NotPrincipal: { AWS: '111111111111' }, Action: 'ecr:*' }), undefined],
  ['scp', policy(OK), undefined],
  ['scp', policy({ ...OK, Principal: '*' }), 'Policy document should not specify a principal.'],
  ['rcp', policy({ ...OK, Effect: 'Deny', Principal: '*' }), undefined],
  [
    'rcp',
    policy({ ...OK, Effect: 'Deny', Principal: { AWS: '111111111111' } }),
    'The provided policy document does not meet the requirements of the specified policy type.',
  ],
];

describe('parsing', () => {
  for (const [document, reason] of REFUSED) {
    test(`refuses ${typeof document === 'string' ? document : JSON.stringify(document)}`, () => {
      assert.equal(reasonOf(document, 'managed'), reason);
    });
  }
  for (const statement of ACCEPTED) {
    test(`accepts ${JSON.stringify(statement)}`, () => assert.equal(reasonOf(policy(statement), 'managed'), undefined));
  }
  for (const [kind, document, reason] of BY_KIND) {
    test(`${kind}: ${JSON.stringify(document)}`, () => assert.equal(reasonOf(document, kind), reason));
  }

  test('depth, size and repeated keys are bounded', () => {
    assert.equal(reasonOf('['.repeat(50_000), 'identity'), SYNTAX);
    assert.equal(reasonOf(`${'[{"a":'.repeat(20)}1${'}]'.repeat(20)}`, 'identity'), SYNTAX);
    assert.equal(reasonOf(`"${'x'.repeat(70_000)}"`, 'identity'), SYNTAX);
    const twice = JSON.stringify(policy({ ...OK, Condition: { StringEquals: { a: '1' } } }));
    assert.equal(reasonOf(twice.replace('{"a":"1"}', '{"a":"1","\\u0061"  :  "2"}'), 'identity'), SYNTAX);
  });

  test('a compiled policy is frozen', () => {
    const compiled = parsePolicy(JSON.stringify(policy(OK)), 'identity');
    assert.ok(
      Object.isFrozen(compiled) && Object.isFrozen(compiled.statements) && Object.isFrozen(compiled.statements[0]),
    );
  });

  test('whatever the text, the answer is a policy or a PolicyError', () => {
    const field = fc.constantFrom(
      'Version',
      'Id',
      'Statement',
      'Sid',
      'Effect',
      'Action',
      'Principal',
      'Resource',
      'Condition',
      'x',
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('2012-10-17', 'Allow', '*', 's3:*', 'arn:aws:s3:::b', '${', '${aws:x, ', 1, true, null),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(field, tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(
        value,
        fc.constantFrom<PolicyKind>('identity', 'resource', 'trust', 'scp', 'rcp'),
        (document, kind) => {
          reasonOf(JSON.stringify(document), kind);
          reasonOf({ Version: '2012-10-17', Statement: document }, kind);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
