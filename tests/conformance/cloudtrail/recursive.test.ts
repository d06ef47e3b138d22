/** Whether a trail's own deliveries are among its events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

const MINUTE = 60_000;
const Name = 'all';

async function world() {
  const cloud = await startTestCloud();
  await makeBucket(cloud);
  const trail = cloud.client(CloudTrailClient);
  await trail.send(new CreateTrailCommand({ Name, S3BucketName: BUCKET }));
  const DataResources = [{ Type: 'AWS::S3::Object', Values: [`arn:aws:s3:::${BUCKET}/`] }];
  const EventSelectors = [{ IncludeManagementEvents: false, DataResources }];
  await trail.send(new PutEventSelectorsCommand({ TrailName: Name, EventSelectors }));
  await trail.send(new StartLoggingCommand({ Name }));
  const put = (Key: string) =>
    cloud.client(S3Client, { forcePathStyle: true }).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
  return { cloud, trail, put, [Symbol.asyncDispose]: cloud.close };
}

type Told = { eventName: string; userIdentity: object; requestParameters: { key: string } };

/** Objects that were put, as the trail's files tell it. */
async function puts(cloud: TestCloud): Promise<Told[]> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'AWSLogs/123456789012/C' }),
  );
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return JSON.parse(gunzipSync((await Body?.transformToByteArray()) ?? '').toString()).Records as Told[];
    }),
  );
  return files.flat().filter(({ eventName }) => eventName === 'PutObject');
}

test('a delivery is an event of the next one, until the trail is told otherwise', async () => {
  await using world_ = await world();
  const { cloud, put } = world_;
  await put('first');
  await cloud.advance(6 * MINUTE);
  assert.deepEqual(
    (await puts(cloud)).map(({ requestParameters }) => requestParameters.key),
    ['first'],
  );
  await cloud.advance(5 * MINUTE);
  const own = (await puts(cloud)).filter(({ requestParameters }) => requestParameters.key !== 'first');
  assert.equal(own.length, 1);
  assert.match(own[0]?.requestParameters.key ?? '', /^AWSLogs\/123456789012\/CloudTrail\/us-east-1\/.*\.json\.gz$/);
  assert.deepEqual(own[0]?.userIdentity, { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' });
});

test('without recursive logging only what others put is told', async () => {
  await using world_ = await world();
  const { cloud, trail, put } = world_;
  const shown = async () => (await trail.send(new GetTrailCommand({ Name }))).Trail?.RecursiveLogging;
  assert.equal(await shown(), true);
  await trail.send(new UpdateTrailCommand({ Name, RecursiveLogging: false }));
  assert.equal(await shown(), false);
  await put('first');
  await cloud.advance(6 * MINUTE);
  await put('second');
  await cloud.advance(16 * MINUTE);
  assert.deepEqual(
    (await puts(cloud)).map(({ requestParameters }) => requestParameters.key),
    ['first', 'second'],
  );
});
