/** Access points of directory buckets. Source: S3 User Guide, "Managing access to shared datasets in directory buckets with access points". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  CreateSessionCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  type CreateAccessPointCommandInput,
  DeleteAccessPointCommand,
  DeleteAccessPointScopeCommand,
  GetAccessPointCommand,
  GetAccessPointScopeCommand,
  ListAccessPointsCommand,
  ListAccessPointsForDirectoryBucketsCommand,
  ListTagsForResourceCommand,
  PutAccessPointScopeCommand,
  TagResourceCommand,
} from '@aws-sdk/client-s3-control';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { directory, expressClient, startDirectory } from '../s3/directory-setup.ts';
import { AccountId, ARN, Name, put, start, textOf } from './directory-points.ts';
import { controlOf } from './setup.ts';

test('is made, shown, listed apart from others, tagged and deleted', async () => {
  await using cloud = await startDirectory();
  const control = controlOf(cloud);
  const { Bucket } = cloud;
  const made = await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket }));
  assert.deepEqual([made.AccessPointArn, made.Alias], [ARN, Name]);
  const { $metadata: _, ...shown } = await control.send(new GetAccessPointCommand({ AccountId, Name }));
  const listed = {
    Name,
    NetworkOrigin: 'Internet',
    Bucket,
    AccessPointArn: ARN,
    Alias: Name,
    BucketAccountId: AccountId,
  };
  const { AccessPointArn: __, ...entry } = listed;
  assert.deepEqual(
    { ...shown, AccessPointArn: undefined },
    {
      ...entry,
      AccessPointArn: undefined,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
      CreationDate: new Date(START),
    },
  );
  const again = await failure(control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket })));
  assert.equal(again.name, 'AccessPointAlreadyOwnedByYou');
  const other = 'writers--use1-az4--xa-s3';
  await control.send(
    new CreateAccessPointCommand({ AccountId, Name: other, Bucket, Tags: [{ Key: 'team', Value: 'a' }] }),
  );
  const list = async (input: object) => {
    const command = new ListAccessPointsForDirectoryBucketsCommand({ AccountId, ...input });
    const { AccessPointList = [], NextToken } = await control.send(command);
    return { names: AccessPointList.map((point) => point.Name), NextToken };
  };
  assert.deepEqual((await list({})).names, [Name, other]);
  assert.deepEqual((await list({ DirectoryBucket: 'none--use1-az4--x-s3' })).names, []);
  const first = await list({ DirectoryBucket: Bucket, MaxResults: 1 });
  assert.deepEqual(first.names, [Name]);
  assert.deepEqual((await list({ DirectoryBucket: Bucket, NextToken: first.NextToken })).names, [other]);
  assert.deepEqual((await control.send(new ListAccessPointsCommand({ AccountId }))).AccessPointList ?? [], []);

  const ResourceArn = ARN.replace(Name, other);
  await control.send(new TagResourceCommand({ AccountId, ResourceArn, Tags: [{ Key: 'stage', Value: 'b' }] }));
  const { Tags } = await control.send(new ListTagsForResourceCommand({ AccountId, ResourceArn }));
  assert.deepEqual(Tags, [
    { Key: 'team', Value: 'a' },
    { Key: 'stage', Value: 'b' },
  ]);
  const held = await failure(cloud.s3.send(new DeleteBucketCommand({ Bucket })));
  assert.match(held.message, /access point/i);
  for (const one of [Name, other]) await control.send(new DeleteAccessPointCommand({ AccountId, Name: one }));
  assert.equal((await failure(control.send(new GetAccessPointCommand({ AccountId, Name })))).name, 'NoSuchAccessPoint');
  await cloud.s3.send(new DeleteBucketCommand({ Bucket }));
});

test('names and settings that can’t be are refused', async () => {
  await using cloud = await startDirectory();
  const control = controlOf(cloud);
  const { Bucket } = cloud;
  await cloud.s3.send(directory('other--use1-az5--x-s3', 'use1-az5'));
  const create = (input: Partial<CreateAccessPointCommandInput>) =>
    failure(control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket, ...input })));
  const cases: [Partial<CreateAccessPointCommandInput>, string][] = [
    [{ Name: 'ab--use1-az4--xa-s3' }, 'InvalidRequest'],
    [{ Name: '-readers--use1-az4--xa-s3' }, 'InvalidRequest'],
    [{ Name: `${'a'.repeat(51)}--use1-az4--xa-s3` }, 'InvalidRequest'],
    [{ Name: 'readers--use1-az5--xa-s3' }, 'InvalidRequest'],
    [{ Bucket: 'other--use1-az5--x-s3' }, 'InvalidRequest'],
    [{ Bucket: 'none--use1-az4--x-s3' }, 'NoSuchBucket'],
    [{ BucketAccountId: '222222222222' }, 'NoSuchBucket'],
    [{ Scope: { Prefixes: ['x'.repeat(256)] } }, 'InvalidRequest'],
    [{ PublicAccessBlockConfiguration: { BlockPublicPolicy: false } }, 'InvalidRequest'],
    [{ Name: 'readers' }, 'InvalidToken'],
  ];
  for (const [input, code] of cases) assert.equal((await create(input)).name, code, JSON.stringify(input));
  const scope = failure(control.send(new GetAccessPointScopeCommand({ AccountId, Name: 'readers' })));
  assert.equal((await scope).name, 'InvalidRequest');
  const none = failure(control.send(new GetAccessPointScopeCommand({ AccountId, Name })));
  assert.equal((await none).name, 'NoSuchAccessPoint');
});

test('objects are written, read, copied, listed and deleted by its name, in sessions of its own', async () => {
  await using world = await start();
  const { cloud, s3, Bucket } = world;
  await put(s3, Name, 'a');
  assert.equal(await textOf(s3, Bucket, 'a'), 'body of a');
  assert.equal(await textOf(s3, Name, 'a'), 'body of a');
  await s3.send(new HeadBucketCommand({ Bucket: Name }));
  await s3.send(new CopyObjectCommand({ Bucket: Name, Key: 'b', CopySource: `${Name}/a` }));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: Name }));
  assert.deepEqual(Contents.map(({ Key }) => Key).sort(), ['a', 'b']);
  await s3.send(new DeleteObjectsCommand({ Bucket: Name, Delete: { Objects: [{ Key: 'a' }] } }));
  await s3.send(new DeleteObjectCommand({ Bucket: Name, Key: 'b' }));
  assert.equal((await failure(s3.send(new HeadObjectCommand({ Bucket, Key: 'a' })))).name, 'NotFound');
  const policy = await failure(s3.send(new GetBucketPolicyCommand({ Bucket: Name })));
  assert.equal(policy.name, 'MethodNotAllowed');

  // A session that it has opened is good for it, and not for the bucket.
  const { Credentials } = await s3.send(new CreateSessionCommand({ Bucket: Name }));
  assert.ok(Credentials?.SessionToken !== undefined);
  const gone = failure(s3.send(new CreateSessionCommand({ Bucket: 'none--use1-az4--xa-s3' })));
  assert.equal((await gone).name, 'NoSuchBucket');
  await world.control.send(new DeleteAccessPointCommand({ AccountId, Name }));
  const fresh = expressClient(cloud);
  assert.equal((await failure(put(fresh, Name, 'c'))).name, 'NoSuchBucket');
});

test('its scope leaves prefixes and operations', async () => {
  await using world = await start({
    Prefixes: ['jane/*/in', 'all'],
    Permissions: ['GetObject', 'PutObject', 'ListBucket'],
  });
  const { control, s3, Bucket } = world;
  const asked = () => control.send(new GetAccessPointScopeCommand({ AccountId, Name }));
  assert.deepEqual((await asked()).Scope, {
    Prefixes: ['jane/*/in', 'all'],
    Permissions: ['GetObject', 'PutObject', 'ListBucket'],
  });
  for (const Key of ['jane/1/in', 'jane/1/2/in/3', 'all', 'all/x']) {
    await put(s3, Name, Key);
    assert.equal(await textOf(s3, Name, Key), `body of ${Key}`);
  }
  await put(s3, Bucket, 'jane/1/out');
  const denied = async (call: Promise<unknown>) => assert.equal((await failure(call)).name, 'AccessDenied');
  await denied(put(s3, Name, 'jane/1/out'));
  await denied(s3.send(new GetObjectCommand({ Bucket: Name, Key: 'jane/1/out' })));
  await denied(s3.send(new CreateMultipartUploadCommand({ Bucket: Name, Key: 'bob' })));
  await denied(s3.send(new DeleteObjectCommand({ Bucket: Name, Key: 'all' })));
  await denied(s3.send(new CopyObjectCommand({ Bucket: Name, Key: 'all/y', CopySource: `${Name}/jane/1/out` })));
  await denied(s3.send(new ListObjectsV2Command({ Bucket: Name })));
  await denied(s3.send(new ListObjectsV2Command({ Bucket: Name, Prefix: 'jane/' })));
  const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: Name, Prefix: 'all/' }));
  assert.equal(KeyCount, 1);

  // A star that is one; another scope takes the place of the first at once.
  await control.send(new PutAccessPointScopeCommand({ AccountId, Name, Scope: { Prefixes: ['\\*'] } }));
  await denied(put(s3, Name, 'all'));
  await put(s3, Name, '*/x');
  await s3.send(new DeleteObjectCommand({ Bucket: Name, Key: '*/x' }));
  await control.send(new DeleteAccessPointScopeCommand({ AccountId, Name }));
  assert.equal((await asked()).Scope, undefined);
  await put(s3, Name, 'anything');
});

