import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetUserCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, deny, keysOf, policy, QUEUE, sqsOf, userWithKey } from './support.ts';

const DENIED = `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: sqs:sendmessage on resource: ${QUEUE}`;
const UNGRANTED = `${DENIED} because no identity-based policy allows the sqs:sendmessage action`;
const KEY_UNKNOWN = 'The security token included in the request is invalid.';

async function makeQueue(cloud: TestCloud): Promise<string> {
  const { QueueUrl } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  return QueueUrl ?? '';
}

const send = (QueueUrl: string) => new SendMessageCommand({ QueueUrl, MessageBody: 'hello' });
const MAY_SEND = policy(allow('sqs:SendMessage', QUEUE));

test('an inline policy allows what it says and nothing else; edits count at once', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await makeQueue(cloud);
  const iam = cloud.client(IAMClient);
  const sqs = sqsOf(cloud, await userWithKey(cloud, 'bob'));
  const error = await failure(sqs.send(send(QueueUrl)));
  assert.equal(error.message, UNGRANTED);
  assert.match(error.name, /^AccessDenied/);
  await iam.send(new PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'send', PolicyDocument: MAY_SEND }));
  await sqs.send(send(QueueUrl));
  const list = await failure(sqs.send(new ListQueuesCommand({})));
  assert.equal(
    list.message,
    `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: sqs:listqueues on resource: arn:aws:sqs:us-east-1:${ACCOUNT}:* because no identity-based policy allows the sqs:listqueues action`,
  );
  await iam.send(new DeleteUserPolicyCommand({ UserName: 'bob', PolicyName: 'send' }));
  assert.equal((await failure(sqs.send(send(QueueUrl)))).message, UNGRANTED);
});

test('an explicit deny wins over an allow', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await makeQueue(cloud);
  const sqs = sqsOf(cloud, await userWithKey(cloud, 'bob', policy(allow('sqs:*'), deny('sqs:SendMessage', QUEUE))));
  await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  assert.equal(
    (await failure(sqs.send(send(QueueUrl)))).message,
    `${DENIED} with an explicit deny in an identity-based policy`,
  );
});

test('a group gives its policies to its members for as long as they are in it', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await makeQueue(cloud);
  const iam = cloud.client(IAMClient);
  const sqs = sqsOf(cloud, await userWithKey(cloud, 'bob'));
  await iam.send(new CreateGroupCommand({ GroupName: 'senders' }));
  await iam.send(new PutGroupPolicyCommand({ GroupName: 'senders', PolicyName: 'send', PolicyDocument: MAY_SEND }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'senders', UserName: 'bob' }));
  await sqs.send(send(QueueUrl));
  await iam.send(new UpdateGroupCommand({ GroupName: 'senders', NewGroupName: 'writers' }));
  await sqs.send(send(QueueUrl));
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'writers', UserName: 'bob' }));
  assert.equal((await failure(sqs.send(send(QueueUrl)))).message, UNGRANTED);
});

test("managed policies, the account's own and AWS's, count while attached and by their default version", async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await makeQueue(cloud);
  const iam = cloud.client(IAMClient);
  const sqs = sqsOf(cloud, await userWithKey(cloud, 'bob'));
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'send', PolicyDocument: MAY_SEND }));
  const PolicyArn = Policy?.Arn ?? '';
  await iam.send(new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn }));
  await sqs.send(send(QueueUrl));
  await iam.send(
    new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: policy(allow('s3:*')), SetAsDefault: true }),
  );
  assert.equal((await failure(sqs.send(send(QueueUrl)))).message, UNGRANTED);
  await iam.send(new DetachUserPolicyCommand({ UserName: 'bob', PolicyArn }));
  await iam.send(
    new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess' }),
  );
  await sqs.send(new ListQueuesCommand({}));
  assert.equal((await failure(sqs.send(send(QueueUrl)))).message, UNGRANTED);
  await iam.send(
    new AttachUserPolicyCommand({ UserName: 'bob', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }),
  );
  await sqs.send(send(QueueUrl));
});

test('a boundary limits what policies grant', async () => {
  await using cloud = await startTestCloud();
  const QueueUrl = await makeQueue(cloud);
  const sqs = sqsOf(cloud, await userWithKey(cloud, 'bob', policy(allow('sqs:*'))));
  await cloud.client(IAMClient).send(
    new PutUserPermissionsBoundaryCommand({
      UserName: 'bob',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess',
    }),
  );
  await sqs.send(new ListQueuesCommand({}));
  assert.equal(
    (await failure(sqs.send(send(QueueUrl)))).message,
    `${DENIED} because no permissions boundary allows the sqs:sendmessage action`,
  );
});

