import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  DeleteDomainNameCommand,
  FlushStageCacheCommand,
  type PatchOperation,
  UpdateAccountCommand,
  UpdateIntegrationResponseCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi, type TestApi } from './world.ts';

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

const patchStage = ({ client, restApiId }: TestApi, ...patchOperations: PatchOperation[]) =>
  client.send(new UpdateStageCommand({ restApiId, stageName: 'v1', patchOperations }));

/** An API that answers with a number that each request has of its own. */
async function numbered(cloud: TestCloud) {
  const api = await createApi(cloud);
  await api.method(
    api.rootResourceId,
    'GET',
    { cacheKeyParameters: ['method.request.querystring.k'] },
    { requestParameters: { 'method.request.querystring.k': false } },
  );
  await api.response(api.rootResourceId, 'GET', '200', '$context.requestId $stageVariables.who');
  await api.deploy();
  return api;
}

test('a cache keeps answers by their keys, until they are old, flushed or asked for anew', async () => {
  await using cloud = await startTestCloud();
  const api = await numbered(cloud);
  await patchStage(
    api,
    replace('/cacheClusterEnabled', 'true'),
    replace('/*/*/caching/enabled', 'true'),
    replace('/*/*/caching/ttlInSeconds', '60'),
  );
  const ask = async (query = '', headers = {}) => (await api.visit(`/v1${query}`, { headers })).text;
  const first = await ask('?k=1');
  assert.equal(await ask('?k=1&other=2'), first);
  assert.notEqual(await ask('?k=2'), first);
  const kept = await api.visit('/v1?k=1', { headers: { 'cache-control': 'max-age=0' } });
  assert.deepEqual(
    [kept.text, kept.headers.warning],
    [first, '199 Cache-control headers were ignored because the caller was unauthorized.'],
  );
  await patchStage(api, replace('/*/*/caching/requireAuthorizationForCacheControl', 'false'));
  const fresh = await ask('?k=1', { 'cache-control': 'max-age=0' });
  assert.notEqual(fresh, first);
  assert.equal(await ask('?k=1'), fresh);
  await api.client.send(new FlushStageCacheCommand({ restApiId: api.restApiId, stageName: 'v1' }));
  const flushed = await ask('?k=1');
  assert.notEqual(flushed, fresh);
  await cloud.advance(61_000);
  assert.notEqual(await ask('?k=1'), flushed);
});

test('a cache tells answers apart by parameters of the integration, too', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.method(
    api.rootResourceId,
    'GET',
    {
      requestParameters: { 'integration.request.header.x-kind': 'method.request.querystring.kind' },
      cacheKeyParameters: ['integration.request.header.x-kind'],
    },
    { requestParameters: { 'method.request.querystring.kind': false } },
  );
  await api.response(api.rootResourceId, 'GET', '200', '$context.requestId');
  await api.deploy();
  await patchStage(api, replace('/cacheClusterEnabled', 'true'), replace('/*/*/caching/enabled', 'true'));
  const ask = async (kind: string) => (await api.visit(`/v1?kind=${kind}`)).text;
  const one = await ask('one');
  assert.notEqual(await ask('two'), one);
  assert.equal(await ask('one'), one);
});

test('a canary gets its share of requests, and its own variables', async () => {
  await using cloud = await startTestCloud();
  const api = await numbered(cloud);
  const { client, restApiId, rootResourceId: resourceId } = api;
  await patchStage(api, replace('/variables/who', 'stage'));
  await client.send(
    new UpdateIntegrationResponseCommand({
      restApiId,
      resourceId,
      httpMethod: 'GET',
      statusCode: '200',
      patchOperations: [replace('/responseTemplates/application~1json', 'canary $stageVariables.who')],
    }),
  );
  await client.send(
    new CreateDeploymentCommand({
      restApiId,
      stageName: 'v1',
      canarySettings: { percentTraffic: 50, stageVariableOverrides: { who: 'bird' } },
    }),
  );
  const heard = new Set<string>();
  for (let n = 0; n < 40; n += 1) heard.add((await api.visit('/v1')).text.replace(/^[0-9a-f-]{36}/, 'old'));
  assert.deepEqual([...heard].sort(), ['canary bird', 'old stage']);
  await patchStage(api, replace('/canarySettings/percentTraffic', '100'));
  assert.equal((await api.visit('/v1')).text, 'canary bird');
});

