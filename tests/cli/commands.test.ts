/** Every command against one running cloud, as a person types them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type RunningBinary, type Sandbox, sandbox } from '../support/binary.ts';
import { failure } from '../support/cloud.ts';

const ACCOUNT = '123456789012';
const COMMANDS =
  'start stop status env doctor logs mail why clock fault drill layer snapshot fork reset architecture'.split(' ');

const config = (endpoint: string, accessKeyId = ACCOUNT, secretAccessKey = 'test') => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
});

describe('commands', { concurrency: false }, () => {
  let box: Sandbox & AsyncDisposable;
  let cloud: RunningBinary;
  let sqs: SQSClient;
  before(async () => {
    box = sandbox();
    cloud = await box.start('--clock', 'virtual', '--start-at', '2026-01-01T00:00:00Z');
    sqs = new SQSClient(config(cloud.url));
  });
  after(async () => {
    sqs.destroy();
    await box[Symbol.asyncDispose]();
  });

  test('help names every command, and each explains itself', async () => {
    const { stdout, code } = await box.run('--help');
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.split('\n').flatMap((line) => /^ {2}(\w+) /.exec(line)?.[1] ?? []),
      COMMANDS,
    );
    for (const name of COMMANDS) {
      const help = await box.run(name, '--help');
      assert.equal(help.code, 0, name);
      assert.match(help.stdout, new RegExp(`Usage: cloudyard ${name}`));
      assert.match(help.stdout, /--json/);
    }
  });

  test('what can’t be is refused in a sentence, with exit code 2', async () => {
    for (const [args, text] of [
      [['dance'], /There is no command 'dance'/],
      [['status', '--quick'], /Unknown option '--quick'/],
      [['clock', 'back'], /clock takes no 'back': expected show, freeze, run or advance/],
      [['clock', 'advance'], /By how much\? For example: cloudyard clock advance 90d/],
      [['clock', 'advance', '90'], /'90' is no duration: expected one such as 90d/],
      [['clock', 'advance', '90000d'], /millis should be a number from 0 to/],
      [
        ['fault', 'add', 'lightning'],
        /expected throttle, internal, unavailable, drop, latency DURATION, error or dark/,
      ],
      [['fault', 'add', 'throttle', '--service', 'sqz'], /There is no service 'sqz'/],
      [['snapshot', 'take'], /Which one\?/],
      [['snapshot', 'take', '../x'], /'\.\.\/x' can't name a snapshot/],
      [['env', '--account', '12'], /expected 12 digits/],
      [['env', '--shell', 'tcsh'], /expected bash, zsh, fish or powershell/],
      [['reset', '--account', '12'], /account should be a text of 12 digits/],
      [['status', '--endpoint', 'localhost:4566'], /expected a URL such as/],
    ] as const) {
      const { code, stderr, stdout } = await box.run(...args, '--json');
      assert.match(stderr, text);
      assert.equal(code, 2, args.join(' '));
      assert.equal(JSON.parse(stdout).error.message, stderr.trim());
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  });

  test('what answers but is no Cloudyard is said to be none', async () => {
    const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { code, stderr } = await box.run('status', '--endpoint', url);
    other.close();
    assert.equal(code, 3);
    assert.match(stderr, /is no Cloudyard: HTTP 200, where its admin API was expected/);
  });

  test('mail: what a service sent, for a person and for a program', async () => {
    const sns = new SNSClient(config(cloud.url));
    await sns.send(new PublishCommand({ PhoneNumber: '+15550100', Message: 'hello\u001b[2Jthere' }));
    const { stdout } = await box.run('mail', '--channel', 'sms');
    assert.match(stdout, /sms {2}sns {2}123456789012\/us-east-1\n {2}From: {4}NOTICE\n {2}To: {6}\+15550100\n/);
    assert.match(stdout, /\n\n {2}hello.\[2Jthere\n$/);
    assert.ok(!stdout.includes('\u001b'), 'nobody moves the cursor');
    const { mail } = JSON.parse((await box.run('mail', '--to', '+15550100', '--json')).stdout);
    assert.equal(mail[0].channel, 'sms');
    assert.equal((await box.run('mail', '--account', '210987654321')).stdout, 'No mail.\n');
    assert.match((await box.run('mail', '--channel', 'fax')).stderr, /channel should be email, sms, push/);
    sns.destroy();
  });

  test('clock: shown, advanced, let run, stopped', async () => {
    assert.equal((await box.json('clock')).now, '2026-01-01T00:00:00.000Z');
    assert.equal((await box.json('clock', 'advance', '1d12h')).now, '2026-01-02T12:00:00.000Z');
    const running = await box.json('clock', 'run', '--scale', '60');
    assert.deepEqual([running.running, running.scale], [true, 60]);
    const { stdout } = await box.run('clock', 'freeze');
    assert.match(stdout, /^2026-01-0\dT.*Z, standing still\n$/);
  });

  test('fault: an SDK client meets it until it is removed', async () => {
    await sqs.send(new CreateQueueCommand({ QueueName: 'struck' }));
    const send = () =>
      sqs.send(new SendMessageCommand({ QueueUrl: `${cloud.url}/${ACCOUNT}/struck`, MessageBody: 'x' }));
    const rule = await box.json(
      'fault',
      'add',
      'error',
      '--service',
      'sqs',
      '--operation',
      'SendMessage',
      '--status',
      '503',
      '--code',
      'ServiceUnavailable',
    );
    const error = await failure(send());
    assert.equal(error.name, 'ServiceUnavailable');
    assert.equal(error.$metadata?.httpStatusCode, 503);
    const list = await box.run('fault', 'list');
    assert.match(list.stdout, /error 503 ServiceUnavailable {2}service sqs, operation SendMessage {2}always/);
    assert.equal((await box.run('fault', 'remove', String(rule.id))).code, 0);
    await send();
    assert.equal((await box.run('fault', 'remove', 'none')).code, 4);
    await box.run('fault', 'add', 'throttle', '--service', 'sqs');
    await box.run('fault', 'add', 'drop', '--account', ACCOUNT, '--for', '5m');
    assert.deepEqual(await box.json('fault', 'clear'), { removed: 2 });
    await send();
  });

  test('snapshot, fork, reset', async () => {
    const names = async (endpoint = cloud.url, account = ACCOUNT) => {
      const own = new SQSClient(config(endpoint, account));
      const { QueueUrls = [] } = await own.send(new ListQueuesCommand({}));
      own.destroy();
      return QueueUrls.map((url) => url.split('/').at(-1));
    };
    await box.run('reset');
    await sqs.send(new CreateQueueCommand({ QueueName: 'first' }));
    assert.equal((await box.run('snapshot', 'take', 'one')).code, 0);
    assert.equal((await box.run('snapshot', 'take', 'one')).code, 2);
    await sqs.send(new CreateQueueCommand({ QueueName: 'second' }));
    const forked = await box.run('fork', '--data', 'forked');
    assert.match(forked.stdout, /^http:\/\/localhost:\d+\n$/);
    const url = forked.stdout.trim();
    await sqs.send(new CreateQueueCommand({ QueueName: 'third' }));
    assert.deepEqual(await names(url), ['first', 'second']);
    assert.equal((await box.json('status', '--endpoint', url)).data, join(box.folder, 'forked'));
    assert.equal((await box.run('stop', '--endpoint', url)).code, 0);
    assert.deepEqual(await names(), ['first', 'second', 'third']);
    assert.equal((await box.run('fork')).code, 2);
    assert.equal((await box.run('snapshot', 'restore', 'one')).code, 0);
    assert.deepEqual(await names(), ['first']);
    assert.equal((await box.run('snapshot', 'restore', 'two')).code, 4);
    const other = new SQSClient(config(cloud.url, '210987654321'));
    await other.send(new CreateQueueCommand({ QueueName: 'kept' }));
    other.destroy();
    assert.deepEqual(await box.json('reset', '--account', ACCOUNT), { reset: ACCOUNT });
    assert.deepEqual([await names(), await names(cloud.url, '210987654321')], [[], ['kept']]);
    assert.match((await box.run('snapshot')).stdout, /^one {2}2026-/);
    assert.equal((await box.run('snapshot', 'remove', 'one')).code, 0);
    assert.equal((await box.run('snapshot')).stdout, 'No snapshots.\n');
  });

  test('why explains a denial, logs show it', async () => {
    await box.run('reset');
    const iam = new IAMClient(config(cloud.url));
    const s3 = new S3Client({ ...config(cloud.url), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
    await iam.send(new CreateUserCommand({ UserName: 'anna' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'anna',
        PolicyName: 'office',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Sid: 'FromTheOffice',
            Effect: 'Allow',
            Action: 's3:Put*',
            Resource: `arn:aws:s3:::photos/${'$'}{aws:username}/*`,
            Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
          },
        }),
      }),
    );
    const anna = new S3Client({
      ...config(cloud.url, AccessKey?.AccessKeyId, AccessKey?.SecretAccessKey),
      forcePathStyle: true,
    });
    const denied = await failure(anna.send(new PutObjectCommand({ Bucket: 'photos', Key: 'anna/cat', Body: 'x' })));
    await s3.send(new ListBucketsCommand({}));
    const id = (denied.$metadata as { requestId?: string }).requestId ?? '';
    for (const args of [['why', id], ['why']]) {
      const { stdout, code } = await box.run(...args);
      assert.equal(code, 0);
      assert.match(
        stdout,
        /DENIED {2}s3:PutObject\n {2}on {2}arn:aws:s3:::photos\/anna\/cat\n {2}by {2}arn:aws:iam::123456789012:user\/anna/,
      );
      assert.match(
        stdout,
        /The caller’s policies: say nothing\n {4}office\n {6}○ 'FromTheOffice': Allow, does not apply/,
      );
      assert.match(stdout, /✓ Action {2}s3:Put\*\n {10}✓ Resource {2}arn:aws:s3:::photos\/anna\/\*/);
      assert.match(stdout, /✗ IpAddress {2}aws:SourceIp: wants 10\.0\.0\.0\/8; the request has 127\.0\.0\.1/);
    }
    assert.equal((await box.run('why', 'no-such-request')).code, 4);
    const errors = await box.run('logs', '--errors');
    assert.match(errors.stdout, /s3 PutObject +AccessDenied .*user\/anna/);
    assert.equal(errors.stdout.includes('ListBuckets'), false);
    const { events } = await box.json<{ events: { operation: string }[] }>('logs', '--service', 'iam', '--limit', '2');
    assert.deepEqual(
      events.map(({ operation }) => operation),
      ['PutUserPolicy', 'CreateAccessKey'],
    );
    for (const one of [iam, s3, anna]) one.destroy();
  });

  test('logs --follow shows each call as it happens, until the reader goes', async () => {
    const follower = box.spawn('logs', '--follow', '--json', '--service', 'sqs', '--limit', '0');
    let read = '';
    const seen = new Promise<void>((resolve) =>
      follower.stdout?.on('data', (piece: Buffer) => {
        read += piece;
        if (read.includes('"operation":"CreateQueue"')) resolve();
      }),
    );
    // Until the follower is connected its calls are missed: go on until one is seen.
    const done = seen.then(() => true);
    for (
      let round = 0;
      !(await Promise.race([done, sqs.send(new CreateQueueCommand({ QueueName: `q${round}` })).then(() => false)]));
      round += 1
    );
    follower.kill('SIGINT');
    assert.equal(JSON.parse(read.split('\n')[0] as string).service, 'sqs');
  });

  test('env: lines that a shell takes', async () => {
    const { stdout } = await box.run('env', '--account', ACCOUNT, '--region', 'eu-west-1');
    const shell = spawnSync(
      'sh',
      ['-c', `${stdout}\necho $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_REGION "[$AWS_PROFILE]"`],
      {
        env: { ...process.env, AWS_PROFILE: 'work' },
        encoding: 'utf8',
      },
    );
    assert.equal(shell.stdout.trim(), `${cloud.url} ${ACCOUNT} eu-west-1 []`);
    assert.match(
      (await box.run('env', '--shell', 'fish')).stdout,
      /^set -gx AWS_ENDPOINT_URL 'http:\/\/localhost:\d+';/,
    );
    assert.match(
      (await box.run('env', '--shell', 'powershell')).stdout,
      /^\$env:AWS_ENDPOINT_URL = 'http:\/\/localhost:\d+'/,
    );
  });

  test('doctor looks at everything, and says what to do', async () => {
    const { code, stdout } = await box.run('doctor', '--json');
    const { healthy, findings } = JSON.parse(stdout) as {
      healthy: boolean;
      findings: { check: string; outcome: string; text: string; todo?: string }[];
    };
    assert.equal(code, healthy ? 0 : 1);
    const checks = new Set(findings.map(({ check }) => check));
    for (const name of 'Node.js,Cloud,Clock,Data folder,Disk,Bucket host names,Client environment,AWS CLI,Python,boto3,Terraform,Functions'.split(
      ',',
    ))
      assert.ok(checks.has(name), name);
    for (const one of findings) assert.ok(one.outcome === 'ok' || one.todo !== undefined, one.text);
    assert.match(findings.find(({ check }) => check === 'Cloud')?.text ?? '', /Cloudyard [\d.]+ answers/);
  });
});
