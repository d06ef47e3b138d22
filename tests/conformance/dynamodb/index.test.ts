/** What may be a key of an index, when it is written and when the index is built. Texts: as recorded from AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type GlobalSecondaryIndexUpdate,
  PutItemCommand,
  ScanCommand,
  UpdateContributorInsightsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const INVALID = 'One or more parameter values were invalid: ';
type Values = { [name: string]: AttributeValue };

const index = (name: string, key: string) => ({
  IndexName: name,
  KeySchema: schema(key).KeySchema,
  Projection: { ProjectionType: 'ALL' as const },
});

/** A table with an index of `h` and `r`, and another of `r`. */
const start = () =>
  startWorld('id:S', {
    AttributeDefinitions: schema('h:S r:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [index('ranked', 'h:S r:S'), index('byRank', 'r:S')],
  });

const put = ({ db }: World, item: Values) =>
  db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, ...item } }));

test('keys of indexes are as short as those of tables', async () => {
  await using world = await start();
  await put(world, { h: { S: 'x'.repeat(2_048) }, r: { S: 'x'.repeat(1_024) } });
  const long = await failure(put(world, { h: { S: 'x'.repeat(2_049) } }));
  assert.equal(
    long.message,
    `${INVALID}Size limit exceeded for Index Key h Actual Size: 2049 bytes Max Size: 2048 bytes IndexName: ranked`,
  );
  const sort = await failure(put(world, { r: { S: 'x'.repeat(1_025) } }));
  assert.equal(
    sort.message,
    `${INVALID}Size limit exceeded for Index Key r Actual Size: 1025 bytes Max Size: 1024 bytes IndexName: ranked`,
  );
});

test('an item shares its 400 KB with its entries in local indexes', async () => {
  const { KeySchema } = schema('id:S at:S');
  await using world = await startWorld('id:S at:S', {
    AttributeDefinitions: schema('rank:S').AttributeDefinitions,
    LocalSecondaryIndexes: [{ ...index('ranked', 'id:S rank:S'), KeySchema: schema('id:S rank:S').KeySchema }],
    KeySchema,
  });
  const at = { at: { S: 'x' } };
  const text = (kilobytes: number) => ({ text: { S: 'x'.repeat(kilobytes * 1_024) } });
  await put(world, { ...at, ...text(399) });
  await put(world, { ...at, ...text(199), rank: { S: 'first' } });
  assert.equal(
    (await failure(put(world, { ...at, ...text(200), rank: { S: 'first' } }))).message,
    'Item size has exceeded the maximum allowed size',
  );
  await put(world, { ...at, ...text(399) });
  const ranked = await failure(
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: 'a' }, ...at },
        UpdateExpression: 'SET #r = :r',
        ExpressionAttributeNames: { '#r': 'rank' },
        ExpressionAttributeValues: { ':r': { S: 'first' } },
      }),
    ),
  );
  assert.equal(ranked.message, 'Item size to update has exceeded the maximum allowed size');
});

const addIndex = (
  { db }: World,
  update: GlobalSecondaryIndexUpdate,
  AttributeDefinitions?: ReturnType<typeof schema>['AttributeDefinitions'],
) => db.send(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [update] }));

test('what can not be a key stays out of an index that is built, and may be there', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const items: { [id: string]: AttributeValue } = {
    fits: { S: 'x'.repeat(1_024) },
    half: { S: 'x'.repeat(1_025) },
    long: { S: 'x'.repeat(2_049) },
    empty: { S: '' },
    number: { N: '1' },
  };
  for (const [id, h] of Object.entries(items)) await put(world, { id: { S: id }, h });
  await addIndex(world, { Create: index('partitioned', 'h:S') }, schema('h:S').AttributeDefinitions);
  await cloud.advance(1_000);
  await addIndex(world, { Create: index('sorted', 'id:S h:S') }, schema('id:S h:S').AttributeDefinitions);
  await cloud.advance(1_000);
  const ids = async (IndexName: string) => {
    const { Items = [] } = await db.send(new ScanCommand({ TableName, IndexName }));
    return Items.map(({ id }) => id?.S).sort();
  };
  assert.deepEqual(await ids('partitioned'), ['fits', 'half']);
  assert.deepEqual(await ids('sorted'), ['fits']);
  // An update that leaves the attribute alone does not mind it.
  await db.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'number' } },
      UpdateExpression: 'SET extra = :v',
      ExpressionAttributeValues: { ':v': { S: 'v' } },
    }),
  );
  await put(world, { id: { S: 'long' }, h: { S: 'short' } });
  assert.deepEqual(await ids('partitioned'), ['fits', 'half', 'long']);
});

test('an attribute has one type in all keys', async () => {
  await using world = await start();
  const { db } = world;
  const redefined = await failure(
    addIndex(world, { Create: index('other', 'r:N') }, schema('r:N').AttributeDefinitions),
  );
  assert.equal(
    redefined.message,
    `${INVALID}Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: Schema:[SchemaElement: key{h:S:HASH}, SchemaElement: key{r:S:RANGE}] New schema: Schema:[SchemaElement: key{r:N:HASH}]`,
  );
  const twice = await failure(
    db.send(
      new CreateTableCommand({
        TableName: 'other',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: schema('id:S').KeySchema,
        AttributeDefinitions: schema('id:S h:S h:N').AttributeDefinitions,
        GlobalSecondaryIndexes: [index('one', 'h:S')],
      }),
    ),
  );
  assert.equal(twice.message, 'Attribute Name is duplicated: h');
});

