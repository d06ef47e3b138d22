import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteServiceLinkedRoleCommand,
  GetAccountSummaryCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  type ListPoliciesCommandInput,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  PutUserPermissionsBoundaryCommand,
  paginateListPolicies,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy } from './support.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const DOCUMENT = policy(allow('sqs:*'));
const TRUST = policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });
const ROLE = { RoleName: 'worker' };

function grant(cloud: TestCloud, code: string, value: number): void {
  const quota = { service: 'iam', code, name: code, value: 0, adjustable: true, global: true };
  cloud.server.cloud.kernel.quotas.grant({ account: ACCOUNT, region: 'us-east-1' }, quota, value);
}

async function refused(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

test('a managed policy has up to five versions, one of them the default', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { Policy } = await iam.send(
    new CreatePolicyCommand({
      PolicyName: 'send',
      Path: '/app/',
      PolicyDocument: DOCUMENT,
      Description: 'sends',
      Tags: [{ Key: 'a', Value: '1' }],
    }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  assert.equal(PolicyArn, `arn:aws:iam::${ACCOUNT}:policy/app/send`);
  assert.match(Policy?.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
  assert.deepEqual(
    [
      Policy?.DefaultVersionId,
      Policy?.AttachmentCount,
      Policy?.PermissionsBoundaryUsageCount,
      Policy?.IsAttachable,
      Policy?.Description,
    ],
    ['v1', 0, 0, true, undefined],
  );
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.Description, 'sends');
  assert.deepEqual(await refused(iam.send(new CreatePolicyCommand({ PolicyName: 'SEND', PolicyDocument: DOCUMENT }))), [
    'EntityAlreadyExistsException',
    'A policy called SEND already exists. Duplicate names are not allowed.',
  ]);
  await cloud.advance(60_000);
  const second = await iam.send(
    new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policy(allow('s3:*')), SetAsDefault: true }),
  );
  assert.deepEqual(second.PolicyVersion, {
    VersionId: 'v2',
    IsDefaultVersion: true,
    CreateDate: new Date(START + 60_000),
  });
  for (let at = 3; at <= 5; at += 1)
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: DOCUMENT }));
  assert.deepEqual(await refused(iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: DOCUMENT }))), [
    'LimitExceededException',
    'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  ]);
  assert.deepEqual(
    (await iam.send(new ListPolicyVersionsCommand({ PolicyArn }))).Versions?.map(({ VersionId, IsDefaultVersion }) => [
      VersionId,
      IsDefaultVersion,
    ]),
    [
      ['v5', false],
      ['v4', false],
      ['v3', false],
      ['v2', true],
      ['v1', false],
    ],
  );
  assert.equal(
    decodeURIComponent(
      (await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))).PolicyVersion?.Document ?? '',
    ),
    policy(allow('s3:*')),
  );
  assert.deepEqual(await refused(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))), [
    'DeleteConflictException',
    'Cannot delete the default version of a policy.',
  ]);
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  assert.equal(
    (await refused(iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v9' }))))[0],
    'NoSuchEntityException',
  );
  assert.match(
    (await refused(iam.send(new DeletePolicyCommand({ PolicyArn }))))[1],
    /^This policy has more than one version\./,
  );
  for (const VersionId of ['v2', 'v3', 'v4', 'v5'])
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  assert.equal(
    (await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: DOCUMENT }))).PolicyVersion?.VersionId,
    'v6',
  );
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v6' }));
  await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'b', Value: '2' }] }));
  await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['a'] }));
  assert.deepEqual((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags, [{ Key: 'b', Value: '2' }]);
  await iam.send(new DeletePolicyCommand({ PolicyArn }));
  assert.deepEqual(await refused(iam.send(new GetPolicyCommand({ PolicyArn }))), [
    'NoSuchEntityException',
    `Policy ${PolicyArn} was not found.`,
  ]);
  const large = policy(
    allow(
      's3:*',
      Array.from({ length: 250 }, (_, at) => `arn:aws:s3:::bucket-number-${at}`),
    ),
  );
  assert.deepEqual(await refused(iam.send(new CreatePolicyCommand({ PolicyName: 'large', PolicyDocument: large }))), [
    'LimitExceededException',
    'Cannot exceed quota for PolicySize: 6144',
  ]);
});

