import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import {
  CreateApiKeyCommand,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  GetApiKeyCommand,
  PutIntegrationCommand,
  UpdateStageCommand,
  UpdateUsagePlanCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

test('bodies that clients compressed are as they were before', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.method(
    api.rootResourceId,
    'POST',
    { requestTemplates: { 'application/json': '{"statusCode": 200}' } },
    { requestParameters: { 'method.request.header.Content-Encoding': false } },
  );
  await api.response(api.rootResourceId, 'POST', '200', "[$input.params('Content-Encoding')]");
  await api.deploy();
  const ask = async (coding: string, body: Uint8Array | string) => {
    const { status, text } = await api.visit('/v1', { method: 'POST', headers: { 'content-encoding': coding }, body });
    return [status, text];
  };
  const body = '{"a":1}';
  for (const [coding, bytes] of [
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', body],
  ] as const)
    assert.deepEqual(await ask(coding, bytes), [200, '[]'], coding);
  const unsupported = [415, '{"message": "Unsupported Media Type"}'];
  assert.deepEqual(await ask('br', body), unsupported);
  assert.deepEqual(await ask('gzip', body), unsupported);
  const bomb = gzipSync(Buffer.alloc(11 * 1_048_576));
  assert.deepEqual(await ask('gzip', bomb), [413, '{"message":"HTTP content length exceeded 10485760 bytes."}']);
});

test('answers are compressed as their clients take them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { minimumCompressionSize: 0 });
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', 'hello');
  await api.deploy();
  const ask = async (accepted: string) => {
    const { headers, body } = await api.visit('/v1', { headers: { 'accept-encoding': accepted } });
    return [headers['content-encoding'], body] as const;
  };
  const [gzip, first] = await ask('deflate;q=0.5, gzip');
  assert.deepEqual([gzip, gunzipSync(first).toString()], ['gzip', 'hello']);
  const [deflate, second] = await ask('gzip;q=0, deflate');
  assert.deepEqual([deflate, inflateSync(second).toString()], ['deflate', 'hello']);
  assert.equal((await ask('br'))[0], undefined);
});

test('a cache may be encrypted: it answers as ever', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', '$context.requestId \u00e4');
  await api.deploy();
  const patchOperations = [
    replace('/cacheClusterEnabled', 'true'),
    replace('/*/*/caching/enabled', 'true'),
    replace('/*/*/caching/dataEncrypted', 'true'),
  ];
  const { methodSettings } = await client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  assert.equal(methodSettings?.['*/*']?.cacheDataEncrypted, true);
  const first = await api.visit('/v1');
  const second = await api.visit('/v1');
  assert.match(first.text, /^[0-9a-f-]{36} \u00e4$/);
  assert.deepEqual([second.status, second.text], [200, first.text]);
});

test('a canary has a cache of its own, or that of its stage', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.response(api.rootResourceId, 'GET', '200', '$context.isCanaryRequest $context.requestId');
  await api.deploy();
  const patch = (...patchOperations: ReturnType<typeof replace>[]) =>
    client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  await patch(replace('/cacheClusterEnabled', 'true'), replace('/*/*/caching/enabled', 'true'));
  const { text: ofStage } = await api.visit('/v1');
  const canarySettings = { percentTraffic: 100, useStageCache: true };
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1', canarySettings }));
  assert.equal((await api.visit('/v1')).text, ofStage);
  await patch(replace('/canarySettings/useStageCache', 'false'));
  assert.match((await api.visit('/v1')).text, /^true /);
});

test('a quota begins with its offset taken off', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET', {}, { apiKeyRequired: true });
  await api.response(api.rootResourceId, 'GET', '200', 'ok');
  await api.deploy();
  const plan = (offset: number, period: 'DAY' | 'WEEK' | 'MONTH') =>
    client.send(
      new CreateUsagePlanCommand({
        name: 'p',
        apiStages: [{ apiId: restApiId, stage: 'v1' }],
        quota: { limit: 3, offset, period },
      }),
    );
  assert.equal((await failure(plan(1, 'DAY'))).message, 'Usage Plan quota offset must be zero in the DAY period');
  const outside = await failure(plan(7, 'WEEK'));
  assert.equal(outside.message, 'Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period');
  const { id: usagePlanId = '' } = await plan(2, 'WEEK');
  const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  const statuses = async () => {
    const all = [];
    for (let n = 0; n < 4; n += 1) all.push((await api.visit('/v1', { headers: { 'x-api-key': value } })).status);
    return all;
  };
  assert.deepEqual(await statuses(), [200, 429, 429, 429]);
  await cloud.advance(7 * 24 * 3_600_000);
  assert.deepEqual(await statuses(), [200, 200, 200, 429]);
});

test('a key whose id need not be another is named by its value', async () => {
  await using cloud = await startTestCloud();
  const { client } = await createApi(cloud);
  const value = 'a-key-that-has-enough-letters';
  const { id } = await client.send(new CreateApiKeyCommand({ name: 'k', value, generateDistinctId: false }));
  assert.equal(id, value);
  assert.equal((await client.send(new GetApiKeyCommand({ apiKey: value }))).name, 'k');
});

test('what is not built is refused by its name', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId, rootResourceId: resourceId } = api;
  await api.method(resourceId, 'GET');
  await api.deploy();
  const integration = { restApiId, resourceId, httpMethod: 'GET', integrationHttpMethod: 'GET' } as const;
  const proxy = { ...integration, type: 'HTTP_PROXY', uri: 'http://localhost/' } as const;
  const refusals: readonly [what: string, call: () => Promise<unknown>][] = [
    [
      'private APIs (endpointConfiguration.types): VPC endpoints are not here',
      () => client.send(new CreateRestApiCommand({ name: 'p', endpointConfiguration: { types: ['PRIVATE'] } })),
    ],
    [
      'VPC links (connectionType)',
      () => client.send(new PutIntegrationCommand({ ...proxy, connectionType: 'VPC_LINK', connectionId: 'a' })),
    ],
    [
      'authorizers of user pools (type): Cognito is not here',
      () =>
        client.send(
          new CreateAuthorizerCommand({
            restApiId,
            name: 'c',
            type: 'COGNITO_USER_POOLS',
            providerARNs: ['arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a'],
            identitySource: 'method.request.header.Authorization',
          }),
        ),
    ],
    [
      'products of usage plans (productCode): AWS Marketplace is not here',
      () =>
        client
          .send(new CreateUsagePlanCommand({ name: 'p' }))
          .then(({ id: usagePlanId }) =>
            client.send(
              new UpdateUsagePlanCommand({ usagePlanId, patchOperations: [replace('/productCode', 'code')] }),
            ),
          ),
    ],
  ];
  for (const [what, call] of refusals) {
    const { name, message, $metadata } = await failure(call());
    assert.deepEqual(
      [name, message, $metadata?.httpStatusCode],
      ['NotImplemented', `Cloudyard has not built ${what} yet`, 501],
    );
  }
});
