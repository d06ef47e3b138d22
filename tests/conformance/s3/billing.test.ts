/** Who pays, and what is counted and written down: request payment, acceleration, request metrics, access logs, tags in policies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketMetricsConfigurationCommand,
  DeleteObjectsCommand,
  GetBucketAbacCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketMetricsConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketMetricsConfigurationsCommand,
  ListObjectsV2Command,
  type LoggingEnabled,
  PutBucketAbacCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketMetricsConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure, START } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, startS3 } from './setup.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OTHER = '210987654321';
const LOGS = 'logs-2026';

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const put = ({ s3, Bucket }: S3Cloud, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

async function read(
  promise: Promise<{ Body?: { transformToString(): Promise<string> } }>,
): Promise<string | undefined> {
  return (await promise).Body?.transformToString();
}

test('where the requester pays, others must say that they do', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await put(cloud, 'a');
  const Policy = policy({
    Effect: 'Allow',
    Principal: { AWS: OTHER },
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const theirs = clientOf(cloud, OTHER);
  const head = (RequestPayer?: 'requester') => theirs.send(new HeadObjectCommand({ Bucket, Key: 'a', RequestPayer }));
  assert.equal((await head('requester')).RequestCharged, undefined);
  const RequestPaymentConfiguration = { Payer: 'Requester' as const };
  await s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }));
  assert.equal((await failure(head())).$metadata?.httpStatusCode, 403);
  await assert.rejects(theirs.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' })), { name: 'AccessDenied' });
  assert.equal((await head('requester')).RequestCharged, 'requester');
  const written = await theirs.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x', RequestPayer: 'requester' }));
  assert.equal(written.RequestCharged, 'requester');
  const own = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
  assert.equal(own.RequestCharged, undefined);
});

test('acceleration is kept and shown, and its host closed where it is off', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await put(cloud, 'a');
  const get = () => s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }));
  assert.equal((await get()).Status, undefined);
  const fast = clientOf(cloud);
  fast.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: { [name: string]: string } }).headers.host = `s3-accelerate.amazonaws.com`;
      (args.request as { headers: { [name: string]: string } }).headers.host = `${Bucket}.s3-accelerate.amazonaws.com`;
      (args.request as { path: string }).path = '/a';
      return next(args);
    },
    { step: 'build' },
  );
  const throughFast = () => read(fast.send(new GetObjectCommand({ Bucket, Key: 'a' })));
  await assert.rejects(throughFast(), {
    name: 'InvalidRequest',
    message: 'S3 Transfer Acceleration is not configured on this bucket',
  });
  const AccelerateConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration }));
  assert.equal((await get()).Status, 'Enabled');
  assert.equal(await throughFast(), 'hello');
  await s3.send(new CreateBucketCommand({ Bucket: 'with.dot' }));
  await assert.rejects(
    s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket: 'with.dot', AccelerateConfiguration })),
    { message: 'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names' },
  );
});

test('requests are counted for each configuration that wants them', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const configure = (Id: string, Filter?: { Prefix: string }) =>
    s3.send(new PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration: { Id, Filter } }));
  await configure('all');
  await configure('in', { Prefix: 'in/' });
  await put(cloud, 'in/a');
  await put(cloud, 'out');
  await read(s3.send(new GetObjectCommand({ Bucket, Key: 'in/a' })));
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'in/none' })), { name: 'NoSuchKey' });
  await s3.send(new ListObjectsV2Command({ Bucket }));
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'out' }] } }));
  const { metrics } = cloud.server.cloud.kernel;
  const place = { account: '123456789012', region: 'us-east-1' };
  const sum = (metric: string, FilterId: string) =>
    metrics
      .query(
        place,
        { namespace: 'AWS/S3', metric, dimensions: { BucketName: Bucket, FilterId } },
        START,
        START + HOUR,
        MINUTE,
        START,
      )
      .reduce((total, { statistics }) => total + statistics.sum, 0);
  assert.deepEqual(
    ['GetRequests', 'PutRequests', 'ListRequests', '4xxErrors', 'BytesDownloaded'].map((name) => sum(name, 'in')),
    [2, 1, 0, 1, 5],
  );
  // What is asked of the bucket's settings does not count.
  assert.deepEqual(
    ['AllRequests', 'ListRequests', 'DeleteRequests', 'PostRequests'].map((name) => sum(name, 'all')),
    [6, 1, 1, 0],
  );
  const one = { Bucket, Id: 'in' };
  const { MetricsConfiguration } = await s3.send(new GetBucketMetricsConfigurationCommand(one));
  assert.deepEqual(MetricsConfiguration, { Id: 'in', Filter: { Prefix: 'in/' } });
  await s3.send(new DeleteBucketMetricsConfigurationCommand(one));
  const { MetricsConfigurationList: list } = await s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket }));
  assert.deepEqual(list, [{ Id: 'all' }]);
  await assert.rejects(s3.send(new GetBucketMetricsConfigurationCommand(one)), { name: 'NoSuchConfiguration' });
});

async function logTo(cloud: S3Cloud, more: Partial<LoggingEnabled> = {}): Promise<void> {
  const { s3, Bucket } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: LOGS }));
  const Policy = policy({
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${LOGS}/*`,
    Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` } },
  });
  await s3.send(new PutBucketPolicyCommand({ Bucket: LOGS, Policy }));
  const LoggingEnabled = { TargetBucket: LOGS, TargetPrefix: 'from/', ...more };
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
}

async function delivered({ s3 }: S3Cloud): Promise<{ key: string; lines: string[] }[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: LOGS }));
  const found = [];
  for (const { Key = '' } of Contents) {
    const text = await read(s3.send(new GetObjectCommand({ Bucket: LOGS, Key })));
    found.push({ key: Key, lines: (text ?? '').trimEnd().split('\n') });
  }
  return found;
}

test("requests are logged in AWS's format and delivered within the hour", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await logTo(cloud);
  const { $metadata } = await put(cloud, 'a b');
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'none' })), { name: 'NoSuchKey' });
  assert.deepEqual(await delivered(cloud), []);
  await cloud.advance(HOUR);
  const [log, ...more] = await delivered(cloud);
  assert.equal(more.length, 0);
  assert.match(log?.key ?? '', /^from\/2026-01-01-00-15-00-[0-9A-F]{16}$/);
  const wanted = [/ REST\.PUT\.LOGGING_STATUS - /, / REST\.PUT\.OBJECT /, / REST\.GET\.OBJECT none .* 404 NoSuchKey /];
  assert.equal(log?.lines.length, wanted.length);
  const line = (pattern: RegExp) => log?.lines.find((one) => pattern.test(one)) ?? '';
  for (const pattern of wanted) assert.match(line(pattern), pattern);
  const owner = '[0-9a-f]{64}';
  assert.match(
    line(/ REST\.PUT\.OBJECT /),
    new RegExp(
      `^${owner} ${Bucket} \\[01/Jan/2026:00:00:00 \\+0000\\] 127\\.0\\.0\\.1 ${owner} ${$metadata.requestId} REST\\.PUT\\.OBJECT a%20b "PUT /${Bucket}/a%20b\\?x-id=PutObject HTTP/1\\.1" 200 - - \\d+ \\d+ - "-" "[^"]+" - \\S+ SigV4 - AuthHeader localhost:\\d+ - - -$`,
    ),
  );
});

test('log records may be partitioned by the day of the event', async () => {
  await using cloud = await startS3();
  const TargetObjectKeyFormat = { PartitionedPrefix: { PartitionDateSource: 'EventTime' as const } };
  await logTo(cloud, { TargetObjectKeyFormat });
  await cloud.advance(24 * HOUR - MINUTE);
  await put(cloud, 'a');
  await cloud.advance(2 * MINUTE);
  await put(cloud, 'b');
  await cloud.advance(HOUR);
  const keys = (await delivered(cloud)).map(({ key }) => key.replace(/[0-9A-F]{16}$/, ''));
  const under = `from/123456789012/us-east-1/${cloud.Bucket}`;
  assert.deepEqual(keys, [
    `${under}/2026/01/01/2026-01-01-00-00-00-`,
    `${under}/2026/01/01/2026-01-01-00-00-00-`,
    `${under}/2026/01/02/2026-01-02-00-00-00-`,
  ]);
});

test('logging is shown, taken away, and goes to a bucket of the owner only', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const log = (TargetBucket: string) =>
    s3.send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: '' } },
      }),
    );
  await assert.rejects(log('nowhere-2026'), {
    name: 'InvalidTargetBucketForLogging',
    message: 'The target bucket for logging does not exist',
  });
  await clientOf(cloud, OTHER).send(new CreateBucketCommand({ Bucket: 'theirs-2026' }));
  await assert.rejects(log('theirs-2026'), { name: 'InvalidTargetBucketForLogging' });
  await log(Bucket);
  const get = () => s3.send(new GetBucketLoggingCommand({ Bucket }));
  assert.deepEqual((await get()).LoggingEnabled, { TargetBucket: Bucket, TargetPrefix: '' });
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }));
  assert.equal((await get()).LoggingEnabled, undefined);
});

test("policies see the bucket's tags where they are let", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await put(cloud, 'a');
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } };
  const PolicyDocument = policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', Condition });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'tagged', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const ann = clientOf(cloud, '', {
    credentials: { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey },
  });
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'blue' }] } }));
  const get = () => read(ann.send(new GetObjectCommand({ Bucket, Key: 'a' })));
  await assert.rejects(get(), { name: 'AccessDenied' });
  await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: 'Enabled' } }));
  assert.equal(await get(), 'hello');
  assert.deepEqual((await s3.send(new GetBucketAbacCommand({ Bucket }))).AbacStatus, { Status: 'Enabled' });
});
