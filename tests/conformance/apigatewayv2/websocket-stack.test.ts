import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, templateOf } from '../cloudformation/stacks.ts';

const ref = (Ref: string) => ({ Ref });

// As in patterns of AWS's own, whose deployments do not wait for the responses of the routes that they wait for.
test("a stack's deployment has what can be made beside it", async () => {
  await using cloud = await startTestCloud();
  const ApiId = ref('Api');
  const resource = (kind: string, Properties: object, rest: object = {}) => ({
    Type: `AWS::ApiGatewayV2::${kind}`,
    Properties: { ApiId, ...Properties },
    ...rest,
  });
  const template = templateOf({
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    },
    Stage: resource('Stage', { StageName: 'dev', DeploymentId: ref('Deployment') }),
    Deployment: resource('Deployment', {}, { DependsOn: 'Route' }),
    Route: resource('Route', {
      RouteKey: '$default',
      Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
    }),
    Integration: resource('Integration', {
      IntegrationType: 'MOCK',
      TemplateSelectionExpression: '200',
      RequestTemplates: {
        200: '{"statusCode": 200, "ids": "$context.requestId $context.extendedRequestId $context.messageId"}',
      },
    }),
    RouteResponse: resource('RouteResponse', { RouteId: ref('Route'), RouteResponseKey: '$default' }),
  });
  await create(cloud, 's', template);
  const { Api = '' } = await physicalIds(cloud, 's');
  const { port } = new URL(cloud.url);
  const headers = { host: `${Api}.execute-api.us-east-1.amazonaws.com` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/dev`, { headers });
  await once(socket, 'open');
  const heard = once(socket, 'message');
  socket.send('{}');
  const { ids } = JSON.parse(String((await heard)[0]));
  assert.match(ids, /^([\w-]{15}=) \1 (?!\1)[\w-]{15}=$/);
  socket.terminate();
});