test('a key must be active, exist, and be signed with its secret', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const keys = await userWithKey(cloud, 'bob');
  const whoami = (credentials = keys) => cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
  const { User } = await iam.send(new GetUserCommand({ UserName: 'bob' }));
  const identity = await whoami();
  assert.deepEqual([identity.Arn, identity.UserId, identity.Account], [User?.Arn, User?.UserId, ACCOUNT]);
  const forged = await failure(whoami({ ...keys, secretAccessKey: 'guess' }));
  assert.deepEqual([forged.name, forged.$metadata?.httpStatusCode], ['SignatureDoesNotMatch', 403]);
  await iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: keys.accessKeyId, Status: 'Inactive' }));
  const inactive = await failure(whoami());
  assert.deepEqual([inactive.name, inactive.message], ['InvalidClientTokenId', KEY_UNKNOWN]);
  await iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: keys.accessKeyId, Status: 'Active' }));
  await whoami();
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: keys.accessKeyId }));
  const deleted = await failure(whoami());
  assert.deepEqual([deleted.name, deleted.message], ['InvalidClientTokenId', KEY_UNKNOWN]);
});

test('a renamed user keeps keys, groups, policies and sessions', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const keys = await userWithKey(cloud, 'bob', policy(allow('sqs:ListQueues')));
  await iam.send(new CreateGroupCommand({ GroupName: 'finders' }));
  await iam.send(
    new PutGroupPolicyCommand({
      GroupName: 'finders',
      PolicyName: 'find',
      PolicyDocument: policy(allow('sqs:GetQueueUrl')),
    }),
  );
  await iam.send(new AddUserToGroupCommand({ GroupName: 'finders', UserName: 'bob' }));
  await makeQueue(cloud);
  const { Credentials } = await cloud.client(STSClient, { credentials: keys }).send(new GetSessionTokenCommand({}));
  await iam.send(new UpdateUserCommand({ UserName: 'bob', NewUserName: 'robert', NewPath: '/staff/' }));
  for (const credentials of [keys, keysOf(Credentials)]) {
    const identity = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
    assert.equal(identity.Arn, `arn:aws:iam::${ACCOUNT}:user/staff/robert`);
    await sqsOf(cloud, credentials).send(new ListQueuesCommand({}));
    await sqsOf(cloud, credentials).send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  }
  const group = await iam.send(new GetGroupCommand({ GroupName: 'finders' }));
  assert.deepEqual(
    group.Users?.map((user) => user.UserName),
    ['robert'],
  );
});

test("a user's tags are aws:PrincipalTag, and policy variables are theirs", async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const sqs = sqsOf(
    cloud,
    await userWithKey(
      cloud,
      'bob',
      policy(
        allow('sqs:ListQueues', '*', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }),
        allow('sqs:CreateQueue', `arn:aws:sqs:*:*:\${aws:username}-*`),
      ),
    ),
  );
  await failure(sqs.send(new ListQueuesCommand({})));
  await iam.send(new TagUserCommand({ UserName: 'bob', Tags: [{ Key: 'team', Value: 'blue' }] }));
  await sqs.send(new ListQueuesCommand({}));
  await sqs.send(new CreateQueueCommand({ QueueName: 'bob-1' }));
  await failure(sqs.send(new CreateQueueCommand({ QueueName: 'eve-1' })));
});

test('when a key was last used is known, and does not cost a write per request', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const keys = await userWithKey(cloud, 'bob');
  const lastUsed = async () =>
    (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId }))).AccessKeyLastUsed;
  assert.deepEqual(await lastUsed(), { ServiceName: 'N/A', Region: 'N/A' });
  const whoami = () =>
    cloud.client(STSClient, { credentials: keys, region: 'eu-west-1' }).send(new GetCallerIdentityCommand());
  await whoami();
  const first = new Date(START);
  assert.deepEqual(await lastUsed(), { LastUsedDate: first, ServiceName: 'sts', Region: 'eu-west-1' });
  await cloud.advance(60_000);
  await whoami();
  assert.deepEqual((await lastUsed())?.LastUsedDate, first);
  await cloud.advance(3_600_000);
  await whoami();
  assert.deepEqual((await lastUsed())?.LastUsedDate, new Date(START + 3_660_000));
});

