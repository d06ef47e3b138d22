import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  CreateModelCommand,
  CreateRequestValidatorCommand,
  GetMethodCommand,
  ImportRestApiCommand,
  PutGatewayResponseCommand,
  PutIntegrationResponseCommand,
  PutMethodResponseCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiFunction, apiRole, createApi } from './world.ts';

test('a preflight of CDK is answered: its template is no JSON, its one response is for all', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const at = { restApiId: api.restApiId, resourceId: api.rootResourceId, httpMethod: 'OPTIONS', statusCode: '204' };
  await api.method(api.rootResourceId, 'OPTIONS', { requestTemplates: { 'application/json': '{ statusCode: 200 }' } });
  const name = 'method.response.header.Access-Control-Allow-Origin';
  await api.client.send(new PutMethodResponseCommand({ ...at, responseParameters: { [name]: true } }));
  await api.client.send(new PutIntegrationResponseCommand({ ...at, responseParameters: { [name]: "'*'" } }));
  await api.deploy();
  const { status, headers } = await api.visit('/v1', { method: 'OPTIONS' });
  assert.deepEqual([status, headers['access-control-allow-origin']], [204, '*']);
});

test('of several patterns that fit, that of the same status wins; a status that its method does not have fails', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const request = { requestTemplates: { 'application/json': '{"statusCode": $input.params("s")}' } };
  await api.method(api.rootResourceId, 'GET', request);
  await api.response(api.rootResourceId, 'GET', '400', 'any', '4\\d\\d');
  await api.response(api.rootResourceId, 'GET', '404', 'own', '4\\d\\d');
  const at = { restApiId: api.restApiId, resourceId: api.rootResourceId, httpMethod: 'GET' };
  await api.client.send(new PutIntegrationResponseCommand({ ...at, statusCode: '200' }));
  await api.deploy();
  const said = async (status: number) => (await api.visit(`/v1?s=${status}`)).text;
  assert.deepEqual([await said(404), await said(418)], ['own', 'any']);
  assert.equal(await said(200), '{"message": "Internal server error"}');
});

test('types of JavaScript’s own words are types as others', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const { id: requestValidatorId } = await client.send(
    new CreateRequestValidatorCommand({ restApiId, name: 'body', validateRequestBody: true }),
  );
  const schema = '{"type": "object", "required": ["a"]}';
  await client.send(new CreateModelCommand({ restApiId, name: 'Some', contentType: 'application/json', schema }));
  const models = { requestValidatorId, requestModels: { 'text/plain': 'Some' } };
  const template = '{"statusCode": 200}';
  const requestTemplates = { 'application/json': template, $default: template };
  await api.method(api.rootResourceId, 'POST', { requestTemplates }, models);
  await api.response(api.rootResourceId, 'POST', '200', 'fine');
  await api.deploy();
  const headers = { accept: 'constructor', 'content-type': 'toString' };
  const { status, text } = await api.visit('/v1', { method: 'POST', headers, body: '{}' });
  assert.deepEqual([status, text], [200, 'fine']);
  const wrong = { restApiId, resourceId: api.rootResourceId, httpMethod: 'constructor' };
  assert.equal((await failure(client.send(new GetMethodCommand(wrong)))).name, 'NotFoundException');
  const paths = { '/': { constructor: {}, get: { 'x-amazon-apigateway-integration': { type: 'mock' } } } };
  const body = Buffer.from(JSON.stringify({ openapi: '3.0.1', info: { title: 'odd', version: '1' }, paths }));
  assert.equal((await client.send(new ImportRestApiCommand({ body }))).name, 'odd');
});

