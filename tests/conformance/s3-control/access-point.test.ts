/** Access points: their life, their policies, and objects through them by alias, ARN and host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  DeleteAccessPointCommand,
  DeleteAccessPointPolicyCommand,
  GetAccessPointCommand,
  GetAccessPointPolicyCommand,
  GetAccessPointPolicyStatusCommand,
  ListAccessPointsCommand,
  ListTagsForResourceCommand,
  PutAccessPointPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-s3-control';
import { START } from '../../support/cloud.ts';
import { allow, policy as policyOf, userWithKey } from '../iam/support.ts';
import { clientOf, type S3Cloud, send, startS3 } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

const AccountId = '123456789012';
const Name = 'readers';
const ARN = `arn:aws:s3:us-east-1:${AccountId}:accesspoint/${Name}`;

async function makePoint(cloud: S3Cloud, more: object = {}) {
  const control = controlOf(cloud);
  const { Alias = '', AccessPointArn } = await control.send(
    new CreateAccessPointCommand({ AccountId, Name, Bucket: cloud.Bucket, ...more }),
  );
  return { control, Alias, AccessPointArn };
}

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

async function text(
  promise: Promise<{ Body?: { transformToString(): Promise<string> } }>,
): Promise<string | undefined> {
  return (await promise).Body?.transformToString();
}

test('an access point is made, shown, listed and deleted', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  await cloud.advance(250);
  const { control, Alias, AccessPointArn } = await makePoint(cloud);
  assert.equal(AccessPointArn, ARN);
  assert.match(Alias, /^readers-[0-9a-z]{34}-s3alias$/);
  const shown = await control.send(new GetAccessPointCommand({ AccountId, Name }));
  assert.deepEqual(
    [shown.Bucket, shown.NetworkOrigin, shown.Alias, shown.CreationDate, shown.BucketAccountId],
    [Bucket, 'Internet', Alias, new Date(START), AccountId],
  );
  assert.deepEqual(shown.PublicAccessBlockConfiguration, {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  await assert.rejects(makePoint(cloud), { name: 'AccessPointAlreadyOwnedByYou' });
  await control.send(new CreateAccessPointCommand({ AccountId, Name: 'writers', Bucket }));
  const first = await control.send(new ListAccessPointsCommand({ AccountId, Bucket, MaxResults: 1 }));
  const second = await control.send(new ListAccessPointsCommand({ AccountId, Bucket, NextToken: first.NextToken }));
  assert.deepEqual(
    [first, second].map(({ AccessPointList = [] }) => AccessPointList.map((one) => one.Name)),
    [[Name], ['writers']],
  );
  const none = await control.send(new ListAccessPointsCommand({ AccountId, Bucket, MaxResults: 0 }));
  assert.deepEqual([none.AccessPointList ?? [], none.NextToken], [[], undefined]);
  for (const odd of ['readers-s3alias', 'readers--xa-s3'])
    await assert.rejects(makePoint(cloud, { Name: odd }), { name: 'InvalidRequest' });
  await control.send(new DeleteAccessPointCommand({ AccountId, Name }));
  await assert.rejects(control.send(new GetAccessPointCommand({ AccountId, Name })), {
    name: 'NoSuchAccessPoint',
    message: 'The specified accesspoint does not exist',
  });
  await assert.rejects(makePoint(cloud, { Bucket: 'nowhere-2026' }), { name: 'InvalidRequest' });
  await assert.rejects(makePoint(cloud, { AccountId: '210987654321' }), { name: 'AccessDenied' });
});

test('objects are reached by alias and by ARN; the bucket as a whole is not', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const { Alias } = await makePoint(cloud);
  await s3.send(new PutObjectCommand({ Bucket: Alias, Key: 'a b', Body: 'through' }));
  assert.equal(await text(s3.send(new GetObjectCommand({ Bucket, Key: 'a b' }))), 'through');
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket: Alias }))).AccessPointAlias, true);
  await send(cloud, 'DELETE', `/${Bucket}/a%20b`);
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), {
    name: 'BucketHasAccessPointsAttached',
    message: 'Bucket has access points attached and cannot be deleted.',
  });
  await s3.send(new PutObjectCommand({ Bucket: Alias, Key: 'a b', Body: 'through' }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: encodeURI(`${ARN}/object/a b`) }));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: Alias }));
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['a b', 'c'],
  );
  const Delete = { Objects: [{ Key: 'a b' }, { Key: 'c' }] };
  const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: Alias, Delete }));
  assert.equal(Deleted?.length, 2);
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: Alias })), { name: 'MethodNotAllowed' });
});

test('both policies must let a caller in; the bucket may leave it to its access points', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const { control, Alias } = await makePoint(cloud);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'open/a', Body: 'open' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'closed/a', Body: 'closed' }));
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const ann = clientOf(cloud, '', {
    credentials: { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey },
  });
  const get = (Key: string) => text(ann.send(new GetObjectCommand({ Bucket: Alias, Key })));
  await assert.rejects(get('open/a'), { name: 'AccessDenied' });
  const Principal = { AWS: `arn:aws:iam::${AccountId}:user/ann` };
  const Policy = policy({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `${ARN}/object/open/*` });
  const spaced = JSON.stringify(JSON.parse(Policy), null, 2);
  await control.send(new PutAccessPointPolicyCommand({ AccountId, Name, Policy: spaced }));
  await assert.rejects(get('open/a'), { name: 'AccessDenied' }, 'the bucket has not been asked');
  const delegates = policy({
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: '*',
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    Condition: { StringEquals: { 's3:DataAccessPointAccount': AccountId } },
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: delegates }));
  assert.equal(await get('open/a'), 'open');
  await assert.rejects(get('closed/a'), { name: 'AccessDenied' });
  await assert.rejects(text(ann.send(new GetObjectCommand({ Bucket, Key: 'open/a' }))), { name: 'AccessDenied' });
  assert.equal((await control.send(new GetAccessPointPolicyCommand({ AccountId, Name }))).Policy, Policy);
  const status = () => control.send(new GetAccessPointPolicyStatusCommand({ AccountId, Name }));
  assert.deepEqual((await status()).PolicyStatus, { IsPublic: false });
  await control.send(new DeleteAccessPointPolicyCommand({ AccountId, Name }));
  await assert.rejects(status(), { name: 'NoSuchAccessPointPolicy' });
  await assert.rejects(get('open/a'), { name: 'AccessDenied' });
});

test('policies are about the access point, and public ones are blocked', async () => {
  await using cloud = await startS3();
  const { control } = await makePoint(cloud);
  const put = (Principal: object | string, Resource: string) =>
    control.send(
      new PutAccessPointPolicyCommand({
        AccountId,
        Name,
        Policy: policy({ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource }),
      }),
    );
  const own = { AWS: `arn:aws:iam::${AccountId}:root` };
  await assert.rejects(put(own, `arn:aws:s3:::${cloud.Bucket}/*`), {
    name: 'MalformedPolicy',
    message: 'Policy has invalid resource',
  });
  await assert.rejects(put({ AWS: `arn:aws:iam::${AccountId}:user/nobody` }, `${ARN}/object/*`), {
    name: 'MalformedPolicy',
    message: 'Invalid principal in policy',
  });
  await assert.rejects(put('*', `${ARN}/object/*`), { name: 'AccessDenied' });
  await put(own, `${ARN}/object/*`);
});

test('an access point of a virtual network is closed to the internet', async () => {
  await using cloud = await startS3();
  const { Alias, control } = await makePoint(cloud, { VpcConfiguration: { VpcId: 'vpc-1' } });
  assert.equal((await control.send(new GetAccessPointCommand({ AccountId, Name }))).NetworkOrigin, 'VPC');
  await assert.rejects(cloud.s3.send(new PutObjectCommand({ Bucket: Alias, Key: 'a', Body: 'x' })), {
    name: 'AccessDenied',
  });
});

test('access points and buckets carry tags', async () => {
  await using cloud = await startS3();
  const { control } = await makePoint(cloud, { Tags: [{ Key: 'a', Value: '1' }] });
  for (const ResourceArn of [ARN, `arn:aws:s3:::${cloud.Bucket}`]) {
    const named = { AccountId, ResourceArn };
    await control.send(
      new TagResourceCommand({
        ...named,
        Tags: [
          { Key: 'b', Value: '2' },
          { Key: 'a', Value: '3' },
          { Key: '__proto__', Value: '4' },
        ],
      }),
    );
    const twice = ['5', '6'].map((Value) => ({ Key: 'c', Value }));
    await assert.rejects(control.send(new TagResourceCommand({ ...named, Tags: twice })), { name: 'InvalidTag' });
    await control.send(new UntagResourceCommand({ ...named, TagKeys: ['b'] }));
    const { Tags } = await control.send(new ListTagsForResourceCommand(named));
    assert.deepEqual(
      Tags?.toSorted((a, b) => ((a.Key ?? '') < (b.Key ?? '') ? -1 : 1)),
      [
        { Key: '__proto__', Value: '4' },
        { Key: 'a', Value: '3' },
      ],
    );
  }
});

test('policies see the tags of an access point', async () => {
  await using cloud = await startS3();
  const { control, Alias } = await makePoint(cloud, { Tags: [{ Key: 'team', Value: 'red' }] });
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.Bucket, Key: 'a', Body: 'a' }));
  const outcome = async (name: string, team: string) => {
    const Condition = { StringEquals: { 's3:AccessPointTag/team': team } };
    const credentials = await userWithKey(cloud, name, policyOf(allow('s3:*', '*', Condition)));
    const read = clientOf(cloud, '', { credentials }).send(new GetObjectCommand({ Bucket: Alias, Key: 'a' }));
    const shown = controlOf(cloud, { credentials }).send(new GetAccessPointCommand({ AccountId, Name }));
    return (await Promise.allSettled([read, shown])).map(({ status }) => status);
  };
  assert.deepEqual(await outcome('ann', 'red'), ['fulfilled', 'fulfilled']);
  assert.deepEqual(await outcome('bob', 'blue'), ['rejected', 'rejected']);
  await control.send(new UntagResourceCommand({ AccountId, ResourceArn: ARN, TagKeys: ['team'] }));
  assert.deepEqual(await outcome('eve', 'red'), ['rejected', 'rejected']);
});