test("policies are listed by scope, path and use; AWS's own are there and can't be changed", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  for (const [name, Path] of [
    ['one', '/a/'],
    ['two', '/b/'],
  ] as const)
    await iam.send(new CreatePolicyCommand({ PolicyName: name, Path, PolicyDocument: DOCUMENT }));
  const list = async (input: ListPoliciesCommandInput) =>
    (await iam.send(new ListPoliciesCommand(input))).Policies?.map((one) => one.PolicyName) ?? [];
  const listAll = async (input: ListPoliciesCommandInput) => {
    const all: (string | undefined)[] = [];
    for await (const { Policies = [] } of paginateListPolicies({ client: iam }, input))
      all.push(...Policies.map((one) => one.PolicyName));
    return all;
  };
  assert.deepEqual(await list({ Scope: 'Local' }), ['one', 'two']);
  assert.deepEqual(await list({ Scope: 'Local', PathPrefix: '/b/' }), ['two']);
  const aws = await listAll({ Scope: 'AWS' });
  for (const name of [
    'AdministratorAccess',
    'PowerUserAccess',
    'ReadOnlyAccess',
    'AmazonS3FullAccess',
    'AWSLambdaBasicExecutionRole',
    'SecurityAudit',
  ])
    assert.ok(aws.includes(name), name);
  assert.deepEqual(await list({ Scope: 'AWS', PathPrefix: '/job-function/' }), [
    'AWSManagementConsoleAdministratorAccess',
    'AmazonODBAutonomousVmClusterAdmin',
    'AmazonODBExadataInfrastructureAdmin',
    'AmazonODBNetworkAdmin',
    'Billing',
    'DataScientist',
    'DatabaseAdministrator',
    'NetworkAdministrator',
    'SupportUser',
    'SystemAdministrator',
    'ViewOnlyAccess',
  ]);
  assert.equal((await list({})).length, 100);
  assert.deepEqual(await listAll({ MaxItems: 300 }), ['one', 'two', ...aws]);
  const one = `arn:aws:iam::${ACCOUNT}:policy/a/one`;
  await iam.send(new CreateUserCommand({ UserName: 'bob', PermissionsBoundary: SQS }));
  await iam.send(new CreateRoleCommand({ ...ROLE, Path: '/app/', AssumeRolePolicyDocument: TRUST }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: one }));
  await iam.send(new AttachRolePolicyCommand({ ...ROLE, PolicyArn: one }));
  assert.deepEqual(await list({ OnlyAttached: true }), ['one', 'AmazonSQSFullAccess']);
  assert.deepEqual(await list({ OnlyAttached: true, PolicyUsageFilter: 'PermissionsBoundary' }), [
    'AmazonSQSFullAccess',
  ]);
  const boundary = (await iam.send(new GetPolicyCommand({ PolicyArn: SQS }))).Policy;
  assert.deepEqual([boundary?.AttachmentCount, boundary?.PermissionsBoundaryUsageCount], [0, 1]);
  assert.deepEqual(await refused(iam.send(new DeletePolicyCommand({ PolicyArn: one }))), [
    'DeleteConflictException',
    'Cannot delete a policy attached to entities.',
  ]);
  const users = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: one, EntityFilter: 'User' }));
  assert.deepEqual([users.PolicyUsers?.map((user) => user.UserName), users.PolicyRoles], [['bob'], []]);
  const roles = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: one, PathPrefix: '/app/' }));
  assert.deepEqual([roles.PolicyUsers, roles.PolicyRoles?.map((role) => role.RoleName)], [[], ['worker']]);
  const first = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: one, MaxItems: 1 }));
  const second = await iam.send(
    new ListEntitiesForPolicyCommand({ PolicyArn: one, MaxItems: 1, Marker: first.Marker ?? '' }),
  );
  assert.deepEqual(
    [
      [first.PolicyRoles?.length, first.PolicyUsers?.length, first.IsTruncated],
      [second.PolicyRoles?.length, second.PolicyUsers?.length, second.IsTruncated],
    ],
    [
      [1, 0, true],
      [0, 1, false],
    ],
  );
});

