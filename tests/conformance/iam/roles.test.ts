import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  paginateListInstanceProfilesForRole,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from './support.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const DOCUMENT = policy(allow('sqs:*'));
const TRUST = policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' });
const ROLE = { RoleName: 'worker' };

async function refused(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

test('a role is made, read, listed, changed and deleted', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { Role } = await iam.send(
    new CreateRoleCommand({
      ...ROLE,
      Path: '/app/',
      AssumeRolePolicyDocument: TRUST,
      Description: 'works',
      Tags: [{ Key: 'a', Value: '1' }],
    }),
  );
  assert.match(Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  assert.deepEqual(
    [Role?.Arn, decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), Role?.CreateDate],
    [`arn:aws:iam::${ACCOUNT}:role/app/worker`, TRUST, new Date(START)],
  );
  await iam.send(new UpdateRoleCommand({ ...ROLE, Description: 'works more', MaxSessionDuration: 7_200 }));
  const got = (await iam.send(new GetRoleCommand(ROLE))).Role;
  assert.deepEqual(
    [got?.Description, got?.MaxSessionDuration, got?.Tags, got?.RoleLastUsed],
    ['works more', 7_200, [{ Key: 'a', Value: '1' }], {}],
  );
  assert.equal(
    (await iam.send(new UpdateRoleDescriptionCommand({ ...ROLE, Description: 'again' }))).Role?.Description,
    'again',
  );
  const [listed] = (await iam.send(new ListRolesCommand({ PathPrefix: '/app/' }))).Roles ?? [];
  assert.deepEqual([listed?.RoleName, listed?.Tags, listed?.RoleLastUsed], ['worker', undefined, undefined]);
  await iam.send(new TagRoleCommand({ ...ROLE, Tags: [{ Key: 'b', Value: '2' }] }));
  await iam.send(new UntagRoleCommand({ ...ROLE, TagKeys: ['a'] }));
  assert.deepEqual((await iam.send(new ListRoleTagsCommand(ROLE))).Tags, [{ Key: 'b', Value: '2' }]);
  await iam.send(new PutRolePermissionsBoundaryCommand({ ...ROLE, PermissionsBoundary: SQS }));
  assert.equal((await iam.send(new GetRoleCommand(ROLE))).Role?.PermissionsBoundary?.PermissionsBoundaryArn, SQS);
  await iam.send(new DeleteRolePermissionsBoundaryCommand(ROLE));
  await iam.send(new DeleteRoleCommand(ROLE));
  assert.deepEqual(await refused(iam.send(new GetRoleCommand(ROLE))), [
    'NoSuchEntityException',
    'The role with name worker cannot be found.',
  ]);
});

test('a trust policy is one, and names who exists', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const create = (AssumeRolePolicyDocument: string) =>
    iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument }));
  assert.deepEqual(await refused(create(DOCUMENT)), [
    'MalformedPolicyDocumentException',
    'Missing required field Principal',
  ]);
  const naming = (AWS: string) => policy({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' });
  const bob = `arn:aws:iam::${ACCOUNT}:user/bob`;
  assert.deepEqual(await refused(create(naming(bob))), [
    'MalformedPolicyDocumentException',
    `Invalid principal in policy: "AWS":"${bob}"`,
  ]);
  assert.deepEqual(await refused(create(policy({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }))), [
    'MalformedPolicyDocumentException',
    'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
  ]);
  // Of an account of which nobody is known it can't be said who is there.
  const outside = naming('arn:aws:iam::210987654321:role/deployer');
  await iam.send(new CreateRoleCommand({ RoleName: 'outside', AssumeRolePolicyDocument: outside }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'outside' }));
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), outside);
  const other = cloud.client(IAMClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  await other.send(new CreateUserCommand({ UserName: 'ann' }));
  assert.equal((await refused(create(outside)))[0], 'MalformedPolicyDocumentException');
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const meant = (Principal: unknown) => create(policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }));
  for (const [principal, text] of [
    [{ Service: 'amazonaws.com' }, 'Invalid principal in policy: "SERVICE":"amazonaws.com"'],
    [
      { Federated: ['cognito-identity.amazonaws.com', 'arn:aws:iam::1:oidc-provider/x'] },
      'Federated principals must be valid domain names or SAML metadata ARNs',
    ],
  ] as const)
    assert.deepEqual(await refused(meant(principal)), ['MalformedPolicyDocumentException', text]);
  await create(naming(bob));
  assert.deepEqual(await refused(create(TRUST)), [
    'EntityAlreadyExistsException',
    'Role with name worker already exists.',
  ]);
  await iam.send(new UpdateAssumeRolePolicyCommand({ ...ROLE, PolicyDocument: TRUST }));
  const long = policy({
    Effect: 'Allow',
    Principal: { AWS: Array.from({ length: 60 }, (_, at) => `arn:aws:iam::${100_000_000_000 + at}:root`) },
    Action: 'sts:AssumeRole',
  });
  assert.deepEqual(await refused(iam.send(new UpdateAssumeRolePolicyCommand({ ...ROLE, PolicyDocument: long }))), [
    'LimitExceededException',
    'Cannot exceed quota for ACLSizePerRole: 2048',
  ]);
});

