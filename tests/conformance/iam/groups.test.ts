import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  ChangePasswordCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  DetachUserPolicyCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetLoginProfileCommand,
  IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListUserTagsCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateGroupCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from './support.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const DOCUMENT = policy(allow('sqs:*'));

/** Name and message of the error. */
async function refused(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

test('groups: members, policies, quotas', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const group = { GroupName: 'team' };
  const { Group } = await iam.send(new CreateGroupCommand({ ...group, Path: '/dev/' }));
  assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/);
  assert.equal(Group?.Arn, `arn:aws:iam::${ACCOUNT}:group/dev/team`);
  for (const UserName of ['ann', 'bob']) {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new AddUserToGroupCommand({ ...group, UserName }));
    await iam.send(new AddUserToGroupCommand({ ...group, UserName }));
  }
  const page = await iam.send(new GetGroupCommand({ ...group, MaxItems: 1 }));
  const rest = await iam.send(new GetGroupCommand({ ...group, Marker: page.Marker ?? '' }));
  assert.deepEqual(
    [...(page.Users ?? []), ...(rest.Users ?? [])].map((user) => user.UserName),
    ['ann', 'bob'],
  );
  assert.deepEqual(
    (await iam.send(new ListGroupsForUserCommand({ UserName: 'ann' }))).Groups?.map((one) => one.GroupName),
    ['team'],
  );
  await iam.send(new PutGroupPolicyCommand({ ...group, PolicyName: 'own', PolicyDocument: DOCUMENT }));
  assert.equal(
    decodeURIComponent(
      (await iam.send(new GetGroupPolicyCommand({ ...group, PolicyName: 'own' }))).PolicyDocument ?? '',
    ),
    DOCUMENT,
  );
  assert.deepEqual((await iam.send(new ListGroupPoliciesCommand(group))).PolicyNames, ['own']);
  await iam.send(new AttachGroupPolicyCommand({ ...group, PolicyArn: SQS }));
  await iam.send(new UpdateGroupCommand({ ...group, NewGroupName: 'crew', NewPath: '/' }));
  const crew = { GroupName: 'crew' };
  assert.deepEqual((await iam.send(new ListAttachedGroupPoliciesCommand(crew))).AttachedPolicies, [
    { PolicyName: 'AmazonSQSFullAccess', PolicyArn: SQS },
  ]);
  await iam.send(new DetachGroupPolicyCommand({ ...crew, PolicyArn: SQS }));
  await iam.send(new DeleteGroupPolicyCommand({ ...crew, PolicyName: 'own' }));
  await iam.send(new RemoveUserFromGroupCommand({ ...crew, UserName: 'ann' }));
  await iam.send(new RemoveUserFromGroupCommand({ ...crew, UserName: 'ann' }));
  assert.deepEqual(await refused(iam.send(new GetGroupCommand(group))), [
    'NoSuchEntityException',
    'The group with name team cannot be found.',
  ]);
  for (let at = 0; at < 10; at += 1) {
    await iam.send(new CreateGroupCommand({ GroupName: `g${at}` }));
    await iam.send(new AddUserToGroupCommand({ GroupName: `g${at}`, UserName: 'ann' }));
  }
  assert.deepEqual(await refused(iam.send(new AddUserToGroupCommand({ ...crew, UserName: 'ann' }))), [
    'LimitExceededException',
    'Cannot exceed quota for GroupsPerUser: 10',
  ]);
  assert.equal((await iam.send(new ListGroupsCommand({}))).Groups?.length, 11);
});

test('tags are merged without regard to case, and limited', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  await iam.send(new CreateUserCommand({ ...user, Tags: [{ Key: 'Team', Value: 'blue' }] }));
  await iam.send(
    new TagUserCommand({
      ...user,
      Tags: [
        { Key: 'team', Value: 'red' },
        { Key: 'cost', Value: '7' },
      ],
    }),
  );
  assert.deepEqual((await iam.send(new ListUserTagsCommand(user))).Tags, [
    { Key: 'team', Value: 'red' },
    { Key: 'cost', Value: '7' },
  ]);
  await iam.send(new UntagUserCommand({ ...user, TagKeys: ['cost'] }));
  assert.deepEqual((await iam.send(new ListUserTagsCommand(user))).Tags, [{ Key: 'team', Value: 'red' }]);
  assert.deepEqual(
    await refused(
      iam.send(
        new TagUserCommand({
          ...user,
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'A', Value: '2' },
          ],
        }),
      ),
    ),
    ['InvalidInputException', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'],
  );
  const many = Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  assert.equal((await refused(iam.send(new TagUserCommand({ ...user, Tags: many }))))[0], 'LimitExceededException');
});

