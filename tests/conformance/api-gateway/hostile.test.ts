import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAuthorizerCommand } from '@aws-sdk/client-api-gateway';
import { CreateAuthorizerCommand as CreateHttpAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi as createHttpApi } from '../apigatewayv2/world.ts';
import { apiFunction, createApi } from './world.ts';

const PATHS = [
  '//',
  '/v1//',
  '/v1/%',
  '/v1/%ff%00',
  '/v1/..%2f..',
  '/v1/a?%',
  '/v1/a?a=%ff&a&=&',
  '/%24default',
  '/v1/__proto__?__proto__=1&constructor=2',
  '/v1/@connections/x',
  `/v1/${'a/'.repeat(2_000)}`,
  `/v1/a?${'x=1&'.repeat(3_000)}`,
];
const BODIES = [undefined, '{', 'null', '[[[[', '\u0000', '{"__proto__": {"a": 1}}'];

test('whatever is asked, APIs answer, and nothing fails inside', async () => {
  await using cloud = await startTestCloud();
  const rest = await createApi(cloud);
  const id = await rest.resource('{p+}');
  await rest.method(id, 'ANY');
  await rest.response(id, 'ANY', '200', '$input.json("$")$input.params()$input.path("$.a.b")');
  await rest.deploy();
  const http = await createHttpApi(cloud, { Target: 'http://127.0.0.1:1/' });
  const headers = {
    'content-type': 'application/json',
    cookie: '=;;=',
    'x-forwarded-for': ',,',
    authorization: 'AWS4-HMAC-SHA256 x',
  };
  const statuses = new Set<number>();
  const port = new URL(cloud.url).port;
  for (const api of [rest.restApiId, http.ApiId])
    for (const path of PATHS)
      for (const method of ['GET', 'POST', 'OPTIONS', 'TRACE'])
        for (const body of BODIES)
          statuses.add(
            (await visit(`http://${api}.execute-api.us-east-1.localhost:${port}${path}`, { method, headers, body }))
              .status,
          );
  assert.deepEqual(
    [...statuses].filter((status) => ![200, 400, 403, 404, 503].includes(status)),
    [],
  );
});

const ALLOWED = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
const said = (Statement: unknown, Version: unknown = '2012-10-17') => ({
  principalId: 'x',
  policyDocument: { Version, Statement },
});
/** What is no policy, though it looks like one. */
const POLICIES = [
  said(null),
  said(5),
  said([null]),
  said({ Effect: 'Allow' }),
  said({ ...ALLOWED, Effect: 'Maybe' }),
  said({ ...ALLOWED, Action: 5 }),
  said({ ...ALLOWED, Resource: {} }),
  said({ ...ALLOWED, Condition: 5 }),
  said({ ...ALLOWED, Condition: { Nope: { a: 'b' } } }),
  said({ ...ALLOWED, NotAction: 'x' }),
  said(ALLOWED, 5),
  { ...said(ALLOWED), context: { a: { b: 1 } } },
  { ...said(ALLOWED), principalId: 5 },
  {},
  [],
  null,
  'x',
];
const ANSWERS = [
  { statusCode: 101 },
  { statusCode: 200.5 },
  { statusCode: 204, body: 'x' },
  { statusCode: 200, headers: { a: [1], b: null, 'x y': 1, 'content-length': 3, 'transfer-encoding': 'chunked' } },
  { statusCode: 200, cookies: [5, null, {}, '☃', 'a\r\nb'] },
  { statusCode: 200, multiValueHeaders: { 'set-cookie': [null, {}, '☃'] } },
  { statusCode: 200, isBase64Encoded: true, body: '***' },
];

test('whatever functions answer, APIs answer, and nothing fails inside', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const source = 'export const handler = async ({ queryStringParameters: { v } }) => JSON.parse(v);';
  const uri = await apiFunction(cloud, 'says', source);
  const authorizer = { restApiId: api.restApiId, name: 'a', type: 'REQUEST', authorizerUri: uri } as const;
  const { id: authorizerId } = await api.client.send(
    new CreateAuthorizerCommand({ ...authorizer, authorizerResultTtlInSeconds: 0 }),
  );
  await api.method(api.rootResourceId, 'GET', {}, { authorizationType: 'CUSTOM', authorizerId });
  await api.method(await api.resource('p'), 'GET', { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri });
  await api.deploy();
  const http = await createHttpApi(cloud);
  const { AuthorizerId } = await http.client.send(
    new CreateHttpAuthorizerCommand({
      ApiId: http.ApiId,
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: uri,
      AuthorizerPayloadFormatVersion: '2.0',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: ['$request.querystring.v'],
    }),
  );
  const target = await http.integration({ IntegrationUri: uri });
  await http.route('GET /asked', target, { AuthorizationType: 'CUSTOM', AuthorizerId });
  await http.route('GET /p', target);
  await http.stage();
  const ask = async (value: unknown, visit: typeof api.visit, path: string) => {
    const { status, text } = await visit(`${path}?v=${encodeURIComponent(JSON.stringify(value))}`);
    return [status, text];
  };
  for (const one of POLICIES) {
    const of = JSON.stringify(one);
    assert.deepEqual(await ask(one, api.visit, '/v1'), [500, '{"message":null}'], of);
    assert.deepEqual(await ask(one, http.visit, '/asked'), [500, '{"message":"Internal Server Error"}'], of);
  }
  for (const one of [...ANSWERS, ...POLICIES])
    for (const [visit, path] of [[api.visit, '/v1/p'] as const, [http.visit, '/p'] as const]) {
      const [status] = await ask(one, visit, path);
      assert.ok([200, 204, 500, 502].includes(Number(status)), `${path} ${JSON.stringify(one)}: ${status}`);
    }
});
