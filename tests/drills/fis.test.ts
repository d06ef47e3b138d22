/**
 * A serverless application under an experiment of FIS, and the cloud killed by SIGKILL in its middle: faults in force are so afterwards, those that are over
 * are, and nothing of what the application took on is lost. `FIS_ROUNDS` (2) says how often, `FIS_SEED` repeats the draws.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateEventSourceMappingCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { FaultRule } from '#kernel/faults';
import { freshSeed, Random } from '#kernel/random';
import { type FisClient, fisClient } from '../conformance/fis/client.ts';
import { NO_STOP } from '../conformance/fis/world.ts';
import { type RunningBinary, type Sandbox, sandbox } from '../support/binary.ts';
import { zip } from '../support/functions.ts';

const ROUNDS = Number(process.env.FIS_ROUNDS ?? 2);
const SEED = process.env.FIS_SEED ?? freshSeed();
const ACCOUNT = '123456789012';
const ORDERS = 30;
const MINUTE = 60_000;
const CLOCK = ['--clock', 'virtual', '--start-at', '2026-01-01T00:00:00Z'];

/** The application's function tells of each order it has taken. */
const SOURCE = `export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    const query = { Action: 'SendMessage', Version: '2012-11-05', QueueUrl: process.env.DONE, MessageBody: body };
    const reply = await fetch(new URL('/?' + new URLSearchParams(query), process.env.DONE));
    if (!reply.ok) throw new Error(await reply.text());
  }
};`;

