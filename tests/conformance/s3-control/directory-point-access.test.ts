/** Who gets in by access points of directory buckets, and who manages them. Source: S3 User Guide, "Configuring IAM policies for using access points for directory buckets". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  DeleteAccessPointCommand,
  DeleteAccessPointPolicyCommand,
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  ListAccessPointsForDirectoryBucketsCommand,
  PutAccessPointPolicyCommand,
  PutAccessPointScopeCommand,
  TagResourceCommand,
} from '@aws-sdk/client-s3-control';
import { failure } from '../../support/cloud.ts';
import { expressClient, startDirectory } from '../s3/directory-setup.ts';
import { AccountId, ARN, Name, put, start, textOf } from './directory-points.ts';
import { controlOf } from './setup.ts';

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

test('its policy, and the bucket’s, say who gets in', async () => {
  await using world = await start({ Permissions: ['GetObject'] });
  const { cloud, control, s3, Bucket } = world;
  await put(s3, Bucket, 'a');
  const iam = cloud.client(IAMClient);
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  // Sessions are kept by a client: each question has a new one.
  const get = (name: string) => textOf(expressClient(cloud, undefined, { credentials }), name, 'a');
  assert.equal((await failure(get(Name))).name, 'AccessDenied');
  const bucketArn = `arn:aws:s3express:us-east-1:${AccountId}:bucket/${Bucket}`;
  const allow = { Effect: 'Allow', Principal: { AWS: User?.Arn }, Action: 's3express:CreateSession' };
  const putPolicy = (Policy: string) => control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy }));
  const wrong = [
    document({ ...allow, Action: 's3express:DeleteBucket', Resource: ARN }),
    document({ ...allow, Resource: `${ARN}-other` }),
    document({ ...allow, Principal: '*', Resource: ARN }),
  ];
  const refusals = ['MalformedPolicy', 'MalformedPolicy', 'AccessDenied'];
  for (const [at, policy] of wrong.entries()) assert.equal((await failure(putPolicy(policy))).name, refusals[at]);
  await putPolicy(document({ ...allow, Resource: ARN }));
  const { Policy = '' } = await control.send(new GetAccessPointPolicyCommand({ AccountId, Name }));
  assert.deepEqual(JSON.parse(Policy).Statement[0].Resource, ARN);
  assert.equal((await failure(get(Name))).name, 'AccessDenied', 'the bucket lets nobody in yet');
  // The bucket leaves it to its account's access points, as far as they only read.
  const delegation = (permission: string) =>
    document({
      ...allow,
      Principal: { AWS: AccountId },
      Resource: bucketArn,
      Condition: {
        StringEquals: { 's3express:DataAccessPointAccount': AccountId },
        'ForAllValues:StringEquals': { 's3express:Permissions': [permission] },
      },
    });
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'bob',
      PolicyName: 'own',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: 's3express:CreateSession',
        Resource: '*',
        Condition: { StringLike: { 's3express:DataAccessPointArn': 'arn:aws:s3express:*:*:accesspoint/readers-*' } },
      }),
    }),
  );
  assert.equal(await get(Name), 'body of a');
  assert.equal((await failure(get(Bucket))).name, 'AccessDenied', 'only by the access point');
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: delegation('GetObject').replace('"Allow"', '"Deny"').replace('ForAllValues:', 'ForAnyValue:'),
    }),
  );
  assert.equal((await failure(get(Name))).name, 'AccessDenied');
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: delegation('GetObject') }));
  assert.equal(await get(Name), 'body of a');
  await control.send(new DeleteAccessPointPolicyCommand({ AccountId, Name }));
  const none = failure(control.send(new GetAccessPointPolicyCommand({ AccountId, Name })));
  assert.equal((await none).name, 'NoSuchAccessPointPolicy');
});

test('one of another account gets in where the bucket lets it', async () => {
  await using cloud = await startDirectory();
  const { Bucket, s3 } = cloud;
  const other = '222222222222';
  const credentials = { accessKeyId: other, secretAccessKey: 'test' };
  const control = controlOf(cloud, { credentials });
  const theirs = { AccountId: other, Name };
  await control.send(new CreateAccessPointCommand({ ...theirs, Bucket, BucketAccountId: AccountId }));
  const taken = failure(controlOf(cloud).send(new CreateAccessPointCommand({ AccountId, Name, Bucket })));
  assert.equal((await taken).name, 'InvalidRequest');
  const write = () => put(expressClient(cloud, other), Name, 'theirs');
  assert.equal((await failure(write())).name, 'AccessDenied');
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: document({
        Effect: 'Allow',
        Principal: '*',
        Action: 's3express:CreateSession',
        Resource: `arn:aws:s3express:us-east-1:${AccountId}:bucket/${Bucket}`,
        Condition: { StringEquals: { 's3express:DataAccessPointAccount': other } },
      }),
    }),
  );
  await write();
  assert.equal(await textOf(s3, Bucket, 'theirs'), 'body of theirs');
  const direct = put(expressClient(cloud, other), Bucket, 'direct');
  assert.equal((await failure(direct)).name, 'AccessDenied');
});

test('policies see its tags as those of what is asked for', async () => {
  await using world = await start();
  const { cloud, control, s3, Bucket } = world;
  await put(s3, Bucket, 'a');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const get = () => textOf(expressClient(cloud, undefined, { credentials }), Name, 'a');
  const allow = (Resource: string, Condition: object = {}) => ({
    Effect: 'Allow',
    Action: 's3express:CreateSession',
    Resource,
    Condition,
  });
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'bob',
      PolicyName: 'own',
      PolicyDocument: document(
        allow('arn:aws:s3express:*:*:accesspoint/*', { StringEquals: { 'aws:ResourceTag/team': 'a' } }),
        allow('arn:aws:s3express:*:*:bucket/*', { StringEquals: { 's3express:AccessPointTag/team': 'a' } }),
      ),
    }),
  );
  assert.equal((await failure(get())).name, 'AccessDenied');
  await control.send(new TagResourceCommand({ AccountId, ResourceArn: ARN, Tags: [{ Key: 'team', Value: 'a' }] }));
  assert.equal(await get(), 'body of a');
});

test('who manages them needs the permissions of s3express; the trail tells them as its events', async () => {
  await using world = await start();
  const { cloud, Bucket } = world;
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const allow = (Action: string, Condition: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', Condition });
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'bob',
      PolicyName: 'own',
      PolicyDocument: document(
        allow('s3:*'),
        allow('s3express:CreateAccessPoint', { StringEquals: { 's3express:AccessPointNetworkOrigin': 'VPC' } }),
        allow('s3express:ListAccessPointsForDirectoryBuckets'),
      ),
    }),
  );
  const control = controlOf(cloud, { credentials });
  const other = { AccountId, Name: 'writers--use1-az4--xa-s3', Bucket };
  const VpcConfiguration = { VpcId: 'vpc-1' };
  assert.equal((await failure(control.send(new CreateAccessPointCommand(other)))).name, 'AccessDenied');
  await control.send(new CreateAccessPointCommand({ ...other, VpcConfiguration }));
  await control.send(new ListAccessPointsForDirectoryBucketsCommand({ AccountId }));
  const denied = [
    () => control.send(new GetAccessPointCommand({ AccountId, Name })),
    () => control.send(new PutAccessPointScopeCommand({ AccountId, Name, Scope: {} })),
    () => control.send(new DeleteAccessPointCommand({ AccountId, Name })),
  ];
  for (const call of denied) assert.equal((await failure(call())).name, 'AccessDenied');
  await cloud.advance(60_000);
  const { Events = [] } = await cloud.client(CloudTrailClient).send(new LookupEventsCommand({}));
  const told = Events.filter(({ EventName }) => EventName?.includes('AccessPoint'));
  assert.ok(told.length >= 6);
  assert.deepEqual([...new Set(told.map(({ EventSource }) => EventSource))], ['s3express.amazonaws.com']);
});
