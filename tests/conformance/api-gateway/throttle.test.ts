import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  PutGatewayResponseCommand,
  UpdateStageCommand,
  UpdateUsagePlanCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { createApi, type TestApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

/** An API of two methods that answer by themselves. */
async function throttled(cloud: TestCloud, apiKeyRequired = false) {
  const api = await createApi(cloud);
  const slow = await api.resource('slow');
  for (const resource of [api.rootResourceId, slow]) {
    await api.method(resource, 'GET', {}, { apiKeyRequired });
    await api.response(resource, 'GET', '200', 'ok');
  }
  await api.deploy();
  // Rates need a clock that runs; this one hardly does.
  cloud.server.cloud.kernel.clock.run(1e-6);
  return api;
}

/** How many of `asked` requests pass, one after the other. */
async function passes({ visit }: TestApi, asked: number, path = '/v1', key = ''): Promise<number> {
  let passed = 0;
  for (let n = 0; n < asked; n += 1) {
    const { status } = await visit(path, { headers: { 'x-api-key': key } });
    assert.ok(status === 200 || status === 429, String(status));
    if (status === 200) passed += 1;
  }
  return passed;
}

test('a stage has a rate and a burst for each of its methods, and methods may have their own', async () => {
  await using cloud = await startTestCloud();
  const api = await throttled(cloud);
  const patchOperations = [
    replace('/*/*/throttling/rateLimit', '2'),
    replace('/*/*/throttling/burstLimit', '3'),
    replace('/~1slow/GET/throttling/rateLimit', '1'),
    replace('/~1slow/GET/throttling/burstLimit', '1'),
  ];
  await api.client.send(new UpdateStageCommand({ restApiId: api.restApiId, stageName: 'v1', patchOperations }));
  assert.deepEqual([await passes(api, 5), await passes(api, 3, '/v1/slow')], [3, 1]);
  await cloud.advance(500);
  assert.deepEqual([await passes(api, 5), await passes(api, 3, '/v1/slow')], [1, 0]);
  await cloud.advance(500);
  assert.deepEqual([await passes(api, 5), await passes(api, 3, '/v1/slow')], [1, 1]);
  await cloud.advance(60_000);
  assert.deepEqual([await passes(api, 5), await passes(api, 3, '/v1/slow')], [3, 1]);
  // A path is also written without its first slash.
  const again = ['rateLimit', 'burstLimit'].map((what) => replace(`/slow/GET/throttling/${what}`, '2'));
  await api.client.send(
    new UpdateStageCommand({
      restApiId: api.restApiId,
      stageName: 'v1',
      patchOperations: [{ op: 'remove', path: '/~1slow/GET' }, ...again],
    }),
  );
  await cloud.advance(60_000);
  assert.equal(await passes(api, 3, '/v1/slow'), 2);
});

test('a usage plan has a rate for each of its keys, and for the methods that it names', async () => {
  await using cloud = await startTestCloud();
  const api = await throttled(cloud, true);
  const { client, restApiId } = api;
  const { id: usagePlanId = '' } = await client.send(
    new CreateUsagePlanCommand({
      name: 'p',
      apiStages: [{ apiId: restApiId, stage: 'v1' }],
      throttle: { rateLimit: 1, burstLimit: 3 },
    }),
  );
  const patchOperations = [
    replace(`/apiStages/${restApiId}:v1/throttle/~1slow~1GET/rateLimit`, '1'),
    replace(`/apiStages/${restApiId}:v1/throttle/~1slow~1GET/burstLimit`, '1'),
  ];
  await client.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations }));
  const keyOf = async (name: string) => {
    const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ name, enabled: true }));
    await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
    return value;
  };
  const [ann, bob] = [await keyOf('ann'), await keyOf('bob')];
  assert.deepEqual([await passes(api, 5, '/v1', ann), await passes(api, 5, '/v1', bob)], [3, 3]);
  await cloud.advance(10_000);
  assert.deepEqual([await passes(api, 2, '/v1/slow', ann), await passes(api, 5, '/v1', ann)], [1, 2]);
  await cloud.advance(1_000);
  assert.equal(await passes(api, 2, '/v1/slow', ann), 1);
  // All limits of methods at once.
  const path = `/apiStages/${restApiId}:v1/throttle`;
  const patched = async (patch: { op: 'replace' | 'remove'; path: string; value?: string }) => {
    const { apiStages } = await client.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations: [patch] }));
    return apiStages?.[0]?.throttle;
  };
  const limits = { '/slow/GET': { burstLimit: 2, rateLimit: 0.5 }, '//GET': { rateLimit: 1 } };
  assert.deepEqual(await patched(replace(path, JSON.stringify(limits))), limits);
  for (const value of ['', '[]', '{"/GET": 1}', '{"/GET": {"rateLimit": "1"}}'])
    assert.equal((await failure(patched(replace(path, value)))).name, 'BadRequestException', value);
  assert.deepEqual(await patched({ op: 'remove', path }), {});
});

test('what is too much is told as the API says', async () => {
  await using cloud = await startTestCloud();
  const api = await throttled(cloud);
  const { client, restApiId } = api;
  await client.send(
    new PutGatewayResponseCommand({
      restApiId,
      responseType: 'THROTTLED',
      statusCode: '420',
      responseParameters: { 'gatewayresponse.header.Retry-After': "'5'" },
      responseTemplates: { 'application/json': '{"calm": $context.error.messageString}' },
    }),
  );
  await api.deploy();
  const patchOperations = [replace('/*/*/throttling/rateLimit', '0'), replace('/*/*/throttling/burstLimit', '0')];
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  const { status, text, headers } = await api.visit('/v1');
  assert.deepEqual([status, text, headers['retry-after']], [420, '{"calm": "Too Many Requests"}', '5']);
});

test('an account has 10,000 requests a second, and 5,000 at once, of all its APIs', async () => {
  await using cloud = await startTestCloud();
  const api = await throttled(cloud);
  const { throttles, clock } = cloud.server.cloud.kernel;
  const limits = { ratePerSecond: 10_000, burst: 5_000 };
  const others = 4_980;
  throttles.spend('123456789012/us-east-1/apigateway/account', limits, others, clock.now());
  assert.equal(await passes(api, 30), 20);
  await cloud.advance(2);
  assert.equal(await passes(api, 30), 20);
  const http = await createHttpApi(cloud, { Target: 'http://127.0.0.1:1/' });
  assert.equal((await http.visit('/')).status, 429);
  await cloud.advance(2);
  assert.equal((await http.visit('/')).status, 503);
  assert.equal(await passes(api, 30), 19);
});
