/** How much an API may have: AWS tells it as a conflict, with the status of throttling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteResponseCommand,
  GetTagsCommand,
  UpdateIntegrationResponseCommand,
} from '@aws-sdk/client-apigatewayv2';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createApi } from './world.ts';

test('authorizers, integrations, routes and stages of an API are not without number', async () => {
  await using cloud = await startTestCloud();
  const { client, ApiId, integration, route, stage } = await createApi(cloud);
  const uri =
    'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations';
  const authorizer = (Name: string) =>
    client.send(
      new CreateAuthorizerCommand({
        ApiId,
        Name,
        AuthorizerType: 'REQUEST',
        AuthorizerUri: uri,
        AuthorizerPayloadFormatVersion: '2.0',
        IdentitySource: ['$request.header.Authorization'],
      }),
    );
  const url = {
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'GET',
    IntegrationUri: 'http://localhost:1',
  } as const;
  const makers: [string, number, (at: number) => Promise<unknown>][] = [
    ['Authorizers', 10, (at) => authorizer(`a${at}`)],
    ['Integrations', 300, () => integration({ ...url, PayloadFormatVersion: '1.0' })],
    ['Routes', 300, (at) => route(`GET /r${at}`)],
    ['Stages', 10, (at) => stage(`s${at}`, {})],
  ];
  for (const [what, most, make] of makers) {
    for (let at = 0; at < most; at++) await make(at);
    const { name, message, $metadata } = await failure(make(most));
    assert.deepEqual(
      [name, $metadata?.httpStatusCode, message],
      [
        'ConflictException',
        429,
        `Maximum number of ${what} for this API has been reached. Please contact AWS if you need additional ${what}.`,
      ],
    );
  }
});

test('answers of an integration and of a route have keys of their own; names, scopes and audiences are few', async () => {
  await using cloud = await startTestCloud();
  const socket = await createApi(cloud, {
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
  });
  const { client, ApiId } = socket;
  const refused = async (asked: Promise<unknown>) => (await failure(asked)).name;
  const { IntegrationId } = await client.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'MOCK' }));
  const answer = (IntegrationResponseKey: string) =>
    client.send(new CreateIntegrationResponseCommand({ ApiId, IntegrationId, IntegrationResponseKey }));
  await answer('$default');
  assert.equal(await refused(answer('$default')), 'ConflictException');
  const { IntegrationResponseId } = await answer('/2\\d\\d/');
  const at = { ApiId, IntegrationId, IntegrationResponseId };
  const change = new UpdateIntegrationResponseCommand({ ...at, IntegrationResponseKey: '$default' });
  assert.equal(await refused(client.send(change)), 'ConflictException');
  const RouteId = await socket.route('$default');
  const told = () => client.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: '$default' }));
  await told();
  assert.equal(await refused(told()), 'ConflictException');

  const api = await createApi(cloud);
  const BAD = 'BadRequestException';
  const many = (count: number) => Array.from({ length: count }, (_, nth) => `x${nth}`);
  const authorizer = (Audience: string[]) =>
    client.send(
      new CreateAuthorizerCommand({
        ApiId: api.ApiId,
        Name: 'jwt',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Audience, Issuer: 'https://example.com' },
      }),
    );
  assert.equal(await refused(authorizer(many(51))), BAD);
  const { AuthorizerId } = await authorizer(many(50));
  const scoped = { AuthorizationType: 'JWT' as const, AuthorizerId, AuthorizationScopes: many(11) };
  assert.equal(await refused(api.route('GET /a', undefined, scoped)), BAD);
  const variables = Object.fromEntries(many(101).map((name) => [name, 'x']));
  for (const StageVariables of [variables, { ['v'.repeat(65)]: 'x' }, { v: 'x'.repeat(513) }])
    assert.equal(await refused(api.stage('s', { StageVariables })), BAD);
  const elsewhere = `arn:aws:apigateway:eu-west-1::/apis/${ApiId}`;
  assert.equal(await refused(client.send(new GetTagsCommand({ ResourceArn: elsewhere }))), BAD);
});
