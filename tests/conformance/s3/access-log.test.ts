/** What else stands in access logs besides the line of each request, and which buckets get none. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateAccessPointCommand } from '@aws-sdk/client-s3-control';
import { controlOf } from '../s3-control/setup.ts';
import { type S3Cloud, startS3 } from './setup.ts';

const ACCOUNT = '123456789012';
const LOGS = 'logs-2026';
const HOUR = 3_600_000;

/** A cloud that logs what is asked of its bucket. */
async function startLogged(): Promise<S3Cloud> {
  const cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: LOGS }));
  const Principal = { Service: 'logging.s3.amazonaws.com' };
  const Statement = { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `arn:aws:s3:::${LOGS}/*` };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3.send(new PutBucketPolicyCommand({ Bucket: LOGS, Policy }));
  const LoggingEnabled = { TargetBucket: LOGS, TargetPrefix: '' };
  await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }));
  return cloud;
}

/** Lines of the log from the operation on, without what differs each time. */
async function lines({ s3, advance }: S3Cloud, after = HOUR): Promise<string[]> {
  await advance(after);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: LOGS }));
  const found: string[] = [];
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: LOGS, Key }));
    found.push(...((await Body?.transformToString()) ?? '').trimEnd().split('\n'));
  }
  return found;
}

const put = ({ s3, Bucket }: S3Cloud, Key: string, Body = 'hello') =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const like = (all: readonly string[], pattern: RegExp) => all.filter((line) => pattern.test(line));

test('records tell the whole size, the access point, and how the request was signed', async () => {
  await using cloud = await startLogged();
  const { s3, Bucket } = cloud;
  const control = controlOf(cloud);
  const named = { AccountId: ACCOUNT, Name: 'door', Bucket };
  const { AccessPointArn = '', Alias } = await control.send(new CreateAccessPointCommand(named));
  await put(cloud, 'a');
  await s3.send(new GetObjectCommand({ Bucket, Key: 'a', Range: 'bytes=0-1' }));
  await s3.send(new HeadObjectCommand({ Bucket: Alias, Key: 'a' }));
  await fetch(`${cloud.url}/${Bucket}/a?AWSAccessKeyId=${ACCOUNT}&Expires=1900000000&Signature=eA%3D%3D`);
  const all = await lines(cloud);
  assert.equal(like(all, / REST\.GET\.OBJECT a "[^"]+" 206 - 2 5 /).length, 1);
  const [head = ''] = like(all, / REST\.HEAD\.OBJECT a "[^"]+" 200 - - 5 /);
  assert.ok(head.endsWith(` - ${AccessPointArn} -`), head);
  assert.equal(like(all, / SigV2 - QueryString /).length, 1);
});

test('a copy is logged twice, a batch once for each key besides', async () => {
  await using cloud = await startLogged();
  const { s3, Bucket } = cloud;
  await s3.send(new CreateBucketCommand({ Bucket: 'unlogged-2026' }));
  await put(cloud, 'a');
  const CopySource = `${Bucket}/a`;
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource }));
  await s3.send(new CopyObjectCommand({ Bucket: 'unlogged-2026', Key: 'c', CopySource }));
  const Objects = [{ Key: 'a' }, { Key: 'b', VersionId: 'nonsense' }];
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const all = await lines(cloud);
  assert.equal(like(all, / REST\.COPY\.OBJECT b .* 200 - \d+ 5 /).length, 1);
  assert.equal(like(all, / REST\.COPY\.OBJECT_GET a .* 200 - - 5 /).length, 2);
  assert.equal(like(all, / REST\.POST\.MULTI_OBJECT_DELETE - /).length, 1);
  assert.equal(like(all, / BATCH\.DELETE\.OBJECT a - 204 - - - - - - - - \S+ SigV4 - AuthHeader /).length, 1);
  assert.equal(like(all, / BATCH\.DELETE\.OBJECT b - 404 NoSuchVersion - - - - - - nonsense /).length, 1);
});

test('what lifecycle rules do is logged', async () => {
  await using cloud = await startLogged();
  const { s3, Bucket } = cloud;
  const rule = (ID: string, more: object) => ({ ID, Status: 'Enabled' as const, Filter: { Prefix: ID }, ...more });
  const Rules = [
    rule('end', { Expiration: { Days: 1 }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }),
    rule('move', {
      Filter: { And: { Prefix: 'move', ObjectSizeGreaterThan: 1 } },
      Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }],
    }),
    rule('up', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await put(cloud, 'end');
  await put(cloud, 'move');
  await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'up' }));
  const own = like(await lines(cloud, 73 * HOUR), / - AmazonS3 /);
  const told = own.map((line) => line.split(' ').slice(7, 9).join(' '));
  assert.deepEqual(told.sort(), [
    'S3.CREATE.DELETEMARKER end',
    'S3.DELETE.UPLOAD up',
    'S3.EXPIRE.OBJECT end',
    'S3.EXPIRE.OBJECT end',
    'S3.TRANSITION_GIR.OBJECT move',
  ]);
  assert.equal(like(own, new RegExp(` S3\\.EXPIRE\\.OBJECT end .* ${VersionId} `)).length, 1);
});

test('pages of a website are logged', async () => {
  await using cloud = await startLogged();
  const { s3, Bucket } = cloud;
  const WebsiteConfiguration = { IndexDocument: { Suffix: 'index.html' } };
  await s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
  const { hostname, port } = new URL(cloud.url);
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const host = `${Bucket}.s3-website-us-east-1.amazonaws.com`;
  const asked = request({ hostname, port, path: '/a', headers: { host } }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode));
  });
  asked.end();
  assert.equal(await promise, 403);
  assert.equal(like(await lines(cloud), / - \S+ WEBSITE\.GET\.OBJECT a .* 403 AccessDenied /).length, 1);
});

test('a target that takes no logs gets none; grants are refused where ACLs are disabled', async () => {
  await using cloud = await startLogged();
  const { s3, Bucket } = cloud;
  const pay = (Payer: 'Requester' | 'BucketOwner') =>
    s3.send(new PutBucketRequestPaymentCommand({ Bucket: LOGS, RequestPaymentConfiguration: { Payer } }));
  await pay('Requester');
  await put(cloud, 'a');
  assert.deepEqual(await lines(cloud), []);
  await pay('BucketOwner');
  const usual = (SSEAlgorithm: 'AES256' | 'aws:kms') => {
    const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm } }] };
    return s3.send(new PutBucketEncryptionCommand({ Bucket: LOGS, ServerSideEncryptionConfiguration }));
  };
  await usual('aws:kms');
  await put(cloud, 'b');
  assert.deepEqual(await lines(cloud), []);
  await usual('AES256');
  await put(cloud, 'c');
  assert.equal((await lines(cloud)).length, 1);
  const Grantee = { Type: 'Group' as const, URI: 'http://acs.amazonaws.com/groups/global/AllUsers' };
  const TargetGrants = [{ Grantee, Permission: 'READ' as const }];
  const LoggingEnabled = { TargetBucket: LOGS, TargetPrefix: '', TargetGrants };
  await assert.rejects(s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } })), {
    name: 'AccessControlListNotSupported',
    message: 'Target grants not allowed for bucket owner enforced buckets',
  });
});