test('what is wrong with a body is said in the words of AWS’s validator', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const { id: requestValidatorId } = await client.send(
    new CreateRequestValidatorCommand({ restApiId, name: 'body', validateRequestBody: true }),
  );
  const schema = JSON.stringify({
    type: 'object',
    required: ['b', 'a'],
    additionalProperties: false,
    properties: {
      a: { type: 'integer', minimum: 3 },
      b: { enum: ['x', 'y'] },
      c: { type: 'string', maxLength: 2, pattern: '^z' },
    },
  });
  const contentType = 'application/json';
  await client.send(new CreateModelCommand({ restApiId, name: 'Some', contentType, schema }));
  const reference = `{"$ref": "https://apigateway.amazonaws.com/restapis/${restApiId}/models/None"}`;
  await client.send(new CreateModelCommand({ restApiId, name: 'Broken', contentType, schema: reference }));
  for (const [path, model] of [
    ['some', 'Some'],
    ['broken', 'Broken'],
  ] as const) {
    const resource = await api.resource(path);
    await api.method(resource, 'POST', {}, { requestValidatorId, requestModels: { [contentType]: model } });
    await api.response(resource, 'POST', '200', 'fine');
  }
  await client.send(
    new PutGatewayResponseCommand({
      restApiId,
      responseType: 'BAD_REQUEST_BODY',
      responseTemplates: { 'application/json': '$context.error.validationErrorString' },
    }),
  );
  await api.deploy();
  const said = async (path: string, body: object) =>
    (await api.visit(`/v1/${path}`, { method: 'POST', body: JSON.stringify(body) })).text;
  for (const [body, wanted] of [
    [{}, '[object has missing required properties (["a","b"])]'],
    [[], '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]'],
    [{ a: 2, b: 'x' }, '[numeric instance is lower than the required minimum (minimum: 3, found: 2)]'],
    [{ a: 3, b: 'w' }, '[instance value ("w") not found in enum (possible values: ["x","y"])]'],
    [
      { a: 3, b: 'x', c: 'abc' },
      '[string "abc" is too long (length: 3, maximum allowed: 2), ECMA 262 regex "^z" does not match input string "abc"]',
    ],
    [{ a: 3, b: 'x', d: 1 }, '[object instance has properties which are not allowed by the schema: ["d"]]'],
  ] as const)
    assert.equal(await said('some', body), wanted);
  assert.equal(await said('broken', {}), '{"message": "Internal server error"}');
});

test('a client’s path leads to no other host than the integration’s', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const resource = await api.resource('{rest+}', await api.resource('raw'));
  await api.method(
    resource,
    'GET',
    {
      type: 'AWS',
      integrationHttpMethod: 'GET',
      uri: 'arn:aws:apigateway:us-east-1:sqs:path/{rest}',
      credentials: await apiRole(cloud),
      requestParameters: { 'integration.request.path.rest': 'method.request.path.rest' },
    },
    { requestParameters: { 'method.request.path.rest': true } },
  );
  await api.response(resource, 'GET', '200', 'the queues answered');
  await api.deploy();
  assert.equal((await api.visit('/v1/raw//elsewhere.example.com/')).text, 'the queues answered');
});

test('the root of a proxy for S3 lists the buckets', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(S3Client, { forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'photos-2026' }));
  const api = await createApi(cloud);
  const credentials = await apiRole(cloud);
  const uri = 'arn:aws:apigateway:us-east-1:s3:path//';
  await api.method(api.rootResourceId, 'GET', { type: 'AWS', integrationHttpMethod: 'GET', uri, credentials });
  await api.response(api.rootResourceId, 'GET', '200');
  await api.deploy();
  const { text, headers } = await api.visit('/v1');
  // What S3 calls it is for a mapping to say.
  assert.equal(headers['content-type'], 'application/json');
  assert.match(text, /<ListAllMyBucketsResult.*<Name>photos-2026<\/Name>/s);
});

test('a client may say another method than it can send; a semicolon splits a query, too', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  for (const method of ['POST', 'DELETE']) {
    await api.method(api.rootResourceId, method);
    await api.response(api.rootResourceId, method, '200', "$context.httpMethod $input.params('a') $input.params('b')");
  }
  await api.deploy();
  const ask = async (query: string, meant: string) =>
    (await api.visit(`/v1?${query}`, { method: 'POST', headers: { 'x-http-method-override': meant } })).text;
  assert.equal(await ask('a=1;b=2', 'post'), 'POST 1 2');
  assert.equal(await ask('a=1%3Bb=2', 'DELETE'), 'DELETE 1;b=2 ');
  assert.equal(await ask('a=1', 'TRACE'), 'POST 1 ');
});

