import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  PutGatewayResponseCommand,
  PutIntegrationResponseCommand,
  PutMethodResponseCommand,
  TestInvokeMethodCommand,
} from '@aws-sdk/client-api-gateway';
import { startTestCloud } from '../../support/cloud.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { apiFunction, createApi } from './world.ts';

/** An address that says what it was asked, and sets two cookies. */
async function backend() {
  const server = createServer((request, response) => {
    response.setHeader('set-cookie', ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2']);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://localhost:${(server.address() as AddressInfo).port}/base`,
    [Symbol.dispose]: () => server.close(),
  };
}

/** What would end a header, and begin another. */
const EVIL = 'x%0d%0ax-evil:%201%0d%0a%0d%0aGET%20/admin%20HTTP/1.1';

test('what clients send ends no header of an answer, and no odd name breaks one', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId, rootResourceId: resourceId } = api;
  await client.send(
    new PutGatewayResponseCommand({
      restApiId,
      responseType: 'MISSING_AUTHENTICATION_TOKEN',
      statusCode: '101',
      responseParameters: {
        'gatewayresponse.header.x-q': 'method.request.querystring.q',
        'gatewayresponse.header.content-length': "'7'",
        'gatewayresponse.header.WWW-Authenticate': "'Basic'",
      },
      responseTemplates: { 'text/☃': '$context.error.message' },
    }),
  );
  const at = { restApiId, resourceId, httpMethod: 'GET', statusCode: '200' };
  await api.method(resourceId, 'GET', {}, { requestParameters: { 'method.request.querystring.constructor': false } });
  const names = ['x-q', 'x-own', 'x-proto'].map((name) => `method.response.header.${name}`);
  const [q = '', own = '', proto = ''] = names;
  await client.send(
    new PutMethodResponseCommand({ ...at, responseParameters: { [q]: false, [own]: false, [proto]: false } }),
  );
  await client.send(
    new PutIntegrationResponseCommand({
      ...at,
      responseParameters: {
        [q]: 'context.authorizer.none',
        [own]: 'stageVariables.constructor',
        [proto]: 'integration.response.header.constructor',
      },
      responseTemplates: {
        'application/json':
          '#set($context.responseOverride.header.x-t = $input.params("q"))#set($context.responseOverride.header.x-fine = "f")said',
      },
    }),
  );
  await api.deploy();
  const refused = await api.visit(`/v1/nowhere?q=${EVIL}`);
  assert.deepEqual(
    [refused.status, refused.text, refused.headers['x-q'], refused.headers['x-evil'], refused.headers['content-type']],
    [403, 'Missing Authentication Token', undefined, undefined, 'application/json'],
  );
  assert.equal(refused.headers['www-authenticate'], 'Basic');
  const fine = await api.visit(`/v1?q=${EVIL}`);
  assert.deepEqual(
    [
      fine.status,
      fine.text,
      fine.headers['x-t'],
      fine.headers['x-fine'],
      fine.headers['x-own'],
      fine.headers['x-proto'],
    ],
    [200, 'said', undefined, 'f', undefined, undefined],
  );
});

