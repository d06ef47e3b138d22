import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-api-gateway';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

/** `replace /path = value`. */
function operation(text: string): sdk.PatchOperation {
  const [, op, path, value] = /^(\w+) (\S*)(?: = (.*))?$/.exec(text) ?? [];
  return { op: op as sdk.Op, path, value };
}

const patches = (...texts: string[]) => ({ patchOperations: texts.map(operation) });

/** What is said to each patch by itself. */
async function refusals(send: (patch: ReturnType<typeof patches>) => Promise<unknown>, ...texts: string[]) {
  const said: string[] = [];
  for (const text of texts) {
    const { name, message } = await failure(send(patches(text)));
    said.push(`${name}: ${message}`);
  }
  return said;
}

const bad = (...messages: string[]) => messages.map((message) => `BadRequestException: ${message}`);
const noPath = (op: string, path: string, ...allowed: string[]) =>
  `Invalid patch path  '${path}' specified for op '${op}'. ${allowed.length === 0 ? 'Please choose supported operations' : `Must be one of: [${allowed.join(', ')}]`}`;

test('APIs: each path takes its operations, each value its form', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud, {
    description: 'd',
    endpointConfiguration: { types: ['EDGE'] },
  });
  const update = (patch: ReturnType<typeof patches>) =>
    client.send(new sdk.UpdateRestApiCommand({ restApiId, ...patch }));
  assert.deepEqual(
    await refusals(
      update,
      'replace /nothing = 1',
      'add /name = x',
      'replace /binaryMediaTypes = a/b',
      'remove /description',
      'replace /endpointConfiguration/types/EDGE = LOCAL',
      'replace /endpointConfiguration/ipAddressType = ipv5',
      'replace /minimumCompressionSize = 1.5',
      'replace /apiKeySource = QUERY',
      'replace /disableExecuteApiEndpoint = yes',
      'replace /name = ',
    ),
    bad(
      'Invalid patch path /nothing',
      'Invalid patch operation specified. Must be one of: [replace]',
      'Invalid patch path /binaryMediaTypes',
      'Invalid patch operation specified. Must be one of: [replace]',
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
      'ipAddressType must be either ipv4 or dualstack.',
      'Invalid minimum compression size, must be between 0 and 10485760',
      "Invalid patch value specified for path '/apiKeySource'",
      "Invalid patch value specified for path '/disableExecuteApiEndpoint'",
      'Name must be given',
    ),
  );
  const changed = await update(
    patches(
      'add /binaryMediaTypes/image~1png',
      'add /binaryMediaTypes/image~1gif',
      'replace /binaryMediaTypes/image~1png = image/webp',
      'replace /endpointConfiguration/types/0 = REGIONAL',
      'replace /description = ',
    ),
  );
  assert.deepEqual(
    [changed.binaryMediaTypes, changed.endpointConfiguration?.types, 'description' in changed],
    [['image/gif', 'image/webp'], ['REGIONAL'], false],
  );
});

