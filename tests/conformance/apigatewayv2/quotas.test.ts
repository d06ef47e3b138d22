/** How much an API may have: AWS tells it as a conflict, with the status of throttling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
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
