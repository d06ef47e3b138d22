import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteInsightRulesCommand,
  DescribeInsightRulesCommand,
  DisableInsightRulesCommand,
  GetInsightRuleReportCommand,
  PutInsightRuleCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  BatchWriteItemCommand,
  DeleteTableCommand,
  DescribeContributorInsightsCommand,
  DescribeGlobalTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  ListContributorInsightsCommand,
  ListGlobalTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateContributorInsightsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure, START } from '../../support/cloud.ts';
import { startWorld, type World } from './world.ts';

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

/** Enables insights, and gives the names of the rules by their kinds. */
async function enable({ db }: World, IndexName?: string): Promise<{ [kind: string]: string }> {
  await db.send(new UpdateContributorInsightsCommand({ TableName, IndexName, ContributorInsightsAction: 'ENABLE' }));
  const { ContributorInsightsRuleList = [] } = await db.send(
    new DescribeContributorInsightsCommand({ TableName, IndexName }),
  );
  return Object.fromEntries(ContributorInsightsRuleList.map((rule) => [rule.split('-')[1], rule]));
}

/** Who contributed how much, the most first. */
async function report({ cloud }: World, RuleName: string | undefined): Promise<unknown[]> {
  const { Contributors = [] } = await cloud.client(CloudWatchClient).send(
    new GetInsightRuleReportCommand({
      RuleName,
      StartTime: new Date(START - 60_000),
      EndTime: new Date(START + 3_600_000),
      Period: 60,
      OrderBy: 'Maximum',
    }),
  );
  return Contributors.map((one) => [...(one.Keys ?? []), one.ApproximateAggregateValue]);
}

const thing = (id: string, at: number, more: object = {}) => ({ id: { S: id }, at: { N: String(at) }, ...more });

test('rules tell which keys are accessed most, writes three times as much as reads', async () => {
  await using world = await startWorld('id:S at:N');
  const { db } = world;
  await db.send(new PutItemCommand({ TableName, Item: thing('before', 1) }));
  const rules = await enable(world);
  await db.send(new PutItemCommand({ TableName, Item: thing('a', 1, { x: { S: 'x'.repeat(1_500) } }) }));
  await db.send(new GetItemCommand({ TableName, Key: thing('b', 1), ConsistentRead: true }));
  const Put = { TableName, Item: thing('c', 2) };
  await db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
  const [d, e] = [thing('d', 1), thing('d', 2)].map((Item) => ({ PutRequest: { Item } }));
  await db.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: [d, e].filter((one) => one !== undefined) } }),
  );
  await db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': { S: 'd' } },
    }),
  );
  await db.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "things" WHERE id = \'e\' AND at = 1' }));
  assert.deepEqual(await report(world, rules.PKC), [
    ['d', 6.5],
    ['a', 6],
    ['c', 6],
    ['b', 1],
  ]);
  assert.deepEqual(await report(world, rules.SKC), [
    ['a', '1', 6],
    ['c', '2', 6],
    ['d', '1', 3],
    ['d', '2', 3],
    ['b', '1', 1],
  ]);
  assert.deepEqual(await report(world, rules.PKT), []);
});

test('rules tell which keys are throttled most, also where all that is told is what was not processed', async () => {
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  });
  const { db } = world;
  // A scale this small makes the clock run without getting anywhere.
  world.cloud.server.cloud.kernel.clock.run(1e-9);
  const rules = await enable(world);
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, x: { S: 'x'.repeat(301 * 1_024) } } }));
  const hot = { id: { S: 'hot' } };
  await failure(db.send(new PutItemCommand({ TableName, Item: hot })));
  await failure(db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: hot } }] })));
  const requests = ['hot', 'cold'].map((S) => ({ PutRequest: { Item: { id: { S } } } }));
  await failure(db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } })));
  assert.deepEqual(await report(world, rules.PKT), [
    ['hot', 3],
    ['cold', 1],
  ]);
  assert.deepEqual(await report(world, rules.PKC), [['a', 906]]);
});

test('an index has rules of its own, which go with it', async () => {
  const index = {
    IndexName: 'by-color',
    KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  await using world = await startWorld('id:S', {
    GlobalSecondaryIndexes: [index],
    AttributeDefinitions: [{ AttributeName: 'color', AttributeType: 'S' }],
  });
  const { db } = world;
  const rules = await enable(world, 'by-color');
  assert.match(rules.PKC ?? '', /^DynamoDBContributorInsights-PKC-things-by-color-\d+$/);
  for (const [id, S] of [
    ['a', 'red'],
    ['b', 'red'],
    ['c', 'blue'],
  ] as const)
    await db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, color: { S } } }));
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'plain' } } }));
  await db.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-color',
      KeyConditionExpression: 'color = :c',
      ExpressionAttributeValues: { ':c': { S: 'blue' } },
    }),
  );
  assert.deepEqual(await report(world, rules.PKC), [
    ['red', 6],
    ['blue', 3.5],
  ]);
  await db.send(
    new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-color' } }] }),
  );
  assert.equal((await failure(report(world, rules.PKC))).name, 'ResourceNotFoundException');
  assert.deepEqual((await db.send(new ListContributorInsightsCommand({}))).ContributorInsightsSummaries, []);
});

