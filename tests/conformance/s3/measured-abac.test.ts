/** Tags of a bucket whose tags policies see. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  PutBucketAbacCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { TagResourceCommand } from '@aws-sdk/client-s3-control';
import { failure } from '../../support/cloud.ts';
import { create, templateOf, update } from '../cloudformation/stacks.ts';
import { controlOf } from '../s3-control/setup.ts';
import { startS3 } from './setup.ts';

const ENABLED = 'This S3 general purpose bucket has attribute-based access control (ABAC) enabled.';
const TO_ADD = 'To add tags to this bucket, initiate a TagResource request.';
const TO_DELETE = 'To delete tags from this bucket, initiate an UntagResource request.';

test('with ABAC the tags of a bucket are changed by S3 Control alone', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const abac = (Status: 'Enabled' | 'Disabled') =>
    s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status } }));
  const put = (...TagSet: { Key: string; Value: string }[]) =>
    s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  const tags = async () => (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
  const A = { Key: 'a', Value: '1' };
  const B = { Key: 'b', Value: '1' };
  await put(A);
  await abac('Enabled');
  const added = await failure(put(B));
  assert.deepEqual([added.name, added.message], ['BadRequest', `${ENABLED} ${TO_ADD} ${TO_DELETE}`]);
  const deleted = await failure(s3.send(new DeleteBucketTaggingCommand({ Bucket })));
  assert.deepEqual([deleted.name, deleted.message], ['BadRequest', `${ENABLED} ${TO_DELETE}`]);
  assert.deepEqual(await tags(), [A]);
  const ResourceArn = `arn:aws:s3:::${Bucket}`;
  await controlOf(cloud).send(new TagResourceCommand({ AccountId: '123456789012', ResourceArn, Tags: [B] }));
  await abac('Disabled');
  assert.deepEqual(await tags(), [A, B]);
  await put();
  assert.equal((await failure(tags())).name, 'NoSuchTagSet');
});

test('a stack changes the tags of a bucket with ABAC', async () => {
  await using cloud = await startS3();
  const BucketName = 'abac-of-a-stack';
  const keys = async () => {
    const { TagSet = [] } = await cloud.s3.send(new GetBucketTaggingCommand({ Bucket: BucketName }));
    return TagSet.map(({ Key }) => Key).toSorted();
  };
  const template = (...tags: string[]) =>
    templateOf({
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: { BucketName, AbacStatus: 'Enabled', Tags: tags.map((Key) => ({ Key, Value: '1' })) },
      },
    });
  await create(cloud, 'abac', template('a', 'b'));
  assert.deepEqual(await keys(), ['a', 'b']);
  await update(cloud, 'abac', template('b', 'c'));
  assert.deepEqual(await keys(), ['b', 'c']);
});
