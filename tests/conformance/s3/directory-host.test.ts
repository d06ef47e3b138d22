import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  CopyObjectCommand,
  CreateSessionCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListDirectoryBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { noAwsCli, noBoto3 } from '../../support/clients.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { directory, startDirectory } from './directory-setup.ts';
import { bytesOf } from './setup.ts';

const run = promisify(execFile);
const Bucket = 'hosted--use1-az4--x-s3';

/** A client that leads to the cloud whatever host it asks for; it tells which. */
function hostClient(cloud: TestCloud, hosts: Set<string>, config: object): S3Client {
  const { port } = new URL(cloud.url);
  const lookup = (_: string, options: { all?: boolean }, done: (...of: unknown[]) => void) =>
    options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
  const client = cloud.client(S3Client, {
    requestHandler: { httpAgent: new Agent({ lookup: lookup as never }) },
    ...config,
  } as never);
  client.middlewareStack.add(
    (next) => (args) => {
      const asked = args.request as { hostname: string; port?: number; protocol: string };
      hosts.add(asked.hostname);
      asked.protocol = 'http:';
      asked.port = Number(port);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  return client;
}

/** What anybody does with a bucket. */
async function use(s3: S3Client, cloud: TestCloud): Promise<void> {
  await s3.send(directory(Bucket));
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket }))).BucketLocationName, 'use1-az4');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b/ü', Body: 'text' }));
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${encodeURIComponent('a b/ü')}` }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
  assert.equal(await got.Body?.transformToString(), 'text');
  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 2);
  const url = new URL(await getSignedUrl(s3 as never, new GetObjectCommand({ Bucket, Key: 'copy' }) as never));
  const text = await new Promise<string>((resolve, reject) => {
    const { port } = new URL(cloud.url);
    const headers = { host: url.host };
    const asked = request({ host: '127.0.0.1', port, path: url.pathname + url.search, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      answer.on('end', () => resolve(body));
    });
    asked.on('error', reject).end();
  });
  assert.equal(text, 'text');
  assert.equal((await s3.send(new ListDirectoryBucketsCommand({}))).Buckets?.length, 1);
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a b/ü' }, { Key: 'copy' }] } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

test('AWS’s own hosts lead to directory buckets', async () => {
  await using cloud = await startTestCloud();
  const hosts = new Set<string>();
  const s3 = hostClient(cloud, hosts, { endpoint: undefined });
  await use(s3, cloud);
  assert.deepEqual([...hosts].sort(), [
    `${Bucket}.s3express-use1-az4.us-east-1.amazonaws.com`,
    's3express-control.us-east-1.amazonaws.com',
  ]);
  const gone = await failure(s3.send(new CreateSessionCommand({ Bucket })));
  assert.equal(gone.name, 'NoSuchBucket');
});

test('A bucket before an endpoint’s name leads there, too', async () => {
  await using cloud = await startTestCloud();
  const hosts = new Set<string>();
  await use(hostClient(cloud, hosts, {}), cloud);
  assert.ok(hosts.has(`${Bucket}.localhost`));
});

const environment = (url: string) => ({
  ...process.env,
  AWS_ENDPOINT_URL: url.replace('localhost', '127.0.0.1'),
  AWS_ACCESS_KEY_ID: '123456789012',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

// Python's client looks on the machine's clock whether a session has run out.
test('aws s3 cp to and from a directory bucket', { skip: noAwsCli }, async () => {
  await using cloud = await startDirectory({ clock: 'real', startAt: undefined });
  const folder = await mkdtemp(join(tmpdir(), 'cloudyard-s3-'));
  try {
    const aws = async (...args: string[]) => (await run('aws', args, { env: environment(cloud.url) })).stdout;
    const large = bytesOf(20_000_000);
    await writeFile(join(folder, 'large.bin'), large);
    await writeFile(join(folder, 'small.txt'), 'hello\n');
    const bucket = `s3://${cloud.Bucket}`;
    await aws('s3', 'cp', join(folder, 'large.bin'), `${bucket}/large.bin`, '--no-progress');
    await aws('s3', 'cp', join(folder, 'small.txt'), `${bucket}/docs/small.txt`);
    assert.match(await aws('s3', 'ls', bucket), /20000000 large.bin/);
    await aws('s3', 'cp', `${bucket}/large.bin`, join(folder, 'back.bin'), '--no-progress');
    assert.ok((await readFile(join(folder, 'back.bin'))).equals(large));
    assert.equal(await aws('s3', 'cp', `${bucket}/docs/small.txt`, '-'), 'hello\n');
    await aws('s3', 'mv', `${bucket}/docs/small.txt`, `${bucket}/moved.txt`);
    await aws('s3', 'rm', bucket, '--recursive');
    assert.equal(await aws('s3', 'ls', bucket), '');
  } finally {
    await rm(folder, { recursive: true });
  }
});

const SCRIPT = `
import boto3, io
s3 = boto3.client('s3')
name = 'boto--use1-az5--x-s3'
s3.create_bucket(Bucket=name, CreateBucketConfiguration={
  'Location': {'Type': 'AvailabilityZone', 'Name': 'use1-az5'},
  'Bucket': {'Type': 'Directory', 'DataRedundancy': 'SingleAvailabilityZone'}})
assert [b['Name'] for b in s3.list_directory_buckets()['Buckets']] == [name]
s3.put_object(Bucket=name, Key='/slash', Body=b'one')
s3.put_object(Bucket=name, Key='/slash', Body=b'two', WriteOffsetBytes=3)
s3.rename_object(Bucket=name, Key='plain', RenameSource='/%2Fslash')
out = io.BytesIO(); s3.download_fileobj(name, 'plain', out)
assert out.getvalue() == b'onetwo'
assert [o['Key'] for p in s3.get_paginator('list_objects_v2').paginate(Bucket=name) for o in p['Contents']] == ['plain']
s3.delete_object(Bucket=name, Key='plain')
s3.delete_bucket(Bucket=name)
print('done')
`;

test('boto3 with a directory bucket', { skip: noBoto3 }, async () => {
  await using cloud = await startTestCloud({ clock: 'real', startAt: undefined });
  const { stdout } = await run('python3', ['-c', SCRIPT], { env: environment(cloud.url) });
  assert.equal(stdout.trim(), 'done');
});
