import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  APIGatewayClient,
  GetDomainNameAccessAssociationsCommand,
  GetVpcLinksCommand,
} from '@aws-sdk/client-api-gateway';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(APIGatewayClient);
  assert.deepEqual((await client.send(new GetVpcLinksCommand({}))).items, []);
  assert.deepEqual((await client.send(new GetDomainNameAccessAssociationsCommand({}))).items, []);
});
