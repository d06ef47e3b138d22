import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateDeploymentCommand,
  CreateRouteCommand,
  DeleteApiCommand,
  DeleteIntegrationCommand,
  GetApiCommand,
  GetDeploymentsCommand,
  GetRoutesCommand,
  GetStageCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createApi } from './world.ts';

const ECHO = `export const handler = async (event) => {
  const { mode } = event.queryStringParameters ?? {};
  if (mode === 'throw') throw new Error('no');
  if (mode === 'text') return 'text';
  if (mode === 'bad') return { statusCode: 'x' };
  if (mode === 'seen') return { statusCode: 200, body: JSON.stringify([event.headers, event.multiValueHeaders]) };
  if (mode === 'own') return { statusCode: 201, headers: { 'X-Own': 'a' }, cookies: ['a=1', 'b=2'], body: 'made' };
  return event;
};`;

test('an HTTP API answers by a function: both formats, errors, what is deployed by itself', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  assert.match(api.endpoint, /^http:\/\/[a-z0-9]{10}\.execute-api\.us-east-1\.localhost:\d+$/);
  const uri = await apiFunction(cloud, 'echo', ECHO);
  const arn = uri.replace(/^.*functions\//, '').replace('/invocations', '');
  const two = await api.integration({ IntegrationUri: arn });
  const one = await api.integration({ IntegrationUri: uri, PayloadFormatVersion: '1.0' });
  await api.stage();
  assert.deepEqual((await api.visit('/pets')).text, '{"message":"Not Found"}');
  const route = await api.route('GET /pets/{id}', two);
  await api.route('ANY /old', one);
  const { status, text, headers } = await api.visit('/pets/a%20b?x=1&x=2&y=', {
    headers: { cookie: 'one=1; two=2', 'user-agent': 'test', 'X-Own': 'z', connection: 'keep-alive' },
  });
  assert.equal(status, 200, text);
  const { headers: sent, requestContext, ...event } = JSON.parse(text);
  assert.equal(sent.connection, undefined);
  assert.deepEqual(event, {
    version: '2.0',
    routeKey: 'GET /pets/{id}',
    rawPath: '/pets/a b',
    rawQueryString: 'x=1&x=2&y=',
    cookies: ['one=1', 'two=2'],
    queryStringParameters: { x: '1,2', y: '' },
    pathParameters: { id: 'a b' },
    isBase64Encoded: false,
  });
  assert.deepEqual([sent['x-own'], sent['content-length']], ['z', '0']);
  assert.equal(requestContext.requestId, headers['apigw-requestid']);
  const { domainName, domainPrefix, requestId, ...context } = requestContext;
  assert.deepEqual(context, {
    accountId: '123456789012',
    apiId: api.ApiId,
    http: { method: 'GET', path: '/pets/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    routeKey: 'GET /pets/{id}',
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: Date.UTC(2026, 0, 1),
  });
  const plain = await api.visit('/pets/1?mode=own');
  assert.equal(plain.headers['content-type'], 'text/plain; charset=utf-8');
  const own = await api.visit('/pets/1?mode=own');
  assert.deepEqual(
    [own.status, own.text, own.headers['x-own'], own.headers['set-cookie']],
    [201, 'made', 'a', ['a=1', 'b=2']],
  );
  assert.deepEqual((await api.visit('/pets/1?mode=text')).text, 'text');
  for (const mode of ['throw', 'bad']) {
    const failed = await api.visit(`/pets/1?mode=${mode}`);
    assert.deepEqual([failed.status, failed.text], [500, '{"message":"Internal Server Error"}']);
  }
  const old = await api.visit('/old?mode=own', { method: 'POST', body: 'x' });
  assert.deepEqual([old.status, old.text], [201, 'made']);
  const shown = JSON.parse(
    (await api.visit('/old?mode=seen', { headers: { 'user-agent': 'test', 'X-Own': 'z' } })).text,
  );
  const { Host, 'X-Amzn-Trace-Id': trace, 'X-Forwarded-Port': port, connection: _, ...rest } = shown[0];
  assert.match(`${Host} ${port} ${trace}`, /^[a-z0-9]+\.execute-api\.\S+ 80 Root=1-/);
  const from = { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'http' };
  assert.deepEqual(rest, { 'Content-Length': '0', 'User-Agent': 'test', 'x-own': 'z', ...from });
  assert.deepEqual(shown[1]['X-Forwarded-For'], ['127.0.0.1']);
  assert.equal((await api.visit('/old')).status, 500);
  assert.equal((await api.visit('/pets/1', { method: 'POST' })).status, 404);
  await api.client.send(new UpdateRouteCommand({ ApiId: api.ApiId, RouteId: route, RouteKey: '$default' }));
  assert.equal(JSON.parse((await api.visit('/any/thing')).text).routeKey, '$default');
  for (const [type, isCoded] of [
    ['application/json', false],
    ['text/plain; charset=utf-8', false],
    ['application/vnd.api+json', false],
    ['application/x-www-form-urlencoded', true],
    ['image/png', true],
  ] as const) {
    const sent = { method: 'POST', body: 'a=1', headers: { 'content-type': type } };
    const { body, isBase64Encoded } = JSON.parse((await api.visit('/form', sent)).text);
    assert.deepEqual([isBase64Encoded, body], [isCoded, isCoded ? 'YT0x' : 'a=1'], type);
  }
  const { Items } = await api.client.send(new GetDeploymentsCommand({ ApiId: api.ApiId }));
  assert.deepEqual(
    Items?.map(({ AutoDeployed }) => AutoDeployed),
    [true],
  );
});

test('stages answer what was deployed to them, each under its name', async () => {
  await using cloud = await startTestCloud();
  const api = await createApi(cloud);
  const uri = await apiFunction(cloud, 'echo', ECHO);
  const target = await api.integration({ IntegrationUri: uri });
  await api.stage('dev', { StageVariables: { a: 'b' } });
  const none = await failure(api.client.send(new CreateDeploymentCommand({ ApiId: api.ApiId })));
  assert.equal(none.message, 'At least one route is required before deploying the Api.');
  await api.route('GET /pets', target);
  assert.equal((await api.visit('/dev/pets')).status, 404);
  const { DeploymentId } = await api.client.send(new CreateDeploymentCommand({ ApiId: api.ApiId, StageName: 'dev' }));
  const reply = JSON.parse((await api.visit('/dev/pets')).text);
  assert.deepEqual([reply.rawPath, reply.requestContext.stage, reply.stageVariables], ['/dev/pets', 'dev', { a: 'b' }]);
  const stage = await api.client.send(new GetStageCommand({ ApiId: api.ApiId, StageName: 'dev' }));
  assert.equal(stage.DeploymentId, DeploymentId);
  const bad = await failure(
    api.client.send(new UpdateStageCommand({ ApiId: api.ApiId, StageName: 'dev', DeploymentId: 'nope' })),
  );
  assert.deepEqual([bad.name, bad.message], ['NotFoundException', 'Invalid Deployment identifier specified nope']);
});

test('quick create makes all that an API needs, and its deletion leaves nothing', async () => {
  await using cloud = await startTestCloud();
  const uri = await apiFunction(cloud, 'echo', ECHO);
  const api = await createApi(cloud, { Target: uri.replace(/^.*functions\//, '').replace('/invocations', '') });
  assert.equal(JSON.parse((await api.visit('/')).text).version, '2.0');
  const { Items = [] } = await api.client.send(new GetRoutesCommand({ ApiId: api.ApiId }));
  assert.deepEqual(
    Items.map(({ RouteKey, ApiGatewayManaged }) => [RouteKey, ApiGatewayManaged]),
    [['$default', true]],
  );
  const IntegrationId = Items[0]?.Target?.replace('integrations/', '') ?? '';
  const used = await failure(api.client.send(new DeleteIntegrationCommand({ ApiId: api.ApiId, IntegrationId })));
  assert.deepEqual(
    [used.name, used.message],
    [
      'ConflictException',
      `Cannot delete Integration '${IntegrationId}'. Integration '${IntegrationId}' is referenced by route with key '$default'.`,
    ],
  );
  const twice = await failure(api.client.send(new CreateRouteCommand({ ApiId: api.ApiId, RouteKey: '$default' })));
  assert.equal(twice.message, 'Route with key $default already exists for this API');
  await api.client.send(new DeleteApiCommand({ ApiId: api.ApiId }));
  const gone = await failure(api.client.send(new GetApiCommand({ ApiId: api.ApiId })));
  assert.deepEqual([gone.name, gone.message], ['NotFoundException', `Invalid API identifier specified ${api.ApiId}`]);
  // Go's client reads the message only by its name on the wire.
  const asked = { method: 'GET', path: `/v2/apis/${api.ApiId}`, headers: { host: new URL(cloud.url).host } };
  const keys = { accessKeyId: '123456789012', secret: 'any' };
  const { headers } = signHeaders(asked, keys, { service: 'apigateway' });
  const answer = await fetch(`${cloud.url}${asked.path}`, { headers });
  assert.deepEqual(await answer.json(), { message: gone.message });
});

test('pages of other origins are answered by the API itself', async () => {
  await using cloud = await startTestCloud();
  const CorsConfiguration = {
    AllowOrigins: ['https://a.example', 'https://*'],
    AllowMethods: ['GET'],
    AllowHeaders: ['x-own'],
    MaxAge: 60,
  };
  const api = await createApi(cloud, { CorsConfiguration });
  const target = await api.integration({ IntegrationUri: await apiFunction(cloud, 'echo', ECHO) });
  await api.route('GET /x', target);
  await api.route('ANY /any', target);
  await api.stage();
  const asked = {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
  };
  const preflight = await api.visit('/x', asked);
  assert.equal(preflight.status, 204);
  // A route that is there for the method hears of it, and the API adds its headers.
  const routed = await api.visit('/any?mode=own', asked);
  assert.deepEqual([routed.status, routed.text, routed.headers['access-control-allow-methods']], [201, 'made', 'GET']);
  assert.deepEqual(
    Object.fromEntries(Object.entries(preflight.headers).filter(([name]) => name.startsWith('access-control'))),
    {
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'x-own',
      'access-control-max-age': '60',
    },
  );
  const other = await api.visit('/x', { headers: { origin: 'http://b.example' } });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});
