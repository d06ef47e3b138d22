import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  CreateIntegrationResponseCommand,
  CreateRouteResponseCommand,
  UpdateIntegrationCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { apiRole } from '../api-gateway/world.ts';
import { createChat } from './chat.ts';

test('routes of WebSocket APIs lead to services of AWS, as a role', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const { ApiId } = api;
  const CredentialsArn = await apiRole(cloud);
  const items = cloud.client(DynamoDBClient);
  await items.send(
    new CreateTableCommand({
      TableName: 'connections',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  const queues = cloud.client(SQSClient);
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'said' }));
  const service = (action: string, template: string, more: object = {}) =>
    api.integration({
      IntegrationType: 'AWS',
      IntegrationMethod: 'POST',
      IntegrationUri: `arn:aws:apigateway:us-east-1:${action}`,
      PayloadFormatVersion: '1.0',
      CredentialsArn,
      PassthroughBehavior: 'NEVER',
      TemplateSelectionExpression: '\\$default',
      RequestTemplates: { $default: template },
      ...more,
    });
  const key = '{"id": {"S": "$context.connectionId"}}';
  const opened = `{"id": {"S": "$context.connectionId"}, "headers": {"S": "$input.params().get('header')"}}`;
  const put = await service('dynamodb:action/PutItem', `{"TableName": "connections", "Item": ${opened}}`);
  await api.route('$connect', put);
  const remove = await service('dynamodb:action/DeleteItem', `{"TableName": "connections", "Key": ${key}}`);
  await api.route('$disconnect', remove);
  const send = await service(
    'sqs:path/123456789012/said',
    'Action=SendMessage&MessageBody=$util.urlEncode($input.json("$.text"))',
    { RequestParameters: { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" } },
  );
  await api.route('say', send);
  const get = await service('dynamodb:action/GetItem', `{"TableName": "connections", "Key": ${key}}`);
  const IntegrationId = get.replace('integrations/', '');
  const answers = {
    $default: '{"me": "$input.path(\'$.Item.id.S\')"}',
    '/4\\d\\d/': '{"bad": "$input.path(\'$.__type\')"}',
  };
  for (const [IntegrationResponseKey, $default] of Object.entries(answers)) {
    const ResponseTemplates = { $default };
    const input = { ApiId, IntegrationId, IntegrationResponseKey, ResponseTemplates };
    await api.client.send(new CreateIntegrationResponseCommand(input));
  }
  const me = await api.route('me', get);
  await api.client.send(new CreateRouteResponseCommand({ ApiId, RouteId: me, RouteResponseKey: '$default' }));
  await deploy();
  const { socket, ask } = await open();
  const { me: id } = await ask({ action: 'me' });
  const { Item } = await items.send(new GetItemCommand({ TableName: 'connections', Key: { id: { S: id } } }));
  assert.deepEqual(Item?.id, { S: id });
  // Source: aws-samples/serverless-patterns, `apigw-websocket-api-connection-dynamodb`: an item that AWS has written.
  assert.match(
    Item?.headers?.S ?? '',
    /^\{(?=.*\bHost=\w+\.execute-api\.)(?=.*\bSec-WebSocket-Version=13\b)(?=.*\bX-Forwarded-Proto=http\b)(?!.*\b[Uu]pgrade=)(?!.*\b[Cc]onnection=).*\}$/,
  );
  socket.send(JSON.stringify({ action: 'say', text: 'a & b' }));
  const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  assert.equal(Messages?.[0]?.Body, '"a & b"');
  const RequestTemplates = { $default: '{"TableName": "none", "Key": {}}' };
  await api.client.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, RequestTemplates }));
  const refused = await api.client.send(
    new UpdateIntegrationCommand({
      ApiId,
      IntegrationId: put.replace('integrations/', ''),
      RequestTemplates: { $default: '{"TableName": "none", "Item": {}}' },
    }),
  );
  assert.equal(refused.IntegrationType, 'AWS');
  await deploy();
  assert.match((await ask({ action: 'me' })).bad, /ResourceNotFoundException|ValidationException/);
  assert.equal((await failure(open())).message, 'Unexpected server response: 400');
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  await cloud.advance(0);
  assert.equal((await items.send(new ScanCommand({ TableName: 'connections' }))).Count, 0);
});

test('a service needs a role', async () => {
  await using cloud = await startTestCloud();
  const { api, deploy, open } = await createChat(cloud);
  const target = await api.integration({
    IntegrationType: 'AWS',
    IntegrationMethod: 'POST',
    IntegrationUri: 'arn:aws:apigateway:us-east-1:dynamodb:action/ListTables',
    PayloadFormatVersion: '1.0',
  });
  await api.route('$default', target);
  await deploy();
  const { socket, ask } = await open();
  assert.equal((await ask({})).message, 'Internal server error');
  socket.terminate();
});