test("a role's policies and instance profiles stand in the way of its deletion", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUST }));
  const blocked = async (what: string) =>
    assert.deepEqual(await refused(iam.send(new DeleteRoleCommand(ROLE))), [
      'DeleteConflictException',
      `Cannot delete entity, must ${what} first.`,
    ]);
  // Inline policies may say no version, as those that AWS SAM writes.
  const { Version, ...old } = JSON.parse(DOCUMENT);
  await iam.send(new PutRolePolicyCommand({ ...ROLE, PolicyName: 'own', PolicyDocument: JSON.stringify(old) }));
  assert.deepEqual(
    await refused(iam.send(new CreatePolicyCommand({ PolicyName: 'old', PolicyDocument: JSON.stringify(old) }))),
    ['MalformedPolicyDocumentException', 'Policy document must be version 2012-10-17 or greater.'],
  );
  await iam.send(new PutRolePolicyCommand({ ...ROLE, PolicyName: 'own', PolicyDocument: DOCUMENT }));
  await iam.send(new AttachRolePolicyCommand({ ...ROLE, PolicyArn: SQS }));
  const profile = { InstanceProfileName: 'worker' };
  await iam.send(new CreateInstanceProfileCommand(profile));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, ...ROLE }));
  await blocked('remove roles from instance profile');
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ ...profile, ...ROLE }));
  await blocked('delete policies');
  assert.equal(
    decodeURIComponent((await iam.send(new GetRolePolicyCommand({ ...ROLE, PolicyName: 'own' }))).PolicyDocument ?? ''),
    DOCUMENT,
  );
  assert.deepEqual((await iam.send(new ListRolePoliciesCommand(ROLE))).PolicyNames, ['own']);
  await iam.send(new DeleteRolePolicyCommand({ ...ROLE, PolicyName: 'own' }));
  assert.deepEqual(await refused(iam.send(new DeleteRolePolicyCommand({ ...ROLE, PolicyName: 'own' }))), [
    'NoSuchEntityException',
    'The role policy with name own cannot be found.',
  ]);
  await blocked('detach all policies');
  assert.deepEqual((await iam.send(new ListAttachedRolePoliciesCommand(ROLE))).AttachedPolicies, [
    { PolicyName: 'AmazonSQSFullAccess', PolicyArn: SQS },
  ]);
  await iam.send(new DetachRolePolicyCommand({ ...ROLE, PolicyArn: SQS }));
  await iam.send(new DeleteRoleCommand(ROLE));
});

test('an instance profile holds one role', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const profile = { InstanceProfileName: 'web' };
  const made = (
    await iam.send(new CreateInstanceProfileCommand({ ...profile, Path: '/app/', Tags: [{ Key: 'a', Value: '1' }] }))
  ).InstanceProfile;
  assert.match(made?.InstanceProfileId ?? '', /^AIPA[A-Z2-7]{17}$/);
  assert.deepEqual([made?.Arn, made?.Roles], [`arn:aws:iam::${ACCOUNT}:instance-profile/app/web`, []]);
  assert.deepEqual(await refused(iam.send(new CreateInstanceProfileCommand(profile))), [
    'EntityAlreadyExistsException',
    'Instance Profile web already exists.',
  ]);
  await iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUST }));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, ...ROLE }));
  assert.deepEqual(await refused(iam.send(new AddRoleToInstanceProfileCommand({ ...profile, ...ROLE }))), [
    'LimitExceededException',
    'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  ]);
  assert.deepEqual(
    (await iam.send(new GetInstanceProfileCommand(profile))).InstanceProfile?.Roles?.map((role) => role.RoleName),
    ['worker'],
  );
  assert.equal((await iam.send(new ListInstanceProfilesForRoleCommand(ROLE))).InstanceProfiles?.length, 1);
  const second = { InstanceProfileName: 'web-2' };
  await iam.send(new CreateInstanceProfileCommand(second));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...second, ...ROLE }));
  const paged: (string | undefined)[] = [];
  for await (const page of paginateListInstanceProfilesForRole({ client: iam, pageSize: 1 }, ROLE))
    paged.push(...(page.InstanceProfiles ?? []).map((one) => one.InstanceProfileName));
  assert.deepEqual(paged, ['web', 'web-2']);
  assert.equal((await iam.send(new ListInstanceProfilesCommand({ PathPrefix: '/app/' }))).InstanceProfiles?.length, 1);
  assert.deepEqual(await refused(iam.send(new DeleteInstanceProfileCommand(profile))), [
    'DeleteConflictException',
    'Cannot delete entity, must remove roles from instance profile first.',
  ]);
  await iam.send(new TagInstanceProfileCommand({ ...profile, Tags: [{ Key: 'b', Value: '2' }] }));
  await iam.send(new UntagInstanceProfileCommand({ ...profile, TagKeys: ['a'] }));
  assert.deepEqual((await iam.send(new ListInstanceProfileTagsCommand(profile))).Tags, [{ Key: 'b', Value: '2' }]);
  await iam.send(new RemoveRoleFromInstanceProfileCommand({ ...profile, ...ROLE }));
  await iam.send(new DeleteInstanceProfileCommand(profile));
  assert.deepEqual(await refused(iam.send(new GetInstanceProfileCommand(profile))), [
    'NoSuchEntityException',
    'Instance Profile web cannot be found.',
  ]);
  const bob = cloud.client(IAMClient, {
    credentials: await userWithKey(cloud, 'bob', policy(allow('iam:AddRoleToInstanceProfile'))),
  });
  await iam.send(new CreateInstanceProfileCommand(profile));
  const unpassed = await failure(bob.send(new AddRoleToInstanceProfileCommand({ ...profile, ...ROLE })));
  assert.equal(
    unpassed.message,
    `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: iam:PassRole on resource: arn:aws:iam::${ACCOUNT}:role/worker because no identity-based policy allows the iam:PassRole action`,
  );
});