test('an index is created with the definitions of its key, and one change at a time', async () => {
  await using world = await start();
  const none = await failure(addIndex(world, { Create: index('other', 'r:S') }));
  assert.equal(none.message, `${INVALID}AttributeDefinitions is not specified for index: other`);
  const few = await failure(addIndex(world, { Create: index('other', 'h:S r:S') }, schema('h:S').AttributeDefinitions));
  assert.equal(
    few.message,
    `${INVALID}Some index key attributes are not defined in AttributeDefinitions. Keys: [h, r], AttributeDefinitions: [h]`,
  );
  const both = await failure(addIndex(world, { Create: index('other', 'r:S'), Delete: { IndexName: 'ranked' } }));
  assert.equal(
    both.message,
    `${INVALID}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object`,
  );
  const blocked = await failure(
    addIndex(world, {
      Update: {
        IndexName: 'nowhere',
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1_000_000_000_001 },
      },
    }),
  );
  assert.equal(
    blocked.message,
    'This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate',
  );
});

test('while an index is filled, its table is ACTIVE and changes; only other indexes must wait, and the index can be given up', async () => {
  await using world = await start();
  world.cloud.server.cloud.kernel.timers.stop();
  const begun = await addIndex(world, { Create: index('other', 'e:S') }, schema('e:S').AttributeDefinitions);
  assert.equal(begun.TableDescription?.TableStatus, 'UPDATING');
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  const filled = Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === 'other');
  assert.deepEqual([Table?.TableStatus, filled?.IndexStatus, filled?.Backfilling], ['ACTIVE', 'CREATING', true]);
  const refused = async (promise: Promise<unknown>) => {
    const { name, message } = await failure(promise);
    return `${name}: ${message}`;
  };
  const inUse = 'ResourceInUseException: Attempt to change a resource which is still in use:';
  const update = (change: object) => world.db.send(new UpdateTableCommand({ TableName, ...change }));
  assert.equal(
    await refused(world.db.send(new DeleteTableCommand({ TableName }))),
    `${inUse} Cannot delete table while indexes are being created, updated, or deleted.`,
  );
  for (const change of [
    { BillingMode: 'PAY_PER_REQUEST' },
    { DeletionProtectionEnabled: false },
    { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } },
    { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    {
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'other', OnDemandThroughput: { MaxReadRequestUnits: 5 } } }],
    },
  ])
    await update(change);
  assert.equal(
    await refused(update({ ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] })),
    `${inUse} Table: things is in the process of being updated.`,
  );
  assert.equal(
    await refused(addIndex(world, { Delete: { IndexName: 'ranked' } })),
    'LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
  );
  const insights = new UpdateContributorInsightsCommand({
    TableName,
    IndexName: 'other',
    ContributorInsightsAction: 'ENABLE',
  });
  assert.equal(
    await refused(world.db.send(insights)),
    'ValidationException: Table or Index is not in a valid state to update Key Access Insights: IndexStatus must be ACTIVE to enable ContributorInsights.',
  );
  await addIndex(world, { Delete: { IndexName: 'other' } });
  await world.db.send(new DeleteTableCommand({ TableName }));
});

test('a table has twenty global indexes', async () => {
  const names = Array.from({ length: 20 }, (_, at) => `index${at}`);
  await using world = await startWorld('id:S', {
    AttributeDefinitions: schema('h:S').AttributeDefinitions,
    GlobalSecondaryIndexes: names.map((name) => index(name, 'h:S')),
  });
  const { name, message } = await failure(
    addIndex(world, { Create: index('more', 'h:S') }, schema('h:S').AttributeDefinitions),
  );
  assert.deepEqual(
    [name, message],
    [
      'LimitExceededException',
      'Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20',
    ],
  );
});

const MISMATCH = `${INVALID}Type mismatch for Index Key r Expected: S Actual: N IndexName: ranked`;
const EMPTIED =
  'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.';
const NESTED =
  "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: h";

for (const [UpdateExpression, message] of [
  ['SET h.a = id ADD r :n', MISMATCH],
  ['SET e = r[1], r = id + :n', MISMATCH],
  [
    'SET r = list_append(id, id), e = :n',
    `${INVALID}Type mismatch for Index Key r Expected: S Actual: L IndexName: ranked`,
  ],
  ['ADD h.b :n', NESTED],
  ['SET h[1] = :n', NESTED],
  ['SET e = list_append(id, r), f = h[1], g = :n', NESTED],
  ['SET r = e, f = :n', 'The update expression attempted to update the secondary index key to unsupported type'],
  ['SET r = :empty, f = :n', EMPTIED],
  ['SET r = hollow, f = :n', EMPTIED],
] as const) {
  test(`an update of keys of indexes: ${UpdateExpression}`, async () => {
    await using world = await start();
    await put(world, { e: { N: '1' }, hollow: { S: '' } });
    const refused = await failure(
      world.db.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'a' } },
          UpdateExpression,
          ExpressionAttributeValues: {
            ':n': { N: '1' },
            ...(UpdateExpression.includes(':empty') && { ':empty': { S: '' } }),
          },
        }),
      ),
    );
    assert.equal(refused.message, message);
  });
}
