/** The clock, faults, the reasons of decisions, and the calls that were made, as a client of the admin API meets them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../support/cloud.ts';
import { ACCOUNT, adminOf } from './admin.ts';

test('the clock is advanced, and what falls due has happened when the answer is there', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 900 }));
  const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  while (cloud.server.cloud.kernel.signals.waiting === 0) await new Promise(setImmediate);
  const clock = await admin.post('clock', { action: 'advance', millis: 20_000 });
  assert.equal(clock.now, '2026-01-01T00:00:20.000Z');
  assert.deepEqual((await poll).Messages ?? [], []);
  await admin.post('clock', { action: 'advance', millis: 880_000 });
  assert.equal((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.Body, 'late');
  assert.deepEqual(
    await admin.post('clock', { action: 'run', scale: 1_000 }).then(({ running, scale }) => [running, scale]),
    [true, 1_000],
  );
  assert.equal((await admin.post('clock', { action: 'freeze' })).running, false);
});

test('faults strike an SDK client where and as long as they should', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const sqs = cloud.client(SQSClient);
  const list = () => sqs.send(new ListQueuesCommand({}));
  const throttle = await admin.post('faults', {
    effect: 'throttle',
    service: 'sqs',
    operation: 'ListQueues',
    lastsMillis: 60_000,
  });
  assert.deepEqual([throttle.until, throttle.probability], [Date.UTC(2026, 0, 1, 0, 1), 1]);
  assert.equal((await failure(list())).name, 'ThrottlingException');
  await sqs.send(new CreateQueueCommand({ QueueName: 'untouched' }));
  await cloud.advance(60_000);
  assert.equal((await list()).QueueUrls?.length, 1);
  assert.deepEqual(await admin.get('faults'), { faults: [] });

  await admin.post('faults', {
    effect: { kind: 'error', code: 'InternalFailure', status: 500 },
    account: '999999999999',
  });
  await list();
  await admin.delete('faults');
  await admin.post('faults', { effect: { kind: 'drop' }, service: 'sqs', operation: 'CreateQueue' });
  await assert.rejects(sqs.send(new CreateQueueCommand({ QueueName: 'dropped' })));
  assert.equal((await list()).QueueUrls?.length, 2, 'a dropped call was carried out');
  await admin.delete('faults');

  await admin.post('faults', { effect: { kind: 'latency', millis: 5_000 }, region: 'us-east-1' });
  const slow = list();
  await admin.post('clock', { action: 'run', scale: 1_000 });
  await slow;
  assert.ok(cloud.server.cloud.kernel.clock.now() >= Date.UTC(2026, 0, 1, 0, 1, 5));
  await admin.delete('faults');

  await admin.post('faults', { effect: 'throttle', probability: 0.5, service: 'sqs' });
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, () =>
      list().then(
        () => true,
        () => false,
      ),
    ),
  );
  assert.deepEqual(new Set(outcomes), new Set([true, false]));
});

test('a rule that could not match anything is refused', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  for (const [body, text] of [
    [{}, /effect should be/],
    [{ effect: 'thunder' }, /effect should be/],
    [{ effect: 'latency' }, /effect should be/],
    [{ effect: { kind: 'latency', millis: -1 } }, /millis should be a number/],
    [{ effect: { kind: 'error', status: 200 } }, /status should be a number from 400 to 599/],
    [{ effect: { kind: 'throttle', millis: 5 } }, /no field 'millis'/],
    [{ effect: 'drop', operations: 'SendMessage' }, /no field 'operations'/],
    [{ effect: 'drop', service: 'sqz' }, /There is no service 'sqz'/],
    [{ effect: 'drop', service: 'sqs', operation: 'sendMessage' }, /sqs has no operation 'sendMessage'/],
    [{ effect: 'drop', operation: 'SendMessage' }, /needs its service/],
    [{ effect: 'drop', region: 'eu-north-9' }, /There is no Region/],
    [{ effect: 'drop', account: '12' }, /account can't be "12"/],
    [{ effect: 'drop', probability: 2 }, /probability should be a number from 0 to 1/],
    [{ effect: 'drop', lastsMillis: '5m' }, /lastsMillis should be a number/],
  ] as const) {
    const refused = await admin.refused('POST', 'faults', body);
    assert.deepEqual([refused.status, refused.code], [400, 'bad-request'], JSON.stringify(body));
    assert.match(refused.message, text);
  }
  assert.deepEqual(await admin.get('faults'), { faults: [] });
});

test('why: a denial with every statement, a root’s call without any', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'anna' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'anna' }));
  const { $metadata } = await iam.send(
    new PutUserPolicyCommand({
      UserName: 'anna',
      PolicyName: 'reader',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Sid: 'Read', Effect: 'Allow', Action: 'sqs:Get*', Resource: '*' },
      }),
    }),
  );
  const anna = cloud.client(SQSClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const denied = await failure(anna.send(new ListQueuesCommand({})));
  const id = (denied.$metadata as { requestId?: string }).requestId;
  const { call, decisions } = await admin.get<{ call: { error: string }; decisions: Record<string, never>[] }>(
    `why/${id}`,
  );
  assert.equal(call.error, denied.name);
  assert.equal(decisions.length, 1);
  assert.deepEqual(decisions[0]?.layers, [
    {
      layer: 'identity',
      consulted: true,
      outcome: 'none',
      policies: [
        {
          policy: 'reader',
          outcome: 'none',
          statements: [
            {
              statement: 'Read',
              effect: 'Allow',
              applies: false,
              action: { element: 'Action', listed: ['sqs:Get*'], matched: false },
              resource: { element: 'Resource', listed: ['*'], matched: true },
              conditions: [],
            },
          ],
        },
      ],
    },
  ]);
  assert.equal(decisions[0]?.message, denied.message);
  const root = await admin.get<{ call: { operation: string }; decisions: object[] }>(`why/${$metadata.requestId}`);
  assert.deepEqual([root.call.operation, root.decisions], ['PutUserPolicy', []]);
});

test('events: the last calls, filtered, and each as it happens until the server closes', async () => {
  const cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const sqs = cloud.client(SQSClient);
  await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
  await failure(sqs.send(new ReceiveMessageCommand({ QueueUrl: `${cloud.url}/${ACCOUNT}/none` })));
  const events = async (query: string) =>
    (await admin.get<{ events: { operation: string }[] }>(`events?${query}`)).events.map(({ operation }) => operation);
  assert.deepEqual(await events(''), ['ReceiveMessage', 'CreateQueue']);
  assert.deepEqual(await events('errors=true'), ['ReceiveMessage']);
  assert.deepEqual(await events('operation=CreateQueue&service=sqs&account=123456789012&region=us-east-1'), [
    'CreateQueue',
  ]);
  assert.deepEqual(await events('account=999999999999'), []);
  assert.deepEqual(await events('limit=0'), []);

  const response = await fetch(`${cloud.url}/_cloudyard/v1/events?follow&limit=1&service=sqs`);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  const until = async (wanted: RegExp) => {
    while (!wanted.test(text)) {
      const { value, done } = await reader.read();
      assert.equal(done, false, `ended before ${wanted}: ${text}`);
      text += Buffer.from(value ?? []).toString();
    }
  };
  await until(/"ReceiveMessage"/);
  await cloud.client(IAMClient).send(new CreateUserCommand({ UserName: 'anna' }));
  await sqs.send(new SendMessageCommand({ QueueUrl: `${cloud.url}/${ACCOUNT}/jobs`, MessageBody: 'x' }));
  await until(/"SendMessage"/);
  assert.equal(/CreateUser|CreateQueue/.test(text), false);
  await cloud.close();
  while (!(await reader.read()).done);
});
