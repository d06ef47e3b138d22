import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateModelCommand,
  CreateStageCommand,
  ExportApiCommand,
  GetModelTemplateCommand,
  GetRoutesCommand,
  ImportApiCommand,
  ReimportApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import fc from 'fast-check';
import { parse } from 'yaml';
import { failure, startTestCloud } from '../../support/cloud.ts';

type Json = { [name: string]: unknown };

const PREFIX = 'x-amazon-apigateway-';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:f';

const some = (all: Json): fc.Arbitrary<Json> =>
  fc.subarray(Object.entries(all)).map((entries) => Object.fromEntries(entries));

const KEYWORDS = { GET: 'get', POST: 'post', ANY: `${PREFIX}any-method` };

const operation = (key: string): fc.Arbitrary<Json> =>
  fc
    .tuple(
      fc.constantFrom<Json>(
        { type: 'aws_proxy', httpMethod: 'POST', uri: FUNCTION, payloadFormatVersion: '2.0' },
        { type: 'http_proxy', httpMethod: 'ANY', uri: 'https://example.com/{id}', payloadFormatVersion: '1.0' },
        {
          type: 'aws_proxy',
          httpMethod: 'POST',
          integrationSubtype: 'SQS-PurgeQueue',
          credentials: 'arn:aws:iam::123456789012:role/r',
          payloadFormatVersion: '1.0',
          requestParameters: { QueueUrl: '$request.header.queue' },
        },
      ),
      fc.integer({ min: 50, max: 30_000 }),
      fc.constantFrom<Json>(
        {},
        { security: [{ tokens: ['a.read'] }] },
        { security: [{ keeper: [] }] },
        { security: [{ sigv4: [] }] },
      ),
      some({ operationId: 'named' }),
    )
    .map(([target, timeoutInMillis, security, more]) => ({
      ...more,
      ...security,
      ...(key.includes('{') && {
        parameters: [
          {
            name: 'id',
            in: 'path',
            description: 'Generated path parameter for id',
            required: true,
            schema: { type: 'string' },
          },
        ],
      }),
      ...(key === '$default' && { isDefaultRoute: true }),
      responses: { default: { description: `Default response for ${key}` } },
      [`${PREFIX}integration`]: { ...target, timeoutInMillis, connectionType: 'INTERNET' },
    }));

