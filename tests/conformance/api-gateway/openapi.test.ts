import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateDocumentationPartCommand,
  CreateDocumentationVersionCommand,
  GetDocumentationPartsCommand,
  GetExportCommand,
  GetModelTemplateCommand,
  GetResourcesCommand,
  ImportDocumentationPartsCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway';
import fc from 'fast-check';
import { parse } from 'yaml';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiFunction, createApi } from './world.ts';

type Json = { [name: string]: unknown };

const URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations';
const PREFIX = 'x-amazon-apigateway-';
const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
const text = { schema: { type: 'string' } };

const FAILED = { description: '500 response', headers: { X: text } };

/** A subset of an object's members. */
const some = (all: Json): fc.Arbitrary<Json> =>
  fc.subarray(Object.entries(all)).map((entries) => Object.fromEntries(entries));

const integration: fc.Arbitrary<Json> = fc
  .tuple(
    fc.constantFrom<Json>(
      { type: 'mock' },
      { type: 'http_proxy', httpMethod: 'ANY', uri: 'http://example.com/{proxy}' },
      { type: 'http', httpMethod: 'GET', uri: 'https://example.com/' },
      { type: 'aws_proxy', httpMethod: 'POST', uri: URI },
      { type: 'aws', httpMethod: 'POST', uri: URI },
    ),
    some({
      credentials: 'arn:aws:iam::123456789012:role/r',
      requestParameters: { 'integration.request.header.X': 'method.request.querystring.q' },
      requestTemplates: { 'application/json': '{"a": $input.json("$")}' },
      contentHandling: 'CONVERT_TO_TEXT',
      cacheKeyParameters: ['method.request.querystring.q'],
      cacheNamespace: 'names',
      responses: {
        default: { statusCode: '200', responseTemplates: { 'application/json': '$input.body' } },
        '5\\d{2}': { statusCode: '500', responseParameters: { 'method.response.header.X': "'x'" } },
      },
    }),
    fc.constantFrom('when_no_match', 'when_no_templates', 'never'),
    fc.integer({ min: 50, max: 29_000 }),
  )
  .map(([kind, more, passthroughBehavior, timeoutInMillis]) => ({
    ...kind,
    ...more,
    passthroughBehavior,
    timeoutInMillis,
  }));

const operation = (path: string): fc.Arbitrary<Json> =>
  fc
    .tuple(
      some({
        operationId: 'named',
        requestBody: { content: { 'application/json': ref('Pet') }, required: true },
        security: [{ keeper: [] }, { api_key: [] }],
        [`${PREFIX}request-validator`]: 'both',
      }),
      fc.subarray([
        { name: 'q', in: 'query', ...text },
        { name: 'X-Trace', in: 'header', required: true, ...text },
        ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, ...text }] : []),
      ]),
      some({
        '200': { description: '200 response', content: { 'application/json': ref('Pets') } },
        '500': FAILED,
      }),
      integration,
    )
    .map(([more, given, responses, target]) => {
      // What an integration maps has to be declared.
      const isMapped = 'requestParameters' in target && !given.some(({ name }) => name === 'q');
      const parameters = isMapped ? [{ name: 'q', in: 'query', ...text }, ...given] : given;
      const answers = 'responses' in target ? { ...responses, '500': FAILED } : responses;
      return {
        ...more,
        ...(parameters.length > 0 && { parameters }),
        responses: answers,
        [`${PREFIX}integration`]: target,
      };
    });

const item = (path: string): fc.Arbitrary<Json> =>
  fc
    .uniqueArray(fc.constantFrom('get', 'post', `${PREFIX}any-method`), { minLength: 1 })
    .chain((methods) => fc.tuple(...methods.map((method) => operation(path).map((one) => [method, one] as const))))
    .map((entries) => Object.fromEntries(entries));

/** Documents as API Gateway writes them. */
const document: fc.Arbitrary<Json> = fc
  .tuple(
    fc
      .uniqueArray(fc.constantFrom('/', '/pets', '/pets/{id}', '/files/{path+}', '/a/b.c'), { minLength: 1 })
      .chain((paths) => fc.tuple(...paths.map((path) => item(path).map((one) => [path, one] as const)))),
    some({
      [`${PREFIX}policy`]: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
      },
      [`${PREFIX}gateway-responses`]: {
        THROTTLED: { statusCode: 420, responseParameters: {}, responseTemplates: { 'application/json': '{}' } },
      },
      [`${PREFIX}binary-media-types`]: ['image/*'],
      [`${PREFIX}minimum-compression-size`]: 1_024,
      [`${PREFIX}api-key-source`]: 'AUTHORIZER',
    }),
  )
  .map(([paths, more]) => ({
    openapi: '3.0.1',
    info: { title: 'pets', description: 'of a shop', version: '7' },
    paths: Object.fromEntries(paths),
    components: {
      schemas: {
        Pet: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        Pets: { type: 'array', items: { $ref: '#/components/schemas/Pet' } },
      },
      securitySchemes: {
        keeper: {
          type: 'apiKey',
          name: 'X-Keeper',
          in: 'header',
          [`${PREFIX}authtype`]: 'custom',
          [`${PREFIX}authorizer`]: { type: 'token', authorizerUri: URI, authorizerResultTtlInSeconds: 60 },
        },
        api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
      },
    },
    [`${PREFIX}request-validators`]: { both: { validateRequestBody: true, validateRequestParameters: true } },
    ...more,
  }));