const allow = (statement: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

class World {
  readonly box: Sandbox;
  cloud: RunningBinary;
  keys: Keys = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };

  constructor(box: Sandbox, cloud: RunningBinary) {
    this.box = box;
    this.cloud = cloud;
  }

  client<T>(Class: new (config: object) => T, credentials: Keys = this.keys, region = 'us-east-1'): T {
    return new Class({ endpoint: this.cloud.url, region, credentials, maxAttempts: 1 });
  }

  get fis(): FisClient {
    return fisClient(this.cloud);
  }

  /** Killed, and another process on the same folder: on the same port, as functions know it. */
  async crash(): Promise<void> {
    const { port } = this.cloud;
    await this.cloud.end('SIGKILL');
    this.cloud = await this.box.start(...CLOCK, '--port', String(port));
  }

  async admin<T>(path: string, body?: object): Promise<T> {
    const method = body === undefined ? 'GET' : 'POST';
    const reply = await fetch(`${this.cloud.url}/_cloudyard/v1/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assert.equal(reply.status, 200, path);
    return (await reply.json()) as T;
  }

  async advance(millis: number): Promise<void> {
    await this.admin('clock', { action: 'advance', millis });
  }

  async now(): Promise<number> {
    return Date.parse((await this.admin<{ now: string }>('clock')).now);
  }

  async rules(): Promise<FaultRule[]> {
    return (await this.admin<{ faults: FaultRule[] }>('faults')).faults;
  }

  async role(RoleName: string, principal: object, Action: string[]): Promise<string> {
    const iam = this.client(IAMClient);
    const AssumeRolePolicyDocument = allow({ Principal: principal, Action: 'sts:AssumeRole' });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = allow({ Action, Resource: '*' });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'allowed', PolicyDocument }));
    return Role?.Arn ?? '';
  }
}

async function open(box: Sandbox): Promise<World> {
  const world = new World(box, await box.start(...CLOCK));
  await world.role('fis', { Service: 'fis.amazonaws.com' }, ['*']);
  return world;
}

/** Orders go to a queue, from there to a function, and what the function has done to another queue. */
async function deploy(world: World) {
  const sqs = world.client(SQSClient);
  const queue = async (QueueName: string, Attributes: Record<string, string>) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
  const dead = await queue('dead', {});
  const redrive = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 100 });
  const orders = await queue('orders', { VisibilityTimeout: '30', RedrivePolicy: redrive });
  const done = await queue('done', { Policy: allow({ Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }) });
  const Role = await world.role('works', { Service: 'lambda.amazonaws.com' }, ['sqs:*', 'logs:*']);
  const lambda = world.client(LambdaClient);
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'work',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role,
      Timeout: 20,
      Code: { ZipFile: zip({ 'index.mjs': SOURCE }) },
      Environment: { Variables: { DONE: done } },
    }),
  );
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'work', EventSourceArn: arnOf('orders') }));
  const app = await world.role('app', { AWS: ACCOUNT }, ['sqs:*']);
  const { Credentials } = await world
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: app, RoleSessionName: 'app' }));
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  return { orders, done, dead, app, keys, functionArn: FunctionArn };
}

test('an application throttled, slowed, failing and in the dark loses nothing, also when the cloud is killed', {
  timeout: 300_000,
}, async () => {
  await using box = sandbox();
  const world = await open(box);
  const { orders, done, dead, app, keys, functionArn } = await deploy(world);
  const invocations = (kind: string, more: object) => ({
    actionId: `aws:lambda:invocation-${kind}`,
    parameters: { duration: 'PT2M', invocationPercentage: '50', ...more },
    targets: { Functions: 'functions' },
  });
  const { experimentTemplate } = await world.fis.CreateExperimentTemplate({
    description: 'everything at once',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/fis`,
    stopConditions: NO_STOP,
    targets: {
      roles: { resourceType: 'aws:iam:role', resourceArns: [app], selectionMode: 'ALL' },
      functions: { resourceType: 'aws:lambda:function', resourceArns: [functionArn], selectionMode: 'ALL' },
    },
    actions: {
      throttle: {
        actionId: 'aws:fis:inject-api-throttle-error',
        parameters: { duration: 'PT2M', service: 'sqs', operations: 'SendMessage', percentage: '50' },
        targets: { Roles: 'roles' },
      },
      fail: invocations('error', { preventExecution: 'true' }),
      slow: invocations('add-delay', { startupDelayMilliseconds: '500' }),
      dark: {
        actionId: 'cloudyard:region:dark',
        parameters: { duration: 'PT1M', region: 'us-east-1' },
        startAfter: ['throttle'],
      },
    },
  });
  const { experiment } = await world.fis.StartExperiment({ experimentTemplateId: experimentTemplate.id ?? '' });
  const id = experiment.id ?? '';
  await world.advance(1);
  const states = async () =>
    Object.entries((await world.fis.GetExperiment({ id })).experiment.actions ?? {})
      .map(([name, { state }]) => `${name} ${state?.status}`)
      .toSorted();
  const running = ['dark pending', 'fail running', 'slow running', 'throttle running'];
  assert.deepEqual(await states(), running);
  const sent: string[] = [];
  let refused = 0;
  const order = async (name: string) => {
    const sqs = world.client(SQSClient, keys);
    for (;;) {
      try {
        await sqs.send(new SendMessageCommand({ QueueUrl: orders, MessageBody: name }));
        sent.push(name);
        return;
      } catch (error) {
        assert.equal((error as Error).name, 'ThrottlingException');
        refused += 1;
      }
    }
  };
  for (let number = 0; number < ORDERS / 2; number += 1) await order(`order ${number}`);
  await world.crash();
  assert.deepEqual(await states(), running, 'what was in force is so after a crash');
  assert.equal((await world.rules()).length, 3);
  for (let number = sent.length; number < ORDERS; number += 1) await order(`order ${number}`);
  assert.ok(refused > 0, 'calls of the role were refused');
  await world.advance(2 * MINUTE);
  assert.deepEqual(await states(), ['dark running', 'fail completed', 'slow completed', 'throttle completed']);
  const list = () => world.client(SQSClient).send(new ListQueuesCommand({}));
  await assert.rejects(list());
  await world.crash();
  await assert.rejects(list(), 'dark before is dark after');
  await world.client(SQSClient, undefined, 'eu-west-1').send(new ListQueuesCommand({}));
  await world.advance(MINUTE);
  await list();
  const { experiment: over } = await world.fis.GetExperiment({ id });
  assert.deepEqual(over.state, { status: 'completed', reason: 'Experiment completed.' });
  assert.deepEqual(await world.rules(), []);
  const sqs = world.client(SQSClient);
  const taken = new Set<string>();
  for (let looks = 0; looks < 100 && taken.size < ORDERS; looks += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: done, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 }),
    );
    for (const { Body = '' } of Messages) taken.add(Body);
    // What the function failed at comes back when it may be seen again.
    if (Messages.length === 0) await world.advance(30_000);
  }
  assert.deepEqual([...taken].toSorted(), sent.toSorted(), 'every order was carried out');
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  assert.equal(Attributes?.ApproximateNumberOfMessages, '0');
});