test('attachments and boundaries name policies that exist', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  await iam.send(new CreateUserCommand(user));
  const gone = `arn:aws:iam::${ACCOUNT}:policy/gone`;
  assert.deepEqual(await refused(iam.send(new AttachUserPolicyCommand({ ...user, PolicyArn: gone }))), [
    'NoSuchEntityException',
    `Policy ${gone} does not exist or is not attachable.`,
  ]);
  assert.deepEqual(
    await refused(iam.send(new AttachUserPolicyCommand({ ...user, PolicyArn: 'this-is-not-any-arn-at-all' }))),
    ['ValidationError', 'ARN this-is-not-any-arn-at-all is not valid.'],
  );
  assert.deepEqual(await refused(iam.send(new DetachUserPolicyCommand({ ...user, PolicyArn: SQS }))), [
    'NoSuchEntityException',
    `Policy ${SQS} was not found.`,
  ]);
  assert.deepEqual(
    await refused(iam.send(new PutUserPermissionsBoundaryCommand({ ...user, PermissionsBoundary: gone }))),
    ['NoSuchEntityException', `Scope ARN: ${gone} does not exist or is not attachable.`],
  );
  assert.deepEqual((await iam.send(new ListAttachedUserPoliciesCommand(user))).AttachedPolicies, []);
});

test('passwords: the account says what they must be, users change their own', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  const bob = cloud.client(IAMClient, { credentials: await userWithKey(cloud, 'bob') });
  assert.deepEqual(await refused(iam.send(new GetLoginProfileCommand(user))), [
    'NoSuchEntityException',
    'Login Profile for User bob cannot be found.',
  ]);
  assert.equal(
    (await refused(iam.send(new CreateLoginProfileCommand({ ...user, Password: 'short' }))))[0],
    'PasswordPolicyViolationException',
  );
  const { LoginProfile } = await iam.send(
    new CreateLoginProfileCommand({ ...user, Password: 'Passw0rd!', PasswordResetRequired: true }),
  );
  assert.deepEqual(LoginProfile, { UserName: 'bob', CreateDate: new Date(START), PasswordResetRequired: true });
  assert.deepEqual(await refused(iam.send(new CreateLoginProfileCommand({ ...user, Password: 'Passw0rd!' }))), [
    'EntityAlreadyExistsException',
    'Login Profile for user bob already exists.',
  ]);
  const change = (OldPassword: string, NewPassword: string) =>
    bob.send(new ChangePasswordCommand({ OldPassword, NewPassword }));
  assert.equal((await refused(change('Passw0rd!', 'Passw0rd?')))[0], 'AccessDenied');
  await iam.send(
    new UpdateAccountPasswordPolicyCommand({
      AllowUsersToChangePassword: true,
      RequireSymbols: true,
      PasswordReusePrevention: 2,
    }),
  );
  assert.deepEqual(await refused(change('wrong', 'N3w-password')), ['AccessDenied', 'The old password was incorrect.']);
  assert.deepEqual(await refused(change('Passw0rd!', 'newpassword')), [
    'PasswordPolicyViolationException',
    'Password should have at least one symbol',
  ]);
  await change('Passw0rd!', 'N3w-password');
  assert.equal((await iam.send(new GetLoginProfileCommand(user))).LoginProfile?.PasswordResetRequired, false);
  assert.equal((await refused(change('N3w-password', 'Passw0rd!')))[0], 'PasswordPolicyViolationException');
  await iam.send(new UpdateLoginProfileCommand({ ...user, Password: 'Reset-by-admin1' }));
  await change('Reset-by-admin1', 'And-changed-again');
  assert.equal(
    (await refused(iam.send(new ChangePasswordCommand({ OldPassword: 'a', NewPassword: 'b' }))))[0],
    'InvalidUserTypeException',
  );
});

test('what can not be made yet is listed as what it is: none', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  assert.deepEqual((await iam.send(new ListMFADevicesCommand({ UserName: 'bob' }))).MFADevices, []);
});
