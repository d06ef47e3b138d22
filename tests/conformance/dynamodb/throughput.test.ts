import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const HOUR = 3_600_000;

/** A table that may write 1 unit a second and read 1, on a clock that has begun to run. */
async function startSmall(more: object = {}): Promise<World> {
  const world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    ...more,
  });
  // A scale this small makes the clock run without getting anywhere.
  world.cloud.server.cloud.kernel.clock.run(1e-9);
  return world;
}

const write = ({ db }: World, id: string, kilobytes = 1, more: object = {}) =>
  db.send(
    new PutItemCommand({ TableName, Item: { id: { S: id }, x: { S: 'x'.repeat(kilobytes * 1_024 - 10) }, ...more } }),
  );

test('what five minutes hold may be used at once, then it is refused until time has passed', async () => {
  await using world = await startSmall();
  await write(world, 'a', 299);
  await write(world, 'b', 2);
  const refused = await failure(write(world, 'c'));
  assert.deepEqual(
    [refused.name, refused.message, refused.$metadata?.httpStatusCode],
    [
      'ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
      400,
    ],
  );
  assert.equal((await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'c' } } }))).Item, undefined);
  await world.cloud.advance(3_000);
  await write(world, 'c');
});

test('reads have their own rate', async () => {
  await using world = await startSmall();
  await write(world, 'a', 200);
  const get = () => world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, ConsistentRead: true }));
  for (let count = 0; count < 6; count += 1) await get();
  assert.equal((await failure(get())).name, 'ProvisionedThroughputExceededException');
});

test('an index that is exhausted stops the writes of its table', async () => {
  await using world = await startSmall({
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1_000 },
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byKind',
        KeySchema: schema('kind:S').KeySchema,
        Projection: { ProjectionType: 'ALL' },
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      },
    ],
  });
  await write(world, 'a', 350, { kind: { S: 'k' } });
  const refused = await failure(write(world, 'b', 1, { kind: { S: 'k' } }));
  assert.equal(
    refused.message,
    'The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider provisioning your under-provisioned global secondary indexes with the UpdateTable API',
  );
  await write(world, 'b');
});

test('a batch hands back what it could not write; a transaction is cancelled as a whole', async () => {
  await using world = await startSmall();
  const request = (id: string) => ({ PutRequest: { Item: { id: { S: id }, x: { S: 'x'.repeat(200 * 1_024) } } } });
  const batch = () =>
    world.db.send(new BatchWriteItemCommand({ RequestItems: { things: [request('a'), request('b'), request('c')] } }));
  const { UnprocessedItems } = await batch();
  assert.deepEqual(
    UnprocessedItems?.things?.map((one) => one.PutRequest?.Item?.id?.S),
    ['c'],
  );
  assert.equal((await failure(batch())).name, 'ProvisionedThroughputExceededException');
  const transaction = await failure(
    world.db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { id: { S: 'd' } } } }] })),
  );
  assert.equal(
    transaction.message,
    'Transaction cancelled, please refer cancellation reasons for specific reasons [ProvisionedThroughputExceeded]',
  );
});

test('on demand, only what the table itself allows at most is a limit', async () => {
  await using world = await startSmall({
    BillingMode: 'PAY_PER_REQUEST',
    ProvisionedThroughput: undefined,
    OnDemandThroughput: { MaxWriteRequestUnits: 1 },
  });
  await write(world, 'a', 350);
  const refused = await failure(write(world, 'b'));
  assert.deepEqual(
    [refused.name, refused.message],
    ['ThrottlingException', 'Throughput exceeds the maximum OnDemandThroughput configured on table or index'],
  );
});

test('a clock that stands still has no rate', async () => {
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
  });
  await write(world, 'a', 350);
  await write(world, 'b', 350);
});

test('throughput is decreased four times a day, then once an hour', async () => {
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 1 },
  });
  const { db, cloud } = world;
  const set = (ReadCapacityUnits: number) =>
    db.send(new UpdateTableCommand({ TableName, ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits: 1 } }));
  for (const units of [9, 8, 7, 6]) await set(units);
  const refused = await failure(set(5));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'LimitExceededException',
      'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: 4. Last decrease at Thursday, January 1, 2026 at 12:00:00 AM Coordinated Universal Time. Next decrease can be made at Thursday, January 1, 2026 at 1:00:00 AM Coordinated Universal Time',
    ],
  );
  await set(7);
  await cloud.advance(HOUR);
  await set(5);
  const today = async () =>
    (await db.send(new DescribeTableCommand({ TableName }))).Table?.ProvisionedThroughput?.NumberOfDecreasesToday;
  assert.equal(await today(), 5);
  await cloud.advance(24 * HOUR);
  assert.equal(await today(), 0);
});

test('decreases are free again on the next day (UTC), and are remembered on demand', async () => {
  const units = (ReadCapacityUnits: number) => ({ ReadCapacityUnits, WriteCapacityUnits: 1 });
  await using world = await startWorld('id:S', { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(10) });
  const { db, cloud } = world;
  const update = (more: object) => db.send(new UpdateTableCommand({ TableName, ...more }));
  const told = async () => (await db.send(new DescribeTableCommand({ TableName }))).Table?.ProvisionedThroughput;
  await cloud.advance(23.5 * HOUR);
  const at = (await update({ ProvisionedThroughput: units(9) })).TableDescription?.ProvisionedThroughput;
  assert.deepEqual([at?.ReadCapacityUnits, at?.NumberOfDecreasesToday], [10, 0]);
  assert.ok(at?.LastDecreaseDateTime);
  for (const count of [8, 7, 6]) await update({ ProvisionedThroughput: units(count) });
  const { message } = await failure(update({ ProvisionedThroughput: units(5) }));
  assert.match(
    message,
    /Next decrease can be made at Friday, January 2, 2026 at 12:00:00 AM Coordinated Universal Time$/,
  );
  await update({ BillingMode: 'PAY_PER_REQUEST' });
  const before = { NumberOfDecreasesToday: 4, LastDecreaseDateTime: at.LastDecreaseDateTime };
  assert.deepEqual(await told(), { ...before, ReadCapacityUnits: 0, WriteCapacityUnits: 0 });
  await update({ BillingMode: 'PROVISIONED', ProvisionedThroughput: units(6) });
  assert.deepEqual(await told(), { ...before, ...units(6) });
  assert.equal((await failure(update({ ProvisionedThroughput: units(5) }))).name, 'LimitExceededException');
  await cloud.advance(0.5 * HOUR);
  await update({ ProvisionedThroughput: units(5) });
});

test('an index is charged for what changes in it: an entry that moves is removed and written', async () => {
  await using world = await startWorld('id:S', {
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byKind', KeySchema: schema('kind:S').KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  });
  const units = async (item: object) => {
    const { ConsumedCapacity } = await world.db.send(
      new PutItemCommand({ TableName, Item: { id: { S: 'a' }, ...item }, ReturnConsumedCapacity: 'INDEXES' }),
    );
    return [
      ConsumedCapacity?.CapacityUnits,
      ConsumedCapacity?.Table?.CapacityUnits,
      ConsumedCapacity?.GlobalSecondaryIndexes?.byKind?.CapacityUnits,
    ];
  };
  assert.deepEqual(await units({}), [1, 1, undefined]);
  assert.deepEqual(await units({ kind: { S: 'x' } }), [2, 1, 1]);
  assert.deepEqual(await units({ kind: { S: 'y' } }), [3, 1, 2]);
  assert.deepEqual(await units({ kind: { S: 'y' }, other: { S: 'z' } }), [1, 1, undefined]);
  assert.deepEqual(await units({}), [2, 1, 1]);
});
