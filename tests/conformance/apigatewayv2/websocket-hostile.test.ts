import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { CreateIntegrationResponseCommand, CreateRouteResponseCommand } from '@aws-sdk/client-apigatewayv2';
import { WebSocket } from 'ws';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { visit } from '../../support/traffic.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';
import { createApi } from './world.ts';

const CHOOSING = `export const handler = async ({ headers }) => {
  const asked = headers['Sec-WebSocket-Protocol']?.split(',').map((one) => one.trim()) ?? [];
  return { statusCode: 200, headers: asked.includes('chat2') ? { 'Sec-WebSocket-Protocol': 'chat2' } : {} };
};`;

async function choosing(cloud: TestCloud) {
  const api = await createApi(cloud, { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' });
  const IntegrationUri = await apiFunction(cloud, 'choosing', CHOOSING);
  await api.route('$connect', await api.integration({ IntegrationUri, PayloadFormatVersion: '1.0' }));
  await api.stage('dev', { AutoDeploy: true });
  return (protocols: string[]) => {
    const host = new URL(api.endpoint).host;
    return new WebSocket(`ws://127.0.0.1:${new URL(cloud.url).port}/dev`, protocols, { headers: { host } });
  };
}

test('which protocol is spoken is for the integration to choose', async () => {
  await using cloud = await startTestCloud();
  const open = await choosing(cloud);
  const socket = open(['chat1', 'chat2']);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'chat2');
  socket.close();
  const [error] = (await once(open(['chat1']), 'error')) as [Error];
  assert.equal(error.message, 'Server sent no subprotocol');
});

test('messages and paths that name what every object has break nothing', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const { ApiId, client } = api;
  const target = await api.integration({
    IntegrationType: 'MOCK',
    TemplateSelectionExpression: '$request.body.kind',
    RequestTemplates: { $default: '{"statusCode": 200}' },
  });
  const IntegrationId = target.replace('integrations/', '');
  await client.send(
    new CreateIntegrationResponseCommand({
      ApiId,
      IntegrationId,
      IntegrationResponseKey: '$default',
      TemplateSelectionExpression: '$request.body.kind',
      ResponseTemplates: { $default: '{"said": "$context.routeKey"}' },
    }),
  );
  const RouteId = await api.route('$default', target, {
    ModelSelectionExpression: '$request.body.kind',
    RouteResponseSelectionExpression: '$default',
  });
  await client.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }));
  await deploy();
  const { socket, ask, hear } = await open();
  for (const kind of ['constructor', '__proto__', 'toString', 7, null, {}, 'x'.repeat(10_000)])
    assert.deepEqual(await ask({ action: kind, kind }), { said: '$default' }, String(kind).slice(0, 20));
  // More than wait their turn at a time: the rest is read when there is room.
  for (let n = 0; n < 100; n += 1) socket.send('{"action": "x"}');
  for (let n = 0; n < 100; n += 1) assert.equal(await hear(), '{"said": "$default"}');
  socket.close();
  const at = api.endpoint.replace('ws:', 'http:');
  const path = '/dev/@connections/%zz';
  const { host } = new URL(api.endpoint);
  const keys = { accessKeyId: '123456789012', secret: 'test' };
  const { headers } = signHeaders({ method: 'GET', path, headers: { host } }, keys, {
    service: 'execute-api',
    at: START,
  });
  assert.equal((await visit(at + path, { headers })).status, 410);
});