test('IAM names the entity in a denial, and knows tags, boundaries and policies as conditions', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  const conditions = policy(
    allow('iam:AttachUserPolicy', '*', {
      ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' },
    }),
    allow('iam:CreateUser', '*', {
      StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' },
    }),
    allow('iam:DeleteUser', '*', { StringEquals: { 'iam:ResourceTag/owner': 'bob' } }),
    allow('iam:GetUser', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`),
  );
  const bob = cloud.client(IAMClient, { credentials: await userWithKey(cloud, 'bob', conditions) });
  assert.equal((await bob.send(new GetUserCommand({}))).User?.UserName, 'bob');
  const other = await failure(bob.send(new GetUserCommand({ UserName: 'eve' })));
  assert.deepEqual(
    [other.name, other.message],
    [
      'AccessDenied',
      `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: iam:GetUser on resource: user eve because no identity-based policy allows the iam:GetUser action`,
    ],
  );
  const bare = await failure(bob.send(new CreateUserCommand({ UserName: 'eve' })));
  assert.equal(
    bare.message,
    `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${ACCOUNT}:user/eve because no identity-based policy allows the iam:CreateUser action`,
  );
  await bob.send(
    new CreateUserCommand({ UserName: 'eve', PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }),
  );
  await bob.send(
    new AttachUserPolicyCommand({ UserName: 'eve', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }),
  );
  await failure(
    bob.send(
      new AttachUserPolicyCommand({ UserName: 'eve', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
    ),
  );
  await iam.send(
    new DetachUserPolicyCommand({ UserName: 'eve', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' }),
  );
  await failure(bob.send(new DeleteUserCommand({ UserName: 'eve' })));
  await iam.send(new TagUserCommand({ UserName: 'eve', Tags: [{ Key: 'owner', Value: 'bob' }] }));
  await bob.send(new DeleteUserCommand({ UserName: 'eve' }));
});

test('who makes something with tags must be allowed to tag it, too', async () => {
  await using cloud = await startTestCloud();
  const bob = (...actions: string[]) => policy(...actions.map((action) => allow(action)));
  const iam = cloud.client(IAMClient, { credentials: await userWithKey(cloud, 'bob', bob('iam:CreateUser')) });
  const Tags = [{ Key: 'team', Value: 'red' }];
  const refused = await failure(iam.send(new CreateUserCommand({ UserName: 'eve', Tags })));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'AccessDenied',
      `User: arn:aws:iam::${ACCOUNT}:user/bob is not authorized to perform: iam:TagUser on resource: arn:aws:iam::${ACCOUNT}:user/eve because no identity-based policy allows the iam:TagUser action`,
    ],
  );
  await iam.send(new CreateUserCommand({ UserName: 'eve' }));
  const kim = await userWithKey(cloud, 'kim', bob('iam:CreateUser', 'iam:TagUser'));
  await cloud.client(IAMClient, { credentials: kim }).send(new CreateUserCommand({ UserName: 'tagged', Tags }));
});

test('temporary credentials of a user open nothing in IAM', async () => {
  await using cloud = await startTestCloud();
  const keys = await userWithKey(cloud, 'bob', policy(allow('*')));
  const { Credentials } = await cloud.client(STSClient, { credentials: keys }).send(new GetSessionTokenCommand({}));
  const error = await failure(
    cloud.client(IAMClient, { credentials: keysOf(Credentials) }).send(new GetUserCommand({})),
  );
  assert.equal(error.name, 'InvalidClientTokenId');
});

test('who does not sign is anonymous to conditions, too', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'open' }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'open' }));
  await s3.send(new PutObjectCommand({ Bucket: 'open', Key: 'note', Body: 'hello' }));
  const read = async (PrincipalType: string) => {
    const StringEquals = { 'aws:PrincipalType': PrincipalType, 'aws:userid': 'anonymous' };
    const Policy = policy({
      ...allow('s3:GetObject', 'arn:aws:s3:::open/*', { StringEquals }),
      Principal: '*',
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'open', Policy }));
    return (await fetch(`${cloud.url}/open/note`)).status;
  };
  assert.deepEqual([await read('User'), await read('Anonymous')], [403, 200]);
});
