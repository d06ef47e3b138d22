import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

/** A REST API whose POST /orders/{id} passes on to a server of this machine. */
async function api(cloud: TestCloud, uri: string, authorizationType: 'NONE' | 'AWS_IAM'): Promise<string> {
  const gateway = cloud.client(APIGatewayClient);
  const { id: restApiId = '' } = await gateway.send(new CreateRestApiCommand({ name: 'shop' }));
  const { items } = await gateway.send(new GetResourcesCommand({ restApiId }));
  const add = (parentId: string | undefined, pathPart: string) =>
    gateway.send(new CreateResourceCommand({ restApiId, parentId, pathPart }));
  const orders = await add(items?.[0]?.id, 'orders');
  const { id: resourceId } = await add(orders.id, '{id}');
  const at = { restApiId, resourceId, httpMethod: 'POST' };
  await gateway.send(
    new PutMethodCommand({ ...at, authorizationType, requestParameters: { 'method.request.path.id': true } }),
  );
  await gateway.send(
    new PutIntegrationCommand({
      ...at,
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'POST',
      uri: `${uri}/{id}`,
      requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
    }),
  );
  if (authorizationType === 'AWS_IAM') {
    const open = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'execute-api:Invoke',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:events:us-east-1:123456789012:rule/shop' } },
    };
    const value = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    const patchOperations = [{ op: 'replace', path: '/policy', value }] as const;
    await gateway.send(new UpdateRestApiCommand({ restApiId, patchOperations: [...patchOperations] }));
  }
  await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'live' }));
  return restApiId;
}

for (const authorization of ['NONE', 'AWS_IAM'] as const)
  test(`events call a method of an API (${authorization})`, async () => {
    await using cloud = await startTestCloud();
    const heard: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        heard.push(`${request.method} ${request.url} ${request.headers['x-own']} ${body}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const id = await api(cloud, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authorization);
      const events = cloud.client(EventBridgeClient);
      await events.send(new PutRuleCommand({ Name: 'shop', EventPattern: '{"source":["shop"]}' }));
      const target = {
        Id: 'api',
        Arn: `arn:aws:execute-api:us-east-1:123456789012:${id}/live/POST/orders/*`,
        InputPath: '$.detail',
        HttpParameters: {
          PathParameterValues: ['o1'],
          HeaderParameters: { 'X-Own': 'b' },
          QueryStringParameters: { q: '1' },
        },
      };
      const { FailedEntries } = await events.send(new PutTargetsCommand({ Rule: 'shop', Targets: [target] }));
      assert.deepEqual(FailedEntries, []);
      await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 't', Detail: '{"n":7}' }] }));
      await cloud.server.cloud.settle();
      assert.deepEqual(heard, ['POST /o1?q=1 b {"n":7}']);
    } finally {
      server.close();
    }
  });
