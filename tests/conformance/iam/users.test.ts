import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy } from './support.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const DOCUMENT = policy(allow('sqs:*'));

/** Name and message of the error. */
async function refused(promise: Promise<unknown>): Promise<[string, string]> {
  const { name, message } = await failure(promise);
  return [name, message];
}

test('a user is made, read, found under its path, moved and deleted', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(
    new CreateUserCommand({
      UserName: 'bob',
      Path: '/staff/',
      Tags: [{ Key: 'team', Value: 'blue' }],
      PermissionsBoundary: SQS,
    }),
  );
  assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
  assert.deepEqual(
    { ...User, UserId: '' },
    {
      Path: '/staff/',
      UserName: 'bob',
      UserId: '',
      Arn: `arn:aws:iam::${ACCOUNT}:user/staff/bob`,
      CreateDate: new Date(START),
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: SQS },
      Tags: [{ Key: 'team', Value: 'blue' }],
    },
  );
  assert.deepEqual((await iam.send(new GetUserCommand({ UserName: 'bob' }))).User, User);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const listed = await iam.send(new ListUsersCommand({}));
  assert.deepEqual(
    [listed.Users?.map((user) => user.UserName), listed.IsTruncated, listed.Users?.[1]?.Tags],
    [['ann', 'bob'], false, undefined],
  );
  const below = await iam.send(new ListUsersCommand({ PathPrefix: '/sta' }));
  assert.deepEqual(
    below.Users?.map((user) => user.UserName),
    ['bob'],
  );
  await iam.send(new UpdateUserCommand({ UserName: 'bob', NewUserName: 'Bob', NewPath: '/' }));
  assert.equal((await iam.send(new GetUserCommand({ UserName: 'Bob' }))).User?.Arn, `arn:aws:iam::${ACCOUNT}:user/Bob`);
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: 'Bob' }));
  assert.equal((await iam.send(new GetUserCommand({ UserName: 'Bob' }))).User?.PermissionsBoundary, undefined);
  await iam.send(new DeleteUserCommand({ UserName: 'Bob' }));
  assert.deepEqual(await refused(iam.send(new GetUserCommand({ UserName: 'Bob' }))), [
    'NoSuchEntityException',
    'The user with name Bob cannot be found.',
  ]);
});

test('names are unique whatever their case, and made of few characters', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'bob' }));
  assert.deepEqual(await refused(iam.send(new CreateUserCommand({ UserName: 'bob' }))), [
    'EntityAlreadyExistsException',
    'User with name bob already exists.',
  ]);
  assert.deepEqual(await refused(iam.send(new CreateUserCommand({ UserName: 'BOB' }))), [
    'EntityAlreadyExistsException',
    'User with name BOB already exists.',
  ]);
  assert.deepEqual(await refused(iam.send(new CreateGroupCommand({ GroupName: 'Bob' }))), [
    'EntityAlreadyExistsException',
    'Group with name Bob already exists.',
  ]);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  assert.deepEqual(await refused(iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'Bob' }))), [
    'EntityAlreadyExistsException',
    'User with name Bob already exists.',
  ]);
  assert.equal((await iam.send(new GetUserCommand({ UserName: 'ann' }))).User?.UserName, 'ann');
  assert.deepEqual(await refused(iam.send(new CreateUserCommand({ UserName: 'a b' }))), [
    'ValidationError',
    'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  ]);
  assert.deepEqual(await refused(iam.send(new CreateUserCommand({ UserName: 'x'.repeat(65) }))), [
    'ValidationError',
    `1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64`,
  ]);
});

test('lists come in pages', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await iam.send(new CreateUserCommand({ UserName: name, Path: name < 'c' ? '/' : '/x/' }));
  const names: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new ListUsersCommand({ MaxItems: 2, ...(Marker !== undefined && { Marker }) }));
    names.push(...(page.Users ?? []).map((user) => user.UserName));
    assert.equal(page.IsTruncated, page.Marker !== undefined);
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.deepEqual(names, ['a', 'b', 'c', 'd', 'e']);
  const first = await iam.send(new ListUsersCommand({ MaxItems: 2, PathPrefix: '/x/' }));
  const second = await iam.send(new ListUsersCommand({ MaxItems: 2, PathPrefix: '/x/', Marker: first.Marker ?? '' }));
  assert.deepEqual(
    [...(first.Users ?? []), ...(second.Users ?? [])].map((user) => user.UserName),
    ['c', 'd', 'e'],
  );
  for (const Marker of ['nonsense', first.Marker ?? ''])
    assert.deepEqual(await refused(iam.send(new ListUsersCommand({ Marker }))), ['ValidationError', 'Invalid Marker.']);
});

