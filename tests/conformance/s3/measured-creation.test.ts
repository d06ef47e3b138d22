/** Buckets made again in us-east-1, what making one needs, and who hears of objects that are not there. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  type CreateBucketCommandInput,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketAbacCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { startS3, userOf } from './setup.ts';

const OPEN = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};
const CLOSED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
// The model of buckets lacks it.
const LOGS = 'log-delivery-write' as 'private';
const YOURS = 'BucketAlreadyOwnedByYou';

const make = (s3: S3Client, Bucket: string, more: Partial<CreateBucketCommandInput> = {}) =>
  s3.send(new CreateBucketCommand({ Bucket, ...more }));

test('in us-east-1 a bucket is only made again as it is', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
  await make(s3, Bucket);
  const refused: Partial<CreateBucketCommandInput>[] = [
    { ObjectLockEnabledForBucket: true },
    { ObjectOwnership: 'ObjectWriter' },
    { CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] } },
  ];
  for (const more of refused) assert.deepEqual([(await failure(make(s3, Bucket, more))).name, more], [YOURS, more]);
  await make(s3, Bucket, { CreateBucketConfiguration: { Tags: [] } });
  const block = (flags: object) =>
    s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { ...CLOSED, ...flags } }));
  for (const flag of Object.keys(OPEN)) {
    await block({ [flag]: false });
    assert.deepEqual([(await failure(make(s3, Bucket))).name, flag], [YOURS, flag]);
  }
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await make(s3, Bucket);
  await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: 'Enabled' } }));
  assert.equal((await failure(make(s3, Bucket))).name, YOURS);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  assert.equal(await Body?.transformToString(), 'x');
});

test('a bucket that is made again has the ACL of the request, and all else as it was', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const Bucket = 'again-2026';
  const ObjectOwnership = 'ObjectWriter';
  await make(s3, Bucket, { ObjectOwnership });
  await s3.send(new PutBucketAclCommand({ Bucket, ACL: LOGS }));
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }));
  const grants = async () => (await s3.send(new GetBucketAclCommand({ Bucket }))).Grants?.length;
  assert.equal(await grants(), 3);
  await make(s3, Bucket, { ObjectOwnership });
  assert.equal(await grants(), 1);
  await make(s3, Bucket, { ObjectOwnership, ACL: LOGS });
  assert.equal(await grants(), 3);
  const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }));
  assert.deepEqual(TagSet, [{ Key: 'a', Value: 'b' }]);
});

test("the policy of one's own bucket has a say in its being made again", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:CreateBucket', Resource: `arn:aws:s3:::${Bucket}` };
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  const ann = await userOf(cloud, 'ann', { Effect: 'Allow', Action: 's3:*', Resource: '*' });
  assert.equal((await failure(make(ann, Bucket))).name, 'AccessDenied');
});

test('to grant a new bucket to its owner alone no right to ACLs is needed', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const { Owner } = await s3.send(new GetBucketAclCommand({ Bucket }));
  const actions = ['s3:CreateBucket', 's3:PutBucketOwnershipControls'];
  const ann = await userOf(cloud, 'ann', { Effect: 'Allow', Action: actions, Resource: '*' });
  const ObjectOwnership = 'ObjectWriter';
  await make(ann, 'owners-own', { ObjectOwnership, GrantFullControl: `id="${Owner?.ID}"` });
  for (const more of [
    { GrantRead: `id="${Owner?.ID}"` },
    { GrantFullControl: `id="${'a'.repeat(64)}"` },
    { ACL: LOGS },
  ])
    assert.equal((await failure(make(ann, 'of-others', { ObjectOwnership, ...more }))).name, 'AccessDenied');
});

test('tags of what is not there are told to those who may list', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  const may = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
  const tagger = await userOf(cloud, 'tagger', may('s3:*ObjectTagging', 's3:*ObjectVersionTagging'));
  const lister = await userOf(cloud, 'lister', may('s3:ListBucket'));
  const told: [object, string][] = [
    [{ Key: 'never' }, 'NoSuchKey'],
    [{ Key: 'gone' }, 'NoSuchKey'],
    [{ Key: 'gone', VersionId }, 'MethodNotAllowed'],
  ];
  for (const [named, code] of told) {
    const input = { Bucket, Key: '', ...named };
    const asked = (by: S3Client) =>
      [
        new GetObjectTaggingCommand(input),
        new PutObjectTaggingCommand({ ...input, Tagging }),
        new DeleteObjectTaggingCommand(input),
      ].map(async (command) => (await failure(by.send(command as GetObjectTaggingCommand))).name);
    assert.deepEqual(await Promise.all(asked(tagger)), ['AccessDenied', 'AccessDenied', 'AccessDenied']);
    assert.deepEqual(await Promise.all(asked(lister)), [code, code, code]);
  }
});

test("tags are as long as UTF-16 has them; an object's may begin with AWS:", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'deed', Body: 'x' }));
  const ofObject = (Key: string, Value = '') =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'deed', Tagging: { TagSet: [{ Key, Value }] } }));
  const ofBucket = (Key: string, Value = '') =>
    s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key, Value }] } }));
  // A letter beyond the basic plane takes two units.
  const letter = '\u{20000}';
  for (const put of [ofObject, ofBucket]) {
    await put(letter.repeat(64), letter.repeat(128));
    assert.equal((await failure(put(`${letter.repeat(64)}a`))).name, 'InvalidTag');
    assert.equal((await failure(put('a', `${letter.repeat(128)}a`))).name, 'InvalidTag');
    assert.equal((await failure(put('aws:a'))).name, 'InvalidTag');
  }
  await ofObject('AWS:a');
  assert.equal((await failure(ofBucket('AWS:a'))).name, 'InvalidTag');
});
