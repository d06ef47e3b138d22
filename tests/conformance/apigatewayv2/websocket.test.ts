import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CreateAuthorizerCommand,
  CreateIntegrationResponseCommand,
  CreateModelCommand,
  CreateRouteResponseCommand,
  UpdateApiCommand,
  UpdateRouteCommand,
} from '@aws-sdk/client-apigatewayv2';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { apiFunction } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';

/** Why a socket does not open. */
async function refusal(opening: Promise<unknown>): Promise<string> {
  return (await failure(opening)).message;
}

test('a stage that deploys by itself carries changes at once', async () => {
  await using cloud = await startTestCloud();
  const { api, target, open } = await createChat(cloud);
  await api.stage('auto', { AutoDeploy: true });
  await api.route('$connect', target);
  const { socket, ask } = await open('', 'auto');
  assert.equal((await ask({ action: 'say' })).message, 'Forbidden');
  const say = await api.route('say', target);
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: say, RouteResponseKey: '$default' }),
  );
  assert.equal((await ask({ action: 'say' })).routeKey, 'say');
  socket.close();
});

test('messages find their routes, and two-way routes answer', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  assert.match(api.endpoint, /^ws:\/\//);
  await api.route('$connect', target);
  const say = await api.route('say', target);
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: say, RouteResponseKey: '$default' }),
  );
  await deploy();
  assert.equal(await refusal(open('?no=1')), 'Unexpected server response: 403');
  assert.equal(await refusal(open('', 'none')), 'Unexpected server response: 404');
  const { socket, ask } = await open();
  const answer = await ask({ action: 'say', a: 1 });
  assert.deepEqual([answer.routeKey, answer.body, answer.type], ['say', '{"action":"say","a":1}', 'MESSAGE']);
  const { connectionId } = answer;
  assert.match(connectionId, /^[\w-]{15}=$/);
  const nowhere = await ask({ action: 'nothing' });
  assert.deepEqual([nowhere.message, nowhere.connectionId], ['Forbidden', connectionId]);
  const broken = await ask({ action: 'say', b: 'throw' });
  assert.deepEqual([broken.message, broken.connectionId], ['Internal server error', connectionId]);
  assert.equal((await ask({ action: '$connect' })).message, 'Forbidden');
  socket.close();
});

test('the management API sends to clients, shows them and closes them', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const route = await api.route('$default', target);
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: route, RouteResponseKey: '$default' }),
  );
  await deploy();
  const { socket, ask, hear } = await open();
  const { connectionId: ConnectionId } = await ask({});
  const manager = cloud.client(ApiGatewayManagementApiClient, {
    endpoint: `${cloud.url}/_aws/execute-api/${api.ApiId}/dev`,
  });
  await manager.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('hello') }));
  assert.equal(await hear(), 'hello');
  await cloud.advance(1_000);
  await ask({});
  const shown = await manager.send(new GetConnectionCommand({ ConnectionId }));
  assert.deepEqual(
    [shown.ConnectedAt?.getTime(), shown.LastActiveAt?.getTime(), shown.Identity?.SourceIp],
    [START, START + 1_000, '127.0.0.1'],
  );
  const central = cloud.client(ApiGatewayManagementApiClient);
  await central.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('again') }));
  assert.equal(await hear(), 'again');
  const large = await failure(
    manager.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.alloc(128 * 1024 + 1) })),
  );
  assert.equal(large.name, 'PayloadTooLargeException');
  const closed = once(socket, 'close');
  await manager.send(new DeleteConnectionCommand({ ConnectionId }));
  await closed;
  await cloud.advance(0);
  for (const client of [manager, central]) {
    const gone = await failure(client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('x') })));
    assert.deepEqual([gone.name, gone.$metadata?.httpStatusCode], ['GoneException', 410]);
  }
});

