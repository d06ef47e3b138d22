/** What documents say besides paths, and how imports and integrations are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetExportCommand,
  GetMethodCommand,
  GetModelCommand,
  GetResourcesCommand,
  ImportRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { createApi } from './world.ts';

const PREFIX = 'x-amazon-apigateway-';
const URI =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/response-streaming-invocations';
const mock = { type: 'mock', requestTemplates: { 'application/json': '{"statusCode": 200}' } };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const document = (operation: object, more: object = {}) => ({
  openapi: '3.0.1',
  info: { title: 'imported', version: '1' },
  paths: { '/pets': { post: { responses: { 200: { description: 'ok' } }, ...operation } } },
  ...more,
});

const METHOD = "'POST' for resource at path '/pets'";
const refused: readonly [what: string, document: object, message: string | RegExp][] = [
  [
    'a header that no answer declares',
    document({
      [`${PREFIX}integration`]: {
        ...mock,
        responses: { default: { statusCode: '200', responseParameters: { 'method.response.header.X': "'x'" } } },
      },
    }),
    `Errors found during import:\n\tUnable to put integration response on ${METHOD}: Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.X]`,
  ],
  [
    'a pattern that is none',
    document({ [`${PREFIX}integration`]: { ...mock, responses: { '(': { statusCode: '200' } } } }),
    /^Errors found during import:\n\tUnable to put integration response on .*: Invalid regex pattern specified/,
  ],
  [
    'a status that is none',
    document({ [`${PREFIX}integration`]: { ...mock, responses: { default: { statusCode: 'x' } } } }),
    `Errors found during import:\n\tUnable to put integration response on ${METHOD}: Invalid Response status code specified`,
  ],
  ['a type that is none', document({ [`${PREFIX}integration`]: { type: 5 } }), /Invalid integration type specified/],
  [
    'a model that is nowhere',
    document({ requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/None' } } } } }),
    `Errors found during import:\n\tUnable to put method ${METHOD}: Invalid model identifier specified: None`,
  ],
  [
    'an answer of the gateway without a status',
    document({}, { [`${PREFIX}gateway-responses`]: { DEFAULT_4XX: { statusCode: 'x' } } }),
    /Unable to put gateway response 'DEFAULT_4XX'/,
  ],
  [
    'a reference that is no address',
    document({ [`${PREFIX}integration`]: { $ref: '#/%zz' } }),
    'Unable to resolve #/%zz',
  ],
];

test('what could not answer is not imported', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  for (const [what, given, message] of refused) {
    const said = await failure(client.send(new ImportRestApiCommand({ body: bytesOf(given) })));
    assert.equal(said.name, 'BadRequestException', what);
    if (typeof message === 'string') assert.equal(said.message, message);
    else assert.match(said.message, message);
  }
});

test('members that are of another kind than they should be are taken for texts, or left out', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const integration = {
    ...mock,
    requestParameters: null,
    cacheKeyParameters: 'x',
    tlsConfig: 5,
    requestTemplates: { 'application/json': '{"statusCode": 200}', 'text/plain': null },
    responses: { default: { statusCode: 200, responseTemplates: { 'application/json': 7 } } },
  };
  const odd = { [`${PREFIX}gateway-responses`]: { DEFAULT_4XX: { responseTemplates: { 'application/json': {} } } } };
  const { id: restApiId = '' } = await client.send(
    new ImportRestApiCommand({ body: bytesOf(document({ [`${PREFIX}integration`]: integration }, odd)) }),
  );
  const { items = [] } = await client.send(new GetResourcesCommand({ restApiId, embed: ['methods'] }));
  const pets = items.find(({ path }) => path === '/pets')?.resourceMethods?.POST?.methodIntegration;
  assert.deepEqual(
    [pets?.requestParameters, pets?.cacheKeyParameters, pets?.tlsConfig, pets?.requestTemplates],
    [{}, [], { insecureSkipVerification: false }, { 'application/json': '{"statusCode": 200}', 'text/plain': null }],
  );
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
  const at = `http://${restApiId}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/v1`;
  const answer = await visit(`${at}/pets`, { method: 'POST' });
  assert.deepEqual([answer.status, answer.text], [200, '7']);
  assert.equal((await visit(`${at}/none`)).text, '{}');
});

test('schemas without a name are checked, too; the endpoint is switched off, and integrations flow, also when exported', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const schema = { type: 'object', required: ['name'] };
  const endpoint = { [`${PREFIX}endpoint-configuration`]: { disableExecuteApiEndpoint: true } };
  const checked = {
    requestBody: { content: { 'application/json': { schema } } },
    [`${PREFIX}request-validator`]: 'all',
    [`${PREFIX}integration`]: { ...mock, responses: { default: { statusCode: '200' } } },
  };
  const validators = { [`${PREFIX}request-validators`]: { all: { validateRequestBody: true } } };
  const { id: restApiId = '', rootResourceId } = await client.send(
    new ImportRestApiCommand({ body: bytesOf(document(checked, validators)) }),
  );
  assert.notEqual(rootResourceId, undefined);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
  const at = `http://${restApiId}.execute-api.us-east-1.localhost:${new URL(cloud.url).port}/v1/pets`;
  const post = async (body: string) => (await visit(at, { method: 'POST', body })).status;
  assert.deepEqual([await post('{}'), await post('{"name": "a"}')], [400, 200]);
  const read = async (api: string, exportType: string) => {
    const parameters = { extensions: 'apigateway' };
    const asked = new GetExportCommand({ restApiId: api, stageName: 'v1', exportType, parameters });
    return JSON.parse(Buffer.from((await client.send(asked)).body ?? []).toString('utf8'));
  };
  const { components } = await read(restApiId, 'oas30');
  const [name = ''] = Object.keys(components.schemas).filter((one) => one.startsWith('MODEL'));
  const model = await client.send(new GetModelCommand({ restApiId, modelName: name }));
  assert.deepEqual(JSON.parse(model.schema ?? ''), schema);

  const flowing = { type: 'aws_proxy', httpMethod: 'POST', uri: URI, responseTransferMode: 'STREAM' };
  const shut = document({ [`${PREFIX}integration`]: flowing }, { servers: [{ url: '/', ...endpoint }] });
  const imported = await client.send(new ImportRestApiCommand({ body: bytesOf(shut) }));
  assert.equal(imported.disableExecuteApiEndpoint, true);
  await client.send(new CreateDeploymentCommand({ restApiId: imported.id, stageName: 'v1' }));
  const [three, two] = [await read(imported.id ?? '', 'oas30'), await read(imported.id ?? '', 'swagger')];
  assert.equal(three.paths['/pets'].post[`${PREFIX}integration`].responseTransferMode, 'STREAM');
  const name_ = `${PREFIX}endpoint-configuration`;
  assert.deepEqual([three.servers[0][name_], two[name_]], [{ disableExecuteApiEndpoint: true }, endpoint[name_]]);
});

test('what is wrong in a document is told with its place', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const refused = async (given: object) =>
    (await failure(client.send(new ImportRestApiCommand({ body: bytesOf(given) })))).message;
  const undeclared = { requestParameters: { 'integration.request.header.X': 'method.request.querystring.q' } };
  assert.equal(
    await refused(document({ [`${PREFIX}integration`]: { ...mock, ...undeclared } })),
    "Errors found during import:\n\tUnable to put integration on 'POST' for resource at path '/pets': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.querystring.q]",
  );
  assert.equal(
    await refused(document({}, { components: { schemas: { 'a.Pet': { type: 'object' } } } })),
    "Errors found during import:\n\tUnable to create model for 'a.Pet': Model name must be alphanumeric: a.Pet",
  );
  const unknown = { [`${PREFIX}gateway-responses`]: { NONE: { statusCode: 400 } } };
  assert.equal(await refused(document({}, unknown)), 'Invalid gateway response type specified: NONE');
});

test('an integration maps only what its method declares', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const requestParameters = { 'integration.request.path.proxy': 'method.request.path.proxy' };
  const resource = await api.resource('{proxy+}');
  const uri = 'http://127.0.0.1:1/{proxy}';
  const integration = { type: 'HTTP_PROXY', integrationHttpMethod: 'ANY', uri, requestParameters } as const;
  const undeclared = await failure(api.method(resource, 'ANY', integration));
  assert.equal(
    undeclared.message,
    'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.path.proxy]',
  );
  const declared = { requestParameters: { 'method.request.path.proxy': true } };
  await api.method(resource, 'GET', integration, declared);
  const at = { restApiId: api.restApiId, resourceId: resource, httpMethod: 'GET' };
  const { methodIntegration } = await api.client.send(new GetMethodCommand(at));
  assert.deepEqual(methodIntegration?.requestParameters, requestParameters);
});

test('credentials of another kind are taken for a signature where nothing is called', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  await api.method(api.rootResourceId, 'GET', {}, { authorizationType: 'AWS_IAM' });
  await api.deploy();
  for (const path of ['/v1', '/v1/none']) {
    const said = async (authorization?: string) => {
      const { status, text, headers } = await api.visit(path, { headers: authorization ? { authorization } : {} });
      return [status, JSON.parse(text).message.slice(0, 64), headers['x-amzn-errortype']];
    };
    assert.deepEqual(await said(), [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException']);
    const broken = [
      403,
      'Invalid key=value pair (missing equal-sign) in Authorization header ',
      'IncompleteSignatureException',
    ];
    assert.deepEqual(await said('Bearer abc'), [broken[0], String(broken[1]).slice(0, 64), broken[2]]);
    const lacking = "Authorization header requires 'Credential' parameter. Authorizat";
    assert.deepEqual(await said('Bearer a=b'), [403, lacking, 'IncompleteSignatureException']);
  }
});

test('the guide’s sample of request validation: a status that is nowhere else, a list of a model, types of templates', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  const answers = {
    default: {
      statusCode: '400',
      responseParameters: { 'method.response.header.x-said': "'static'" },
      responseTemplates: { 'application/json': 'json', 'application/xml': 'xml' },
    },
  };
  const schema = { type: 'array', items: { $ref: '#/definitions/Pet' } };
  const post = {
    consumes: ['application/json', 'application/vnd.pet+json'],
    parameters: [{ in: 'body', name: 'Pet', schema: { $ref: '#/definitions/Pet' } }],
    responses: { 200: { schema, headers: { 'x-said': { type: 'string' } } } },
    [`${PREFIX}integration`]: { ...mock, responses: answers },
  };
  const { id: restApiId = '', rootResourceId } = await client.send(
    new ImportRestApiCommand({
      body: bytesOf({
        swagger: '2.0',
        info: { title: 'sample', version: '1' },
        // Asked for all operations: for none.
        security: [{ key: [] }],
        securityDefinitions: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
        paths: { '/': { post } },
        definitions: { Pet: { type: 'object' } },
      }),
    }),
  );
  const method = await client.send(new GetMethodCommand({ restApiId, resourceId: rootResourceId, httpMethod: 'POST' }));
  assert.equal(method.apiKeyRequired, false);
  assert.deepEqual(method.requestModels, { 'application/json': 'Pet', 'application/vnd.pet+json': 'Pet' });
  assert.deepEqual(method.methodResponses?.['200']?.responseModels, { 'application/json': 'ArrayOfPet' });
  assert.deepEqual(Object.keys(method.methodResponses ?? {}), ['200']);
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
  const { body } = await client.send(new GetExportCommand({ restApiId, stageName: 'v1', exportType: 'swagger' }));
  const { paths, definitions } = JSON.parse(Buffer.from(body ?? []).toString('utf8'));
  assert.deepEqual(paths['/'].post.produces, ['application/json', 'application/xml']);
  assert.deepEqual(definitions.ArrayOfPet, schema);
});