test('faults whose end comes while nobody is there are over afterwards', { timeout: 60_000 }, async () => {
  await using box = sandbox();
  const world = await open(box);
  const { experimentTemplate } = await world.fis.CreateExperimentTemplate({
    description: 'dark',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/fis`,
    stopConditions: NO_STOP,
    targets: {},
    actions: { dark: { actionId: 'cloudyard:region:dark', parameters: { duration: 'PT1M', region: 'us-east-1' } } },
  });
  const { experiment } = await world.fis.StartExperiment({ experimentTemplateId: experimentTemplate.id ?? '' });
  const stateOf = async () => (await world.fis.GetExperiment({ id: experiment.id ?? '' })).experiment;
  while ((await stateOf()).actions?.dark?.state?.status !== 'running');
  const list = () => world.client(SQSClient).send(new ListQueuesCommand({}));
  await assert.rejects(list());
  await world.cloud.end('SIGKILL');
  world.cloud = await box.start('--clock', 'virtual', '--start-at', '2026-01-01T00:10:00Z');
  await list();
  while ((await stateOf()).state?.status === 'running');
  assert.deepEqual((await stateOf()).state, { status: 'completed', reason: 'Experiment completed.' });
  assert.deepEqual(await world.rules(), []);
});

test(`an experiment of many actions, killed at any moment, seed ${SEED}`, { timeout: 300_000 }, async () => {
  const random = new Random(SEED).stream('fis');
  for (let round = 0; round < ROUNDS; round += 1) {
    await using box = sandbox();
    const world = await open(box);
    const app = await world.role('app', { AWS: ACCOUNT }, ['*']);
    const strike = (startAfter: string[]) => ({
      actionId: 'aws:fis:inject-api-internal-error',
      parameters: {
        duration: `PT${60 + random.below(120)}S`,
        service: 'sqs',
        operations: 'ListQueues',
        percentage: '100',
      },
      targets: { Roles: 'roles' },
      startAfter,
    });
    const { experimentTemplate } = await world.fis.CreateExperimentTemplate({
      description: 'many',
      roleArn: `arn:aws:iam::${ACCOUNT}:role/fis`,
      stopConditions: NO_STOP,
      targets: { roles: { resourceType: 'aws:iam:role', resourceArns: [app], selectionMode: 'ALL' } },
      actions: {
        a: strike([]),
        b: strike([]),
        c: strike(['a']),
        d: strike(['a', 'b']),
        e: strike(['c']),
        f: strike(['d', 'e']),
      },
    });
    const experimentTemplateId = experimentTemplate.id ?? '';
    const { experiment } = await world.fis.StartExperiment({ experimentTemplateId, clientToken: 'once' });
    const id = experiment.id ?? '';
    let isOver = false;
    for (let step = 0; step < 60 && !isOver; step += 1) {
      if (random.below(4) === 0) {
        // In the middle of what the clock brings, and not after it.
        const moving = world.advance(random.below(90_000)).catch(() => {});
        for (let calls = random.below(20); calls > 0; calls -= 1) await world.fis.ListActions({});
        await world.crash();
        await moving;
        const again = await world.fis.StartExperiment({ experimentTemplateId, clientToken: 'once' });
        assert.equal(again.experiment.id, id, 'it is the same experiment');
      } else await world.advance(random.below(60_000));
      isOver = await check(world, id);
    }
    assert.ok(isOver, 'it comes to its end');
    assert.deepEqual(await world.rules(), []);
    assert.equal((await world.fis.ListExperiments({})).experiments.length, 1);
  }
});

/** Faults in force are those of actions that run, and of all of them. True once the experiment is over. */
async function check(world: World, id: string): Promise<boolean> {
  await world.advance(0);
  const now = await world.now();
  const { experiment } = await world.fis.GetExperiment({ id });
  const actions = Object.entries(experiment.actions ?? {});
  const inForce = (await world.rules()).filter(({ until = 0 }) => until > now).map((rule) => rule.id.split(' ')[1]);
  const running = actions.filter(([, { state }]) => state?.status === 'running').map(([name]) => name);
  assert.deepEqual(inForce.toSorted(), running.toSorted());
  for (const [name, { startAfter = [], startTime }] of actions)
    for (const other of startTime === undefined ? [] : startAfter) {
      const before = experiment.actions?.[other];
      assert.equal(before?.state?.status, 'completed', `${name} began after ${other}`);
      assert.ok((before?.endTime ?? 0) <= (startTime ?? 0));
    }
  return experiment.state?.status === 'completed';
}
