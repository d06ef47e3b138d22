/** Events of directory buckets: a source of their own, and types of resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  GetObjectCommand,
  ListDirectoryBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateAccessPointCommand } from '@aws-sdk/client-s3-control';
import { startDirectory } from '../s3/directory-setup.ts';
import { controlOf } from '../s3-control/setup.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

const MINUTE = 60_000;
const POINT = 'writers--use1-az4--xa-s3';
const POINT_ARN = `arn:aws:s3express:us-east-1:123456789012:accesspoint/${POINT}`;

test('what is done to directory buckets and in them comes from s3express', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const ARN = `arn:aws:s3express:us-east-1:123456789012:bucket/${Bucket}`;
  await makeBucket(cloud);
  await s3.send(new ListDirectoryBucketsCommand({}));
  const trail = cloud.client(CloudTrailClient);
  await trail.send(new CreateTrailCommand({ Name: 'express', S3BucketName: BUCKET }));
  const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const FieldSelectors = [
    field('eventCategory', 'Data'),
    field('resources.type', 'AWS::S3Express::Object'),
    { Field: 'resources.ARN', StartsWith: [ARN] },
  ];
  await trail.send(
    new PutEventSelectorsCommand({ TrailName: 'express', AdvancedEventSelectors: [{ FieldSelectors }] }),
  );
  await trail.send(new StartLoggingCommand({ Name: 'express' }));
  await cloud.advance(5 * MINUTE);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'b' }));
  const AccountId = '123456789012';
  await controlOf(cloud).send(new CreateAccessPointCommand({ AccountId, Name: POINT, Bucket }));
  await s3.send(new PutObjectCommand({ Bucket: POINT, Key: 'c', Body: 'd' }));
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'EventSource', AttributeValue: 's3express.amazonaws.com' }],
    }),
  );
  assert.deepEqual(Events.map(({ EventName }) => EventName).sort(), [
    'CreateAccessPoint',
    'CreateBucket',
    'ListDirectoryBuckets',
  ]);
  assert.deepEqual(Events.find(({ EventName }) => EventName === 'CreateBucket')?.Resources, [
    { ResourceType: 'AWS::S3Express::DirectoryBucket', ResourceName: Bucket },
  ]);
  await cloud.advance(6 * MINUTE);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'AWSLogs/' }));
  const files = await Promise.all(
    Contents.filter(({ Key = '' }) => Key.endsWith('.gz')).map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return JSON.parse(gunzipSync((await Body?.transformToByteArray()) ?? '').toString()).Records;
    }),
  );
  const told = files.flat();
  assert.deepEqual(
    told.map(({ eventName }) => eventName),
    ['CreateSession', 'PutObject', 'CreateSession', 'PutObject'],
  );
  const [session, put] = told;
  const point = { accountId: AccountId, type: 'AWS::S3::AccessPoint', ARN: POINT_ARN };
  for (const [at, one] of told.entries()) {
    assert.equal(one.eventSource, 's3express.amazonaws.com');
    assert.deepEqual(one.resources, [
      { type: 'AWS::S3Express::Object', ARNPrefix: `${ARN}/` },
      { accountId: AccountId, type: 'AWS::S3Express::DirectoryBucket', ARN },
      ...(at < 2 ? [] : [point]),
    ]);
  }
  // Which session a request came in is told by its key.
  assert.equal(session.responseElements.credentials.accessKeyId, put.userIdentity.accessKeyId);
  assert.notEqual(session.responseElements.credentials.secretAccessKey?.length, 40);
  assert.equal(put.requestParameters.bucketName, Bucket);
});