test('what clients send ends no header of a request to a backend, and does not climb up its address', async () => {
  using there = await backend();
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const parameters = {
    'integration.request.path.p': 'method.request.path.p',
    'integration.request.header.x-q': 'method.request.querystring.q',
    'integration.request.header.x-own': "'mine'",
  };
  await api.method(
    await api.resource('{p+}'),
    'ANY',
    {
      type: 'HTTP_PROXY',
      integrationHttpMethod: 'ANY',
      uri: `${there.uri}/{p}`,
      requestParameters: parameters,
    },
    { requestParameters: { 'method.request.path.p': true, 'method.request.querystring.q': false } },
  );
  await api.deploy();
  const http = await createHttpApi(cloud);
  const target = await http.integration({
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'ANY',
    IntegrationUri: `${there.uri}/{p}`,
    PayloadFormatVersion: '1.0',
    RequestParameters: { 'append:header.x-q': '$request.querystring.q', 'append:header.x-own': 'mine' },
    ResponseParameters: { 200: { 'overwrite:statuscode': '$request.querystring.status' } },
  });
  await http.route('ANY /{p+}', target);
  await http.stage();
  for (const [name, visit] of [
    ['REST', (path: string) => api.visit(`/v1${path}`)],
    ['HTTP', http.visit],
  ] as const) {
    const asked = await visit(`/a/b%20c?q=${EVIL}`);
    assert.equal(asked.status, 200, name);
    const { url, headers } = JSON.parse(asked.text);
    assert.equal(new URL(url, there.uri).pathname, '/base/a/b%20c');
    assert.deepEqual([headers['x-q'], headers['x-evil'], headers['x-own']], [undefined, undefined, 'mine'], name);
    assert.deepEqual(asked.headers['set-cookie'], ['a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT', 'b=2'], name);
    for (const path of ['/%2e%2e%2fadmin', '/a/..%2f..%2fadmin', '/a%2f.%2fb'])
      assert.equal((await visit(path)).status, 400, `${name} ${path}`);
  }
  for (const status of ['99', '101', '600', '1e9', '-1', 'x']) {
    assert.equal((await http.visit(`/a?status=${status}`)).status, 200, status);
  }
  assert.equal((await http.visit('/a?status=418')).status, 418);
});

test('an answer that is too long is the API’s fault, and none at all the network’s', async () => {
  const server = createServer((_, response) => response.end(Buffer.alloc(10 * 1_048_576 + 1)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await using cloud = await startTestCloud();
    const api = await createApi(cloud);
    const own = { type: 'HTTP_PROXY', integrationHttpMethod: 'GET' } as const;
    const uri = `http://localhost:${(server.address() as AddressInfo).port}/`;
    await api.method(await api.resource('long'), 'GET', { ...own, uri });
    await api.method(await api.resource('none'), 'GET', { ...own, uri: 'http://127.0.0.1:1/' });
    await api.method(await api.resource('bad'), 'GET', { ...own, uri: 'http://nowhere.example.com/' });
    await api.deploy();
    const seen = async (path: string) => {
      const { status, text } = await api.visit(path);
      return [status, JSON.parse(text).message];
    };
    assert.deepEqual(await seen('/v1/long'), [500, 'Internal server error']);
    assert.deepEqual(await seen('/v1/none'), [504, 'Network error communicating with endpoint']);
    assert.deepEqual(await seen('/v1/bad'), [500, 'Internal server error']);
  } finally {
    server.close();
  }
});

test('lines of logs end at 1,024 characters, whatever a client sends', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId, rootResourceId: resourceId, method } = await createApi(cloud);
  await method(resourceId, 'POST');
  const at = { restApiId, resourceId, httpMethod: 'POST' };
  const { log = '' } = await client.send(
    new TestInvokeMethodCommand({
      ...at,
      body: `{"a": "${'x'.repeat(5_000)}"}`,
      headers: { 'X-Long': 'y'.repeat(2_000) },
    }),
  );
  const cut = log.split('\n').filter((line) => line.endsWith('[TRUNCATED]'));
  assert.deepEqual(
    cut.map((line) => line.replace(/^.*UTC \d{4} : ([^:]+):.*$/, '$1')),
    ['Method request headers', 'Method request body before transformations'],
  );
  assert.equal(
    cut.every((line) => line.length < 1_100),
    true,
  );
});

const AUTHORIZER = `export const handler = async (event) => {
  const { one, two } = event.queryStringParameters;
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }];
  return { principalId: JSON.stringify([one, two]), policyDocument: { Version: '2012-10-17', Statement } };
};`;

test('what an authorizer answered is kept for those values of its sources, and no others that look like them', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const { id: authorizerId } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'a',
      type: 'REQUEST',
      authorizerUri: await apiFunction(cloud, 'authorizer', AUTHORIZER),
      identitySource: 'method.request.querystring.one, method.request.querystring.two',
    }),
  );
  await api.method(api.rootResourceId, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
  await api.response(api.rootResourceId, 'GET', '200', '$context.authorizer.principalId');
  await api.deploy();
  assert.equal((await api.visit('/v1?one=a%0ab&two=c')).text, '["a\\nb","c"]');
  assert.equal((await api.visit('/v1?one=a&two=b%0ac')).text, '["a","b\\nc"]');
});
