/** The public access block of an account counts in each of its buckets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeletePublicAccessBlockCommand as DeleteBucketBlockCommand,
  GetBucketAclCommand,
  GetBucketPolicyStatusCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  PutBucketAclCommand,
  PutPublicAccessBlockCommand as PutBucketBlockCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateAccessPointCommand,
  DeletePublicAccessBlockCommand,
  GetAccessPointPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  PutAccessPointPolicyCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3-control';
import { clientOf, startS3 } from '../s3/setup.ts';
import { controlOf } from './setup.ts';

const AccountId = '123456789012';
const OPEN = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

test('what the account blocks is blocked in its buckets, whatever their own block says', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const control = controlOf(cloud);
  const get = () => control.send(new GetPublicAccessBlockCommand({ AccountId }));
  const block = (what: Partial<typeof OPEN>) =>
    control.send(new PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration: { ...OPEN, ...what } }));
  const none = {
    name: 'NoSuchPublicAccessBlockConfiguration',
    message: 'The public access block configuration was not found',
  };
  await assert.rejects(get(), none);
  await s3.send(new DeleteBucketBlockCommand({ Bucket }));
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  const read = async (key: string) => (await fetch(`${cloud.url}/${Bucket}/${key}`)).status;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/policy` }],
  });
  const open = () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const publish = () => s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  await block({ BlockPublicPolicy: true, BlockPublicAcls: true });
  assert.deepEqual((await get()).PublicAccessBlockConfiguration, {
    ...OPEN,
    BlockPublicPolicy: true,
    BlockPublicAcls: true,
  });
  await assert.rejects(open(), { name: 'AccessDenied' });
  await assert.rejects(publish(), { name: 'AccessDenied' });
  await block({});
  await open();
  await publish();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'policy', Body: 'x' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'acl', Body: 'x', ACL: 'public-read' }));
  assert.deepEqual([await read('policy'), await read('acl')], [200, 200]);
  await block({ RestrictPublicBuckets: true });
  assert.deepEqual([await read('policy'), await read('acl')], [403, 200]);
  await block({ IgnorePublicAcls: true });
  assert.deepEqual([await read('policy'), await read('acl')], [200, 403]);
  await control.send(new DeletePublicAccessBlockCommand({ AccountId }));
  assert.deepEqual([await read('policy'), await read('acl')], [200, 200]);
  await assert.rejects(get(), none);
  await assert.rejects(control.send(new GetPublicAccessBlockCommand({ AccountId: '210987654321' })), {
    name: 'AccessDenied',
  });
});

const allow = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', ...statement }] });

test('a policy that lets in whom a public provider knows is public; one for the access points of an account is not', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new DeleteBucketBlockCommand({ Bucket }));
  const isPublic = async (statement: object) => {
    const Policy = allow({ Resource: `arn:aws:s3:::${Bucket}/*`, ...statement });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    return (await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic;
  };
  assert.equal(await isPublic({ Principal: { Federated: 'graph.facebook.com' } }), true);
  const point = (arn: string) => ({ Principal: '*', Condition: { ArnLike: { 's3:DataAccessPointArn': arn } } });
  assert.equal(await isPublic(point(`arn:aws:s3:us-west-2:${AccountId}:accesspoint/*`)), false);
  assert.equal(await isPublic(point('arn:aws:s3:us-west-2:*:accesspoint/*')), true);
});

test('what is blocked at an access point: what it, its account or its bucket blocks', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const control = controlOf(cloud);
  const Name = 'open';
  const make = (more: object) =>
    control.send(
      new CreateAccessPointCommand({ AccountId, Name, Bucket, PublicAccessBlockConfiguration: OPEN, ...more }),
    );
  const { Alias = '' } = await make({});
  const put = (name = Name, statement: object = {}) => {
    const Resource = `arn:aws:s3:us-east-1:${AccountId}:accesspoint/${name}/object/*`;
    const Policy = allow({ Principal: '*', Resource, ...statement });
    return control.send(new PutAccessPointPolicyCommand({ AccountId, Name: name, Policy }));
  };
  const denied = { name: 'AccessDenied' };
  await assert.rejects(put(), denied, 'by the bucket');
  await s3.send(new DeleteBucketBlockCommand({ Bucket }));
  const block = { AccountId, PublicAccessBlockConfiguration: { ...OPEN, BlockPublicPolicy: true } };
  await control.send(new PutPublicAccessBlockCommand(block));
  await assert.rejects(put(), denied, 'by the account');
  const points = { ArnLike: { 's3:DataAccessPointArn': `arn:aws:s3:us-east-1:${AccountId}:accesspoint/*` } };
  await assert.rejects(put(Name, { Condition: points }), denied, 'public in a policy of an access point');
  await make({ Name: 'inside', VpcConfiguration: { VpcId: 'vpc-1' } });
  await put('inside');
  const status = async (name: string) =>
    (await control.send(new GetAccessPointPolicyStatusCommand({ AccountId, Name: name }))).PolicyStatus?.IsPublic;
  assert.equal(await status('inside'), false);
  await control.send(new DeletePublicAccessBlockCommand({ AccountId }));
  await put();
  assert.equal(await status(Name), true);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const Condition = { StringEquals: { 's3:DataAccessPointAccount': AccountId } };
  const Policy = allow({ Principal: '*', Resource: `arn:aws:s3:::${Bucket}/*`, Condition });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const theirs = clientOf(cloud, '210987654321');
  const read = () => theirs.send(new GetObjectCommand({ Bucket: Alias, Key: 'a' }));
  await read();
  assert.equal((await fetch(`${cloud.url}/${Alias}/a`)).status, 403, 'nobody comes without a name');
  const PublicAccessBlockConfiguration = { ...OPEN, RestrictPublicBuckets: true };
  await s3.send(new PutBucketBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  await assert.rejects(read(), denied, 'the bucket restricts its access points');
});

test('public grants are refused through an access point that blocks them, and not shown where they are ignored', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const control = controlOf(cloud);
  await s3.send(new DeleteBucketBlockCommand({ Bucket }));
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  const { Alias = '' } = await control.send(new CreateAccessPointCommand({ AccountId, Name: 'closed', Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const publish = (name: string) => s3.send(new PutObjectAclCommand({ Bucket: name, Key: 'a', ACL: 'public-read' }));
  await assert.rejects(publish(Alias), { name: 'AccessDenied' });
  await publish(Bucket);
  await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
  const shown = async (name: string) => [
    (await s3.send(new GetBucketAclCommand({ Bucket: name }))).Grants?.length,
    (await s3.send(new GetObjectAclCommand({ Bucket: name, Key: 'a' }))).Grants?.length,
  ];
  assert.deepEqual(
    [await shown(Bucket), await shown(Alias)],
    [
      [3, 2],
      [1, 1],
    ],
  );
  assert.equal((await fetch(`${cloud.url}/${Bucket}/a`)).status, 200);
  const PublicAccessBlockConfiguration = { ...OPEN, IgnorePublicAcls: true };
  await s3.send(new PutBucketBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  assert.deepEqual(await shown(Bucket), [1, 1]);
});
