import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetGroupCommand,
  GetInstanceProfileCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedRolePoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADeviceTagsCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
} from '@aws-sdk/client-iam';
import { startTestCloud } from '../../support/cloud.ts';
import {
  create,
  expectNoDrift,
  expectStatus,
  outputs,
  physicalIds,
  reasons,
  remove,
  templateOf,
  update,
} from './stacks.ts';

const policy = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const trust = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});
const type = (name: string, Properties: object) => ({ Type: `AWS::IAM::${name}`, Properties });

function template(action: string, second: boolean) {
  return templateOf(
    {
      Role: type('Role', {
        AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
        Description: second ? 'second' : 'first',
        MaxSessionDuration: second ? 7_200 : '3600',
        ManagedPolicyArns: second ? [] : [{ Ref: 'Managed' }],
        Policies: [{ PolicyName: second ? 'new' : 'old', PolicyDocument: policy(action) }],
        Tags: [{ Key: 'team', Value: 'a' }],
      }),
      Managed: type('ManagedPolicy', { PolicyDocument: policy(action), Users: [{ Ref: 'User' }] }),
      Inline: type('Policy', { PolicyName: 'inline', PolicyDocument: policy(action), Roles: [{ Ref: 'Role' }] }),
      RoleInline: type('RolePolicy', { PolicyName: 'own', RoleName: { Ref: 'Role' }, PolicyDocument: policy(action) }),
      Profile: type('InstanceProfile', { Roles: [{ Ref: 'Role' }] }),
      User: type('User', {
        UserName: 'ann',
        LoginProfile: { Password: 'Long-enough-1!', PasswordResetRequired: true },
      }),
      UserInline: type('UserPolicy', { PolicyName: 'u', UserName: { Ref: 'User' }, PolicyDocument: policy(action) }),
      Group: type('Group', { Policies: [{ PolicyName: 'g', PolicyDocument: policy(action) }] }),
      Members: type('UserToGroupAddition', { GroupName: { Ref: 'Group' }, Users: [{ Ref: 'User' }] }),
      Key: type('AccessKey', { UserName: { Ref: 'User' }, Status: second ? 'Inactive' : 'Active' }),
      Oidc: type('OIDCProvider', {
        Url: 'https://token.example.com',
        ClientIdList: second ? ['b'] : ['a'],
        ThumbprintList: ['a'.repeat(40)],
      }),
      Device: type('VirtualMFADevice', {
        Path: '/phones/',
        VirtualMfaDeviceName: 'ann-phone',
        Users: [{ Ref: 'User' }],
        Tags: [{ Key: 'owner', Value: second ? 'ben' : 'ann' }],
      }),
      Linked: type('ServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' }),
    },
    {
      Outputs: {
        RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        Secret: { Value: { 'Fn::GetAtt': ['Key', 'SecretAccessKey'] } },
        Profile: { Value: { 'Fn::GetAtt': 'Profile.Arn' } },
        Linked: { Value: { Ref: 'Linked' } },
      },
    },
  );
}

test('users, groups, roles and policies are made, changed where they are, and removed', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await create(cloud, 'people', template('s3:Get*', false));
  const ids = await physicalIds(cloud, 'people');
  const values = await outputs(cloud, 'people');
  assert.match(ids.Role ?? '', /^people-Role-[0-9A-Z]{12}$/);
  assert.equal(values.RoleArn, `arn:aws:iam::123456789012:role/${ids.Role}`);
  assert.equal(values.Linked, 'AWSServiceRoleForECS');
  assert.match(values.Secret ?? '', /^[\w+/]{40}$/);
  assert.equal(ids.Device, 'arn:aws:iam::123456789012:mfa/phones/ann-phone');
  const RoleName = ids.Role;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual(Role?.Tags, [{ Key: 'team', Value: 'a' }]);
  assert.equal(Role?.MaxSessionDuration, 3_600);
  const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  assert.deepEqual(
    AttachedPolicies?.map(({ PolicyArn }) => PolicyArn),
    [ids.Managed],
  );
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  assert.deepEqual(PolicyNames?.toSorted(), ['inline', 'old', 'own']);
  const profile = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: ids.Profile }));
  assert.deepEqual(
    profile.InstanceProfile?.Roles?.map((one) => one.RoleName),
    [RoleName],
  );
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'ann' }));
  assert.deepEqual(
    Groups?.map((one) => one.GroupName),
    [ids.Group],
  );

  await update(cloud, 'people', template('s3:Put*', true));
  assert.deepEqual(await physicalIds(cloud, 'people'), ids);
  const after = await iam.send(new GetRoleCommand({ RoleName }));
  assert.deepEqual([after.Role?.Description, after.Role?.MaxSessionDuration], ['second', 7_200]);
  const names = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  assert.deepEqual(names.PolicyNames?.toSorted(), ['inline', 'new', 'own']);
  const inline = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'inline' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(inline.PolicyDocument ?? '')), policy('s3:Put*'));
  const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn: ids.Managed, VersionId: 'v2' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(version.PolicyVersion?.Document ?? '')), policy('s3:Put*'));
  const keys = await iam.send(new ListAccessKeysCommand({ UserName: 'ann' }));
  assert.deepEqual(
    keys.AccessKeyMetadata?.map(({ Status }) => Status),
    ['Inactive'],
  );
  const users = await iam.send(new ListUserPoliciesCommand({ UserName: 'ann' }));
  assert.deepEqual(users.PolicyNames, ['u']);
  assert.equal((await iam.send(new GetGroupCommand({ GroupName: ids.Group }))).Users?.length, 1);

  const { Tags } = await iam.send(new ListMFADeviceTagsCommand({ SerialNumber: ids.Device }));
  assert.deepEqual(Tags, [{ Key: 'owner', Value: 'ben' }]);

  await remove(cloud, 'people');
  assert.deepEqual((await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices, []);
  assert.deepEqual((await iam.send(new ListUsersCommand({}))).Users, []);
  const { Roles } = await iam.send(new ListRolesCommand({}));
  assert.deepEqual(
    Roles?.filter((one) => one.RoleName === RoleName),
    [],
  );
});

test('a policy that nobody would have is refused, and a document may be a text', async () => {
  await using cloud = await startTestCloud();
  const role = type('Role', { AssumeRolePolicyDocument: JSON.stringify(trust('lambda.amazonaws.com'), undefined, 2) });
  const of = (Roles?: object[]) =>
    templateOf({
      Role: role,
      Inline: type('Policy', {
        PolicyName: 'p',
        PolicyDocument: policy('sqs:*'),
        ...(Roles !== undefined && { Roles }),
      }),
    });
  await create(cloud, 's', of([{ Ref: 'Role' }]));
  const formation = cloud.client(CloudFormationClient);
  const Capabilities = ['CAPABILITY_IAM' as const];
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: of(), Capabilities }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 's'))[0] ?? '', /"At least one of \[Groups,Roles,Users\] must be non-empty\."/);
  await expectNoDrift(cloud, 's');
});
