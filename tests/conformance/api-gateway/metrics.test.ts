import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UpdateStageCommand } from '@aws-sdk/client-api-gateway';
import { startTestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { createApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

test('requests are counted for the API, its stages, and methods where a stage asks for it', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { name: 'pets' });
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'ok');
  await api.deploy();
  await api.deploy('detailed');
  const patchOperations = [
    replace('/cacheClusterEnabled', 'true'),
    replace('/*/*/caching/enabled', 'true'),
    replace('/*/*/metrics/enabled', 'true'),
  ];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'detailed', patchOperations }));
  await api.visit('/v1');
  await api.visit('/v1/none');
  for (let n = 0; n < 3; n += 1) await api.visit('/detailed');
  const sum = await sumOf(cloud, 'AWS/ApiGateway');
  const ApiName = 'pets';
  assert.equal(await sum('Count', { ApiName }), 5);
  assert.equal(await sum('Count', { ApiName, Stage: 'v1' }), 2);
  assert.equal(await sum('Count', { ApiName, Stage: 'v1', Method: 'GET', Resource: '/' }), 0);
  assert.equal(await sum('Count', { ApiName, Stage: 'detailed', Method: 'GET', Resource: '/' }), 3);
  assert.equal(await sum('4XXError', { ApiName }), 1);
  assert.equal(await sum('4XXError', { ApiName, Stage: 'v1' }), 1);
  assert.equal(await sum('5XXError', { ApiName }), 0);
  assert.equal(await sum('Latency', { ApiName }, 'SampleCount'), 5);
  // What is answered by the cache, or by API Gateway itself, asks no integration.
  assert.equal(await sum('IntegrationLatency', { ApiName }, 'SampleCount'), 2);
  for (const dimensions of [{ ApiName }, { ApiName, Stage: 'detailed' }] as Record<string, string>[]) {
    assert.equal(await sum('CacheMissCount', dimensions), 1);
    assert.equal(await sum('CacheHitCount', dimensions), 2);
  }
  assert.equal(await sum('CacheHitCount', { ApiName, Stage: 'v1' }, 'SampleCount'), 0);
});
