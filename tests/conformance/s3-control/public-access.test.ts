/** The public access block of an account counts in each of its buckets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeletePublicAccessBlockCommand as DeleteBucketBlockCommand,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3-control';
import { startS3 } from '../s3/setup.ts';
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