test('stages: settings of methods, canaries and what promotes them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  const { id: first = '' } = await api.deploy();
  const update = (patch: ReturnType<typeof patches>) =>
    client.send(new sdk.UpdateStageCommand({ restApiId, stageName: 'v1', ...patch }));
  const said = await refusals(
    update,
    'replace /tags/a = b',
    'replace /~1a/ANY/metrics/enabled = true',
    'replace /*/*/metrics/disabled = true',
  );
  for (const one of said)
    assert.match(
      one,
      /^BadRequestException: Invalid method setting path: \S+\. Must be one of: \[\/deploymentId, .*\/throttling\/burstLimit\/{resourcePath}.*\/throttling\/burstLimit \/\*\/\*\/throttling\/rateLimit \/\*.*, \/tracingEnabled\]$/,
    );
  assert.deepEqual(
    await refusals(
      update,
      'remove /~1a/GET',
      'add /canarySettings/percentTraffic = 5',
      'replace /canarySettings/percentTraffic = 101',
      'replace /cacheClusterSize = 7',
      'replace /*/*/caching/ttlInSeconds = 3601',
      'replace /*/*/caching/unauthorizedCacheControlHeaderStrategy = NONE',
      'replace /*/*/throttling/burstLimit = 1.5',
      'replace /*/*/throttling/rateLimit = fast',
      'replace /*/*/metrics/enabled = yes',
      'replace /*/*/logging/loglevel = WARN',
      'copy /deploymentId',
    ),
    bad(
      'Cannot remove method setting ~1a/GET because there is no method setting for this method ',
      'Invalid add operation with path: /canarySettings/percentTraffic',
      'Invalid value for percentTraffic, must be between 0.0 and 100.0',
      'Invalid cache cluster size. Valid options are 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237',
      'Invalid time-to-live setting, must be an integer no greater than 3600',
      "Invalid patch value specified for path '/*/*/caching/unauthorizedCacheControlHeaderStrategy'",
      "Invalid patch value specified for path '/*/*/throttling/burstLimit'",
      "Invalid patch value specified for path '/*/*/throttling/rateLimit'",
      "Invalid patch value specified for path '/*/*/metrics/enabled'",
      'Logging level must be one of: OFF, ERROR, INFO',
      'Invalid copy operation with path: /deploymentId and from . Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]',
    ),
  );
  assert.deepEqual(await refusals(update, 'replace /documentationVersion = 9'), [
    'NotFoundException: Invalid Documentation version specified',
  ]);
  const promote = [
    { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
    { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
  ] satisfies sdk.PatchOperation[];
  const early = await failure(update({ patchOperations: promote }));
  assert.equal(early.message, 'Promotion not available. Canary does not exist.');
  await update(
    patches('replace /variables/a = 1', 'replace /variables/b = 1', 'replace /~1a~1{b}/GET/caching/enabled = true'),
  );
  const begun = await update(patches('replace /canarySettings/percentTraffic = 10.5'));
  assert.deepEqual(begun.canarySettings, { percentTraffic: 10.5, deploymentId: first, useStageCache: false });
  // Told as they were written; what was not said of throttling is what holds for the account.
  assert.deepEqual(begun.methodSettings, {
    '~1a~1{b}/GET': {
      metricsEnabled: false,
      dataTraceEnabled: false,
      throttlingBurstLimit: 5_000,
      throttlingRateLimit: 10_000,
      cachingEnabled: true,
      cacheTtlInSeconds: 300,
      cacheDataEncrypted: false,
      requireAuthorizationForCacheControl: true,
      unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
    },
  });
  const { id: second = '' } = await client.send(new sdk.CreateDeploymentCommand({ restApiId }));
  await update(
    patches(`replace /canarySettings/deploymentId = ${second}`, 'replace /canarySettings/stageVariableOverrides/b = 2'),
  );
  const promoted = await update({ patchOperations: promote });
  assert.deepEqual([promoted.deploymentId, promoted.variables], [second, { a: '1', b: '2' }]);
  const ended = await update(patches('remove /canarySettings', 'remove /~1a~1{b}/GET', 'remove /variables/a'));
  assert.deepEqual([ended.canarySettings, ended.methodSettings, ended.variables], [undefined, {}, { b: '2' }]);
});

test('methods and what they answer', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId, rootResourceId: resourceId } = api;
  await api.method(resourceId, 'GET');
  await api.response(resourceId, 'GET', '200');
  const at = { restApiId, resourceId, httpMethod: 'GET' };
  const status = { ...at, statusCode: '200' };
  assert.deepEqual(
    await refusals(
      (patch) => client.send(new sdk.UpdateMethodCommand({ ...at, ...patch })),
      'replace /httpMethod = PUT',
      'add /authorizationType = NONE',
      'replace /authorizationScopes = a',
      'replace /requestValidatorId = none',
      'add /requestModels/application~1json = None',
      'replace /authorizationType = CUSTOM',
    ),
    bad(
      'Invalid patch path /httpMethod',
      'Invalid patch operation specified. Must be one of: [replace]',
      'Invalid patch operation specified. Must be one of: [add, remove]',
      'Invalid Request Validator identifier specified',
      'Invalid model identifier specified: None',
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
    ),
  );
  assert.deepEqual(
    await refusals(
      (patch) => client.send(new sdk.UpdateMethodResponseCommand({ ...status, ...patch })),
      'add /responseModels/application~1json = None',
      'add /responseParameters/header.x = true',
      'replace /statusCode = 201',
    ),
    bad(
      'Invalid model identifier specified: None',
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: header.x]',
      noPath('replace', '/statusCode', '/responseModels/*', '/responseParameters/*'),
    ),
  );
  assert.deepEqual(
    await refusals(
      (patch) => client.send(new sdk.UpdateIntegrationCommand({ ...at, ...patch })),
      'replace /cacheKeyParameters = a',
      'replace /timeoutInMillis = 29001',
      'move /uri',
    ),
    bad(
      noPath(
        'replace',
        '/cacheKeyParameters',
        ...['/cacheNamespace', '/connectionId', '/connectionType', '/contentHandling', '/credentials', '/httpMethod'],
        ...['/integrationTarget', '/passthroughBehavior', '/requestParameters/*', '/requestTemplates/*'],
        ...['/responseTransferMode', '/timeoutInMillis', '/tlsConfig/insecureSkipVerification', '/uri'],
      ),
      'Timeout should be between 50 ms and 29000 ms',
      noPath('move', '/uri'),
    ),
  );
  assert.deepEqual(
    await refusals(
      (patch) => client.send(new sdk.UpdateModelCommand({ restApiId, modelName: 'Empty', ...patch })),
      'add /description = x',
      'replace /name = x',
    ),
    bad(noPath('add', '/description'), noPath('replace', '/name', '/description', '/schema')),
  );
  assert.deepEqual(
    await refusals(
      (patch) =>
        client.send(new sdk.UpdateGatewayResponseCommand({ restApiId, responseType: 'UNAUTHORIZED', ...patch })),
      'replace /statusCode = 42',
      'add /statusCode = 401',
    ),
    bad(
      "Invalid patch value specified for path '/statusCode'",
      noPath('add', '/statusCode', '/responseParameters/*', '/responseTemplates/*'),
    ),
  );
});