test('a user is deleted only when nothing hangs on it', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  await iam.send(new CreateUserCommand(user));
  const blocked = async (what: string) =>
    assert.deepEqual(await refused(iam.send(new DeleteUserCommand(user))), [
      'DeleteConflictException',
      `Cannot delete entity, must ${what} first.`,
    ]);
  await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'own', PolicyDocument: DOCUMENT }));
  await blocked('delete policies');
  await iam.send(new DeleteUserPolicyCommand({ ...user, PolicyName: 'own' }));
  await iam.send(new AttachUserPolicyCommand({ ...user, PolicyArn: SQS }));
  await blocked('detach all policies');
  await iam.send(new DetachUserPolicyCommand({ ...user, PolicyArn: SQS }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand(user));
  await blocked('delete access keys');
  await iam.send(new DeleteAccessKeyCommand({ ...user, AccessKeyId: AccessKey?.AccessKeyId }));
  await iam.send(new CreateLoginProfileCommand({ ...user, Password: 'Passw0rd!' }));
  await blocked('delete login profile');
  await iam.send(new DeleteLoginProfileCommand(user));
  await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
  await iam.send(new AddUserToGroupCommand({ ...user, GroupName: 'team' }));
  await blocked('remove users from group');
  assert.deepEqual(await refused(iam.send(new DeleteGroupCommand({ GroupName: 'team' }))), [
    'DeleteConflictException',
    'Cannot delete entity, must remove users from group first.',
  ]);
  await iam.send(new RemoveUserFromGroupCommand({ ...user, GroupName: 'team' }));
  await iam.send(new DeleteUserCommand(user));
  await iam.send(new DeleteGroupCommand({ GroupName: 'team' }));
});

test('inline policies: stored as given, sent percent-encoded, limited together', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  await iam.send(new CreateUserCommand(user));
  const text = `{ "Version": "2012-10-17",\n  "Statement": [ { "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::it's(a)bucket!*" } ] }`;
  await iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'own', PolicyDocument: text }));
  const got = await iam.send(new GetUserPolicyCommand({ ...user, PolicyName: 'own' }));
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), text);
  assert.match(got.PolicyDocument ?? '', /^[A-Za-z0-9\-._~%]+$/);
  assert.deepEqual((await iam.send(new ListUserPoliciesCommand(user))).PolicyNames, ['own']);
  assert.deepEqual(await refused(iam.send(new GetUserPolicyCommand({ ...user, PolicyName: 'x' }))), [
    'NoSuchEntityException',
    'The user policy with name x cannot be found.',
  ]);
  assert.deepEqual(await refused(iam.send(new DeleteUserPolicyCommand({ ...user, PolicyName: 'x' }))), [
    'NoSuchEntityException',
    'The user policy with name x cannot be found.',
  ]);
  assert.deepEqual(
    await refused(
      iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'bad', PolicyDocument: '{"Version":"2012-10-17"}' })),
    ),
    ['MalformedPolicyDocumentException', 'Syntax errors in policy.'],
  );
  assert.deepEqual(
    await refused(
      iam.send(
        new PutUserPolicyCommand({
          ...user,
          PolicyName: 'bad',
          PolicyDocument: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}',
        }),
      ),
    ),
    ['MalformedPolicyDocumentException', 'Policy statement must contain resources.'],
  );
  const large = policy(
    allow(
      's3:*',
      Array.from({ length: 70 }, (_, at) => `arn:aws:s3:::bucket-number-${at}`),
    ),
  );
  assert.deepEqual(
    await refused(iam.send(new PutUserPolicyCommand({ ...user, PolicyName: 'large', PolicyDocument: large }))),
    ['LimitExceededException', 'Maximum policy size of 2048 bytes exceeded for user bob'],
  );
  await iam.send(
    new PutUserPolicyCommand({ ...user, PolicyName: 'own', PolicyDocument: `${DOCUMENT}${' '.repeat(3_000)}` }),
  );
});

test('at most two access keys; their secret is shown once', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const user = { UserName: 'bob' };
  await iam.send(new CreateUserCommand(user));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand(user));
  assert.match(AccessKey?.AccessKeyId ?? '', /^AKIA[A-Z2-7]{16}$/);
  assert.match(AccessKey?.SecretAccessKey ?? '', /^[A-Za-z0-9+/]{40}$/);
  const second = await iam.send(new CreateAccessKeyCommand(user));
  assert.deepEqual(await refused(iam.send(new CreateAccessKeyCommand(user))), [
    'LimitExceededException',
    'Cannot exceed quota for AccessKeysPerUser: 2',
  ]);
  await iam.send(new UpdateAccessKeyCommand({ ...user, AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' }));
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand(user));
  assert.deepEqual(
    new Map(AccessKeyMetadata?.map((key) => [key.AccessKeyId, key.Status])),
    new Map([
      [AccessKey?.AccessKeyId, 'Inactive'],
      [second.AccessKey?.AccessKeyId, 'Active'],
    ]),
  );
  const unknown = 'AKIAAAAAAAAAAAAAAAAA';
  assert.deepEqual(await refused(iam.send(new DeleteAccessKeyCommand({ ...user, AccessKeyId: unknown }))), [
    'NoSuchEntityException',
    `The Access Key with id ${unknown} cannot be found.`,
  ]);
  assert.deepEqual(await refused(iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: unknown }))), [
    'AccessDenied',
    `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${unknown}`,
  ]);
  assert.deepEqual(await refused(iam.send(new CreateAccessKeyCommand({ UserName: 'eve' }))), [
    'NoSuchEntityException',
    'The user with name eve cannot be found.',
  ]);
});

test("a root's keys are made without a user name", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({}));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const root = await cloud.client(IAMClient, { credentials }).send(new GetUserCommand({}));
  const { Arn, UserId, UserName, Path } = root.User ?? {};
  assert.deepEqual([Arn, UserId, UserName, Path], [`arn:aws:iam::${ACCOUNT}:root`, ACCOUNT, undefined, undefined]);
  assert.deepEqual(
    (await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.map((key) => key.AccessKeyId),
    [credentials.accessKeyId],
  );
});