test('bodies of answers become bytes or texts by their type, by what is accepted and by what is asked for', async () => {
  const bytes = Buffer.from([0, 255, 1]);
  const coded = bytes.toString('base64');
  const server = createServer((request, response) => {
    const isBytes = request.url === '/bytes';
    response.writeHead(200, { 'content-type': isBytes ? 'image/png' : 'text/plain' }).end(isBytes ? bytes : coded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await using cloud = await startTestCloud();
    const api = await createApi(cloud, { binaryMediaTypes: ['image/png'] });
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ways = [undefined, 'CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'] as const;
    for (const body of ['text', 'bytes'])
      for (const contentHandling of ways) {
        const resourceId = await api.resource(`${body}-${contentHandling}`);
        await api.method(resourceId, 'GET', { type: 'HTTP', integrationHttpMethod: 'GET', uri: `${uri}/${body}` });
        const at = { restApiId: api.restApiId, resourceId, httpMethod: 'GET', statusCode: '200' };
        await api.client.send(new PutMethodResponseCommand(at));
        await api.client.send(new PutIntegrationResponseCommand({ ...at, contentHandling }));
      }
    await api.deploy();
    const shown = async (body: string, way: string | undefined, accept: string) => {
      const reply = await api.visit(`/v1/${body}-${way}`, { headers: { accept } });
      return reply.text === coded ? 'text' : bytes.equals(reply.body) ? 'bytes' : reply.text;
    };
    // Source: "Content type conversions in API Gateway"; of each: nothing is asked for, bytes are, a text is.
    for (const [body, accept, ...wanted] of [
      ['text', 'text/plain', 'text', 'bytes', 'text'],
      ['text', 'image/png', 'bytes', 'bytes', 'text'],
      ['bytes', 'text/plain', 'text', 'bytes', 'text'],
      ['bytes', 'image/png', 'bytes', 'bytes', 'text'],
    ] as const) {
      const given = await Promise.all(ways.map((way) => shown(body, way, accept)));
      assert.deepEqual(given, wanted, `${body} for who accepts ${accept}`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('headers may come from an error whose message is a document', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const source =
    'export const handler = async () => { throw new Error(JSON.stringify({ errorType: "Odd", httpStatus: 500, trace: { function: "abc()", line: 3 } })); };';
  const uri = await apiFunction(cloud, 'odd', source);
  await api.method(api.rootResourceId, 'GET', { type: 'AWS', integrationHttpMethod: 'POST', uri });
  const at = { restApiId: api.restApiId, resourceId: api.rootResourceId, httpMethod: 'GET', statusCode: '500' };
  const names = { type: 'errorType', status: 'httpStatus', trace: 'trace', function: 'trace.function' };
  const mapped = Object.entries(names).map(([name, path]) => [
    `method.response.header.x-${name}`,
    `integration.response.body.errorMessage.${path}`,
  ]);
  const declared = Object.fromEntries(mapped.map(([name]) => [name, false]));
  await api.client.send(new PutMethodResponseCommand({ ...at, responseParameters: declared }));
  const responseParameters = Object.fromEntries(mapped);
  await api.client.send(new PutIntegrationResponseCommand({ ...at, selectionPattern: '.+', responseParameters }));
  await api.deploy();
  const { status, headers, text } = await api.visit('/v1');
  assert.deepEqual(
    [status, headers['x-type'], headers['x-status'], headers['x-trace'], headers['x-function']],
    [500, 'Odd', '500', '{"function":"abc()","line":3}', 'abc()'],
  );
  assert.equal(JSON.parse(JSON.parse(text).errorMessage).errorType, 'Odd');
});

test('of what a client accepts the type alone selects a template', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.method(api.rootResourceId, 'GET');
  const at = { restApiId: api.restApiId, resourceId: api.rootResourceId, httpMethod: 'GET', statusCode: '200' };
  await api.client.send(new PutMethodResponseCommand(at));
  const responseTemplates = { 'application/json': '{}', 'application/xml': '<a/>' };
  await api.client.send(new PutIntegrationResponseCommand({ ...at, responseTemplates }));
  await api.deploy();
  const said = async (accept: string) => (await api.visit('/v1', { headers: { accept } })).text;
  assert.deepEqual([await said('application/xml;q=0.9, */*'), await said('application/xml')], ['<a/>', '<a/>']);
});
