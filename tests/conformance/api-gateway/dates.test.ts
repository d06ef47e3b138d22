/** Instants that AWS shows without fractions of a second. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, CreateApiKeyCommand, CreateRestApiCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, CreateApiCommand, CreateStageCommand } from '@aws-sdk/client-apigatewayv2';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { START, startTestCloud } from '../../support/cloud.ts';

test('dates of APIs, stages and keys, and the end of a session, are whole seconds', async () => {
  await using cloud = await startTestCloud();
  await cloud.advance(1_750);
  const [rest, v2] = [cloud.client(APIGatewayClient), cloud.client(ApiGatewayV2Client)];
  const { createdDate } = await rest.send(new CreateRestApiCommand({ name: 'a' }));
  const key = await rest.send(new CreateApiKeyCommand({ name: 'k' }));
  const { ApiId, CreatedDate } = await v2.send(new CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP' }));
  const stage = await v2.send(new CreateStageCommand({ ApiId, StageName: 's' }));
  for (const date of [createdDate, key.createdDate, key.lastUpdatedDate, CreatedDate, stage.CreatedDate])
    assert.equal(date?.getTime(), START + 1_000);
  const { Credentials } = await cloud.client(STSClient).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  assert.equal(Credentials?.Expiration?.getTime(), START + 901_000);
});