test('ten managed policies can be attached to a user or a group, twenty to a role', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUST }));
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: 'AWS', MaxItems: 200 }));
  const arns = Policies.filter(({ Path }) => Path === '/').map(({ Arn }) => Arn);
  const toUser = (at: number) => iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: arns[at] }));
  const toRole = (at: number) => iam.send(new AttachRolePolicyCommand({ ...ROLE, PolicyArn: arns[at] }));
  for (let at = 0; at < 10; at += 1) await toUser(at);
  for (let at = 0; at < 20; at += 1) await toRole(at);
  assert.deepEqual(await refused(toUser(10)), [
    'LimitExceededException',
    'Cannot exceed quota for PoliciesPerUser: 10',
  ]);
  const full = ['LimitExceededException', 'Cannot exceed quota for PoliciesPerRole: 20'];
  assert.deepEqual(await refused(toRole(20)), full);
  grant(cloud, 'L-0DA4ABF3', 21);
  await toRole(20);
  assert.deepEqual(await refused(toRole(21)), [full[0], 'Cannot exceed quota for PoliciesPerRole: 21']);
  const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
  assert.deepEqual([SummaryMap?.AttachedPoliciesPerRoleQuota, SummaryMap?.AttachedPoliciesPerGroupQuota], [21, 10]);
});

test('quotas of an account hold in every Region, and can be raised', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient, { region: 'eu-west-1' });
  const create = (RoleName: string, service = 'lambda.amazonaws.com') => {
    const trust = policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' });
    return iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  };
  grant(cloud, 'L-FE177D64', 1);
  grant(cloud, 'L-C07B4B0D', 150);
  assert.deepEqual(await refused(create('one', `${'x'.repeat(100)}.amazonaws.com`)), [
    'LimitExceededException',
    'Cannot exceed quota for ACLSizePerRole: 150',
  ]);
  await create('one');
  const full = ['LimitExceededException', 'Cannot exceed quota for RolesPerAccount: 1'];
  assert.deepEqual(await refused(create('two')), full);
  grant(cloud, 'L-FE177D64', 2);
  await create('two');
});

test('a service-linked role belongs to its service', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { Role } = await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
  assert.equal(Role?.Arn, `arn:aws:iam::${ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`);
  assert.deepEqual(
    await refused(iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }))),
    [
      'InvalidInputException',
      'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
    ],
  );
  assert.deepEqual(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).Statement, [
    { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['ecs.amazonaws.com'] } },
  ]);
  const linked = { RoleName: 'AWSServiceRoleForECS' };
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand(linked));
  assert.deepEqual(AttachedPolicies, [
    {
      PolicyName: 'AmazonECSServiceRolePolicy',
      PolicyArn: 'arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy',
    },
  ]);
  assert.deepEqual(await refused(iam.send(new DeleteRoleCommand(linked))), [
    'UnmodifiableEntityException',
    "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS",
  ]);
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }));
  for (const protectedToo of [
    iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', ...linked })),
    iam.send(new DeleteRolePermissionsBoundaryCommand(linked)),
  ])
    assert.equal((await refused(protectedToo))[0], 'UnmodifiableEntityException');
  const { DeletionTaskId } = await iam.send(new DeleteServiceLinkedRoleCommand(linked));
  assert.equal(
    (await iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: DeletionTaskId ?? '' }))).Status,
    'SUCCEEDED',
  );
  assert.equal((await refused(iam.send(new GetRoleCommand(linked))))[0], 'NoSuchEntityException');
});

test("policies of services' own roles are attached to no other", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUST }));
  const PolicyArn = 'arn:aws:iam::aws:policy/aws-service-role/AmazonElasticsearchServiceRolePolicy';
  assert.deepEqual(await refused(iam.send(new AttachRolePolicyCommand({ ...ROLE, PolicyArn }))), [
    'PolicyNotAttachableException',
    'Cannot attach a Service Role Policy to a Customer Role.',
  ]);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const bounded = iam.send(new PutUserPermissionsBoundaryCommand({ UserName: 'ann', PermissionsBoundary: PolicyArn }));
  assert.equal((await refused(bounded))[0], 'PolicyNotAttachableException');
  assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.IsAttachable, false);
});
