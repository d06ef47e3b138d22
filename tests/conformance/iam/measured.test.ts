/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';

const LEGACY = 'The policy failed legacy parsing';
const SYNTAX = 'Syntax errors in policy.';
const trust = (Principal: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] });
const LAMBDA = trust({ Service: 'lambda.amazonaws.com' });

test('values that the operator of a condition can not take are refused', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: LAMBDA }));
  const put = (operator: string, key: string, value: string) => {
    const Statement = { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition: { [operator]: { [key]: value } } };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    return iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument }));
  };
  for (const [operator, key, refused, taken, text] of [
    ['NumericLessThan', 's3:max-keys', ['abc', ' 10', '0x10'], ['10', '10.5', '-1', '1e3'], LEGACY],
    ['ArnLike', 'aws:SourceArn', ['nope', 'arn:aws:s3:b'], ['arn:*:s3:::b', 'arn:aws:*:*:*:*', '*'], LEGACY],
    [
      'IpAddress',
      'aws:SourceIp',
      ['203.0.113.999/24', 'example.com', '1.2.3', '10.0.0.0/33', '10.0.0.1 '],
      ['203.0.113.0/24', '203.0.113.5', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1', '::/0'],
      LEGACY,
    ],
    [
      'DateGreaterThan',
      'aws:CurrentTime',
      ['tomorrow', '2026/01/01', '2026-13-45', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ['2026', '2026-01', '2026-01-01', '2026-01-01T00:00Z', '2026-01-01T00:00:00.000Z', '1767225600'],
      LEGACY,
    ],
    ['NullIfExists', 'aws:TokenIssueTime', ['true'], [], SYNTAX],
    ['BinaryEquals', 's3:x-amz-meta-x', ['!!!', 'abc', 'YWJj=='], ['YWJj', 'YWJjZA=='], SYNTAX],
  ] as const) {
    for (const value of taken) await put(operator, key, value);
    for (const value of refused) {
      const { name, message } = await failure(put(operator, key, value));
      assert.deepEqual([name, message], ['MalformedPolicyDocumentException', text], value);
    }
  }
});

test('roles that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const create = (AssumeRolePolicyDocument: string, Path = '/') =>
    iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument, Path }));
  const told = async (sent: Promise<unknown>) => {
    const { name, message } = await failure(sent);
    return [name, message];
  };
  assert.deepEqual(await told(create(LAMBDA, '/aws-service-role/')), [
    'InvalidInputException',
    "Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles",
  ]);
  assert.deepEqual(
    await told(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'elasticloadbalancing' }))),
    ['AccessDenied', 'elasticloadbalancing is not a valid AWS service name (Service Principal)'],
  );
  const cognito = JSON.parse(trust({ Federated: 'cognito-identity.amazonaws.com' }));
  cognito.Statement[0].Action = 'sts:AssumeRoleWithWebIdentity';
  assert.deepEqual(await told(create(JSON.stringify(cognito))), [
    'MalformedPolicyDocumentException',
    'A condition block must be present for the Cognito provider',
  ]);
});

test('actions and resources that can be in no policy are refused', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: LAMBDA }));
  const put = (more: object) => {
    const Statement = { Effect: 'Allow', Action: 's3:*', Resource: '*', ...more };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    return iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument }));
  };
  for (const Action of ['*', 's3:Get*', 's3:*']) await put({ Action });
  for (const Resource of [
    'arn:*:s3:::b',
    'arn:aws:s3:::b*',
    'arn:aws:s3:us-east-1:111122223333:accesspoint/ap',
    'arn:aws:s3::111122223333:accesspoint/mine.mrap',
    'arn:aws:cloudfront:us-east-1:111122223333:distribution/d',
  ])
    await put({ Resource });
  const VENDOR = 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.';
  const SERVICE = 'Resource vendor must be fully qualified and cannot contain regexes.';
  for (const [more, text] of [
    [{ Action: '*:GetObject' }, VENDOR],
    [{ Action: 's3*:GetObject' }, VENDOR],
    [{ Action: 's3?:Get' }, VENDOR],
    [{ Action: 's3:Get:Object' }, 'Actions/Condition can contain only one colon.'],
    [{ Resource: 'arn:aws:*:::b' }, SERVICE],
    [{ Resource: 'arn:aws:s3*:::b' }, SERVICE],
    [{ Resource: 'arn:aws-cn:s3:::b' }, 'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".'],
    [{ Resource: 'arn:aws:s3::111122223333:b' }, 'Resource arn:aws:s3::111122223333:b cannot contain an account id.'],
    [{ Resource: 'arn:aws:s3:my-bucket' }, 'Resource arn:aws:s3:my-bucket:*:* can not contain region information.'],
    [
      { Resource: 'arn:aws:route53:us-east-1::hostedzone/z' },
      'Resource arn:aws:route53:us-east-1::hostedzone/z can not contain region information.',
    ],
  ] as const) {
    const { name, message } = await failure(put(more));
    assert.deepEqual([name, message], ['MalformedPolicyDocumentException', text]);
  }
  const PolicyArn = 'arn:aws-cn:iam::aws:policy/ReadOnlyAccess';
  const { name, message } = await failure(iam.send(new AttachRolePolicyCommand({ RoleName: 'r', PolicyArn })));
  assert.deepEqual([name, message], ['ValidationError', 'Invalid ARN partition']);
});

test('a role trusts who is there, to assume it', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: LAMBDA }));
  const set = (Principal: object, ...Action: string[]) => {
    const Statement = [{ Effect: 'Allow', Principal, Action }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    return iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'r', PolicyDocument }));
  };
  const session = (role: string) => `arn:aws:sts::123456789012:assumed-role/${role}/me`;
  await set({ AWS: session('r') }, 'sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity', 'sts:SetContext');
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'r' }));
  assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /assumed-role\/r\/me/);
  const refused = async (sent: Promise<unknown>, text: string) => {
    const { name, message } = await failure(sent);
    assert.deepEqual([name, message], ['MalformedPolicyDocumentException', text]);
  };
  await refused(
    set({ AWS: session('none') }, 'sts:AssumeRole'),
    `Invalid principal in policy: "AWS":"${session('none')}"`,
  );
  for (const action of [
    '*',
    'sts:*',
    'sts:AssumeRoot',
    'sts:GetCallerIdentity',
    'sts:GetSessionToken',
    'sts:assumerole',
  ])
    await refused(set({ AWS: '*' }, action), 'AssumeRole policy may only specify STS AssumeRole actions.');
  const url = new CreateOpenIDConnectProviderCommand({ Url: 'http://nope.example.com' });
  assert.equal((await failure(iam.send(url))).name, 'InvalidInputException');
});
