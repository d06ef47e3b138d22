/** What changes when something that others point at is changed, deleted or made again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateDeploymentCommand,
  CreateModelCommand,
  CreateStageCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteModelCommand,
  DeleteStageCommand,
  GetApiKeysCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  ImportApiKeysCommand,
  PutMethodResponseCommand,
  UpdateStageCommand,
  UpdateUsagePlanCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

test('a stage that is made again has nothing of the one before; methods are cached where they are meant', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  for (const method of ['GET', 'POST']) {
    await api.method(api.rootResourceId, method);
    await api.response(api.rootResourceId, method, '200', '$context.requestId');
  }
  const { id: deploymentId } = await client.send(new CreateDeploymentCommand({ restApiId }));
  const make = async () => {
    const cached = { cacheClusterEnabled: true, cacheClusterSize: '0.5' } as const;
    await client.send(new CreateStageCommand({ restApiId, stageName: 'v1', deploymentId, ...cached }));
    await patch(replace('/*/*/caching/enabled', 'true'));
  };
  const patch = (...patchOperations: ReturnType<typeof replace>[]) =>
    client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));
  const isKept = async (method: string) => {
    const [one, two] = [await api.visit('/v1', { method }), await api.visit('/v1', { method })];
    return one.text === two.text;
  };
  await make();
  assert.deepEqual([await isKept('GET'), await isKept('POST')], [true, false]);
  const { text } = await api.visit('/v1');
  await patch(replace('/~1/POST/caching/enabled', 'true'));
  assert.deepEqual([await isKept('GET'), await isKept('POST')], [true, true]);
  await client.send(new DeleteStageCommand({ restApiId, stageName: 'v1' }));
  await make();
  assert.notEqual((await api.visit('/v1')).text, text);
});

test('a stage is made with its canary whole, and with documentation that is there', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  const { id: deploymentId } = await client.send(new CreateDeploymentCommand({ restApiId }));
  const stage = { restApiId, stageName: 'v1', deploymentId };
  const canarySettings = { percentTraffic: 10 };
  const made = await client.send(new CreateStageCommand({ ...stage, canarySettings }));
  assert.deepEqual(made.canarySettings, { percentTraffic: 10, deploymentId, useStageCache: false });
  const told = { ...stage, stageName: 'v2', documentationVersion: 'none' };
  assert.equal((await failure(client.send(new CreateStageCommand(told)))).name, 'NotFoundException');
});

test('a quota that is changed holds at once; a plan stays changeable when its stages are gone', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET', {}, { apiKeyRequired: true });
  await api.response(api.rootResourceId, 'GET', '200', 'ok');
  for (const stage of ['v1', 'v2', 'v3']) await api.deploy(stage);
  const apiStages = ['v1', 'v2', 'v3'].map((stage) => ({ apiId: restApiId, stage }));
  const { id: usagePlanId = '' } = await client.send(
    new CreateUsagePlanCommand({ name: 'p', apiStages, quota: { limit: 2, period: 'MONTH' } }),
  );
  const { id: keyId = '', value = '' } = await client.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
  await client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
  const change = (...patchOperations: ReturnType<typeof replace>[]) =>
    client.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations }));
  const status = async () => (await api.visit('/v1', { headers: { 'x-api-key': value } })).status;
  assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
  await change(replace('/quota/limit', '4'));
  assert.deepEqual([await status(), await status(), await status()], [200, 200, 429]);
  for (const stageName of ['v2', 'v3']) await client.send(new DeleteStageCommand({ restApiId, stageName }));
  assert.equal((await change(replace('/name', 'q'))).name, 'q');
  const body = Buffer.from(`name,key,usageplanIds\nnew,${'a'.repeat(20)},"${usagePlanId},none"`);
  const { ids = [], warnings } = await client.send(new ImportApiKeysCommand({ body, format: 'csv' }));
  assert.deepEqual([ids.length, warnings], [1, ['Invalid Usage Plan ID specified: none']]);
  const { items = [] } = await client.send(new GetUsagePlansCommand({ keyId: ids[0] }));
  assert.deepEqual(
    items.map(({ id }) => id),
    [usagePlanId],
  );
  const first = await client.send(new GetUsagePlanKeysCommand({ usagePlanId, limit: 1 }));
  const second = await client.send(new GetUsagePlanKeysCommand({ usagePlanId, limit: 1, position: first.position }));
  const listed = [...(first.items ?? []), ...(second.items ?? [])].map(({ id }) => id);
  assert.deepEqual([listed.sort(), second.position], [[keyId, ...ids].sort(), undefined]);
  const none = await failure(client.send(new GetUsagePlanKeysCommand({ usagePlanId, limit: -1 })));
  assert.equal(none.name, 'BadRequestException');
});

test('files of keys: columns in any order and of other names, either quotes, and a key that is there already', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const plan = async (name: string) => (await client.send(new CreateUsagePlanCommand({ name }))).id ?? '';
  const [one, two] = [await plan('one'), await plan('two')];
  const bring = async (...lines: string[]) => {
    const body = Buffer.from(lines.join('\n'));
    return (await client.send(new ImportApiKeysCommand({ body, format: 'csv' }))).ids ?? [];
  };
  const value = 'apikey1234abcdefghij0123456789';
  const first = await bring('Enabled,Name,note,KEY,UsageplanIds', `FALSE,first,"a, b",${value},'${one},${two}'`);
  const keyIn = async (usagePlanId: string) =>
    (await client.send(new GetUsagePlanKeysCommand({ usagePlanId }))).items?.map(({ id }) => id);
  assert.deepEqual([await keyIn(one), await keyIn(two)], [first, first]);
  const told = async () => {
    const { items: [key] = [] } = await client.send(new GetApiKeysCommand({}));
    return [key?.id, key?.name, key?.enabled, key?.description];
  };
  assert.deepEqual(await told(), [first[0], 'first', false, '']);
  assert.deepEqual(await bring('name,key,description', `again,${value},later`), first);
  assert.deepEqual(await told(), [first[0], 'again', true, 'later']);
});

test('a model stays while an answer of a method names it', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const resourceId = await api.resource('pets');
  await api.method(resourceId, 'GET');
  const contentType = 'application/json';
  await client.send(new CreateModelCommand({ restApiId, name: 'Pet', contentType, schema: '{}' }));
  const at = { restApiId, resourceId, httpMethod: 'GET', statusCode: '200' };
  await client.send(new PutMethodResponseCommand({ ...at, responseModels: { [contentType]: 'Pet' } }));
  const used = await failure(client.send(new DeleteModelCommand({ restApiId, modelName: 'Pet' })));
  assert.deepEqual(
    [used.name, used.message],
    ['ConflictException', "Cannot delete model 'Pet', is referenced in method response: /pets/GET"],
  );
});