test('CloudWatch lists the rules as managed, and lets nobody change them; disabling and deleting the table removes them', async () => {
  await using world = await startWorld();
  const watch = world.cloud.client(CloudWatchClient);
  const { PKC = '' } = await enable(world);
  const list = async () => (await watch.send(new DescribeInsightRulesCommand({}))).InsightRules ?? [];
  assert.deepEqual(
    (await list()).map((rule) => [rule.Name?.split('-')[1], rule.State, rule.ManagedRule, rule.Schema]),
    ['PKC', 'PKT'].map((kind) => [kind, 'ENABLED', true, 'ServiceLogRule/1']),
  );
  for (const command of [DeleteInsightRulesCommand, DisableInsightRulesCommand]) {
    const { Failures } = await watch.send(new command({ RuleNames: [PKC] }));
    assert.deepEqual(
      Failures?.map((one) => [one.FailureResource, one.FailureCode]),
      [[PKC, '400']],
    );
  }
  const RuleDefinition = JSON.stringify({
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: ['x'],
    LogFormat: 'JSON',
    AggregateOn: 'Count',
    Contribution: { Keys: ['$.x'], Filters: [] },
  });
  const refused = await failure(watch.send(new PutInsightRuleCommand({ RuleName: PKC, RuleDefinition })));
  assert.equal(refused.name, 'InvalidParameterValueException');
  const set = (ContributorInsightsAction: 'ENABLE' | 'DISABLE', ContributorInsightsMode?: 'THROTTLED_KEYS') =>
    world.db.send(
      new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction, ContributorInsightsMode }),
    );
  await set('ENABLE', 'THROTTLED_KEYS');
  assert.deepEqual(
    (await list()).map((rule) => rule.Name),
    [PKC.replace('PKC', 'PKT')],
  );
  const reverted = await set('ENABLE');
  assert.deepEqual(
    [reverted.ContributorInsightsStatus, reverted.ContributorInsightsMode],
    ['ENABLING', 'ACCESSED_AND_THROTTLED_KEYS'],
  );
  const disabled = await set('DISABLE', 'THROTTLED_KEYS');
  assert.deepEqual(
    [disabled.ContributorInsightsStatus, disabled.ContributorInsightsMode],
    ['DISABLING', 'ACCESSED_AND_THROTTLED_KEYS'],
  );
  assert.deepEqual(await list(), []);
  await set('ENABLE');
  await world.db.send(new DeleteTableCommand({ TableName }));
  assert.deepEqual(await list(), []);
});

test('without room for all its rules it fails, and takes none', async () => {
  await using world = await startWorld('id:S at:N');
  const { db, cloud } = world;
  const quota = { service: 'monitoring', code: 'L-DBD11BCC', name: 'Number of Contributor Insights rules' };
  const grant = (value: number) =>
    cloud.server.cloud.kernel.quotas.grant(
      { account: '123456789012', region: 'us-east-1' },
      { ...quota, value: 100, adjustable: true, global: false },
      value,
    );
  const set = async (ContributorInsightsAction: 'ENABLE' | 'DISABLE') =>
    (await db.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction })))
      .ContributorInsightsStatus;
  const describe = () => db.send(new DescribeContributorInsightsCommand({ TableName }));
  const count = async () =>
    (await cloud.client(CloudWatchClient).send(new DescribeInsightRulesCommand({}))).InsightRules?.length;
  grant(3);
  assert.equal(await set('ENABLE'), 'ENABLING');
  const failed = await describe();
  assert.deepEqual(
    [failed.ContributorInsightsStatus, failed.FailureException?.ExceptionName, failed.ContributorInsightsRuleList],
    ['FAILED', 'LimitExceededException', undefined],
  );
  assert.equal(await count(), 0);
  const { ContributorInsightsSummaries: told } = await db.send(new ListContributorInsightsCommand({ TableName }));
  assert.equal(told?.[0]?.ContributorInsightsStatus, 'FAILED');
  grant(4);
  assert.equal((await describe()).ContributorInsightsStatus, 'FAILED');
  assert.equal(await set('ENABLE'), 'ENABLING');
  assert.equal((await describe()).ContributorInsightsStatus, 'ENABLED');
  assert.equal(await count(), 4);
  assert.equal(await set('DISABLE'), 'DISABLING');
});
