import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRouteResponseCommand, UpdateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createChat } from './chat.ts';
import { createApi } from './world.ts';

/** Rates need a clock that runs; this one hardly does. */
const run = (cloud: TestCloud) => cloud.server.cloud.kernel.clock.run(1e-6);

test('routes of HTTP APIs have the rate of their stage, or their own', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const target = await api.integration({
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'GET',
    IntegrationUri: 'http://127.0.0.1:1/',
    PayloadFormatVersion: '1.0',
  });
  await api.route('GET /a', target);
  await api.route('GET /b', target);
  await api.stage('$default', {
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 2, ThrottlingBurstLimit: 3 },
    RouteSettings: { 'GET /b': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 } },
  });
  run(cloud);
  /** How many of five pass: nobody answers behind the API. */
  const passes = async (path: string) => {
    let passed = 0;
    for (let n = 0; n < 5; n += 1) {
      const { status, text } = await api.visit(path);
      if (status === 503) passed += 1;
      else assert.deepEqual([status, text], [429, '{"message":"Too Many Requests"}']);
    }
    return passed;
  };
  assert.deepEqual([await passes('/a'), await passes('/b')], [3, 1]);
  await cloud.advance(500);
  assert.deepEqual([await passes('/a'), await passes('/b')], [1, 0]);
  await cloud.advance(500);
  assert.deepEqual([await passes('/a'), await passes('/b')], [1, 1]);
});

test('messages of WebSocket APIs have rates by route, and an account opens 500 connections a second', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  for (const key of ['$default', 'slow']) {
    const route = { ApiId: api.ApiId, RouteId: await api.route(key, target) };
    await api.client.send(new CreateRouteResponseCommand({ ...route, RouteResponseKey: '$default' }));
  }
  await deploy();
  await api.client.send(
    new UpdateStageCommand({
      ApiId: api.ApiId,
      StageName: 'dev',
      RouteSettings: { slow: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 } },
    }),
  );
  run(cloud);
  const client = await open();
  const heard = [];
  for (let n = 0; n < 3; n += 1) heard.push((await client.ask({ action: 'slow' })).message ?? 'answered');
  assert.deepEqual(heard, ['answered', 'answered', 'Too Many Requests']);
  assert.equal((await client.ask({ action: 'other' })).routeKey, '$default');
  await cloud.advance(1_000);
  assert.equal((await client.ask({ action: 'slow' })).routeKey, 'slow');
  const { throttles, clock } = cloud.server.cloud.kernel;
  const limits = { ratePerSecond: 500, burst: 500 };
  throttles.spend('123456789012/us-east-1/apigatewayv2/connect', limits, 499, clock.now());
  const second = await open();
  await assert.rejects(open(), /429/);
  for (const { socket } of [client, second]) socket.close();
});
