/** Who called, as records have it, and how events are found by it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudTrailClient, type LookupAttributeKey, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutPublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { functionRole, zip } from '../../support/functions.ts';
import { Issuer } from '../sts/issuer.ts';

const ACCOUNT = '123456789012';
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const trusting = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

type Keys = {
  AccessKeyId?: string | undefined;
  SecretAccessKey?: string | undefined;
  SessionToken?: string | undefined;
};
const signedWith = ({ AccessKeyId = '', SecretAccessKey = '', SessionToken }: Keys = {}) => ({
  credentials: {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken !== undefined && { sessionToken: SessionToken }),
  },
});

async function events(cloud: TestCloud, AttributeKey: LookupAttributeKey, AttributeValue: string) {
  const { Events = [] } = await cloud
    .client(CloudTrailClient)
    .send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] }));
  return Events;
}

/** The record of the queue that somebody made. */
async function made(cloud: TestCloud, QueueName: string) {
  const all = await events(cloud, 'EventName', 'CreateQueue');
  const found = all.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent));
  return found.find(({ requestParameters }) => requestParameters.queueName === QueueName);
}

async function user(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'ada', Path: '/staff/' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'all', PolicyDocument: everything }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
  return { id: User?.UserId, arn: User?.Arn, keys: AccessKey };
}