test('a connection that an earlier process had opened is gone', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-sockets-'));
  try {
    let ConnectionId = '';
    let path = '';
    {
      await using cloud = await startTestCloud({ data });
      const { api, target, deploy, open } = await createChat(cloud);
      const route = await api.route('$default', target);
      await api.client.send(
        new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: route, RouteResponseKey: '$default' }),
      );
      await deploy();
      const { ask } = await open();
      ({ connectionId: ConnectionId } = await ask({}));
      path = `/_aws/execute-api/${api.ApiId}/dev`;
    }
    await using cloud = await startTestCloud({ data });
    for (const endpoint of [cloud.url, `${cloud.url}${path}`]) {
      const manager = cloud.client(ApiGatewayManagementApiClient, { endpoint });
      const send = (command: GetConnectionCommand | DeleteConnectionCommand) => manager.send(command as never);
      for (const command of [
        new GetConnectionCommand({ ConnectionId }),
        new DeleteConnectionCommand({ ConnectionId }),
      ]) {
        const gone = await failure(send(command));
        assert.deepEqual([gone.name, gone.$metadata?.httpStatusCode], ['GoneException', 410]);
      }
    }
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('connections that nobody uses are closed', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  await api.route('$default', target);
  await deploy();
  const { socket } = await open();
  const closed = once(socket, 'close');
  await cloud.advance(11 * 60_000);
  assert.deepEqual((await closed)[0], 1001);
});

test('what is sent to a client keeps its connection, but no longer than two hours', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const route = (await api.route('$default', target)).replace('routes/', '');
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: route, RouteResponseKey: '$default' }),
  );
  await deploy();
  const { socket, ask, hear } = await open();
  const { connectionId: ConnectionId } = await ask({});
  const closed = once(socket, 'close');
  const manager = cloud.client(ApiGatewayManagementApiClient);
  for (let minutes = 0; minutes < 117; minutes += 9) {
    await cloud.advance(9 * 60_000);
    await manager.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from('still there?') }));
    assert.equal(await hear(), 'still there?');
  }
  await cloud.advance(3 * 60_000);
  assert.deepEqual((await closed)[0], 1001);
});

test('a message has at most 128 KB in frames of 32 KB', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const route = (await api.route('$default', target)).replace('routes/', '');
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: route, RouteResponseKey: '$default' }),
  );
  await deploy();
  const FRAME = 32 * 1024;
  const sent = (socket: Awaited<ReturnType<typeof open>>['socket'], frames: number) => {
    for (let n = 0; n < frames; n += 1) socket.send('x'.repeat(FRAME), { fin: n === frames - 1 });
  };
  const chat = await open();
  sent(chat.socket, 4);
  assert.equal(JSON.parse(await chat.hear()).body.length, 4 * FRAME);
  const closed = once(chat.socket, 'close');
  sent(chat.socket, 5);
  assert.equal((await closed)[0], 1009);
  const other = await open();
  const over = once(other.socket, 'close');
  other.socket.send('x'.repeat(FRAME + 1));
  assert.equal((await over)[0], 1009);
});

test('mocks and templates answer without any function', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const mock = await api.integration({
    IntegrationType: 'MOCK',
    PayloadFormatVersion: '1.0',
    RequestTemplates: { $default: '{"n": $input.path("$.n")}' },
  });
  await api.client.send(
    new CreateIntegrationResponseCommand({
      ApiId: api.ApiId,
      IntegrationId: mock.replace('integrations/', ''),
      IntegrationResponseKey: '$default',
      ResponseTemplates: {
        $default: '{"twice": "$input.path(\'$.n\')$input.path(\'$.n\')", "at": "$context.routeKey"}',
      },
    }),
  );
  const route = await api.route('mock', mock);
  await api.client.send(
    new CreateRouteResponseCommand({ ApiId: api.ApiId, RouteId: route, RouteResponseKey: '$default' }),
  );
  await deploy();
  const { socket, ask } = await open();
  assert.deepEqual(await ask({ action: 'mock', n: 7 }), { twice: '77', at: 'mock' });
  socket.close();
});

