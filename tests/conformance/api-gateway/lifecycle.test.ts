import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-api-gateway';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

const URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';
const patched = (path: string, value?: string, op: sdk.Op = 'replace') => ({ patchOperations: [{ op, path, value }] });

/** What is asked for and is not there. */
async function gone(promise: Promise<unknown>): Promise<void> {
  assert.equal((await failure(promise)).name, 'NotFoundException');
}

test('authorizers', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, method, rootResourceId } = await createApi(cloud);
  const make = (name: string) =>
    client.send(new sdk.CreateAuthorizerCommand({ restApiId, name, type: 'TOKEN', authorizerUri: URI }));
  const { id: authorizerId = '' } = await make('a');
  assert.equal((await failure(make('a'))).name, 'ConflictException');
  await make('b');
  const at = { restApiId, authorizerId };
  await client.send(new sdk.UpdateAuthorizerCommand({ ...at, ...patched('/authorizerResultTtlInSeconds', '7') }));
  const shown = await client.send(new sdk.GetAuthorizerCommand(at));
  assert.deepEqual(
    [shown.name, shown.authorizerResultTtlInSeconds, shown.identitySource, shown.authType],
    ['a', 7, 'method.request.header.Authorization', 'custom'],
  );
  const long = client.send(
    new sdk.UpdateAuthorizerCommand({ ...at, ...patched('/authorizerResultTtlInSeconds', '3601') }),
  );
  assert.equal(
    (await failure(long)).message,
    'Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.',
  );
  const { items = [] } = await client.send(new sdk.GetAuthorizersCommand({ restApiId }));
  assert.deepEqual(items.map(({ name }) => name).sort(), ['a', 'b']);
  await method(rootResourceId, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
  const used = await failure(client.send(new sdk.DeleteAuthorizerCommand(at)));
  assert.equal(used.message, 'Cannot delete authorizer, is referenced in method');
  await client.send(new sdk.DeleteMethodCommand({ restApiId, resourceId: rootResourceId, httpMethod: 'GET' }));
  await client.send(new sdk.DeleteAuthorizerCommand(at));
  await gone(client.send(new sdk.GetAuthorizerCommand(at)));
});

test('request validators and models', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, method, rootResourceId: resourceId } = await createApi(cloud);
  const { id: requestValidatorId = '' } = await client.send(
    new sdk.CreateRequestValidatorCommand({ restApiId, name: 'v', validateRequestBody: true }),
  );
  const at = { restApiId, requestValidatorId };
  await client.send(new sdk.UpdateRequestValidatorCommand({ ...at, ...patched('/validateRequestParameters', 'true') }));
  const { $metadata: _, ...validator } = await client.send(new sdk.GetRequestValidatorCommand(at));
  const both = { validateRequestBody: true, validateRequestParameters: true };
  assert.deepEqual(validator, { id: requestValidatorId, name: 'v', ...both });
  assert.equal((await client.send(new sdk.GetRequestValidatorsCommand({ restApiId }))).items?.length, 1);
  const model = { restApiId, modelName: 'Pet' };
  await client.send(
    new sdk.CreateModelCommand({
      restApiId,
      name: 'Pet',
      schema: '{"type":"object"}',
      contentType: 'application/json',
    }),
  );
  await client.send(new sdk.UpdateModelCommand({ ...model, ...patched('/schema', '{"type":"array"}') }));
  assert.equal((await client.send(new sdk.GetModelCommand(model))).schema, '{"type":"array"}');
  const wrong = client.send(new sdk.UpdateModelCommand({ ...model, ...patched('/schema', '{"type":7}') }));
  assert.equal((await failure(wrong)).name, 'BadRequestException');
  await method(resourceId, 'POST', {}, { requestValidatorId, requestModels: { 'application/json': 'Pet' } });
  assert.equal((await failure(client.send(new sdk.DeleteRequestValidatorCommand(at)))).name, 'ConflictException');
  const used = await failure(client.send(new sdk.DeleteModelCommand(model)));
  assert.equal(used.message, "Cannot delete model 'Pet', is referenced in method request: //POST");
  const method_ = { restApiId, resourceId, httpMethod: 'POST' };
  await client.send(new sdk.UpdateMethodCommand({ ...method_, ...patched('/requestValidatorId', '') }));
  await client.send(
    new sdk.UpdateMethodCommand({ ...method_, ...patched('/requestModels/application~1json', undefined, 'remove') }),
  );
  await client.send(new sdk.DeleteRequestValidatorCommand(at));
  await client.send(new sdk.DeleteModelCommand(model));
  await gone(client.send(new sdk.GetRequestValidatorCommand(at)));
  await gone(client.send(new sdk.GetModelCommand(model)));
});

