/** `cloudyard drill`, as a person types it: on a clock that stands still, and against a cloud where something is wrong. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { DrillReport } from '#main/drill/report';
import { fisClient } from '../conformance/fis/client.ts';
import { type RunningBinary, type Sandbox, sandbox } from '../support/binary.ts';

const ACCOUNT = '123456789012';
const WAIT = { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' } };

describe('drill', { concurrency: false }, () => {
  let box: Sandbox & AsyncDisposable;
  let cloud: RunningBinary;
  const config = () => ({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const file = (name: string, template: object | string) => {
    const path = join(box.folder, name);
    writeFileSync(path, typeof template === 'string' ? template : JSON.stringify(template));
    return path;
  };
  const drill = (...args: string[]) => box.run('drill', '--account', ACCOUNT, ...args);
  const reported = async (...args: string[]) => {
    const { code, stdout } = await drill(...args, '--json');
    return { code, report: JSON.parse(stdout) as DrillReport };
  };
  before(async () => {
    box = sandbox();
    cloud = await box.start('--clock', 'virtual', '--start-at', '2026-01-01T00:00:00Z');
  });
  after(() => box[Symbol.asyncDispose]());

  test('it moves a standing clock on, until the experiment is over', async () => {
    const { stdout, stderr, code } = await drill(file('wait.json', { actions: { wait: WAIT } }), '--recovery', '10s');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^EXP\w+ {2}completed: Experiment completed\. {2}\(from 2026-01-01T00:00:00\.000Z, 1m; /);
    assert.match(stdout, /\+0s +wait begins \(aws:fis:wait\)\n +\+1m +wait is completed\n/);
    assert.match(stdout, /\n\nEvery promise was kept\.\n$/);
    assert.match(stderr, /^2026-01-01T00:00:00\.000Z {2}EXP\w+ (initiating|running) {2}· {2}wait (pending|running)\n/);
    const { faults } = await box.json<{ faults: object[] }>('fault');
    assert.deepEqual(faults, []);
    const again = await box.json<DrillReport>(
      'drill',
      '--account',
      ACCOUNT,
      file('wait.json', { actions: { wait: WAIT } }),
    );
    assert.equal(again.kept, true, 'its role is there already');
  });

  test('what was refused, and when it was answered again', async () => {
    const iam = new IAMClient(config());
    const statement = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: 'app',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
        Tags: [{ Key: 'app', Value: 'shop' }],
      }),
    );
    const sts = new STSClient(config());
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'app' }));
    const app = new SQSClient({
      ...config(),
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    const own = new SQSClient(config());
    const { QueueUrl } = await own.send(
      new CreateQueueCommand({
        QueueName: 'open',
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }],
          }),
        },
      }),
    );
    const template = {
      targets: { app: { resourceType: 'aws:iam:role', resourceTags: { app: 'shop' }, selectionMode: 'ALL' } },
      actions: {
        throttle: {
          actionId: 'aws:fis:inject-api-throttle-error',
          targets: { Roles: 'app' },
          parameters: { service: 'sqs', operations: 'SendMessage', percentage: '100', duration: 'PT1M' },
        },
      },
    };
    const child = box.spawn('drill', '--account', ACCOUNT, file('throttle.json', template), '--json');
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (piece) => (stdout += piece));
    child.stderr?.on('data', (piece) => (stderr += piece));
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    let isOver = false;
    void ended.then(() => (isOver = true));
    while (!isOver) await app.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })).catch(() => {});
    assert.equal(await ended, 0, stderr);
    const report = JSON.parse(stdout) as DrillReport;
    const [refused] = report.refused;
    assert.equal(`${refused?.service} ${refused?.operation}`, 'sqs SendMessage');
    assert.ok((refused?.refused ?? 0) > 0 && (refused?.refused ?? 0) < (refused?.calls ?? 0));
    assert.deepEqual(Object.keys(refused?.errors ?? {}), ['ThrottlingException']);
    assert.ok((refused?.answeredAt ?? 0) >= (report.experiment.endedAt ?? 0));
    for (const one of [iam, sts, app, own]) one.destroy();
  });

  test('an alarm that is left, and one that halts it: the promises are broken, and so says the exit code', async () => {
    const cloudwatch = new CloudWatchClient(config());
    const metric = {
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum' as const,
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
    };
    await cloudwatch.send(
      new PutMetricAlarmCommand({ AlarmName: 'errors', ComparisonOperator: 'GreaterThanThreshold', ...metric }),
    );
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'test' }));
    const value = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:errors`;
    const template = { stopConditions: [{ source: 'aws:cloudwatch:alarm', value }], actions: { wait: WAIT } };
    const { code, report } = await reported(file('halt.json', template));
    assert.equal(code, 1);
    assert.equal(report.kept, false);
    assert.deepEqual(report.promises[0], {
      promise: 'The experiment runs to its end',
      measured: 'stopped: Experiment halted by stop condition.',
      kept: false,
    });
    cloudwatch.destroy();
  });

  test('Ctrl+C stops the experiment, and its template goes', async () => {
    const fis = fisClient(cloud);
    const path = file('long.json', { actions: { wait: { ...WAIT, parameters: { duration: 'PT12H' } } } });
    const child = box.spawn('drill', '--account', ACCOUNT, path);
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const [id] = await firstMatch(child.stderr, /EXP\w+(?= running)/);
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    const state = async () => (await fis.GetExperiment({ id })).experiment.state;
    while ((await state())?.status === 'stopping');
    assert.deepEqual(await state(), { status: 'stopped', reason: 'Experiment stopped.' });
    assert.deepEqual((await fis.ListExperimentTemplates({})).experimentTemplates, []);
  });

  test('what can’t be is said in a sentence', async () => {
    for (const [args, code, text] of [
      [[], 2, /Which experiment\? Name one file, template or experiment/],
      [['none.json'], 2, /There is no file 'none\.json', and no template has such an id/],
      [[file('half.json', '{')], 2, /half\.json' is no JSON: /],
      [[file('list.json', '[]')], 2, /template should be an object/],
      [[file('typo.json', { acts: {} })], 2, /template has no 'acts'; it has clientToken, description/],
      [
        [file('off.json', { actions: { off: { actionId: 'aws:ec2:stop-instances' } } })],
        2,
        /FIS refuses it: Cloudyard has not built the action aws:ec2:stop-instances/,
      ],
      [
        ['EXTaaaaaaaaaaaaaa'],
        4,
        /Experiment template EXTaaaaaaaaaaaaaa not found\. 'aws fis list-experiment-templates' shows/,
      ],
      [['EXPaaaaaaaaaaaaaaa'], 4, /Experiment EXPaaaaaaaaaaaaaaa not found\./],
      [['x.json', '--recovery', 'soon'], 2, /'soon' is no duration/],
      [['EXTaaaaaaaaaaaaaa', '--region', 'us-nowhere-1'], 2, /There is no Region 'us-nowhere-1'/],
    ] as const) {
      const ended = await drill(...args, '--json');
      assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, text);
      assert.equal(JSON.parse(ended.stdout).error.message, ended.stderr.trim());
    }
  });
});

test('a cloud that is killed under a drill: the drill says so, and the experiment can be looked at again', async () => {
  await using box = sandbox();
  const clock = ['--clock', 'virtual', '--start-at', '2026-01-01T00:00:00Z'];
  const cloud = await box.start(...clock);
  const path = join(box.folder, 'long.json');
  writeFileSync(path, JSON.stringify({ actions: { wait: { ...WAIT, parameters: { duration: 'PT12H' } } } }));
  const child = box.spawn('drill', path);
  let errors = '';
  child.stderr?.on('data', (piece) => (errors += piece));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const [id] = await firstMatch(child.stderr, /EXP\w+(?= running)/);
  await cloud.end('SIGKILL');
  assert.equal(await ended, 3);
  assert.match(errors, /Start one with 'cloudyard start', or say with --endpoint where it is\.\n$/);
  await box.start(...clock);
  const again = box.spawn('drill', id, '--recovery', '0s', '--json');
  await firstMatch(again.stderr, new RegExp(`${id} running`));
  await box.json('clock', 'advance', '12h');
  let answer = '';
  again.stdout?.on('data', (piece) => (answer += piece));
  assert.equal(await new Promise((resolve) => again.on('exit', resolve)), 0);
  const report = JSON.parse(answer) as DrillReport;
  assert.deepEqual([report.experiment.id, report.experiment.status, report.kept], [id, 'completed', true]);
});

/** Reads on until something is said. */
async function firstMatch(stream: Readable | null, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  for await (const piece of stream?.iterator({ destroyOnReturn: false }) ?? []) {
    text += piece;
    const found = pattern.exec(text);
    if (found !== null) return found;
  }
  throw new Error(`it never said ${pattern}: ${text}`);
}
