/** API destinations for tests: a server of this machine, and a rule that calls it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { TestCloud } from '../../support/cloud.ts';

type Heard = { method: string; url: string; headers: Record<string, string | string[] | undefined>; body: string };

/** A server of this machine that notes what it hears, and answers as it is told. */
export async function endpoint(
  answer: (heard: Heard) => { status: number; headers?: Record<string, string>; body?: string },
) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(pieces).toString() };
      heard.push(one);
      const { status, headers: more, body } = answer(one);
      response.writeHead(status, more).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, heard, [Symbol.dispose]: () => void server.close() };
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** A rule for events of `shop` with a destination, and a role that may call it. */
export async function world(
  cloud: TestCloud,
  url: string,
  connection: Omit<CreateConnectionCommandInput, 'Name'>,
  more: { target?: Partial<Target>; method?: 'POST' | 'GET'; rate?: number; may?: string } = {},
) {
  const [events, iam] = [cloud.client(EventBridgeClient), cloud.client(IAMClient)];
  const { ConnectionArn } = await events.send(new CreateConnectionCommand({ Name: 'partner', ...connection }));
  const { ApiDestinationArn: Arn = '' } = await events.send(
    new CreateApiDestinationCommand({
      Name: 'orders',
      ConnectionArn,
      InvocationEndpoint: url,
      HttpMethod: more.method ?? 'POST',
      InvocationRateLimitPerSecond: more.rate,
    }),
  );
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'caller', AssumeRolePolicyDocument: TRUST }));
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: more.may ?? 'events:InvokeApiDestination', Resource: '*' }],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'caller', PolicyName: 'p', PolicyDocument }));
  await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"]}' }));
  const Targets = [{ Id: 'd', Arn, RoleArn: Role?.Arn, Input: '{"n":1}', ...more.target }];
  await events.send(new PutTargetsCommand({ Rule: 'shop', Targets }));
  const put = async () => {
    await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 't', Detail: '{}' }] }));
    await cloud.server.cloud.settle();
  };
  return { events, put, Arn, ConnectionArn };
}

export const BASIC = {
  AuthorizationType: 'BASIC',
  AuthParameters: { BasicAuthParameters: { Username: 'me', Password: 'hush' } },
} as const;
