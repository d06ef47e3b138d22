/** Starting and ending: what a person meets when the folder, the port or the format is not as it should be. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sandbox } from '../support/binary.ts';

const client = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
  forcePathStyle: true,
});

test('commands find the cloud of the folder; stop ends it and leaves nothing behind', async () => {
  await using box = sandbox();
  const cloud = await box.start();
  const status = await box.json('status');
  assert.equal(status.pid, cloud.pid);
  assert.equal(status.endpoint, cloud.url);
  assert.equal(status.data, join(box.folder, '.cloudyard'));
  const stopped = await box.run('stop');
  assert.equal(stopped.code, 0);
  assert.match(stopped.stdout, /Stopped http:\/\/localhost:\d+/);
  assert.equal(existsSync(join(box.folder, '.cloudyard/running.json')), false);
  const after = await box.run('status', '--endpoint', cloud.url, '--json');
  assert.equal(after.code, 3);
  assert.equal(JSON.parse(after.stdout).error.code, 'not-running');
  assert.match(
    after.stderr,
    /Nothing listens at http:\/\/localhost:\d+ \(--endpoint\)\. Start one with 'cloudyard start'/,
  );
});

test('the start screen says where the cloud is and what to type', async () => {
  await using box = sandbox();
  const child = box.spawn('start', '--port', '0', '--memory');
  let screen = '';
  for await (const piece of child.stdout ?? []) {
    screen += piece;
    if (screen.includes('--help')) break;
  }
  assert.match(screen, /Cloudyard is up at http:\/\/localhost:\d+\n/);
  assert.match(screen, /export AWS_ENDPOINT_URL=http:\/\/localhost:\d+ AWS_ACCESS_KEY_ID=test/);
  assert.match(screen, /aws s3 mb s3:\/\/photos/);
  assert.ok(screen.trim().split('\n').length <= 12, 'it is short');
});

test('a killed cloud leaves a note behind that does no harm', async () => {
  await using box = sandbox();
  const first = await box.start();
  await first.end('SIGKILL');
  assert.equal(JSON.parse(readFileSync(join(box.folder, '.cloudyard/running.json'), 'utf8')).url, first.url);
  const env = await box.json<{ set: Record<string, string> }>('env');
  assert.equal(env.set.AWS_ENDPOINT_URL, 'http://localhost:4566');
  const second = await box.start();
  assert.equal((await box.json('status')).pid, second.pid);
});

test('a second process on the same folder is refused, and told who has it', async () => {
  await using box = sandbox();
  const cloud = await box.start();
  const second = await box.run('start', '--port', '0');
  assert.equal(second.code, 2);
  assert.match(
    second.stderr,
    /\.cloudyard is in use by the Cloudyard at http:\/\/localhost:\d+ \(process \d+\)\. Stop that one/,
  );
  assert.ok(second.stderr.includes(String(cloud.pid)));
  assert.equal(second.stderr.trim().split('\n').length, 1);
});

test('a folder of a newer format is refused and left alone; one that is no folder too', async () => {
  await using box = sandbox();
  mkdirSync(join(box.folder, '.cloudyard'));
  writeFileSync(join(box.folder, '.cloudyard/FORMAT'), '999\n');
  const newer = await box.run('start', '--port', '0');
  assert.equal(newer.code, 2);
  assert.match(newer.stderr, /has format 999; this Cloudyard reads formats up to \d+\. Upgrade Cloudyard/);
  assert.equal(existsSync(join(box.folder, '.cloudyard/state.db')), false);
  writeFileSync(join(box.folder, 'file'), '');
  const file = await box.run('start', '--port', '0', '--data', 'file');
  assert.equal(file.code, 2);
  assert.match(file.stderr, /can't hold the state/);
  mkdirSync(join(box.folder, 'broken'));
  writeFileSync(
    join(box.folder, 'broken/state.db'),
    'this is no database, but long enough to be looked at'.repeat(100),
  );
  const broken = await box.run('start', '--port', '0', '--data', 'broken', '--json');
  assert.equal(broken.code, 2);
  assert.match(JSON.parse(broken.stdout).error.message, /can't be opened: .*Restore the folder from a copy/);
});

test('a port that is taken: by whom, and what to do', async () => {
  await using box = sandbox();
  const cloud = await box.start('--memory');
  const second = await box.run('start', '--port', String(cloud.port), '--memory');
  assert.equal(second.code, 2);
  assert.match(
    second.stderr,
    /^Port \d+ is taken by a Cloudyard \(process \d+, state in memory\)\. Use that one, stop it \('cloudyard stop --endpoint http:\/\/localhost:\d+'\), or choose another port with --port\.\n$/,
  );
});

test('SIGTERM finishes what was accepted, and the state has it', async () => {
  await using box = sandbox();
  const cloud = await box.start();
  const s3 = new S3Client(client(cloud.url));
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  const body = Buffer.alloc(3_000_000, 'abc');
  const upload = request(`${cloud.url}/photos/big`, {
    method: 'PUT',
    headers: {
      expect: '100-continue',
      'content-length': body.length,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      ...signed('s3'),
    },
  });
  const answered = answerOf(upload);
  await accepted(upload);
  upload.write(body.subarray(0, 1_000_000));
  const ended = cloud.end('SIGTERM');
  while (await listens(cloud.port));
  upload.end(body.subarray(1_000_000));
  assert.equal((await answered).status, 200);
  assert.deepEqual({ ...(await ended), stdout: '' }, { code: 0, signal: null, stdout: '', stderr: '' });
  s3.destroy();

  const again = await box.start();
  const s3Again = new S3Client(client(again.url));
  const { Body } = await s3Again.send(new GetObjectCommand({ Bucket: 'photos', Key: 'big' }));
  assert.ok(body.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)));
  s3Again.destroy();
});

test('SIGTERM answers those who wait: a long poll comes back empty, a follower is let go', async () => {
  await using box = sandbox();
  const cloud = await box.start('--memory');
  const sqs = new SQSClient(client(cloud.url));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  sqs.destroy();
  const follower = box.spawn('logs', '--follow', '--json', '--endpoint', cloud.url);
  const gone = new Promise<number | null>((resolve) => follower.on('close', resolve));
  await new Promise((resolve) => follower.stdout?.once('data', resolve));
  const poll = request(`${cloud.url}/`, {
    method: 'POST',
    headers: {
      expect: '100-continue',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ReceiveMessage',
      ...signed('sqs'),
    },
  });
  const answered = answerOf(poll);
  await accepted(poll);
  poll.end(JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 }));
  const { code } = await cloud.end('SIGTERM');
  assert.deepEqual(await answered, { status: 200, body: '{}' });
  assert.equal(code, 0);
  assert.equal(await gone, 0);
});

/** Headers of a signature that this cloud takes for an account's root, whatever the signature. */
function signed(service: string): Record<string, string> {
  const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  return {
    'x-amz-date': now,
    authorization: `AWS4-HMAC-SHA256 Credential=test/${now.slice(0, 8)}/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
  };
}

/** Resolves when the server has taken up a request that expects it to say so. */
function accepted(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    outgoing.on('continue', resolve);
    outgoing.flushHeaders();
  });
}

function answerOf(outgoing: ClientRequest): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      let body = '';
      for await (const piece of response) body += piece;
      resolve({ status: response.statusCode, body });
    });
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