test('keys, plans and domains', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.deploy();
  const { id: apiKey = '' } = await client.send(
    new sdk.CreateApiKeyCommand({ name: 'k', stageKeys: [{ restApiId, stageName: 'v1' }] }),
  );
  const updateKey = (patch: ReturnType<typeof patches>) =>
    client.send(new sdk.UpdateApiKeyCommand({ apiKey, ...patch }));
  assert.deepEqual(
    await refusals(updateKey, 'add /stages = a/b', 'replace /value = x', 'remove /enabled'),
    bad(
      'Invalid stage identifier specified: a/b',
      noPath('replace', '/value', '/customerId', '/description', '/enabled', '/name'),
      noPath('remove', '/enabled', '/stages'),
    ),
  );
  assert.deepEqual((await updateKey(patches('replace /name = n'))).stageKeys, [`${restApiId}/v1`]);
  assert.deepEqual((await updateKey(patches(`remove /stages = ${restApiId}/v1`))).stageKeys, []);
  const { id: usagePlanId = '' } = await client.send(new sdk.CreateUsagePlanCommand({ name: 'p' }));
  const updatePlan = (patch: ReturnType<typeof patches>) =>
    client.send(new sdk.UpdateUsagePlanCommand({ usagePlanId, ...patch }));
  const unknown = await failure(updatePlan(patches('add /apiStages = {"apiId": "x", "stage": "dev"}')));
  assert.deepEqual(
    [unknown.name, unknown.message],
    ['NotFoundException', 'API Stage not found: {"apiId": "x", "stage"'],
  );
  const rates = await updatePlan(
    patches('add /throttle/rateLimit = 5', 'add /throttle/burstLimit = 7', `add /apiStages = ${restApiId}:v1`),
  );
  assert.deepEqual(
    [rates.throttle, rates.apiStages],
    [{ rateLimit: 5, burstLimit: 7 }, [{ apiId: restApiId, stage: 'v1' }]],
  );
  assert.equal((await updatePlan(patches('remove /throttle'))).throttle, undefined);
  assert.deepEqual(
    await refusals(updatePlan, 'remove /name', `replace /apiStages = ${restApiId}:v1`),
    bad(
      noPath('remove', '/name', '/apiStages', '/productCode', '/quota', '/throttle'),
      noPath('replace', '/apiStages', ...planPaths),
    ),
  );
  const domainName = 'a.example.com';
  const certificateArn = await certificateFor(cloud, domainName);
  await client.send(new sdk.CreateDomainNameCommand({ domainName, certificateArn }));
  for (const basePath of ['a', 'b'])
    await client.send(new sdk.CreateBasePathMappingCommand({ domainName, basePath, restApiId, stage: 'v1' }));
  const move = (patch: ReturnType<typeof patches>) =>
    client.send(new sdk.UpdateBasePathMappingCommand({ domainName, basePath: 'a', ...patch }));
  assert.deepEqual(await refusals(move, 'replace /basePath = b', 'replace /basePath = x y', 'replace /stage = v2'), [
    'ConflictException: Base path already exists for this domain name',
    ...bad(
      "Base path must contain only letters, numbers, and one of $-_.+!*'(),",
      'Invalid stage identifier specified',
    ),
  ]);
  assert.equal((await move(patches('replace /basePath = '))).basePath, '(none)');
  assert.deepEqual(
    await refusals((patch) => client.send(new sdk.UpdateAccountCommand(patch)), 'replace /throttleSettings = 1'),
    bad(noPath('replace', '/throttleSettings', '/cloudwatchRoleArn')),
  );
});

const planPaths = [
  ...['/description', '/name', '/productCode', '/quota/limit', '/quota/offset', '/quota/period'],
  ...['/throttle/burstLimit', '/throttle/rateLimit'],
];
