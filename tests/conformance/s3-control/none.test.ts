import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListAccessPointsForObjectLambdaCommand, ListStorageLensGroupsCommand } from '@aws-sdk/client-s3-control';
import { startTestCloud } from '../../support/cloud.ts';
import { controlOf } from './setup.ts';

test('of what can’t be made here an account has none, as those hear who take stock of it', async () => {
  await using cloud = await startTestCloud();
  const client = controlOf(cloud);
  const account = { AccountId: '123456789012' };
  const { ObjectLambdaAccessPointList } = await client.send(new ListAccessPointsForObjectLambdaCommand(account));
  const { StorageLensGroupList } = await client.send(new ListStorageLensGroupsCommand(account));
  for (const list of [ObjectLambdaAccessPointList, StorageLensGroupList]) assert.deepEqual(list ?? [], []);
});