/** Documents as API Gateway writes them. */
const document: fc.Arbitrary<Json> = fc
  .tuple(
    fc
      .uniqueArray(fc.constantFrom('GET /', 'GET /pets/{id}', 'POST /pets/{id}', 'ANY /files/{id+}', '$default'), {
        minLength: 1,
      })
      .chain((keys) => fc.tuple(...keys.map((key) => operation(key).map((one) => [key, one] as const)))),
    some({
      [`${PREFIX}cors`]: { allowOrigins: ['https://a.example'], maxAge: 5, allowCredentials: true },
    }),
  )
  .map(([operations, more]) => {
    const paths: { [path: string]: Json } = {};
    for (const [key, one] of operations) {
      const [method = '', path = '/$default'] = key.split(' ');
      const keyword = KEYWORDS[method as 'GET'] ?? KEYWORDS.ANY;
      paths[path] = { ...paths[path], [keyword]: one };
    }
    return {
      openapi: '3.0.1',
      info: { title: 'pets', description: 'of a shop', version: '7' },
      paths,
      components: {
        securitySchemes: {
          sigv4: { type: 'apiKey', name: 'Authorization', in: 'header', [`${PREFIX}authtype`]: 'awsSigv4' },
          tokens: {
            type: 'oauth2',
            flows: {},
            [`${PREFIX}authorizer`]: {
              type: 'jwt',
              identitySource: '$request.header.Authorization',
              jwtConfiguration: { audience: ['a'], issuer: 'https://issuer.example' },
            },
          },
          keeper: {
            type: 'apiKey',
            name: 'X-Key',
            in: 'header',
            [`${PREFIX}authorizer`]: {
              type: 'request',
              identitySource: '$request.header.X-Key',
              authorizerUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`,
              authorizerPayloadFormatVersion: '2.0',
              authorizerResultTtlInSeconds: 60,
              enableSimpleResponses: true,
            },
          },
        },
      },
      [`${PREFIX}importexport-version`]: '1.0',
      ...more,
    };
  });

/** Without what is another's in every API, or there only when somebody asks for it. */
function plain(told: Json): Json {
  const { servers: _, ...rest } = structuredClone(told);
  const { securitySchemes } = rest.components as { securitySchemes: Json };
  if (!JSON.stringify(rest.paths).includes('"sigv4"')) delete securitySchemes.sigv4;
  return rest;
}

async function exported(client: ApiGatewayV2Client, ApiId: string, options: object = {}): Promise<string> {
  const { body } = await client.send(
    new ExportApiCommand({ ApiId, Specification: 'OAS30', OutputType: 'JSON', ...options }),
  );
  return Buffer.from(body ?? []).toString('utf8');
}

test('what could not answer is not imported', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ApiGatewayV2Client);
  const proxy = { type: 'http_proxy', httpMethod: 'GET', uri: 'http://127.0.0.1:1/', payloadFormatVersion: '1.0' };
  for (const [more, wanted] of [
    [{ timeoutInMillis: 'x' }, 'Timeout should be between 50 ms and 30000 ms'],
    [{ timeoutInMillis: 31_000 }, 'Timeout should be between 50 ms and 30000 ms'],
    [{ type: 'aws_proxy', integrationSubtype: 'constructor' }, 'Operation: constructor is not supported.'],
    [
      { requestParameters: { x: null, y: 5 } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Request Actioned Parameter destination specified: y]',
    ],
  ] as const) {
    const paths = { '/a': { get: { 'x-amazon-apigateway-integration': { ...proxy, ...more } } } };
    const Body = JSON.stringify({ openapi: '3.0.1', info: { title: 't' }, paths });
    assert.equal((await failure(client.send(new ImportApiCommand({ Body })))).message, wanted);
  }
});

test('an API that was imported is exported as it was', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ApiGatewayV2Client);
  const { ApiId = '' } = await client.send(new CreateApiCommand({ Name: 'other', ProtocolType: 'HTTP' }));
  const trip = async (given: Json) => {
    const Body = JSON.stringify(given);
    const made = await client.send(new ImportApiCommand({ Body }));
    assert.deepEqual(plain(JSON.parse(await exported(client, made.ApiId ?? ''))), plain(given));
    await client.send(new ReimportApiCommand({ ApiId, Body }));
    assert.deepEqual(plain(JSON.parse(await exported(client, ApiId))), plain({ ...given }));
  };
  await fc.assert(fc.asyncProperty(document, trip), { numRuns: 30 });
});

test('exports: of a stage, in YAML, without extensions, and what is asked wrongly', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ApiGatewayV2Client);
  const made = await client.send(
    new CreateApiCommand({ Name: 'api', ProtocolType: 'HTTP', Target: 'https://example.com/', RouteKey: 'GET /a' }),
  );
  const { ApiId = '' } = made;
  const of = async (options: object) => parse(await exported(client, ApiId, options));
  const plainly = await of({ OutputType: 'YAML', IncludeExtensions: false });
  assert.deepEqual(plainly.paths, {
    '/a': { get: { responses: { default: { description: 'Default response for GET /a' } } } },
  });
  assert.deepEqual(plainly.servers, [{ url: made.ApiEndpoint }]);
  await client.send(new CreateStageCommand({ ApiId, StageName: 'v1' }));
  const empty = await failure(of({ StageName: 'v1' }));
  assert.equal(empty.message, 'The stage has no deployment');
  assert.equal((await of({ StageName: '$default' })).paths['/a'].get[`${PREFIX}integration`].type, 'http_proxy');
  assert.equal((await failure(of({ Specification: 'OAS31' }))).name, 'BadRequestException');
  assert.equal((await failure(of({ OutputType: 'XML' }))).name, 'BadRequestException');
  const { ApiId: socket = '' } = await client.send(
    new CreateApiCommand({ Name: 's', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' }),
  );
  assert.equal((await failure(exported(client, socket))).message, 'Only HTTP APIs can be exported');
  const Schema = '{"type":"object","properties":{"a":{"type":"number"}}}';
  const { ModelId } = await client.send(new CreateModelCommand({ ApiId: socket, Name: 'A', Schema }));
  const { Value } = await client.send(new GetModelTemplateCommand({ ApiId: socket, ModelId }));
  assert.equal(Value, `#set($inputRoot = $input.path('$'))\n{\n  "a" : 3.149\n}`);
});

test('a base path is put before the paths of routes', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ApiGatewayV2Client);
  const target = { [`${PREFIX}integration`]: { type: 'http_proxy', httpMethod: 'GET', uri: 'https://example.com/' } };
  const Body = JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'a' },
    servers: [{ url: '/v7/shop' }],
    paths: { '/pets': { get: target }, '/$default': { [`${PREFIX}any-method`]: target } },
  });
  const keys = async (Basepath: string) => {
    const { ApiId } = await client.send(new ImportApiCommand({ Body, Basepath }));
    const { Items = [] } = await client.send(new GetRoutesCommand({ ApiId }));
    return Items.map(({ RouteKey }) => RouteKey).sort();
  };
  assert.deepEqual(await keys('ignore'), ['$default', 'GET /pets']);
  assert.deepEqual(await keys('prepend'), ['$default', 'GET /v7/shop/pets']);
  assert.deepEqual(await keys('split'), ['$default', 'GET /shop/pets']);
});
