/** What the tests of SNS share: a cloud with its clients, queues that take a topic's messages, and an HTTP endpoint. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START, startTestCloud } from '../../support/cloud.ts';

export const ACCOUNT = '123456789012';
export const topicArn = (name: string) => `arn:aws:sns:us-east-1:${ACCOUNT}:${name}`;
export const queueArn = (name: string, account = ACCOUNT) => `arn:aws:sqs:us-east-1:${account}:${name}`;

export async function openBed(options: Parameters<typeof startTestCloud>[0] = {}) {
  const cloud = await startTestCloud(options);
  const sns = cloud.client(SNSClient);
  const sqs = cloud.client(SQSClient);
  const settle = () => cloud.server.cloud.settle();
  return {
    cloud,
    sns,
    sqs,
    settle,
    async topic(name: string, Attributes: Record<string, string> = {}): Promise<string> {
      const fifo: Record<string, string> = name.endsWith('.fifo') ? { FifoTopic: 'True' } : {};
      return (
        (await sns.send(new CreateTopicCommand({ Name: name, Attributes: { ...fifo, ...Attributes } }))).TopicArn ?? ''
      );
    },
    /** A queue that topics may send to; gives its URL. */
    async queue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: queueArn(name),
            Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:${ACCOUNT}:*` } },
          },
        ],
      });
      const fifo: Record<string, string> = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      const made = await sqs.send(
        new CreateQueueCommand({ QueueName: name, Attributes: { Policy, ...fifo, ...Attributes } }),
      );
      return made.QueueUrl ?? '';
    },
    async subscribe(TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) {
      const made = await sns.send(
        new SubscribeCommand({
          TopicArn,
          Protocol,
          Endpoint,
          ReturnSubscriptionArn: true,
          ...(Attributes && { Attributes }),
        }),
      );
      return made.SubscriptionArn ?? '';
    },
    /** What lies in a queue, after everything under way has happened. */
    async receive(QueueUrl: string): Promise<Message[]> {
      await settle();
      const asked = {
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        AttributeNames: ['All' as const],
      };
      return (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
    },
    mail: (account = ACCOUNT) => cloud.server.cloud.kernel.mail.list({ account, limit: 100 }),
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
}

export type Posted = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

/** An endpoint that answers as it is told, and remembers what it was sent. */
export async function openEndpoint(statusOf: (posted: Posted, count: number) => number = () => 200) {
  const posted: Posted[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      posted.push(one);
      response.writeHead(statusOf(one, posted.length)).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    posted,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a topic `news`, or what other dimensions name, has counted since the beginning. */
export function counted(
  { cloud }: Awaited<ReturnType<typeof openBed>>,
  metric: string,
  dimensions: Record<string, string> = { TopicName: 'news' },
): number {
  const { metrics } = cloud.server.cloud.kernel;
  const series = { namespace: 'AWS/SNS', metric, dimensions };
  const place = { account: ACCOUNT, region: 'us-east-1' };
  return metrics
    .query(place, series, START, START + 3_600_000, 60_000, START + 3_600_000)
    .reduce((sum, { statistics }) => sum + statistics.sum, 0);
}
