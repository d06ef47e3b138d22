import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateStageCommand,
  DeleteDeploymentCommand,
  DeleteResourceCommand,
  DeleteRestApiCommand,
  GetDeploymentCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetStageCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiFunction, createApi } from './world.ts';

const ECHO = `export const handler = async (event) => {
  const { mode } = event.queryStringParameters ?? {};
  if (mode === 'throw') throw new Error('no');
  if (mode === 'text') return 'text';
  if (mode === 'slow') await new Promise((done) => setTimeout(done, 3000));
  if (mode === 'own') return { statusCode: 201, headers: { 'X-Own': 'a', 'Content-Type': 'text/plain' }, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] }, body: 'made' };
  return { statusCode: 200, body: JSON.stringify(event) };
};`;

test('an API answers by a function: its event, its answers, its errors', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(cloud, 'echo', ECHO);
  const pets = await api.resource('pets');
  const pet = await api.resource('{id}', pets);
  const requestParameters = { 'integration.request.header.givenVar': "'given'" };
  await api.method(pet, 'ANY', {
    type: 'AWS_PROXY',
    integrationHttpMethod: 'POST',
    uri,
    timeoutInMillis: 2_000,
    requestParameters,
  });
  await api.deploy();
  const { status, text, headers } = await api.visit('/v1/pets/a%20b?x=1&x=2&y=', {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain', 'user-agent': 'test', 'x-own': 'z' },
    body: 'hello',
  });
  assert.equal(status, 200, text);
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.match(String(headers['x-amz-apigw-id']), /^[\w-]{15}=$/);
  const { headers: sent, multiValueHeaders, requestContext, ...event } = JSON.parse(text);
  assert.deepEqual(event, {
    resource: '/pets/{id}',
    path: '/pets/a%20b',
    httpMethod: 'POST',
    queryStringParameters: { x: '2', y: '' },
    multiValueQueryStringParameters: { x: ['1', '2'], y: [''] },
    pathParameters: { id: 'a%20b' },
    stageVariables: null,
    body: 'hello',
    isBase64Encoded: false,
  });
  assert.deepEqual(
    [sent['Content-Type'], sent['x-own'], sent.givenVar, multiValueHeaders['User-Agent']],
    ['text/plain', 'z', 'given', ['test']],
  );
  const { identity, resourceId, deploymentId, extendedRequestId, requestId, domainName, domainPrefix, ...context } =
    requestContext;
  assert.deepEqual(context, {
    resourcePath: '/pets/{id}',
    httpMethod: 'POST',
    requestTime: '01/Jan/2026:00:00:00 +0000',
    path: '/v1/pets/a%20b',
    accountId: '123456789012',
    protocol: 'HTTP/1.1',
    stage: 'v1',
    requestTimeEpoch: Date.UTC(2026, 0, 1),
    apiId: api.restApiId,
  });
  assert.deepEqual([resourceId, requestId], [pet, headers['x-amzn-requestid']]);
  assert.deepEqual([identity.sourceIp, identity.userAgent, identity.userArn], ['127.0.0.1', 'test', null]);
  assert.deepEqual([sent.connection, sent['content-length']], [undefined, undefined]);
  for (const [path, shown, whole] of [
    ['//v1/pets/1', '/pets/1', '/v1/pets/1'],
    ['/v1//pets/1', '/pets/1', '/v1//pets/1'],
  ] as const) {
    const slashed = JSON.parse((await api.visit(path)).text);
    assert.deepEqual([slashed.path, slashed.requestContext.path, slashed.pathParameters], [shown, whole, { id: '1' }]);
  }
  const own = await api.visit('/v1/pets/1?mode=own');
  assert.deepEqual(
    [own.status, own.text, own.headers['x-own'], own.headers['content-type'], own.headers['set-cookie']],
    [201, 'made', 'a', 'text/plain', ['a=1', 'b=2']],
  );
  for (const [mode, wanted, message] of [
    ['throw', 502, 'Internal server error'],
    ['text', 502, 'Internal server error'],
    ['slow', 504, 'Endpoint request timed out'],
  ] as const) {
    const reply = await api.visit(`/v1/pets/1?mode=${mode}`);
    assert.deepEqual(
      [reply.status, JSON.parse(reply.text), reply.headers['x-amzn-errortype']],
      [wanted, { message }, 'InternalServerErrorException'],
    );
  }
  await cloud.client(LambdaClient).send(new RemovePermissionCommand({ FunctionName: 'echo', StatementId: 'api' }));
  const refused = await api.visit('/v1/pets/1');
  assert.deepEqual([refused.status, JSON.parse(refused.text)], [500, { message: 'Internal server error' }]);
});