test('methods, their integrations and what both answer', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, rootResourceId: resourceId } = await createApi(cloud);
  const at = { restApiId, resourceId, httpMethod: 'GET' };
  const status = { ...at, statusCode: '200' };
  await gone(client.send(new sdk.GetMethodCommand(at)));
  await client.send(new sdk.PutMethodCommand({ ...at, authorizationType: 'NONE' }));
  assert.equal(
    (await failure(client.send(new sdk.PutMethodCommand({ ...at, authorizationType: 'NONE' })))).name,
    'ConflictException',
  );
  await client.send(
    new sdk.UpdateMethodCommand({ ...at, ...patched('/requestParameters/method.request.querystring.q', 'true') }),
  );
  await client.send(new sdk.PutMethodResponseCommand(status));
  const header = '/responseParameters/method.response.header.X';
  await client.send(new sdk.UpdateMethodResponseCommand({ ...status, ...patched(header, 'false', 'add') }));
  await client.send(
    new sdk.PutIntegrationCommand({ ...at, type: 'HTTP', integrationHttpMethod: 'GET', uri: 'http://a.example/' }),
  );
  await client.send(new sdk.UpdateIntegrationCommand({ ...at, ...patched('/uri', 'http://b.example/') }));
  await client.send(
    new sdk.PutIntegrationResponseCommand({ ...status, responseTemplates: { 'application/json': 'a' } }),
  );
  const shown = await client.send(new sdk.GetMethodCommand(at));
  assert.deepEqual(
    [shown.requestParameters, shown.methodResponses, shown.methodIntegration?.uri],
    [
      { 'method.request.querystring.q': true },
      { '200': { statusCode: '200', responseParameters: { 'method.response.header.X': false } } },
      'http://b.example/',
    ],
  );
  assert.equal((await client.send(new sdk.GetIntegrationCommand(at))).uri, 'http://b.example/');
  const response = await client.send(new sdk.GetIntegrationResponseCommand(status));
  assert.deepEqual(response.responseTemplates, { 'application/json': 'a' });
  assert.deepEqual(
    Object.keys((await client.send(new sdk.GetMethodResponseCommand(status))).responseParameters ?? {}),
    ['method.response.header.X'],
  );
  const { resourceMethods } = await client.send(
    new sdk.GetResourceCommand({ restApiId, resourceId, embed: ['methods'] }),
  );
  assert.equal(resourceMethods?.GET?.methodIntegration?.type, 'HTTP');
  await client.send(new sdk.DeleteIntegrationResponseCommand(status));
  await gone(client.send(new sdk.GetIntegrationResponseCommand(status)));
  await client.send(new sdk.DeleteMethodResponseCommand(status));
  await gone(client.send(new sdk.GetMethodResponseCommand(status)));
  await client.send(new sdk.DeleteMethodCommand(at));
  await gone(client.send(new sdk.GetIntegrationCommand(at)));
});

test('gateway responses, stages and deployments', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const responseType = 'UNAUTHORIZED';
  const at = { restApiId, responseType } as const;
  assert.equal((await client.send(new sdk.GetGatewayResponseCommand(at))).defaultResponse, true);
  await client.send(new sdk.UpdateGatewayResponseCommand({ ...at, ...patched('/statusCode', '418') }));
  const { statusCode, defaultResponse } = await client.send(new sdk.GetGatewayResponseCommand(at));
  assert.deepEqual([statusCode, defaultResponse], ['418', false]);
  await client.send(new sdk.DeleteGatewayResponseCommand(at));
  assert.equal((await client.send(new sdk.GetGatewayResponseCommand(at))).statusCode, '401');
  await gone(client.send(new sdk.DeleteGatewayResponseCommand(at)));
  await api.method(api.rootResourceId, 'GET');
  const { id: deploymentId = '' } = await api.deploy('v1');
  await client.send(new sdk.UpdateDeploymentCommand({ restApiId, deploymentId, ...patched('/description', 'first') }));
  assert.equal((await client.send(new sdk.GetDeploymentCommand({ restApiId, deploymentId }))).description, 'first');
  const { item = [] } = await client.send(new sdk.GetStagesCommand({ restApiId, deploymentId }));
  assert.deepEqual(
    item.map(({ stageName }) => stageName),
    ['v1'],
  );
  await client.send(new sdk.DeleteStageCommand({ restApiId, stageName: 'v1' }));
  await gone(client.send(new sdk.GetStageCommand({ restApiId, stageName: 'v1' })));
  assert.equal((await api.visit('/v1')).status, 403);
});