test('users, their sessions, roles and federated users are told apart', async () => {
  await using cloud = await startTestCloud();
  const { id, arn, keys } = await user(cloud);
  const make = (QueueName: string, given: Keys | undefined) =>
    cloud.client(SQSClient, signedWith(given)).send(new CreateQueueCommand({ QueueName }));
  const sts = cloud.client(STSClient, signedWith(keys));
  await make('by-user', keys);
  const { Credentials: own } = await sts.send(new GetSessionTokenCommand({}));
  await make('by-session', own);
  const { Credentials: guest, FederatedUser } = await sts.send(
    new GetFederationTokenCommand({ Name: 'guest', Policy: everything }),
  );
  await make('by-guest', guest);
  const iam = cloud.client(IAMClient);
  const AssumeRolePolicyDocument = trusting({
    Principal: { AWS: ACCOUNT },
    Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
  });
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'jobs', Path: '/batch/', AssumeRolePolicyDocument }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName: 'jobs', PolicyName: 'all', PolicyDocument: everything }));
  const { Credentials: acting } = await sts.send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'night', SourceIdentity: 'ada' }),
  );
  await make('by-role', acting);
  await cloud.advance(1_000);

  const attributes = { creationDate: '2026-01-01T00:00:00Z', mfaAuthenticated: 'false' };
  const plain = { type: 'IAMUser', principalId: id, arn, accountId: ACCOUNT, userName: 'ada' };
  const identity = async (name: string) => (await made(cloud, name)).userIdentity;
  assert.deepEqual(await identity('by-user'), { ...plain, accessKeyId: keys?.AccessKeyId });
  assert.deepEqual(await identity('by-session'), {
    ...plain,
    accessKeyId: own?.AccessKeyId,
    sessionContext: { sessionIssuer: {}, webIdFederationData: {}, attributes },
  });
  assert.deepEqual(await identity('by-guest'), {
    type: 'FederatedUser',
    principalId: FederatedUser?.FederatedUserId,
    arn: FederatedUser?.Arn,
    accountId: ACCOUNT,
    accessKeyId: guest?.AccessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'IAMUser', arn, accountId: ACCOUNT, userName: 'ada' },
      webIdFederationData: {},
      attributes,
    },
  });
  assert.deepEqual(await identity('by-role'), {
    type: 'AssumedRole',
    principalId: `${Role?.RoleId}:night`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/jobs/night`,
    accountId: ACCOUNT,
    accessKeyId: acting?.AccessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: Role?.RoleId,
        arn: `arn:aws:iam::${ACCOUNT}:role/batch/jobs`,
        accountId: ACCOUNT,
        userName: 'jobs',
      },
      webIdFederationData: {},
      sourceIdentity: 'ada',
      attributes,
    },
  });
});

test('the owner of a role or key is told of calls from elsewhere, but not who it was there', async () => {
  await using cloud = await startTestCloud();
  const OTHER = '210987654321';
  const theirs = { credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } };
  const { id, arn, keys } = await user(cloud);
  const there = cloud.client(IAMClient, theirs);
  const AssumeRolePolicyDocument = trusting({ Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
  const { Role } = await there.send(new CreateRoleCommand({ RoleName: 'guest', AssumeRolePolicyDocument }));
  const Policy = trusting({ Principal: { AWS: [ACCOUNT, OTHER] }, Action: 'kms:*', Resource: '*' });
  const { KeyMetadata } = await cloud.client(KMSClient, theirs).send(new CreateKeyCommand({ Policy }));
  const sts = cloud.client(STSClient, signedWith(keys));
  await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'visit' }));
  const kms = cloud.client(KMSClient, signedWith(keys));
  await kms.send(new EncryptCommand({ KeyId: KeyMetadata?.Arn, Plaintext: Buffer.from('x') }));
  await cloud.advance(1_000);
  const lookup = async (name: string, as: Partial<typeof theirs>) => {
    const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: name }];
    const { Events = [] } = await cloud
      .client(CloudTrailClient, as)
      .send(new LookupEventsCommand({ LookupAttributes }));
    assert.equal(Events.length, 1, name);
    return { ...JSON.parse(Events[0]?.CloudTrailEvent ?? ''), Username: Events[0]?.Username };
  };
  for (const [name, resource] of [
    ['AssumeRole', { accountId: OTHER, type: 'AWS::IAM::Role', ARN: Role?.Arn }],
    ['Encrypt', { accountId: OTHER, type: 'AWS::KMS::Key', ARN: KeyMetadata?.Arn }],
  ] as const) {
    const [mine, told] = [await lookup(name, {}), await lookup(name, theirs)];
    assert.deepEqual([mine.userIdentity.arn, mine.recipientAccountId, mine.Username], [arn, ACCOUNT, 'ada']);
    assert.deepEqual(told.userIdentity, { type: 'AWSAccount', principalId: id, accountId: ACCOUNT });
    assert.deepEqual([told.recipientAccountId, told.Username], [OTHER, undefined]);
    assert.deepEqual([mine.resources, told.resources], [[resource], [resource]]);
    assert.equal(mine.sharedEventID, told.sharedEventID);
    assert.deepEqual(told.requestParameters, mine.requestParameters);
    assert.ok(mine.sharedEventID !== undefined && mine.eventID !== told.eventID && mine.requestID === told.requestID);
  }
  const [made] = await events(cloud, 'EventName', 'CreateUser');
  assert.equal(JSON.parse(made?.CloudTrailEvent ?? '').sharedEventID, undefined);
});

test('who comes with a token is known by its provider', async () => {
  await using cloud = await startTestCloud();
  await using issuer = await Issuer.start();
  const iam = cloud.client(IAMClient);
  const { OpenIDConnectProviderArn: provider } = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer.url, ClientIDList: ['app'] }),
  );
  const AssumeRolePolicyDocument = trusting({
    Principal: { Federated: provider },
    Action: 'sts:AssumeRoleWithWebIdentity',
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'web', PolicyName: 'all', PolicyDocument: everything }));
  const { Credentials, SubjectFromWebIdentityToken: sub } = await cloud.client(STSClient).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: Role?.Arn,
      RoleSessionName: 'ann',
      WebIdentityToken: issuer.token(),
    }),
  );
  await cloud.client(SQSClient, signedWith(Credentials)).send(new CreateQueueCommand({ QueueName: 'by-ann' }));
  await cloud.advance(1_000);
  const [assumed] = await events(cloud, 'EventName', 'AssumeRoleWithWebIdentity');
  assert.deepEqual(JSON.parse(assumed?.CloudTrailEvent ?? '').userIdentity, {
    type: 'WebIdentityUser',
    principalId: `${provider}:app:${sub}`,
    userName: sub,
    identityProvider: provider,
  });
  const { sessionContext } = (await made(cloud, 'by-ann')).userIdentity;
  assert.deepEqual(sessionContext.webIdFederationData, { federatedProvider: provider, attributes: {} });
});

test('events are found by each attribute, and have the names that CloudTrail gives operations', async () => {
  await using cloud = await startTestCloud();
  const { keys } = await user(cloud);
  const s3 = cloud.client(S3Client, { forcePathStyle: true, ...signedWith(keys) });
  await s3.send(new CreateBucketCommand({ Bucket: 'shelf' }));
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket: 'shelf', PublicAccessBlockConfiguration: { BlockPublicAcls: true } }),
  );
  const Role = await functionRole(cloud);
  const ZipFile = zip({ 'index.mjs': 'export const handler = () => 1;' });
  await cloud.client(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName: 'f',
      Role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile },
    }),
  );
  await cloud.advance(1_000);
  const found = async (key: LookupAttributeKey, value: string) =>
    (await events(cloud, key, value)).map(({ EventName }) => EventName);
  assert.deepEqual(await found('AccessKeyId', keys?.AccessKeyId ?? ''), ['PutBucketPublicAccessBlock', 'CreateBucket']);
  assert.deepEqual(await found('Username', 'ada'), ['PutBucketPublicAccessBlock', 'CreateBucket']);
  assert.deepEqual(await found('EventSource', 'lambda.amazonaws.com'), ['CreateFunction20150331']);
  assert.deepEqual(await found('EventName', 'CreateFunction20150331'), ['CreateFunction20150331']);
  assert.deepEqual(await found('ResourceType', 'AWS::S3::Bucket'), ['PutBucketPublicAccessBlock', 'CreateBucket']);
  assert.ok((await found('ReadOnly', 'true')).every((name) => ['LookupEvents', 'AssumeRole'].includes(name ?? '')));
  const [one] = await events(cloud, 'ResourceName', 'shelf');
  assert.deepEqual(await found('EventId', one?.EventId ?? ''), ['PutBucketPublicAccessBlock']);
  assert.equal(JSON.parse(one?.CloudTrailEvent ?? '').requestParameters.bucketName, 'shelf');
});
