/** API keys of WebSocket APIs, and their usage plans. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteUsagePlanCommand,
  GetUsageCommand,
  UpdateUsagePlanCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateAuthorizerCommand, UpdateApiCommand, UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';

const AUTHORIZER = `export const handler = async (event) => ({
  principalId: 'me',
  context: { usageIdentifierKey: event.queryStringParameters?.key },
  policyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
});`;

/** A plan for a stage, and a key of it. */
async function createPlan(cloud: TestCloud, apiId: string, limits: object) {
  const client = cloud.client(APIGatewayClient);
  const apiStages = [{ apiId, stage: 'dev' }];
  const { id: usagePlanId = '' } = await client.send(new CreateUsagePlanCommand({ name: 'p', apiStages, ...limits }));
  const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  return { client, usagePlanId, keyId, value };
}

test('a connection is opened by a key of a plan, which is throttled and metered', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const RouteId = await api.route('$connect', target, { ApiKeyRequired: true });
  await deploy();
  const { client, usagePlanId, keyId, value } = await createPlan(cloud, api.ApiId, {
    throttle: { rateLimit: 1, burstLimit: 2 },
    quota: { limit: 3, period: 'DAY' },
  });
  const opened = async (key?: string) => {
    try {
      const { socket } = await open('', 'dev', key === undefined ? {} : { 'x-api-key': key });
      socket.close();
      return 101;
    } catch (error) {
      return Number((error as Error).message.slice(-3));
    }
  };
  // Rates need a clock that runs; this one hardly does.
  cloud.server.cloud.kernel.clock.run(1e-6);
  assert.deepEqual([await opened(), await opened('no key of anybody')], [403, 403]);
  assert.deepEqual([await opened(value), await opened(value), await opened(value)], [101, 101, 429]);
  await cloud.advance(5_000);
  // The quota of the day.
  assert.deepEqual([await opened(value), await opened(value)], [101, 429]);
  const day = new Date(START).toISOString().slice(0, 10);
  const { items } = await client.send(new GetUsageCommand({ usagePlanId, startDate: day, endDate: day }));
  assert.deepEqual(items, { [keyId]: [[3, 0]] });
  const inUse = await failure(client.send(new DeleteUsagePlanCommand({ usagePlanId })));
  assert.match(inUse.message, /^Cannot delete Usage Plan/);
  const patchOperations = [{ op: 'remove', path: '/apiStages', value: `${api.ApiId}:dev` }] as const;
  await client.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations: [...patchOperations] }));
  await client.send(new DeleteUsagePlanCommand({ usagePlanId }));
  assert.equal(await opened(value), 403);
  await api.client.send(new UpdateRouteCommand({ ApiId: api.ApiId, RouteId, ApiKeyRequired: false }));
  await deploy();
  assert.equal(await opened(), 101);
});

test('the key that an authorizer names opens a connection', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const { ApiId } = api;
  const ApiKeySelectionExpression = '$context.authorizer.usageIdentifierKey';
  await api.client.send(new UpdateApiCommand({ ApiId, ApiKeySelectionExpression }));
  const role = 'arn:aws:iam::123456789012:role/functions';
  const AuthorizerUri = await apiFunction(cloud, 'authorizer', AUTHORIZER, role);
  const { AuthorizerId } = await api.client.send(
    new CreateAuthorizerCommand({ ApiId, Name: 'a', AuthorizerType: 'REQUEST', AuthorizerUri, IdentitySource: [] }),
  );
  await api.route('$connect', target, { ApiKeyRequired: true, AuthorizationType: 'CUSTOM', AuthorizerId });
  await deploy();
  const { value } = await createPlan(cloud, ApiId, {});
  assert.match((await failure(open('?key=other'))).message, /403$/);
  const { socket } = await open(`?key=${value}`);
  socket.close();
});

test('plans are for stages of WebSocket APIs that there are', async () => {
  await using cloud = await startTestCloud();
  const { api } = await createChat(cloud);
  const client = cloud.client(APIGatewayClient);
  const refused = async (apiId: string, stage: string) =>
    (await failure(client.send(new CreateUsagePlanCommand({ name: 'p', apiStages: [{ apiId, stage }] })))).message;
  assert.equal(await refused(api.ApiId, 'none'), `API Stage not found: ${api.ApiId}:none`);
  assert.match(await refused('none000000', 'dev'), /^Invalid API identifier specified/);
});
