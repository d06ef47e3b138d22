import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeInstanceInformationCommand,
  DescribeMaintenanceWindowsCommand,
  DescribePatchBaselinesCommand,
  ListAssociationsCommand,
  ListCommandsCommand,
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
  assert.deepEqual((await client.send(new ListCommandsCommand({ MaxResults: 5 }))).Commands, []);
  const InstanceId = 'i-0123456789abcdef0';
  await assert.rejects(client.send(new ListCommandsCommand({ InstanceId })), {
    name: 'NotImplemented',
    message:
      "Cloudyard has not built lists by InstanceId of what can't be made (of Systems Manager only Parameter Store is built so far) yet",
  });
});
