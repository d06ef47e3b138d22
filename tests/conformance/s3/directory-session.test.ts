import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateSessionCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListDirectoryBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type SessionCredentials,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { failure, type TestCloud } from '../../support/cloud.ts';
import { directory, expressClient, startDirectory } from './directory-setup.ts';

/** Keys of an IAM user of account 123456789012. */
async function keysOf(cloud: TestCloud, UserName: string, Statement: object) {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

const userClient = async (cloud: TestCloud, name: string, statement: object, options: object = {}) =>
  expressClient(cloud, '', { credentials: await keysOf(cloud, name, statement), ...options });

/** A client that signs with a session's credentials and nothing else, for the service of this name. */
function sessionClient(cloud: TestCloud, credentials: SessionCredentials | undefined) {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
  const client = expressClient(cloud, '', {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    disableS3ExpressSessionAuth: true,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-s3session-token'] = SessionToken;
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}

const onBucket = (Bucket: string) => `arn:aws:s3express:us-east-1:123456789012:bucket/${Bucket}`;
const allow = (Action: string | string[], Resource = '*', Condition: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});

test('A session is good for five minutes, for its bucket, and for S3 alone', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  await s3.send(directory('other--use1-az4--x-s3'));
  const { Credentials } = await s3.send(new CreateSessionCommand({ Bucket }));
  const session = sessionClient(cloud, Credentials);
  await session.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
  const elsewhere = new ListObjectsV2Command({ Bucket: 'other--use1-az4--x-s3' });
  assert.equal((await failure(session.send(elsewhere))).name, 'AccessDenied');
  assert.equal((await failure(session.send(new ListDirectoryBucketsCommand({})))).name, 'AccessDenied');
  assert.equal((await failure(session.send(new CreateSessionCommand({ Bucket })))).name, 'InvalidRequest');
  const copy = new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a` });
  assert.equal((await failure(session.send(copy))).name, 'InvalidRequest');
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const sts = cloud.client(STSClient, {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  assert.equal((await failure(sts.send(new GetCallerIdentityCommand({})))).name, 'InvalidClientTokenId');
  const forged = sessionClient(cloud, { ...Credentials, SessionToken: 'forged' } as SessionCredentials);
  assert.equal((await failure(forged.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'InvalidToken');
  const stolen = sessionClient(cloud, { ...Credentials, SecretAccessKey: 'other' } as SessionCredentials);
  assert.equal((await failure(stolen.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'SignatureDoesNotMatch');
  await cloud.advance(299_000);
  await session.send(new GetObjectCommand({ Bucket, Key: 'a' }));
  await cloud.advance(1_000);
  assert.equal((await failure(session.send(new GetObjectCommand({ Bucket, Key: 'a' })))).name, 'ExpiredToken');
});

test('Policies say who may open a session, and in which mode', async () => {
  await using cloud = await startDirectory();
  const { Bucket } = cloud;
  await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
  const mode = (SessionMode: string) => ({ StringEquals: { 's3express:SessionMode': SessionMode } });
  const reader = await userClient(
    cloud,
    'reader',
    allow('s3express:CreateSession', onBucket(Bucket), mode('ReadOnly')),
  );
  assert.equal(await (await reader.send(new GetObjectCommand({ Bucket, Key: 'a' }))).Body?.transformToString(), 'b');
  const denied = await failure(reader.send(new PutObjectCommand({ Bucket, Key: 'c', Body: 'd' })));
  assert.equal(denied.name, 'AccessDenied');
  assert.equal(denied.message, 'Access Denied');
  const wide = new CreateSessionCommand({ Bucket, SessionMode: 'ReadWrite' });
  assert.equal((await failure(reader.send(wide))).name, 'AccessDenied');
  await reader.send(new CreateSessionCommand({ Bucket, SessionMode: 'ReadOnly' }));
  const nobody = await userClient(cloud, 'nobody', allow('s3:*'));
  assert.equal((await failure(nobody.send(new ListObjectsV2Command({ Bucket })))).name, 'AccessDenied');
  const plain = await userClient(cloud, 'plain', allow('s3express:CreateSession'), {
    disableS3ExpressSessionAuth: true,
  });
  await plain.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'd' }));
  const young = await userClient(
    cloud,
    'young',
    allow('s3express:CreateSession', '*', { NumericLessThan: { 's3express:signatureAge': '600000' } }),
  );
  await young.send(new ListObjectsV2Command({ Bucket }));
  const secure = await userClient(
    cloud,
    'secure',
    allow('s3express:CreateSession', '*', { NumericGreaterThan: { 's3express:TlsVersion': '1.2' } }),
  );
  assert.equal((await failure(secure.send(new ListObjectsV2Command({ Bucket })))).name, 'AccessDenied');
});

test('A policy of the bucket opens it to another account; the bucket itself stays its owner’s', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  // A client remembers a session that it was refused, too.
  const early = expressClient(cloud, '999988887777');
  assert.equal((await failure(early.send(new ListObjectsV2Command({ Bucket })))).name, 'AccessDenied');
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: '999988887777' },
      Action: 's3express:CreateSession',
      Resource: onBucket(Bucket),
    },
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const kept = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  assert.equal(JSON.parse(kept.Policy ?? '').Statement[0].Action, 's3express:CreateSession');
  const other = expressClient(cloud, '999988887777');
  await other.send(new PutObjectCommand({ Bucket, Key: 'theirs', Body: 'x' }));
  assert.equal((await failure(other.send(new DeleteBucketCommand({ Bucket })))).name, 'AccessDenied');
  const wrong = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
  });
  assert.equal((await failure(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: wrong })))).name, 'MalformedPolicy');
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  assert.equal((await failure(s3.send(new GetBucketPolicyCommand({ Bucket })))).name, 'NoSuchBucketPolicy');
});

test('A session from before a bucket was made does not open another account’s', async () => {
  await using cloud = await startDirectory();
  const Bucket = 'later--use1-az4--x-s3';
  const { Credentials } = await cloud.s3.send(new CreateSessionCommand({ Bucket }));
  const session = sessionClient(cloud, Credentials);
  assert.equal((await failure(session.send(new ListObjectsV2Command({ Bucket })))).name, 'NoSuchBucket');
  await expressClient(cloud, '999988887777').send(directory(Bucket));
  assert.equal((await failure(session.send(new ListObjectsV2Command({ Bucket })))).name, 'AccessDenied');
});

test('Making and listing directory buckets have actions of their own', async () => {
  await using cloud = await startDirectory();
  const maker = await userClient(
    cloud,
    'maker',
    allow(['s3express:CreateBucket', 's3express:ListAllMyDirectoryBuckets'], '*'),
    { disableS3ExpressSessionAuth: true },
  );
  await maker.send(directory('made--use1-az4--x-s3'));
  assert.equal((await maker.send(new ListDirectoryBucketsCommand({}))).Buckets?.length, 2);
  const remove = new DeleteBucketCommand({ Bucket: 'made--use1-az4--x-s3' });
  assert.equal((await failure(maker.send(remove))).name, 'AccessDenied');
  const general = await userClient(cloud, 'general', allow('s3:*'), { disableS3ExpressSessionAuth: true });
  assert.equal((await failure(general.send(directory('b--use1-az4--x-s3')))).name, 'AccessDenied');
  await general.send(new CreateBucketCommand({ Bucket: 'general-purpose' }));
});