test('what is not there is told as AWS tells it, and stages answer what was deployed', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const empty = await failure(api.deploy());
  assert.deepEqual([empty.name, empty.message], ['BadRequestException', "The REST API doesn't contain any methods"]);
  await api.client.send(
    new PutMethodCommand({
      restApiId: api.restApiId,
      resourceId: api.rootResourceId,
      httpMethod: 'GET',
      authorizationType: 'NONE',
    }),
  );
  assert.equal((await failure(api.deploy())).message, 'No integration defined for method');
  await api.client.send(
    new PutIntegrationCommand({
      restApiId: api.restApiId,
      resourceId: api.rootResourceId,
      httpMethod: 'GET',
      type: 'MOCK',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
    }),
  );
  await api.response(api.rootResourceId, 'GET', '200', '{"version": 1}');
  await api.deploy();
  const says = async (path: string) => {
    const { status, text, headers } = await api.visit(path);
    return [status, JSON.parse(text), headers['x-amzn-errortype']];
  };
  assert.deepEqual(await says('/v1'), [200, { version: 1 }, undefined]);
  assert.deepEqual(await says('/v1/'), [200, { version: 1 }, undefined]);
  assert.deepEqual(await says('/v2/'), [403, { message: 'Forbidden' }, 'ForbiddenException']);
  assert.deepEqual(await says('/v1/none'), [
    403,
    { message: 'Missing Authentication Token' },
    'MissingAuthenticationTokenException',
  ]);
  const later = await api.resource('later');
  await api.method(later, 'GET');
  await api.response(later, 'GET', '200', '{"version": 2}');
  assert.deepEqual((await says('/v1/later'))[0], 403);
  const { id: deploymentId = '' } = await api.client.send(new CreateDeploymentCommand({ restApiId: api.restApiId }));
  assert.deepEqual((await says('/v1/later'))[0], 403);
  const patch = (path: string, value: string) =>
    api.client.send(
      new UpdateStageCommand({
        restApiId: api.restApiId,
        stageName: 'v1',
        patchOperations: [{ op: 'replace', path, value }],
      }),
    );
  await patch('/deploymentId', deploymentId);
  assert.deepEqual(await says('/v1/later'), [200, { version: 2 }, undefined]);
  const used = await failure(api.client.send(new DeleteDeploymentCommand({ restApiId: api.restApiId, deploymentId })));
  assert.equal(used.message, 'Active stages pointing to this deployment must be moved or deleted');
  const summary = await api.client.send(
    new GetDeploymentCommand({ restApiId: api.restApiId, deploymentId, embed: ['apisummary'] }),
  );
  assert.deepEqual(summary.apiSummary?.['/later'], { GET: { authorizationType: 'NONE', apiKeyRequired: false } });
  const bad = await failure(patch('/nothing', 'x'));
  assert.match(bad.message, /^Invalid method setting path: \/nothing. Must be one of: \[\/deploymentId, /);
  await patch('/~1later/GET/throttling/rateLimit', '5');
  const stage = await api.client.send(new GetStageCommand({ restApiId: api.restApiId, stageName: 'v1' }));
  assert.equal(stage.methodSettings?.['~1later/GET']?.throttlingRateLimit, 5);
  const twice = await failure(
    api.client.send(new CreateStageCommand({ restApiId: api.restApiId, stageName: 'v1', deploymentId })),
  );
  assert.deepEqual([twice.name, twice.message], ['ConflictException', 'Stage already exists']);
  await api.client.send(new DeleteRestApiCommand({ restApiId: api.restApiId }));
  const gone = await failure(api.client.send(new GetRestApiCommand({ restApiId: api.restApiId })));
  assert.deepEqual(
    [gone.name, gone.message],
    ['NotFoundException', `Invalid API identifier specified 123456789012:${api.restApiId}`],
  );
  assert.equal((await api.visit('/v1')).status, 404);
});

