import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAuthorizerCommand } from '@aws-sdk/client-api-gateway';
import { CreateAuthorizerCommand as CreateHttpAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
import { outputOf } from '../../first-minute/minute.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { zip } from '../../support/functions.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { apiFunction, createApi } from './world.ts';

const NOBODY = `def handler(event, context):
  raise Exception('Unauthorized')
`;

test('an authorizer in Python, whose JSON has spaces, says that the caller is nobody', {
  skip: outputOf('python3', '-V') === undefined && 'needs the command python3',
}, async () => {
  await using cloud = await startTestCloud();
  const Code = { ZipFile: zip({ 'index.py': NOBODY }) };
  const uri = await apiFunction(cloud, 'nobody', '', undefined, { Runtime: 'python3.13', Code });
  const rest = await createApi(cloud);
  const { restApiId, rootResourceId } = rest;
  const own = { name: 'own', type: 'TOKEN', authorizerUri: uri } as const;
  const { id: authorizerId } = await rest.client.send(
    new CreateAuthorizerCommand({ ...own, restApiId, identitySource: 'method.request.header.X-Token' }),
  );
  await rest.method(rootResourceId, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
  await rest.deploy();
  const headers = { 'x-token': 'any' };
  const refused = await rest.visit('/v1', { headers });
  assert.deepEqual([refused.status, refused.text], [401, '{"message":"Unauthorized"}']);
  const http = await createHttpApi(cloud);
  const { AuthorizerId } = await http.client.send(
    new CreateHttpAuthorizerCommand({
      ApiId: http.ApiId,
      Name: 'own',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: uri,
      AuthorizerPayloadFormatVersion: '2.0',
      IdentitySource: ['$request.header.X-Token'],
    }),
  );
  const integration = await http.integration({ IntegrationUri: uri });
  await http.stage();
  await http.route('GET /', integration, { AuthorizationType: 'CUSTOM', AuthorizerId });
  const unknown = await http.visit('/', { headers });
  assert.deepEqual([unknown.status, unknown.text], [401, '{"message":"Unauthorized"}']);
});
