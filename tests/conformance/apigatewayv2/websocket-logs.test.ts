import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  CreateModelCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { WebSocket } from 'ws';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { visit } from '../../support/traffic.ts';
import { apiFunction, logged } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';

const KEEPER = `export const handler = async ({ queryStringParameters: { who }, methodArn: Resource }) => {
  const Statement = [{ Effect: who === 'bad' ? 'Deny' : 'Allow', Action: 'execute-api:Invoke', Resource }];
  return { principalId: who, policyDocument: { Version: '2012-10-17', Statement }, context: { k: 'v' } };
};`;

/** Has a stage of an API write its access log; what it has written until then. */
async function accessLog(cloud: TestCloud, api: Awaited<ReturnType<typeof createChat>>['api'], Format: string) {
  await logged(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'access' }));
  const DestinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const AccessLogSettings = { DestinationArn, Format };
  await api.client.send(new UpdateStageCommand({ ApiId: api.ApiId, StageName: 'dev', AccessLogSettings }));
  return async () => {
    await cloud.server.cloud.settle();
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'access' }));
    return events.map(({ message }) => message).sort();
  };
}

test('access logs of WebSocket APIs tell of the authorizer, the integration, and what does not fit', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy, open } = await createChat(cloud);
  const { ApiId } = api;
  const AuthorizerUri = await apiFunction(cloud, 'keeper', KEEPER, 'arn:aws:iam::123456789012:role/functions');
  const { AuthorizerId } = await api.client.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri,
      IdentitySource: ['route.request.querystring.who'],
    }),
  );
  await api.route('$connect', target, { AuthorizationType: 'CUSTOM', AuthorizerId });
  const Schema = JSON.stringify({ type: 'object', required: ['text'] });
  await api.client.send(new CreateModelCommand({ ApiId, Name: 'Said', ContentType: 'application/json', Schema }));
  const RouteId = await api.route('say', target, { RequestModels: { $default: 'Said' } });
  await api.client.send(new UpdateRouteCommand({ ApiId, RouteId, ModelSelectionExpression: '$default' }));
  await deploy();
  const format = [
    '$context.eventType $context.routeKey $context.status',
    '$context.authorizer.status $context.authorizer.integrationStatus $context.authorizer.principalId $context.authorizer.k $context.authorize.status',
    '$context.integration.status $context.integration.integrationStatus $context.integration.requestId',
    '$context.error.messageString $context.error.validationErrorString',
  ].join(' | ');
  const written = await accessLog(cloud, api, format);
  assert.equal((await failure(open('?who=bad'))).message, 'Unexpected server response: 403');
  const { socket, ask } = await open('?who=ann');
  await ask({ action: 'say' });
  const told = (await written()).map((line = '') => line.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'ID'));
  assert.deepEqual(told, [
    'CONNECT $connect 200 | 200 200 ann v 200 | 200 200 ID | - -',
    'CONNECT $connect 403 | 200 200 bad v 403 | - - - | "Forbidden" -',
    'MESSAGE say 400 | - - ann v - | - - - | "Invalid request body" [object has missing required properties (["text"])]',
  ]);
  socket.terminate();
});

test('access logs of WebSocket APIs tell who has signed', async () => {
  await using cloud = await startTestCloud();
  const { api, target, deploy } = await createChat(cloud);
  await api.route('$connect', target, { AuthorizationType: 'AWS_IAM' });
  await deploy();
  const format = [
    '$context.authenticate.status $context.authenticate.error $context.authorize.status',
    '$context.identity.accountId $context.identity.userArn',
  ].join(' | ');
  const written = await accessLog(cloud, api, format);
  const { host } = new URL(api.endpoint);
  const at = `http://127.0.0.1:${new URL(cloud.url).port}/dev`;
  const upgrade = {
    host,
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  assert.equal((await visit(at, { headers: upgrade })).status, 403);
  const { headers } = signHeaders(
    { method: 'GET', path: '/dev', headers: { host } },
    { accessKeyId: '123456789012', secret: 'test' },
    { service: 'execute-api', at: START },
  );
  const socket = new WebSocket(at.replace('http', 'ws'), { headers });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  assert.deepEqual(await written(), [
    '200 - 200 | 123456789012 arn:aws:iam::123456789012:root',
    '403 Forbidden - | - -',
  ]);
  socket.terminate();
});