test('keys and usage plans', async () => {
  await using cloud = await startTestCloud();
  const { client } = await createApi(cloud);
  const { id: keyId = '', value = '' } = await client.send(new sdk.CreateApiKeyCommand({ name: 'k1' }));
  await client.send(new sdk.CreateApiKeyCommand({ name: 'other' }));
  await client.send(new sdk.UpdateApiKeyCommand({ apiKey: keyId, ...patched('/enabled', 'true') }));
  const { items: keys = [] } = await client.send(new sdk.GetApiKeysCommand({ nameQuery: 'k', includeValues: true }));
  assert.deepEqual(
    keys.map((one) => [one.name, one.enabled, one.value]),
    [['k1', true, value]],
  );
  const { id: usagePlanId = '' } = await client.send(new sdk.CreateUsagePlanCommand({ name: 'p' }));
  const on = { usagePlanId, keyId };
  await client.send(new sdk.CreateUsagePlanKeyCommand({ ...on, keyType: 'API_KEY' }));
  assert.equal((await client.send(new sdk.GetUsagePlanKeyCommand(on))).name, 'k1');
  const listed = await client.send(new sdk.GetUsagePlanKeysCommand({ usagePlanId }));
  assert.deepEqual(
    listed.items?.map(({ id, type }) => [id, type]),
    [[keyId, 'API_KEY']],
  );
  const ofKey = await client.send(new sdk.GetUsagePlansCommand({ keyId }));
  assert.deepEqual(
    ofKey.items?.map(({ name }) => name),
    ['p'],
  );
  await client.send(new sdk.DeleteUsagePlanKeyCommand(on));
  await gone(client.send(new sdk.GetUsagePlanKeyCommand(on)));
  await client.send(new sdk.DeleteUsagePlanCommand({ usagePlanId }));
  await gone(client.send(new sdk.GetUsagePlanCommand({ usagePlanId })));
  await client.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId }));
  await gone(client.send(new sdk.GetApiKeyCommand({ apiKey: keyId })));
});

test('domains and their paths; documentation; the account', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  await api.method(api.rootResourceId, 'GET');
  await api.deploy();
  const domainName = 'a.example.com';
  const [certificateArn, other] = [
    await certificateFor(cloud, domainName),
    await certificateFor(cloud, '*.example.com'),
  ];
  await client.send(new sdk.CreateDomainNameCommand({ domainName, certificateArn }));
  await client.send(new sdk.UpdateDomainNameCommand({ domainName, ...patched('/certificateArn', other) }));
  assert.equal((await client.send(new sdk.GetDomainNameCommand({ domainName }))).certificateArn, other);
  assert.equal((await client.send(new sdk.GetDomainNamesCommand({}))).items?.length, 1);
  const mapping = { domainName, basePath: 'shop' };
  await client.send(new sdk.CreateBasePathMappingCommand({ ...mapping, restApiId, stage: 'v1' }));
  await client.send(new sdk.UpdateBasePathMappingCommand({ ...mapping, ...patched('/basePath', 'store') }));
  await gone(client.send(new sdk.GetBasePathMappingCommand(mapping)));
  const store = { domainName, basePath: 'store' };
  assert.equal((await client.send(new sdk.GetBasePathMappingCommand(store))).stage, 'v1');
  assert.equal((await client.send(new sdk.GetBasePathMappingsCommand({ domainName }))).items?.length, 1);
  await client.send(new sdk.DeleteBasePathMappingCommand(store));
  await gone(client.send(new sdk.GetBasePathMappingCommand(store)));
  const part = { location: { type: 'API' }, properties: '{"a":1}' } as const;
  const { id: documentationPartId = '' } = await client.send(
    new sdk.CreateDocumentationPartCommand({ restApiId, ...part }),
  );
  const at = { restApiId, documentationPartId };
  await client.send(new sdk.UpdateDocumentationPartCommand({ ...at, ...patched('/properties', '{"a":2}') }));
  assert.equal((await client.send(new sdk.GetDocumentationPartCommand(at))).properties, '{"a":2}');
  const version = { restApiId, documentationVersion: '1' };
  await client.send(new sdk.CreateDocumentationVersionCommand(version));
  await client.send(new sdk.UpdateDocumentationVersionCommand({ ...version, ...patched('/description', 'd') }));
  const { items: versions } = await client.send(new sdk.GetDocumentationVersionsCommand({ restApiId }));
  assert.deepEqual(
    versions?.map((one) => [one.version, one.description]),
    [['1', 'd']],
  );
  await client.send(new sdk.DeleteDocumentationVersionCommand(version));
  await client.send(new sdk.DeleteDocumentationPartCommand(at));
  await gone(client.send(new sdk.GetDocumentationPartCommand(at)));
  const { throttleSettings, features, apiKeyVersion } = await client.send(new sdk.GetAccountCommand({}));
  assert.deepEqual(
    [throttleSettings, features, apiKeyVersion],
    [{ burstLimit: 5_000, rateLimit: 10_000 }, ['UsagePlans'], '4'],
  );
});
