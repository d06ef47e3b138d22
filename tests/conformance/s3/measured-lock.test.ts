/** What of Object Lock a write gets, and what policies see of it. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { type S3Cloud, startS3, userOf } from './setup.ts';

const Bucket = 'locked-by-default';
const Key = 'deed';

async function startLocked(DefaultRetention: object): Promise<S3Cloud> {
  const cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await cloud.s3.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: DefaultRetention as never } },
    }),
  );
  return cloud;
}

const put = (s3: S3Client, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }));

test('whoever says something of a legal hold gets no default retention', async () => {
  await using cloud = await startLocked({ Mode: 'GOVERNANCE', Days: 1 });
  const { s3 } = cloud;
  const retention = async () => (await s3.send(new GetObjectRetentionCommand({ Bucket, Key }))).Retention?.Mode;
  const hold = async () => (await s3.send(new GetObjectLegalHoldCommand({ Bucket, Key }))).LegalHold?.Status;
  const held = { ObjectLockLegalHoldStatus: 'OFF' } as const;
  await put(s3);
  assert.equal(await retention(), 'GOVERNANCE');
  await put(s3, held);
  assert.equal((await failure(retention())).name, 'NoSuchObjectLockConfiguration');
  await put(s3, { ObjectLockLegalHoldStatus: 'ON' });
  assert.equal((await failure(retention())).name, 'NoSuchObjectLockConfiguration');
  assert.equal(await hold(), 'ON');
  await s3.send(
    new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}`, StorageClass: 'STANDARD_IA', ...held }),
  );
  assert.equal((await failure(retention())).name, 'NoSuchObjectLockConfiguration');
});

test("policies see the bucket's default as they see what a request asks for", async () => {
  await using cloud = await startLocked({ Mode: 'GOVERNANCE', Days: 3, DefaultEventHold: { Years: 1 } });
  const allowed = async (name: string, Condition: object, more?: Partial<PutObjectCommandInput>) => {
    const user = await userOf(cloud, name, { Effect: 'Allow', Action: 's3:PutObject', Resource: '*', Condition });
    const [{ status }] = await Promise.allSettled([put(user, more)]);
    return status;
  };
  const conditions = [
    { StringEquals: { 's3:object-lock-mode': 'GOVERNANCE' } },
    { NumericEquals: { 's3:object-lock-remaining-retention-days': '3' } },
    { StringEquals: { 's3:object-lock-event-hold': 'ON' } },
    { NumericEquals: { 's3:object-lock-event-hold-duration-days': '365' } },
  ];
  for (const [index, condition] of conditions.entries())
    assert.deepEqual([await allowed(`ann-${index}`, condition), condition], ['fulfilled', condition]);
  assert.equal(await allowed('bob', { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } }), 'rejected');
  assert.equal(await allowed('eve', { Null: { 's3:object-lock-mode': 'true' } }), 'rejected');
});
