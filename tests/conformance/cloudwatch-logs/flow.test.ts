/** Events on their way out: live tail, exports to a bucket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateExportTaskCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeExportTasksCommand,
  PutLogEventsCommand,
  StartLiveTailCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { HOUR, SECOND } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const logGroupName = 'app';
const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:app';

async function withStream(cloud: TestCloud): Promise<CloudWatchLogsClient> {
  const logs = cloud.client(CloudWatchLogsClient, { disableHostPrefix: true });
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'a/b' }));
  return logs;
}

const put = (logs: CloudWatchLogsClient, ...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName: 'a/b',
      logEvents: messages.map((message) => ({ timestamp: START, message })),
    }),
  );

test('live tail: a session begins, brings what comes, and ends after three hours', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await put(logs, 'ERROR before');
  const { responseStream } = await logs.send(
    new StartLiveTailCommand({ logGroupIdentifiers: [GROUP], logEventFilterPattern: 'ERROR' }),
  );
  const events = responseStream?.[Symbol.asyncIterator]();
  const first = await events?.next();
  assert.deepEqual(first?.value.sessionStart?.logGroupIdentifiers, [GROUP]);
  await put(logs, 'ERROR one', 'INFO two');
  await cloud.advance(SECOND);
  const second = await events?.next();
  assert.deepEqual(second?.value.sessionUpdate, {
    sessionMetadata: { sampled: false },
    sessionResults: [
      {
        logStreamName: 'a/b',
        logGroupIdentifier: '123456789012:app',
        message: 'ERROR one',
        timestamp: START,
        ingestionTime: START,
      },
    ],
  });
  await cloud.advance(3 * HOUR);
  const over = await failure(
    (async () => {
      for (let next = await events?.next(); next?.done !== true; next = await events?.next());
    })(),
  );
  assert.equal(over.name, 'SessionTimeoutException');
  const bad = await failure(logs.send(new StartLiveTailCommand({ logGroupIdentifiers: ['app'] })));
  assert.equal(bad.name, 'InvalidParameterException');
});

test('an export writes compressed files, once the bucket lets the service in', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await put(logs, 'one', 'two');
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const task = { logGroupName, from: START - HOUR, to: START, destination: 'exports', destinationPrefix: 'p' };
  const missing = await failure(logs.send(new CreateExportTaskCommand(task)));
  assert.equal(missing.message, 'The given bucket does not exist. Please make sure the bucket is valid.');
  await s3.send(new CreateBucketCommand({ Bucket: 'exports' }));
  const denied = await failure(logs.send(new CreateExportTaskCommand(task)));
  assert.equal(
    denied.message,
    'GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.',
  );
  const Principal = { Service: 'logs.us-east-1.amazonaws.com' };
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: 'arn:aws:s3:::exports' },
      {
        Effect: 'Allow',
        Principal,
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::exports/*',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012', 's3:x-amz-acl': 'bucket-owner-full-control' },
        },
      },
    ],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'exports', Policy }));
  const { taskId } = await logs.send(new CreateExportTaskCommand(task));
  await cloud.server.cloud.settle();
  const { exportTasks } = await logs.send(new DescribeExportTasksCommand({ taskId }));
  assert.deepEqual(exportTasks?.[0]?.status, { code: 'COMPLETED', message: 'Completed successfully' });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'exports' }));
  const Key = `p/${taskId}/a-b/000000.gz`;
  assert.deepEqual(Contents?.map((one) => one.Key).sort(), [Key, 'p/aws-logs-write-test'].sort());
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'exports', Key }));
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString();
  assert.equal(text, '2026-01-01T00:00:00.000Z one\n2026-01-01T00:00:00.000Z two\n');
  const later: (string | undefined)[] = [];
  for (let at = 0; at < 4; at += 1) {
    await cloud.advance(1_000);
    later.unshift((await logs.send(new CreateExportTaskCommand(task))).taskId);
    await cloud.server.cloud.settle();
  }
  const first = await logs.send(new DescribeExportTasksCommand({ limit: 3 }));
  const { exportTasks: rest } = await logs.send(new DescribeExportTasksCommand({ nextToken: first.nextToken }));
  assert.deepEqual(
    [...(first.exportTasks ?? []), ...(rest ?? [])].map((one) => one.taskId),
    [...later, taskId],
  );
});