/** Imports a document, deploys the API, and gives both kinds of documents that it is exported as. */
async function throughApi(client: APIGatewayClient, given: Json) {
  const body = Buffer.from(JSON.stringify(given));
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body }));
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
  const read = async (exportType: string) => {
    const parameters = { extensions: 'apigateway' };
    const { body: told } = await client.send(
      new GetExportCommand({ restApiId, stageName: 'v1', exportType, parameters }),
    );
    return JSON.parse(Buffer.from(told ?? []).toString('utf8')) as Json;
  };
  return { oas30: await read('oas30'), swagger: await read('swagger') };
}

/** What is the same in every API that is made of a document: no addresses, no models that each has, no keys that nobody asks for. */
function plain(told: Json): Json {
  const { servers: _, components, ...rest } = structuredClone(told);
  const { schemas, securitySchemes } = components as { schemas: Json; securitySchemes: Json };
  delete schemas.Empty;
  delete schemas.Error;
  if (!JSON.stringify(rest).includes('"api_key"')) delete securitySchemes.api_key;
  return { ...rest, components: { schemas, securitySchemes } };
}

test('an API that was imported is exported as it was', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const trip = async (given: Json) => {
    const first = await throughApi(client, given);
    assert.deepEqual(plain(first.oas30), plain(given));
    const second = await throughApi(client, first.swagger);
    assert.deepEqual(plain(second.oas30), plain(first.oas30));
  };
  await fc.assert(fc.asyncProperty(document, trip), { numRuns: 40 });
});

const DOCUMENT = {
  swagger: '2.0',
  info: { title: 'based' },
  basePath: '/v7/shop',
  paths: { '/pets': { get: { [`${PREFIX}integration`]: { type: 'mock' } } } },
  definitions: {
    Pet: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer' },
        tags: { type: 'array', items: { type: 'boolean' } },
      },
    },
  },
};
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a base path is ignored, put before, or split off', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const paths = async (basepath: string, given: Json = DOCUMENT) => {
    const imported = new ImportRestApiCommand({ body: bytesOf(given), parameters: { basepath } });
    const { id: restApiId } = await client.send(imported);
    const { items = [] } = await client.send(new GetResourcesCommand({ restApiId }));
    return items.filter(({ resourceMethods }) => resourceMethods !== undefined).map(({ path }) => path);
  };
  assert.deepEqual(await paths('ignore'), ['/pets']);
  assert.deepEqual(await paths('prepend'), ['/v7/shop/pets']);
  assert.deepEqual(await paths('split'), ['/shop/pets']);
  const servers = [{ url: 'https://example.com/{basePath}/', variables: { basePath: { default: 'v8' } } }];
  assert.deepEqual(await paths('prepend', { openapi: '3.0.1', info: DOCUMENT.info, paths: DOCUMENT.paths, servers }), [
    '/v8/pets',
  ]);
});

test('exports: YAML, without extensions, and what is asked wrongly', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytesOf(DOCUMENT) }));
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
  const of = { restApiId, stageName: 'v1' };
  const yaml = await client.send(new GetExportCommand({ ...of, exportType: 'swagger', accepts: 'application/yaml' }));
  assert.equal(yaml.contentType, 'application/yaml');
  const { paths, swagger, basePath } = parse(Buffer.from(yaml.body ?? []).toString('utf8'));
  assert.deepEqual([swagger, basePath, paths], ['2.0', '/v1', { '/pets': { get: { responses: {} } } }]);
  const wrong = await failure(client.send(new GetExportCommand({ ...of, exportType: 'raml' })));
  assert.equal(wrong.name, 'BadRequestException');
  const parameters = { extensions: 'postman' };
  const postman = await failure(client.send(new GetExportCommand({ ...of, exportType: 'oas30', parameters })));
  assert.equal(postman.name, 'NotImplemented');
  const gone = await failure(client.send(new GetExportCommand({ ...of, stageName: 'v2', exportType: 'oas30' })));
  assert.equal(gone.name, 'NotFoundException');
});

test('merging a document with itself changes nothing', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const [given = DOCUMENT] = fc.sample(document, { numRuns: 1, seed: 7 });
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytesOf(given) }));
  const shown = async () =>
    (await client.send(new GetResourcesCommand({ restApiId, embed: ['methods'], limit: 500 }))).items;
  const before = await shown();
  await client.send(new PutRestApiCommand({ restApiId, mode: 'merge', body: bytesOf(given) }));
  assert.deepEqual(await shown(), before);
});

