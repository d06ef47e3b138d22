import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { startTestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';
import { createApi } from './world.ts';

test('requests to HTTP APIs are counted for the API, its stages, and routes where a stage asks for it', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { ApiId } = api;
  const target = await api.integration({
    IntegrationUri: await apiFunction(cloud, 'f', 'export const handler = async () => ({ statusCode: 201 });'),
  });
  await api.route('GET /a', target);
  await api.route('$default', target);
  await api.stage();
  await api.stage('dev', { AutoDeploy: true, DefaultRouteSettings: { DetailedMetricsEnabled: true } });
  await api.visit('/a');
  await api.visit('/dev/a');
  await api.visit('/dev/other');
  const sum = await sumOf(cloud, 'AWS/ApiGateway');
  assert.equal(await sum('Count', { ApiId }), 3);
  assert.equal(await sum('Count', { ApiId, Stage: '$default' }), 1);
  assert.equal(await sum('Count', { ApiId, Stage: 'dev' }), 2);
  assert.equal(await sum('Count', { ApiId, Stage: 'dev', Method: 'GET', Resource: '/a' }), 1);
  assert.equal(await sum('Count', { ApiId, Stage: 'dev', Method: '$default', Resource: '$default' }), 1);
  assert.equal(await sum('Count', { ApiId, Stage: '$default', Method: 'GET', Resource: '/a' }), 0);
  for (const name of ['4xx', '5xx']) assert.equal(await sum(name, { ApiId }), 0, name);
  for (const name of ['Latency', 'IntegrationLatency', 'DataProcessed', '4xx', '5xx'])
    assert.equal(await sum(name, { ApiId }, 'SampleCount'), 3, name);
});

test('what HTTP APIs refuse is counted as 4xx', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.stage();
  assert.equal((await api.visit('/none')).status, 404);
  const sum = await sumOf(cloud, 'AWS/ApiGateway');
  assert.equal(await sum('4xx', { ApiId: api.ApiId }), 1);
  assert.equal(await sum('4xx', { ApiId: api.ApiId, Stage: '$default' }), 1);
  assert.equal(await sum('IntegrationLatency', { ApiId: api.ApiId }, 'SampleCount'), 0);
});

test('connections of WebSocket APIs and their messages are counted, by route where a stage asks for it', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const { ApiId } = api;
  await api.route('$connect', target);
  await api.route('say', target);
  await deploy();
  const settings = { DefaultRouteSettings: { DetailedMetricsEnabled: true } };
  await api.client.send(new UpdateStageCommand({ ApiId, StageName: 'dev', ...settings }));
  await assert.rejects(open('?no=1'));
  const { ask, socket } = await open();
  assert.equal((await ask({ action: 'none' })).message, 'Forbidden');
  assert.equal((await ask({ action: 'say', throw: true })).message, 'Internal server error');
  const sum = await sumOf(cloud, 'AWS/ApiGateway');
  for (const dimensions of [{ ApiId }, { ApiId, Stage: 'dev' }] as Record<string, string>[]) {
    assert.equal(await sum('ConnectCount', dimensions), 2);
    // Two of the client, and what it was told.
    assert.equal(await sum('MessageCount', dimensions), 4);
    assert.equal(await sum('ClientError', dimensions), 1);
    assert.equal(await sum('ExecutionError', dimensions), 1);
    assert.equal(await sum('IntegrationError', dimensions), 1);
    assert.equal(await sum('IntegrationLatency', dimensions, 'SampleCount'), 3);
  }
  assert.equal(await sum('MessageCount', { ApiId, Stage: 'dev', Method: 'say', Resource: 'say' }), 1);
  socket.terminate();
});