test('expressions have several variables and texts; answers select their templates; openings tell their query', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const { ApiId, client } = api;
  const RouteSelectionExpression = `\${request.body.service}/\${request.body.action}-\${request.body.none}`;
  await client.send(new UpdateApiCommand({ ApiId, RouteSelectionExpression }));
  const mocked = async (request: string, selection: string, ResponseTemplates: Record<string, string>) => {
    const IntegrationType = 'MOCK';
    const target = await api.integration({
      IntegrationType,
      PayloadFormatVersion: '1.0',
      RequestTemplates: { $default: request },
    });
    const IntegrationId = target.replace('integrations/', '');
    const answer = { ApiId, IntegrationId, IntegrationResponseKey: '$default', ResponseTemplates };
    await client.send(new CreateIntegrationResponseCommand({ ...answer, TemplateSelectionExpression: selection }));
    return target;
  };
  const twoWay = async (key: string, target: string, more: object = {}) => {
    const RouteId = await api.route(key, target);
    if (Object.keys(more).length > 0) await client.send(new UpdateRouteCommand({ ApiId, RouteId, ...more }));
    await client.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }));
  };
  const byStatus = { 'is-201': '{"said": "made"}', $default: '{"said": "other"}' };
  const request = '{"statusCode": $input.path("$.code")}';
  await twoWay('chat/join-', await mocked(request, `is-\${integration.response.statuscode}`, byStatus));
  const Schema = '{"type": "object"}';
  await client.send(new CreateModelCommand({ ApiId, Name: 'Some', ContentType: 'application/json', Schema }));
  const checked = await mocked('{"statusCode": 200}', '$default', { $default: '{"said": "fits"}' });
  const models = { ModelSelectionExpression: '$request.body.kind', RequestModels: { some: 'Some' } };
  await twoWay('chat/check-', checked, models);
  const opening = { $default: '{"statusCode": $input.params("code")}' };
  await api.route('$connect', await api.integration({ IntegrationType: 'MOCK', RequestTemplates: opening }));
  await deploy();
  assert.equal((await failure(open('?code=401'))).message, 'Unexpected server response: 401');
  const { socket, ask } = await open('?code=200');
  const said = async (message: object) => {
    const answer = await ask({ service: 'chat', ...message });
    return answer.said ?? answer.message;
  };
  assert.equal(await said({ action: 'join', code: 201 }), 'made');
  assert.equal(await said({ action: 'join', code: 200 }), 'other');
  assert.equal(await said({ action: 'check', kind: 'some' }), 'fits');
  assert.equal(await said({ action: 'check', kind: 'none' }), 'Invalid request body');
  socket.close();
});

test('an authorizer decides who may connect', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const uri = await apiFunction(
    cloud,
    'who',
    `export const handler = async ({ queryStringParameters, methodArn }) => ({ principalId: 'p', policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: queryStringParameters.token === 'good' ? 'Allow' : 'Deny', Resource: methodArn }] } });`,
    'arn:aws:iam::123456789012:role/functions',
  );
  const { AuthorizerId } = await api.client.send(
    new CreateAuthorizerCommand({
      ApiId: api.ApiId,
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: uri,
      IdentitySource: ['route.request.querystring.token'],
    }),
  );
  await api.route('$connect', target, { AuthorizationType: 'CUSTOM', AuthorizerId });
  await deploy();
  assert.equal(await refusal(open()), 'Unexpected server response: 401');
  assert.equal(await refusal(open('?token=bad')), 'Unexpected server response: 403');
  (await open('?token=good')).socket.close();
});

test('what is no text goes to backends and comes from them in base64; clients send texts only', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    response.end(Buffer.concat(pieces).reverse());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const target = await api.integration({
      IntegrationType: 'HTTP',
      IntegrationMethod: 'POST',
      IntegrationUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      PayloadFormatVersion: '1.0',
      ContentHandlingStrategy: 'CONVERT_TO_BINARY',
      RequestTemplates: { $default: "$input.path('$.data')" },
    });
    await api.client.send(
      new CreateIntegrationResponseCommand({
        ApiId: api.ApiId,
        IntegrationId: target.replace('integrations/', ''),
        IntegrationResponseKey: '$default',
        ContentHandlingStrategy: 'CONVERT_TO_TEXT',
      }),
    );
    const RouteId = await api.route('turn', target);
    const answers = { ApiId: api.ApiId, RouteId, RouteResponseKey: '$default' };
    await api.client.send(new CreateRouteResponseCommand(answers));
    await deploy();
    const { socket, hear } = await open();
    const data = Buffer.from([0, 255, 128, 7]);
    socket.send(JSON.stringify({ action: 'turn', data: data.toString('base64') }));
    assert.equal(await hear(), Buffer.from(data).reverse().toString('base64'));
    const closed = once(socket, 'close');
    socket.send(data);
    assert.equal((await closed)[0], 1003);
  } finally {
    server.close();
  }
});
