import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiGatewayV2Client, GetVpcLinksCommand, ListPortalsCommand } from '@aws-sdk/client-apigatewayv2';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(ApiGatewayV2Client);
  assert.deepEqual((await client.send(new GetVpcLinksCommand({}))).Items, []);
  assert.deepEqual((await client.send(new ListPortalsCommand({}))).Items, []);
});