test('one of a virtual network is closed to all others', async () => {
  await using cloud = await startDirectory();
  const control = controlOf(cloud);
  const { Bucket, s3 } = cloud;
  const VpcConfiguration = { VpcId: 'vpc-1' };
  await control.send(new CreateAccessPointCommand({ AccountId, Name, Bucket, VpcConfiguration }));
  assert.equal((await control.send(new GetAccessPointCommand({ AccountId, Name }))).NetworkOrigin, 'VPC');
  assert.equal((await failure(put(s3, Name, 'a'))).name, 'AccessDenied');
});

test('a stack makes, changes and removes one', async () => {
  await using cloud = await startTestCloud();
  const cfn = cloud.client(CloudFormationClient);
  const control = controlOf(cloud);
  const template = (Scope?: object) =>
    JSON.stringify({
      Resources: {
        Data: {
          Type: 'AWS::S3Express::DirectoryBucket',
          Properties: {
            BucketName: 'stacked--use1-az4--x-s3',
            LocationName: 'use1-az4',
            DataRedundancy: 'SingleAvailabilityZone',
          },
        },
        Point: {
          Type: 'AWS::S3Express::AccessPoint',
          Properties: { Bucket: { Ref: 'Data' }, Name, ...(Scope !== undefined && { Scope }) },
        },
        Unnamed: { Type: 'AWS::S3Express::AccessPoint', Properties: { Bucket: { Ref: 'Data' } } },
      },
      Outputs: {
        Name: { Value: { Ref: 'Point' } },
        Arn: { Value: { 'Fn::GetAtt': ['Point', 'Arn'] } },
        Origin: { Value: { 'Fn::GetAtt': ['Point', 'NetworkOrigin'] } },
        Unnamed: { Value: { Ref: 'Unnamed' } },
      },
    });
  const settled = async () => {
    await cloud.advance(60_000);
    const { Stacks = [] } = await cfn.send(new DescribeStacksCommand({ StackName: 'points' }));
    const outputs = (Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    return { status: Stacks[0]?.StackStatus, outputs: Object.fromEntries(outputs) };
  };
  const TemplateBody = template({ Prefixes: ['a/'], Permissions: ['GetObject'] });
  await cfn.send(new CreateStackCommand({ StackName: 'points', TemplateBody }));
  const { status, outputs } = await settled();
  const { Unnamed, ...named } = outputs;
  assert.deepEqual([status, named], ['CREATE_COMPLETE', { Name, Arn: ARN, Origin: 'Internet' }]);
  assert.match(Unnamed, /^points-unnamed-[a-z0-9]+--use1-az4--xa-s3$/);
  const scope = async () => (await control.send(new GetAccessPointScopeCommand({ AccountId, Name }))).Scope;
  assert.deepEqual(await scope(), { Prefixes: ['a/'], Permissions: ['GetObject'] });
  await cfn.send(new UpdateStackCommand({ StackName: 'points', TemplateBody: template({ Prefixes: ['b/'] }) }));
  assert.equal((await settled()).status, 'UPDATE_COMPLETE');
  assert.deepEqual((await scope())?.Prefixes, ['b/']);
  await cfn.send(new UpdateStackCommand({ StackName: 'points', TemplateBody: template() }));
  assert.equal((await settled()).status, 'UPDATE_COMPLETE');
  assert.equal(await scope(), undefined);
  await cfn.send(new DeleteStackCommand({ StackName: 'points' }));
  await cloud.advance(60_000);
  const gone = failure(control.send(new GetAccessPointCommand({ AccountId, Name })));
  assert.equal((await gone).name, 'NoSuchAccessPoint');
});
