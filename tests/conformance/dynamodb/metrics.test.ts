import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  TransactGetItemsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { failure, START } from '../../support/cloud.ts';
import { startWorld, type World } from './world.ts';

const TableName = 'things';

/** How often a metric was told in the first hour, and the sum of what it told. */
async function told({ cloud }: World, MetricName: string, dimensions: Record<string, string>): Promise<number[]> {
  const { Datapoints = [] } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/DynamoDB',
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(START),
      EndTime: new Date(START + 3_600_000),
      Period: 3_600,
      Statistics: ['SampleCount', 'Sum'],
    }),
  );
  return [Datapoints[0]?.SampleCount ?? 0, Datapoints[0]?.Sum ?? 0];
}

const put = (id: string, more: object = {}) => new PutItemCommand({ TableName, Item: { id: { S: id } }, ...more });

test('requests are counted by how they end', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  await db.send(put('a'));
  await db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  await db.send(
    new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName: arnOf('things'), Key: { id: { S: 'a' } } } }] }),
  );
  await failure(db.send(put('')));
  await failure(db.send(new GetItemCommand({ TableName: 'nothing', Key: { id: { S: 'a' } } })));
  cloud.server.cloud.kernel.faults.put({
    id: 'down',
    service: 'dynamodb',
    operation: 'GetItem',
    probability: 1,
    effect: { kind: 'error', code: 'InternalServerError', message: '', status: 500 },
  });
  await failure(db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } })));
  const latency = async (Operation: string) =>
    (await told(world, 'SuccessfulRequestLatency', { TableName, Operation }))[0];
  assert.deepEqual([await latency('PutItem'), await latency('GetItem'), await latency('TransactGetItems')], [1, 1, 1]);
  assert.deepEqual(await told(world, 'SystemErrors', { TableName, Operation: 'GetItem' }), [1, 1]);
  assert.deepEqual(await told(world, 'UserErrors', {}), [2, 2]);
});

const arnOf = (name: string) => `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`;

test('a table that another account uses is counted where it is', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const ResourceArn = arnOf('things');
  const Statement = [{ Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'dynamodb:*', Resource: '*' }];
  await db.send(
    new PutResourcePolicyCommand({
      ResourceArn,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      ConfirmRemoveSelfResourceAccess: true,
    }),
  );
  const other = cloud.client(DynamoDBClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  await other.send(new GetItemCommand({ TableName: ResourceArn, Key: { id: { S: 'a' } }, ConsistentRead: true }));
  assert.deepEqual(await told(world, 'ConsumedReadCapacityUnits', { TableName }), [1, 1]);
  assert.equal((await told(world, 'SuccessfulRequestLatency', { TableName, Operation: 'GetItem' }))[0], 1);
});

test('a condition that is not met costs as much as the larger of what is there and what was to be', async () => {
  await using world = await startWorld();
  await world.db.send(put('a', { Item: { id: { S: 'a' }, x: { S: 'x'.repeat(2_500) } } }));
  await failure(world.db.send(put('a', { ConditionExpression: 'attribute_not_exists(id)' })));
  await failure(world.db.send(put('b', { ConditionExpression: 'attribute_exists(id)' })));
  const larger = { Item: { id: { S: 'a' }, x: { S: 'x'.repeat(4_500) } } };
  await failure(world.db.send(put('a', { ...larger, ConditionExpression: 'attribute_not_exists(id)' })));
  assert.deepEqual(await told(world, 'ConditionalCheckFailedRequests', { TableName }), [3, 3]);
  assert.deepEqual(await told(world, 'ConsumedWriteCapacityUnits', { TableName }), [4, 12]);
  assert.deepEqual(await told(world, 'UserErrors', {}), [0, 0]);
});

test('what is provisioned is told beside what is consumed', async () => {
  const ProvisionedThroughput = { ReadCapacityUnits: 7, WriteCapacityUnits: 5 };
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  const index = { IndexName: 'other', KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' as const } };
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput,
    GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 2 } }],
  });
  await world.db.send(put('a'));
  await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  const [read, write] = ['ProvisionedReadCapacityUnits', 'ProvisionedWriteCapacityUnits'];
  const indexed = { TableName, GlobalSecondaryIndexName: 'other' };
  assert.deepEqual(await told(world, read, { TableName }), [1, 7]);
  assert.deepEqual(await told(world, write, { TableName }), [1, 5]);
  assert.deepEqual(await told(world, write, indexed), [1, 2]);
  assert.deepEqual(await told(world, read, indexed), [0, 0]);
});

test('what is throttled is counted by request and by event', async () => {
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  });
  // A scale this small makes the clock run without getting anywhere.
  world.cloud.server.cloud.kernel.clock.run(1e-9);
  const large = (id: string) => ({ PutRequest: { Item: { id: { S: id }, x: { S: 'x'.repeat(200 * 1_024) } } } });
  await world.db.send(
    new BatchWriteItemCommand({ RequestItems: { things: [large('a'), large('b'), large('c'), large('d')] } }),
  );
  assert.deepEqual(await told(world, 'WriteThrottleEvents', { TableName }), [2, 2]);
  assert.deepEqual(await told(world, 'ThrottledRequests', { TableName, Operation: 'BatchWriteItem' }), [0, 0]);
  await failure(world.db.send(put('a')));
  assert.deepEqual(await told(world, 'WriteThrottleEvents', { TableName }), [3, 3]);
  assert.deepEqual(await told(world, 'ThrottledRequests', { TableName, Operation: 'PutItem' }), [1, 1]);
  assert.deepEqual(await told(world, 'UserErrors', {}), [0, 0]);
});

test('items that expire are counted, and so are records that are read', async () => {
  await using world = await startWorld('id:S', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  });
  const { db, cloud } = world;
  await db.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'end' } }),
  );
  await db.send(put('a', { Item: { id: { S: 'a' }, end: { N: String(START / 1_000 + 10) } } }));
  await cloud.advance(20_000);
  assert.deepEqual(await told(world, 'TimeToLiveDeletedItemCount', { TableName }), [1, 1]);
  const streams = cloud.client(DynamoDBStreamsClient);
  const { Streams: [{ StreamArn, StreamLabel = '' } = {}] = [] } = await streams.send(new ListStreamsCommand({}));
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  await streams.send(new GetRecordsCommand({ ShardIterator }));
  const dimensions = { TableName, StreamLabel, Operation: 'GetRecords' };
  assert.deepEqual(await told(world, 'ReturnedRecordsCount', dimensions), [1, 2]);
  assert.deepEqual(await told(world, 'ReturnedBytes', dimensions), [1, 6]);
});
