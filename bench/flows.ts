/** What takes more than a request: a template that is deployed, a function that starts, messages that go from service to service. On all cores, unlike the scenarios. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, form, json } from './client.ts';
import { load, median, quantile } from './load.ts';
import { cycle } from './scenario.ts';
import { type Kind, type Running, start } from './server.ts';
import { createStack, deleteStack, ECHO } from './stack.ts';

export type Flow = { what: string; value: number; unit: string; aim?: number };

const ROUNDS = 3;
const CONNECTIONS = 16;
const MESSAGES = 2_000;
const COLD_FUNCTIONS = 12;
const QUEUES = 200;
const REQUESTS = 1_000;
const A1 = join(import.meta.dirname, '../architectures/a1-serverless-web-app/template.yaml');

/** Runs every flow on servers of their own. */
export async function measureFlows(kind: Kind): Promise<Flow[]> {
  const root = { ...kind, keys: async (client: Client) => client.keys };
  const flows = [...(await nothingToGreen(root))];
  const server = await start(root, ALL_CPUS);
  try {
    flows.push(...(await templates(server)), ...(await coldStarts(server)), ...(await fanOut(server)));
  } finally {
    await server.stop();
  }
  return flows;
}

const ALL_CPUS = '0,1';

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; millis: number }> {
  const from = performance.now();
  const result = await work();
  return { result, millis: performance.now() - from };
}

/** Spawns a server, deploys A1, sends it its first thousand requests, takes it down. */
async function nothingToGreen(kind: Kind): Promise<Flow[]> {
  const template = readFileSync(A1, 'utf8')
    .replace('Default: 200\n', 'Default: 10000\n')
    .replace('Default: 100\n', 'Default: 5000\n');
  const rounds: { deployed: number; served: number; whole: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = performance.now();
    const server = await start(kind, ALL_CPUS);
    try {
      const { port } = server.client;
      const { result: outputs, millis: deployed } = await timed(() => createStack(port, 'a1', template));
      const host = `${outputs.get('Api')}.execute-api.us-east-1.localhost:${port}`;
      const { millis: served } = await timed(() => requests(server, host));
      await deleteStack(port, 'a1');
      rounds.push({ deployed, served, whole: performance.now() - from });
    } finally {
      await server.stop();
    }
  }
  const middle = (name: 'deployed' | 'served' | 'whole') => median(rounds.map((one) => one[name])) / 1_000;
  return [
    { what: 'A1 deployed', value: middle('deployed'), unit: 's', aim: 5 },
    {
      what: `its first ${REQUESTS} requests (${CONNECTIONS} connections, functions cold)`,
      value: middle('served'),
      unit: 's',
    },
    { what: 'A1 from nothing to green and back: start, deploy, requests, destroy', value: middle('whole'), unit: 's' },
  ];
}

/** @throws {Error} one of them failed */
async function requests({ client }: Running, host: string): Promise<void> {
  let left = REQUESTS;
  const open = cycle(client, 1, () => ({
    service: 'execute-api',
    method: 'GET',
    path: '/api/notes',
    headers: { host },
  }));
  const counted = () => {
    const session = open();
    return { next: () => (left-- > 0 ? session.next() : undefined) };
  };
  const { failure } = await load(client.port, counted, CONNECTIONS, 60);
  if (failure !== undefined) throw new Error(failure);
}

async function templates({ client: { port } }: Running): Promise<Flow[]> {
  const queue = (index: number) => [`Queue${index}`, { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: index } }];
  const template = JSON.stringify({
    Resources: Object.fromEntries(Array.from({ length: QUEUES }, (_, index) => queue(index))),
  });
  const { millis: made } = await timed(() => createStack(port, 'queues', template));
  const { millis: removed } = await timed(() => deleteStack(port, 'queues'));
  return [
    { what: `a template of ${QUEUES} resources, deployed`, value: made, unit: 'ms' },
    { what: 'and destroyed', value: removed, unit: 'ms' },
  ];
}

/** First calls of functions that have never run, one after the other. */
async function coldStarts({ client }: Running): Promise<Flow[]> {
  const functions = Array.from({ length: COLD_FUNCTIONS }, (_, index) => [
    `Cold${index}`,
    { ...ECHO.Echo, Properties: { ...ECHO.Echo.Properties, FunctionName: `cold-${index}` } },
  ]);
  await createStack(
    client.port,
    'cold',
    JSON.stringify({ Resources: { Role: ECHO.Role, ...Object.fromEntries(functions) } }),
  );
  const took: number[] = [];
  for (let index = 0; index < COLD_FUNCTIONS; index += 1) {
    const call = { service: 'lambda', path: `/2015-03-31/functions/cold-${index}/invocations`, body: '{}' };
    took.push((await timed(() => client.call(call))).millis);
  }
  const sorted = Float64Array.from(took).sort();
  return [
    { what: 'Lambda, cold call, half of them within', value: quantile(sorted, 0.5), unit: 'ms', aim: 150 },
    { what: 'Lambda, cold call, the slowest', value: quantile(sorted, 1), unit: 'ms' },
  ];
}

/** Messages to a topic, from it to a queue, from that to a function; until the last one is done. */
async function fanOut({ client }: Running): Promise<Flow[]> {
  const outputs = await createStack(client.port, 'fan-out', JSON.stringify(FAN_OUT));
  const [topic = '', queue = ''] = [outputs.get('Topic'), outputs.get('Queue')];
  const { millis } = await timed(async () => {
    for (let at = 0; at < MESSAGES; at += 10) {
      const entries = Array.from({ length: 10 }, (_, index) => [
        [`PublishBatchRequestEntries.member.${index + 1}.Id`, `m${index}`],
        [`PublishBatchRequestEntries.member.${index + 1}.Message`, `${at + index}`],
      ]);
      await client.call(
        form('sns', '2010-03-31', 'PublishBatch', { TopicArn: topic, ...Object.fromEntries(entries.flat()) }),
      );
    }
    while (!(await isEmpty(client, queue))) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  return [
    {
      what: `SNS → SQS → Lambda (batches of 10), ${MESSAGES} messages`,
      value: MESSAGES / (millis / 1_000),
      unit: 'messages/s',
    },
  ];
}

async function isEmpty(client: Client, QueueUrl: string): Promise<boolean> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  const { body } = await client.call(json('sqs', 'AmazonSQS.GetQueueAttributes', '1.0', { QueueUrl, AttributeNames }));
  const { Attributes } = JSON.parse(body.toString()) as { Attributes: { [name: string]: string } };
  return AttributeNames.every((name) => Attributes[name] === '0');
}

const FAN_OUT = {
  Resources: {
    Role: {
      ...ECHO.Role,
      Properties: {
        ...ECHO.Role.Properties,
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole'],
      },
    },
    Taker: { ...ECHO.Echo, Properties: { ...ECHO.Echo.Properties, FunctionName: 'taker' } },
    Topic: { Type: 'AWS::SNS::Topic' },
    Queue: { Type: 'AWS::SQS::Queue' },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
          ],
        },
      },
    },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      DependsOn: 'Policy',
      Properties: {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        RawMessageDelivery: true,
      },
    },
    Feed: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'Taker' }, BatchSize: 10 },
    },
  },
  Outputs: { Topic: { Value: { Ref: 'Topic' } }, Queue: { Value: { Ref: 'Queue' } } },
};
