import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  BatchWriteItemCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const HOT =
  'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html';

/** On a clock that runs without getting anywhere. */
async function startRunning(more: object = {}): Promise<World> {
  const world = await startWorld('id:S at:S', more);
  world.cloud.server.cloud.kernel.clock.run(1e-9);
  return world;
}

const item = (id: string, at: string, kilobytes: number, more: object = {}) => ({
  id: { S: id },
  at: { S: at },
  x: { S: 'x'.repeat(kilobytes * 1_024 - 30) },
  ...more,
});
const write = ({ db }: World, ...of: Parameters<typeof item>) =>
  db.send(new PutItemCommand({ TableName, Item: item(...of) }));

/** Uses up what may be written to one partition in a second. */
async function heat(world: World, more: object = {}): Promise<void> {
  for (const at of ['1', '2', '3']) await write(world, 'hot', at, 350, more);
}

test('one partition takes 1,000 units a second, whatever its table may; others go on', async () => {
  await using world = await startRunning();
  await heat(world);
  const refused = await failure(write(world, 'hot', '4', 1));
  assert.deepEqual(
    [refused.name, refused.message, refused.$metadata?.httpStatusCode],
    ['ThrottlingException', HOT, 400],
  );
  assert.deepEqual((refused as { throttlingReasons?: unknown }).throttlingReasons, [
    {
      reason: 'TableWriteKeyRangeThroughputExceeded',
      resource: 'arn:aws:dynamodb:us-east-1:123456789012:table/things',
    },
  ]);
  await write(world, 'cold', '1', 1);
  // Reads have a rate of their own.
  await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'hot' }, at: { S: '1' } } }));
  const statement = "UPDATE things SET y = 1 WHERE id = 'hot' AND at = '1'";
  assert.equal((await failure(world.db.send(new ExecuteStatementCommand({ Statement: statement })))).message, HOT);
  const conditional = new UpdateItemCommand({
    TableName,
    Key: { id: { S: 'hot' }, at: { S: '1' } },
    UpdateExpression: 'SET y = :y',
    ConditionExpression: 'attribute_not_exists(id)',
    ExpressionAttributeValues: { ':y': { N: '1' } },
  });
  assert.equal((await failure(world.db.send(conditional))).name, 'ThrottlingException');
  await world.cloud.advance(1_000);
  await write(world, 'hot', '4', 1);
});

test('one partition is read at 3,000 units a second, by keys and by queries; a scan is of all partitions', async () => {
  await using world = await startRunning();
  await heat(world);
  const input = {
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': { S: 'hot' } },
  };
  // A page of 1 MB takes some 260 units.
  for (let count = 0; count < 12; count += 1) await world.db.send(new QueryCommand(input));
  for (const call of [
    world.db.send(new QueryCommand(input)),
    world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'hot' }, at: { S: '9' } } })),
  ]) {
    const refused = await failure(call);
    assert.deepEqual([refused.name, refused.message], ['ThrottlingException', HOT]);
  }
  await world.db.send(new ScanCommand({ TableName }));
});

test('a batch hands back what is hot and writes the rest; a transaction says which part was', async () => {
  await using world = await startRunning();
  await heat(world);
  const put = (id: string) => ({ PutRequest: { Item: item(id, '5', 1) } });
  const batch = (...ids: string[]) =>
    world.db.send(new BatchWriteItemCommand({ RequestItems: { things: ids.map(put) } }));
  const { UnprocessedItems } = await batch('hot', 'cold');
  assert.deepEqual(
    UnprocessedItems?.things?.map((one) => one.PutRequest?.Item?.id?.S),
    ['hot'],
  );
  assert.equal((await failure(batch('hot'))).message, HOT);
  const transaction = await failure(
    world.db.send(
      new TransactWriteItemsCommand({
        TransactItems: ['cold', 'hot'].map((id) => ({ Put: { TableName, Item: item(id, '6', 1) } })),
      }),
    ),
  );
  assert.equal(
    transaction.message,
    'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ThrottlingError]',
  );
});

test('a hot partition of an index holds up the writes of its table, and is counted by its cause', async () => {
  const { AttributeDefinitions } = schema('kind:S');
  await using world = await startRunning({
    AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byKind', KeySchema: schema('kind:S').KeySchema, Projection: { ProjectionType: 'ALL' } },
    ],
  });
  const kind = { kind: { S: 'same' } };
  for (const id of ['1', '2', '3']) await write(world, id, '1', 350, kind);
  const refused = await failure(write(world, '4', '1', 1, kind));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'ThrottlingException',
      'Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly.',
    ],
  );
  await write(world, '4', '1', 1);
  await world.cloud.advance(60_000);
  const { Datapoints } = await world.cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/DynamoDB',
      MetricName: 'WriteKeyRangeThroughputThrottleEvents',
      Dimensions: [
        { Name: 'TableName', Value: TableName },
        { Name: 'GlobalSecondaryIndexName', Value: 'byKind' },
      ],
      StartTime: new Date('2026-01-01T00:00:00Z'),
      EndTime: new Date('2026-01-01T01:00:00Z'),
      Period: 3_600,
      Statistics: ['Sum'],
    }),
  );
  assert.deepEqual(
    Datapoints?.map(({ Sum }) => Sum),
    [1],
  );
});
