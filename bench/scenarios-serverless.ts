/** What is measured of serverless applications: a function that is called, an API in front of it, an edge in front of that. */
import type { Call, Client } from './client.ts';
import { cycle, type Scenario } from './scenario.ts';
import { createStack, ECHO, GATEWAY } from './stack.ts';

/** Addresses that this cloud has given out, by server. */
const hosts = new Map<number, { api: string; edge: string }>();

const page = (host: string, index: number): Call => ({
  service: 'execute-api',
  method: 'GET',
  path: `/page-${index}`,
  headers: { host },
});

const host = (client: Client, which: 'api' | 'edge') => hosts.get(client.port)?.[which] ?? `127.0.0.1:${client.port}`;

async function deploy({ port }: Client): Promise<void> {
  if (hosts.has(port)) return;
  const Outputs = {
    Api: { Value: { 'Fn::Join': ['.', [{ Ref: 'Api' }, 'execute-api', { Ref: 'AWS::Region' }, 'localhost']] } },
    Edge: { Value: { 'Fn::Select': [0, { 'Fn::Split': ['.', { 'Fn::GetAtt': ['Distribution', 'DomainName'] }] }] } },
  };
  const template = JSON.stringify({ Resources: { ...ECHO, ...GATEWAY }, Outputs });
  const outputs = await createStack(port, 'bench-serverless', template);
  hosts.set(port, {
    api: `${outputs.get('Api')}:${port}`,
    edge: `${outputs.get('Edge')}.cloudfront.localhost:${port}`,
  });
}

export const SERVERLESS: readonly Scenario[] = [
  {
    name: 'lambda-warm',
    title: 'Lambda Invoke, warm',
    service: 'lambda',
    aimP50: 2,
    setUp: deploy,
    open: (client) =>
      cycle(client, 1, () => ({
        service: 'lambda',
        path: '/2015-03-31/functions/bench-echo/invocations',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })),
  },
  {
    name: 'gateway-function',
    title: 'An HTTP API that calls a function',
    service: 'lambda',
    setUp: deploy,
    open: (client) => cycle(client, 100, (index) => page(host(client, 'api'), index)),
  },
  {
    name: 'edge-hit',
    title: 'CloudFront: 1 KB from the edge (beside a bare server; aim: 2 × of it)',
    service: 'edge',
    setUp: (client, { peer }) => (peer ? Promise.resolve() : deploy(client)),
    open: (client) => cycle(client, 100, (index) => page(host(client, 'edge'), index)),
  },
];