test('documentation is imported and exported', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const { client, restApiId } = api;
  const parts = [
    { location: { type: 'API' }, properties: { description: 'all of it' } },
    { location: { type: 'METHOD', path: '/', method: 'GET' }, properties: { summary: 'reads' } },
  ];
  const documented = (documentationParts: unknown) =>
    bytesOf({ ...DOCUMENT, [`${PREFIX}documentation`]: { documentationParts } });
  const { ids = [] } = await client.send(
    new ImportDocumentationPartsCommand({ restApiId, mode: 'merge', body: documented(parts) }),
  );
  assert.equal(ids.length, 2);
  const more = [{ location: { type: 'API' }, properties: { tags: ['a'] } }];
  await client.send(new ImportDocumentationPartsCommand({ restApiId, mode: 'merge', body: documented(more) }));
  const shown = async () => {
    const { items = [] } = await client.send(new GetDocumentationPartsCommand({ restApiId }));
    return Object.fromEntries(items.map(({ location, properties = '' }) => [location?.type, JSON.parse(properties)]));
  };
  assert.deepEqual(await shown(), {
    API: { description: 'all of it', tags: ['a'] },
    METHOD: { summary: 'reads' },
  });
  await client.send(new ImportDocumentationPartsCommand({ restApiId, mode: 'overwrite', body: documented(more) }));
  assert.deepEqual(await shown(), { API: { tags: ['a'] } });
  const location = { type: 'MODEL', name: 'Pet' } as const;
  await client.send(new CreateDocumentationPartCommand({ restApiId, location, properties: '{"a":1}' }));
  await api.method(api.rootResourceId, 'GET');
  await api.deploy();
  await client.send(new CreateDocumentationVersionCommand({ restApiId, stageName: 'v1', documentationVersion: '1' }));
  const parameters = { extensions: 'documentation' };
  const told = await client.send(new GetExportCommand({ restApiId, stageName: 'v1', exportType: 'oas30', parameters }));
  const { version, documentationParts } = JSON.parse(Buffer.from(told.body ?? []).toString('utf8'))[
    `${PREFIX}documentation`
  ];
  assert.equal(version, '1');
  assert.deepEqual(documentationParts.map((one: { location: { type: string } }) => one.location.type).sort(), [
    'API',
    'MODEL',
  ]);
  const bad = documented([{ location: { type: 'NOTHING' }, properties: { a: 1 } }]);
  const refused = await failure(client.send(new ImportDocumentationPartsCommand({ restApiId, body: bad })));
  assert.equal(refused.message, 'Invalid documentation part type: NOTHING');
});

test('a sample template of a model', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const { id: restApiId = '' } = await client.send(new ImportRestApiCommand({ body: bytesOf(DOCUMENT) }));
  const { value } = await client.send(new GetModelTemplateCommand({ restApiId, modelName: 'Pet' }));
  assert.equal(
    value,
    `#set($inputRoot = $input.path('$'))
{
  "name" : "foo",
  "age" : 42,
  "tags" : [
##TODO: Update this foreach loop to reference array from input json
#foreach($elem in $inputRoot)
    true#if($foreach.hasNext),#end

#end
  ]
}`,
  );
});

test('an authorizer is tried without a stage', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud);
  const uri = await apiFunction(
    cloud,
    'keeper',
    `export const handler = async ({ authorizationToken: token, methodArn: Resource }) => {
      if (token === 'stranger') throw new Error('Unauthorized');
      const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }];
      return { principalId: token, policyDocument: { Version: '2012-10-17', Statement } };
    };`,
  );
  const { id: authorizerId = '' } = await client.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'a',
      type: 'TOKEN',
      authorizerUri: uri,
      identityValidationExpression: '[a-z]+',
    }),
  );
  const ask = async (Authorization: string) =>
    client.send(new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers: { Authorization } }));
  const { clientStatus, principalId, policy, log = '' } = await ask('friend');
  const lines = log.split('\n').map((line) => line.replace(/^.* UTC \d{4} : /, ''));
  assert.match(lines[1] ?? '', new RegExp(`^Starting authorizer: ${authorizerId} for request: `));
  assert.equal(lines[2], 'Incoming identity: friend');
  assert.deepEqual(lines.slice(-3), [
    'Using valid authorizer policy for principal: friend',
    'Successfully completed authorizer execution',
    '',
  ]);
  assert.deepEqual([clientStatus, principalId], [200, 'friend']);
  const Resource = `arn:aws:execute-api:us-east-1:123456789012:${restApiId}/test-invoke-stage/GET/`;
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }];
  assert.deepEqual(JSON.parse(policy ?? ''), { Version: '2012-10-17', Statement });
  assert.equal((await ask('stranger')).clientStatus, 401);
  assert.equal((await ask('42')).clientStatus, 401);
});
