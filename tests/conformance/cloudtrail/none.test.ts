import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudTrailClient, ListChannelsCommand, ListImportsCommand } from '@aws-sdk/client-cloudtrail';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(CloudTrailClient);
  assert.deepEqual((await client.send(new ListChannelsCommand({}))).Channels, []);
  assert.deepEqual((await client.send(new ListImportsCommand({}))).Imports, []);
});
