import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeInstanceInformationCommand,
  DescribeMaintenanceWindowsCommand,
  DescribePatchBaselinesCommand,
  ListAssociationsCommand,
  ListDocumentsCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { startTestCloud } from '../../support/cloud.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(SSMClient);
  assert.deepEqual((await client.send(new DescribeInstanceInformationCommand({}))).InstanceInformationList, []);
  assert.deepEqual((await client.send(new DescribeMaintenanceWindowsCommand({}))).WindowIdentities, []);
  assert.deepEqual((await client.send(new ListAssociationsCommand({}))).Associations, []);
  const own = { Filters: [{ Key: 'Owner', Values: ['Self'] }] };
  assert.deepEqual((await client.send(new ListDocumentsCommand(own))).DocumentIdentifiers, []);
  const ours = { Filters: [{ Key: 'OWNER', Values: ['Self'] }] };
  assert.deepEqual((await client.send(new DescribePatchBaselinesCommand(ours))).BaselineIdentities, []);
  await assert.rejects(client.send(new ListDocumentsCommand({})), { name: 'NotImplemented' });
});
