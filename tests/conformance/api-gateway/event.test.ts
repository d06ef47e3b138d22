import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateApiMappingCommand } from '@aws-sdk/client-apigatewayv2';
import { certificateFor } from '../../support/certificates.ts';
import { startTestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';
import { RawSocket } from '../../support/raw-socket.ts';
import { visit } from '../../support/traffic.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { apiFunction, createApi } from './world.ts';

const TELL = 'export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });';
/** Lets everybody in, and tells what it was asked. */
const ADMIT = `export const handler = async (event) => ({
  principalId: 'who',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }] },
  context: { asked: JSON.stringify(event) },
});`;

test('functions hear of custom domains, authorizers of empty maps, and both of each other', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const role = await functionRole(cloud);
  const uri = await apiFunction(cloud, 'tell', TELL, role);
  const authorizerUri = await apiFunction(cloud, 'admit', ADMIT, role);
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'a',
      type: 'REQUEST',
      authorizerUri,
      authorizerResultTtlInSeconds: 0,
    }),
  );
  const resource = await api.resource('{rest+}');
  const integration = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri } as const;
  await api.method(resource, 'GET', integration, { authorizationType: 'CUSTOM', authorizerId });
  await api.deploy();
  const domainName = 'a.example.com';
  const regionalCertificateArn = await certificateFor(cloud, domainName);
  const endpointConfiguration = { types: ['REGIONAL' as const] };
  await client.send(new CreateDomainNameCommand({ domainName, regionalCertificateArn, endpointConfiguration }));
  await client.send(new CreateBasePathMappingCommand({ domainName, restApiId, stage: 'v1', basePath: 'shop' }));
  const own = JSON.parse((await api.visit('/v1/a')).text);
  assert.deepEqual([own.path, own.requestContext.path], ['/a', '/v1/a']);
  const { asked, integrationLatency, ...authorizer } = own.requestContext.authorizer;
  assert.deepEqual([typeof integrationLatency, authorizer], ['number', { principalId: 'who' }]);
  const heard = JSON.parse(asked);
  assert.deepEqual(
    [heard.type, heard.queryStringParameters, heard.multiValueQueryStringParameters, heard.stageVariables],
    ['REQUEST', {}, {}, {}],
  );
  assert.deepEqual([heard.pathParameters, 'body' in heard], [{ rest: 'a' }, false]);
  const at = async (path: string) =>
    JSON.parse((await visit(`http://${domainName}:${new URL(cloud.url).port}${path}`)).text);
  const mapped = await at('/shop/a');
  assert.deepEqual([mapped.path, mapped.requestContext.path, mapped.resource], ['/shop/a', '/shop/a', '/{rest+}']);

  const http = await createHttpApi(cloud);
  await http.stage('dev');
  for (const PayloadFormatVersion of ['1.0', '2.0'])
    await http.route(
      `GET /${PayloadFormatVersion.replace('.', '-')}`,
      await http.integration({ IntegrationUri: uri, PayloadFormatVersion }),
    );
  const mapping = { DomainName: domainName, ApiId: http.ApiId, Stage: 'dev', ApiMappingKey: 'web' };
  await http.client.send(new CreateApiMappingCommand(mapping));
  const two = await at('/web/2-0');
  assert.deepEqual([two.rawPath, two.requestContext.http.path], ['/dev/2-0', '/dev/2-0']);
  const one = await at('/web/1-0');
  assert.deepEqual([one.path, one.requestContext.path], ['/web/1-0', '/web/1-0']);
  const { sourceIp: _, userAgent: __, ...nobody } = one.requestContext.identity;
  assert.deepEqual(Object.values(nobody), Array(10).fill(null));
  assert.deepEqual(one.requestContext.authorizer, { claims: null, scopes: null });
});

test('a header that a function names twice has all its values; templates see headers as clients write them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const answer = `export const handler = async () => ({
    statusCode: 200,
    headers: { 'Set-Cookie': 'c=3', 'X-One': 'a' },
    multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'], 'x-one': ['a'] },
  });`;
  const uri = await apiFunction(cloud, 'answer', answer);
  await api.method(api.rootResourceId, 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  const headers = await api.resource('headers');
  await api.method(headers, 'GET');
  await api.response(headers, 'GET', '200', "$input.params().header.get('User-Agent')");
  await api.deploy();
  const reply = await api.visit('/v1');
  assert.deepEqual([reply.headers['set-cookie'], reply.headers['x-one']], [['a=1', 'b=2', 'c=3'], 'a']);
  assert.equal((await api.visit('/v1/headers', { headers: { 'user-agent': 'me' } })).text, 'me');
});

test('functions and templates are shown headers in the case in which clients wrote them, each with all its values', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(cloud, 'tell', TELL);
  await api.method(
    api.rootResourceId,
    'GET',
    {
      type: 'AWS_PROXY',
      integrationHttpMethod: 'POST',
      uri,
      requestParameters: { 'integration.request.header.X-Mapped': "'m'" },
    },
    {},
  );
  const named = await api.resource('named');
  await api.method(named, 'GET');
  await api.response(named, 'GET', '200', "$input.params().header.get('X-CASED')$input.params('x-cased')");
  await api.deploy();
  const ask = async (path: string, more: string) => {
    const head = `GET ${path} HTTP/1.1\r\nhOST: ${api.restApiId}.execute-api.us-east-1.localhost\r\nUSER-agent: me\r\n`;
    const socket = new RawSocket(cloud.url).send(`${head}${more}\r\n`);
    const { body = '' } = (await socket.response()) ?? {};
    socket.socket.destroy();
    return body;
  };
  // One head is read by the quick reader, the other, which has a name twice, by Node's.
  const once = JSON.parse(await ask('/v1', 'X-CASED: one\r\nx-Mapped: mine\r\naccept: a\r\n'));
  assert.deepEqual(
    [once.headers['X-CASED'], once.headers['X-Mapped'], once.headers['x-Mapped'], once.headers.accept],
    ['one', 'm', undefined, 'a'],
  );
  assert.deepEqual(
    [once.headers['User-Agent'], once.headers.Host],
    ['me', `${api.restApiId}.execute-api.us-east-1.localhost`],
  );
  const twice = JSON.parse(await ask('/v1', 'X-CASED: one\r\nx-cased: two\r\n'));
  assert.deepEqual([twice.headers['X-CASED'], twice.multiValueHeaders['X-CASED']], ['two', ['one', 'two']]);
  assert.equal(await ask('/v1/named', 'X-CASED: one\r\n'), 'oneone');
});
