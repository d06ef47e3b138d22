import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeContributorInsightsCommand,
  DescribeGlobalTableCommand,
  ListContributorInsightsCommand,
  ListGlobalTablesCommand,
  UpdateContributorInsightsCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld } from './world.ts';

const TableName = 'things';

test('contributor insights are enabled, described, listed, disabled', async () => {
  await using world = await startWorld('id:S at:N');
  const { db } = world;
  const set = (ContributorInsightsAction: 'ENABLE' | 'DISABLE') =>
    db.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction }));
  const describe = () => db.send(new DescribeContributorInsightsCommand({ TableName }));
  assert.equal((await describe()).ContributorInsightsStatus, 'DISABLED');
  assert.equal((await set('ENABLE')).ContributorInsightsStatus, 'ENABLING');
  const enabled = await describe();
  assert.equal(enabled.ContributorInsightsStatus, 'ENABLED');
  assert.deepEqual(
    enabled.ContributorInsightsRuleList?.map((rule) => rule.split('-')[1]),
    ['PKC', 'SKC', 'PKT', 'SKT'],
  );
  const { ContributorInsightsSummaries } = await db.send(new ListContributorInsightsCommand({}));
  assert.deepEqual(
    ContributorInsightsSummaries?.map((one) => [one.TableName, one.ContributorInsightsStatus]),
    [[TableName, 'ENABLED']],
  );
  assert.equal((await set('DISABLE')).ContributorInsightsStatus, 'DISABLING');
  assert.equal((await describe()).ContributorInsightsStatus, 'DISABLED');
  const missing = await failure(db.send(new DescribeContributorInsightsCommand({ TableName, IndexName: 'none' })));
  assert.equal(missing.name, 'ResourceNotFoundException');
});

test('there are no global tables of the old version', async () => {
  await using world = await startWorld();
  assert.deepEqual((await world.db.send(new ListGlobalTablesCommand({}))).GlobalTables, []);
  const missing = await failure(world.db.send(new DescribeGlobalTableCommand({ GlobalTableName: TableName })));
  assert.deepEqual(
    [missing.name, missing.message],
    ['GlobalTableNotFoundException', "Global table not found: Global table with name: 'things' does not exist."],
  );
});
