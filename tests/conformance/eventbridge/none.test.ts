import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, ListEndpointsCommand, ListEventSourcesCommand } from '@aws-sdk/client-eventbridge';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  assert.deepEqual((await client.send(new ListEndpointsCommand({}))).Endpoints, []);
  assert.deepEqual((await client.send(new ListEventSourcesCommand({}))).EventSources, []);
});