test('paths: names before variables before what takes the rest', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const a = await api.resource('a');
  const variable = await api.resource('{x}', a);
  const named = await api.resource('b', a);
  const deep = await api.resource('c', variable);
  const rest = await api.resource('{proxy+}');
  for (const [id, name] of [
    [variable, 'variable'],
    [named, 'named'],
    [deep, 'deep'],
    [rest, 'rest'],
  ] as const) {
    await api.method(id, 'GET');
    await api.response(
      id,
      'GET',
      '200',
      `{"at": "${name}", "x": "$input.params('x')", "proxy": "$input.params('proxy')"}`,
    );
  }
  await api.deploy();
  const at = async (path: string) => JSON.parse((await api.visit(`/v1${path}`)).text);
  assert.deepEqual(await at('/a/b'), { at: 'named', x: '', proxy: '' });
  assert.deepEqual(await at('/a/z'), { at: 'variable', x: 'z', proxy: '' });
  assert.deepEqual(await at('/a/b/c'), { at: 'deep', x: 'b', proxy: '' });
  assert.deepEqual(await at('/a/b/d/e'), { at: 'rest', x: '', proxy: 'a/b/d/e' });
  assert.equal((await api.visit('/v1')).status, 403);
  const { client, restApiId } = api;
  const fails = async (parentId: string, pathPart: string) =>
    (await failure(client.send(new CreateResourceCommand({ restApiId, parentId, pathPart })))).message;
  assert.equal(await fails(a, 'b'), 'Another resource with the same parent already has this name: b');
  assert.equal(await fails(rest, 'b'), 'Cannot create a child of a resource with a greedy path variable: {proxy+}');
  assert.equal(
    await fails(a, '{y}'),
    'A sibling ({x}) of this resource already has a variable path part -- only one is allowed',
  );
  assert.match(await fails(a, 'b c'), /^Resource's path part only allow a-zA-Z0-9._-:/);
  await client.send(
    new UpdateResourceCommand({
      restApiId,
      resourceId: a,
      patchOperations: [{ op: 'replace', path: '/pathPart', value: 'z' }],
    }),
  );
  assert.deepEqual(await api.paths(), ['/', '/z', '/z/b', '/z/{x}', '/z/{x}/c', '/{proxy+}']);
  await client.send(new DeleteResourceCommand({ restApiId, resourceId: a }));
  assert.deepEqual(await api.paths(), ['/', '/{proxy+}']);
});

test('APIs are listed in pages and changed by patches', async () => {
  await using cloud = await startTestCloud();
  const { client, restApiId } = await createApi(cloud, { description: 'one', tags: { team: 'a' } });
  for (const name of ['b', 'c']) await createApi(cloud, { name });
  const first = await client.send(new GetRestApisCommand({ limit: 2 }));
  const second = await client.send(new GetRestApisCommand({ limit: 2, position: first.position }));
  assert.deepEqual([first.items?.length, second.items?.length, second.position], [2, 1, undefined]);
  const patchOperations = [
    { op: 'add', path: '/binaryMediaTypes/image~1png' },
    { op: 'replace', path: '/name', value: 'other' },
    { op: 'replace', path: '/minimumCompressionSize', value: '10' },
  ] as const;
  const changed = await client.send(new UpdateRestApiCommand({ restApiId, patchOperations: [...patchOperations] }));
  assert.deepEqual(
    [changed.name, changed.binaryMediaTypes, changed.minimumCompressionSize, changed.tags],
    ['other', ['image/png'], 10, { team: 'a' }],
  );
  const bad = await failure(
    client.send(
      new UpdateRestApiCommand({
        restApiId,
        patchOperations: [{ op: 'replace', path: '/minimumCompressionSize', value: 'x' }],
      }),
    ),
  );
  assert.equal(bad.message, 'Invalid minimum compression size, must be between 0 and 10485760');
  const off = await client.send(
    new UpdateRestApiCommand({
      restApiId,
      patchOperations: [{ op: 'replace', path: '/minimumCompressionSize', value: '' }],
    }),
  );
  assert.equal(off.minimumCompressionSize, undefined);
});

test('answers are compressed from the size on that an API names', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud, { minimumCompressionSize: 100 });
  for (const [name, text] of [
    ['long', 'x'.repeat(200)],
    ['short', 'x'],
  ] as const) {
    const id = await api.resource(name);
    await api.method(id, 'GET');
    await api.response(id, 'GET', '200', text);
  }
  await api.deploy();
  const headers = { 'accept-encoding': 'gzip' };
  const long = await api.visit('/v1/long', { headers });
  assert.deepEqual([long.headers['content-encoding'], gunzipSync(long.body).length], ['gzip', 200]);
  assert.equal((await api.visit('/v1/short', { headers })).headers['content-encoding'], undefined);
  assert.equal((await api.visit('/v1/long')).headers['content-encoding'], undefined);
});