test('custom domains lead to stages by their paths', async () => {
  await using cloud = await startTestCloud();
  const api = await numbered(cloud);
  const { client, restApiId } = api;
  await patchStage(api, replace('/variables/who', 'mapped'));
  const made = { domainName: 'api.example.com', certificateArn: await certificateFor(cloud, 'api.example.com') };
  await client.send(new CreateDomainNameCommand(made));
  assert.equal((await failure(client.send(new CreateDomainNameCommand(made)))).name, 'ConflictException');
  await client.send(
    new CreateBasePathMappingCommand({ domainName: made.domainName, basePath: 'a', restApiId, stage: 'v1' }),
  );
  const ask = async (path: string) => (await visit(`http://api.example.com:${new URL(cloud.url).port}${path}`)).text;
  assert.match(await ask('/a'), / mapped$/);
  assert.equal(await ask('/b'), '{"message":"Forbidden"}');
  await client.send(new CreateBasePathMappingCommand({ domainName: made.domainName, restApiId }));
  assert.match(await ask('/v1/'), / mapped$/);
  await client.send(new DeleteDomainNameCommand({ domainName: made.domainName }));
});

/** A role by which API Gateway may write logs. */
async function logsRole(cloud: TestCloud): Promise<string> {
  const iam = cloud.client(IAMClient);
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  const trust = { Effect: 'Allow', Principal: { Service: 'apigateway.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'logs', AssumeRolePolicyDocument: document(trust) }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'logs',
      PolicyName: 'logs',
      PolicyDocument: document({ Effect: 'Allow', Action: 'logs:*', Resource: '*' }),
    }),
  );
  return Role?.Arn ?? '';
}

test('requests are written to logs as the role of the account', async () => {
  await using cloud = await startTestCloud();
  const api = await numbered(cloud);
  const { client, restApiId } = api;
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const access = [
    replace('/accessLogSettings/destinationArn', 'arn:aws:logs:us-east-1:123456789012:log-group:access'),
    replace(
      '/accessLogSettings/format',
      '$context.httpMethod $context.resourcePath $context.status $context.identity.user $context.error.message',
    ),
    replace('/*/*/logging/loglevel', 'INFO'),
  ];
  const refused = await failure(patchStage(api, ...access));
  assert.equal(refused.message, 'CloudWatch Logs role ARN must be set in account settings to enable logging');
  await client.send(
    new UpdateAccountCommand({ patchOperations: [replace('/cloudwatchRoleArn', await logsRole(cloud))] }),
  );
  await patchStage(api, ...access);
  await api.visit('/v1');
  await api.visit('/v1/none');
  await cloud.server.cloud.settle();
  const lines = async (logGroupName: string) =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName }))).events?.map(({ message }) => message);
  assert.deepEqual((await lines('access'))?.sort(), ['GET - 403 - Missing Authentication Token', 'GET / 200 - -']);
  const execution = await lines(`API-Gateway-Execution-Logs_${restApiId}/v1`);
  assert.match(execution?.[0] ?? '', /^\([0-9a-f-]{36}\) Extended Request Id: \S+$/);
  assert.match(execution?.[1] ?? '', /^\([0-9a-f-]{36}\) Starting execution for request: [0-9a-f-]{36}$/);
  assert.match(execution?.at(-1) ?? '', /Method completed with status: 200$/);
});

test('logs that are on can be changed and switched off when the account has no role for them any more', async () => {
  await using cloud = await startTestCloud();
  const api = await numbered(cloud);
  const account = (value: string) =>
    api.client.send(new UpdateAccountCommand({ patchOperations: [replace('/cloudwatchRoleArn', value)] }));
  await account(await logsRole(cloud));
  await patchStage(api, replace('/*/*/logging/loglevel', 'INFO'), replace('/~1one/GET/logging/loglevel', 'ERROR'));
  await account('');
  const more = await failure(patchStage(api, replace('/*/*/logging/loglevel', 'ERROR')));
  assert.equal(more.message, 'CloudWatch Logs role ARN must be set in account settings to enable logging');
  const stage = await patchStage(api, { op: 'remove', path: '/*/*' });
  assert.equal(stage.methodSettings?.['~1one/GET']?.loggingLevel, 'ERROR');
  assert.equal(stage.methodSettings?.['*/*'], undefined);
});
