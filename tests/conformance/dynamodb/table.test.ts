import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { schema, startWorld } from './world.ts';

const TableName = 'things';
const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';

test('a table is described as it was made, and waiters are content under a frozen clock', async () => {
  await using world = await startWorld('id:S at:N', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
    TableClass: 'STANDARD',
    DeletionProtectionEnabled: true,
  });
  await waitUntilTableExists({ client: world.db, maxWaitTime: 60 }, { TableName });
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.match(Table?.TableId ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(Table, {
    TableName,
    TableArn: ARN,
    TableId: Table?.TableId,
    TableStatus: 'ACTIVE',
    CreationDateTime: new Date(START),
    KeySchema: schema('id:S at:N').KeySchema,
    // In the order of their names, however they were given.
    AttributeDefinitions: schema('at:N id:S').AttributeDefinitions,
    ItemCount: 0,
    TableSizeBytes: 0,
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
    TableClassSummary: { TableClass: 'STANDARD' },
    DeletionProtectionEnabled: true,
    WarmThroughput: { ReadUnitsPerSecond: 5, WriteUnitsPerSecond: 6, Status: 'ACTIVE' },
  });
});

const base: CreateTableCommandInput = { TableName: 'other', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S') };
const index = (name: string, key: string) => ({
  IndexName: name,
  KeySchema: schema(key).KeySchema,
  Projection: { ProjectionType: 'ALL' as const },
});

const refused: [what: string, input: Partial<CreateTableCommandInput>, message: string][] = [
  [
    'a short name',
    { TableName: 'ab' },
    "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
  ],
  [
    'a strange name',
    { TableName: 'a b c' },
    "1 validation error detected: Value 'a b c' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
  ],
  [
    'no throughput',
    { BillingMode: undefined },
    'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  ],
  [
    'throughput of nothing',
    { BillingMode: undefined, ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 } },
    "2 validation errors detected: Value '0' at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    'no keys',
    { KeySchema: undefined },
    "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be null",
  ],
  [
    'throughput on demand',
    { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
    'One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
  ],
  [
    'a range key first',
    { KeySchema: [{ AttributeName: 'id', KeyType: 'RANGE' }] },
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  ],
  [
    'one key twice',
    {
      KeySchema: [...schema('id:S').KeySchema, { AttributeName: 'id', KeyType: 'RANGE' }],
      AttributeDefinitions: schema('id:S other:S').AttributeDefinitions,
    },
    'Both the Hash Key and the Range Key element in the KeySchema have the same name',
  ],
  [
    'a key without definition',
    { AttributeDefinitions: schema('other:S').AttributeDefinitions },
    'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [other]',
  ],
  [
    'an attribute without use',
    { AttributeDefinitions: schema('id:S other:S').AttributeDefinitions },
    'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
  ],
  [
    'a local index of a table without range',
    { LocalSecondaryIndexes: [index('idx', 'id:S')] },
    'One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
  ],
  [
    'two indexes of one name',
    { GlobalSecondaryIndexes: [index('idx', 'id:S'), index('idx', 'id:S')] },
    'One or more parameter values were invalid: Duplicate index name: idx',
  ],
  [
    'no projection',
    { GlobalSecondaryIndexes: [{ ...index('idx', 'id:S'), Projection: {} }] },
    'One or more parameter values were invalid: Unknown ProjectionType: null',
  ],
  [
    'an empty list of indexes',
    { GlobalSecondaryIndexes: [] },
    'One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty',
  ],
];

for (const [what, input, message] of refused) {
  test(`CreateTable refuses ${what}`, async () => {
    await using cloud = await startTestCloud();
    const error = await failure(cloud.client(DynamoDBClient).send(new CreateTableCommand({ ...base, ...input })));
    assert.deepEqual([error.name, error.message], ['ValidationException', message]);
  });
}

test('a table exists once, and is told apart by name, account and Region', async () => {
  await using world = await startWorld();
  const again = await failure(world.db.send(new CreateTableCommand({ ...base, TableName })));
  assert.deepEqual([again.name, again.message], ['ResourceInUseException', 'Table already exists: things']);
  await world.cloud
    .client(DynamoDBClient, { region: 'eu-west-1' })
    .send(new CreateTableCommand({ ...base, TableName }));
  const other = world.cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'x' },
  });
  assert.deepEqual((await other.send(new ListTablesCommand())).TableNames, []);
  const missing = await failure(other.send(new DescribeTableCommand({ TableName })));
  assert.deepEqual(
    [missing.name, missing.message],
    ['ResourceNotFoundException', 'Requested resource not found: Table: things not found'],
  );
});

test('tables are listed in pages', async () => {
  await using cloud = await startTestCloud();
  const db = cloud.client(DynamoDBClient);
  for (const name of ['ccc', 'aaa', 'bbb']) await db.send(new CreateTableCommand({ ...base, TableName: name }));
  const first = await db.send(new ListTablesCommand({ Limit: 2 }));
  assert.deepEqual([first.TableNames, first.LastEvaluatedTableName], [['aaa', 'bbb'], 'bbb']);
  const second = await db.send(new ListTablesCommand({ ExclusiveStartTableName: 'bbb' }));
  assert.deepEqual([second.TableNames, second.LastEvaluatedTableName], [['ccc'], undefined]);
});

test('a deleted table is gone with its items, and its name is free at once', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } } }));
  const { TableDescription } = await world.db.send(new DeleteTableCommand({ TableName }));
  assert.equal(TableDescription?.TableStatus, 'DELETING');
  await waitUntilTableNotExists({ client: world.db, maxWaitTime: 60 }, { TableName });
  await world.db.send(new CreateTableCommand({ ...base, TableName }));
  assert.equal((await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }))).Item, undefined);
  await world.cloud.advance(10);
  const { store } = world.cloud.server.cloud.kernel;
  assert.equal(store.driver.count('dynamodb.items', '', '\u{10FFFF}'), 0, 'what nobody points to is swept');
});

test('deletion protection', async () => {
  await using world = await startWorld('id:S', { DeletionProtectionEnabled: true });
  const error = await failure(world.db.send(new DeleteTableCommand({ TableName })));
  assert.deepEqual(
    [error.name, error.message],
    [
      'ValidationException',
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    ],
  );
  await world.db.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await world.db.send(new DeleteTableCommand({ TableName }));
});

test('throughput and billing change', async () => {
  await using world = await startWorld();
  const update = (more: object) => world.db.send(new UpdateTableCommand({ TableName, ...more }));
  assert.equal(
    (await failure(update({}))).message,
    'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required',
  );
  const ProvisionedThroughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 };
  const { TableDescription } = await update({ BillingMode: 'PROVISIONED', ProvisionedThroughput });
  assert.equal(TableDescription?.TableStatus, 'UPDATING');
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [Table?.TableStatus, Table?.BillingModeSummary?.BillingMode, Table?.ProvisionedThroughput?.WriteCapacityUnits],
    ['ACTIVE', 'PROVISIONED', 4],
  );
  assert.match(
    (await failure(update({ ProvisionedThroughput }))).message,
    /^The provisioned throughput for the table will not change\. The requested value equals the current value\. Current ReadCapacityUnits provisioned for the table: 3\./,
  );
});

test('a global index is built from what is there, by timers, and follows what is written meanwhile', async () => {
  await using world = await startWorld();
  const count = 1_203;
  const put = (at: number) =>
    world.db.send(
      new PutItemCommand({ TableName, Item: { id: { S: `i${at}` }, at: { N: String(at) }, kind: { S: 'k' } } }),
    );
  for (let at = 0; at < count; at += 1) await put(at);
  const { TableDescription: begun } = await world.db.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: schema('kind:S at:N').AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create: index('byKind', 'kind:S at:N') }],
    }),
  );
  assert.deepEqual(
    [begun?.AttributeDefinitions, begun?.GlobalSecondaryIndexes?.map((one) => [one.IndexStatus, one.Backfilling])],
    [schema('at:N id:S kind:S').AttributeDefinitions, [['CREATING', false]]],
  );
  await put(count);
  await world.cloud.advance(0);
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [
      Table?.TableStatus,
      Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus,
      Table?.GlobalSecondaryIndexes?.[0]?.ItemCount,
    ],
    ['ACTIVE', 'ACTIVE', count + 1],
  );
  const last = await world.db.send(
    new QueryCommand({
      TableName,
      IndexName: 'byKind',
      KeyConditionExpression: 'kind = :k',
      ExpressionAttributeValues: { ':k': { S: 'k' } },
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  assert.deepEqual(last.Items?.[0]?.at, { N: String(count) });
  await world.db.send(
    new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byKind' } }] }),
  );
  const after = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [after.Table?.GlobalSecondaryIndexes, after.Table?.AttributeDefinitions],
    [undefined, schema('id:S').AttributeDefinitions],
  );
});

test('items expire by their time to live, those that were there before too', async () => {
  await using world = await startWorld();
  const put = (id: string, until: number) =>
    world.db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, until: { N: String(until) } } }));
  const now = START / 1_000;
  await put('before', now + 100);
  await world.db.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } }),
  );
  const { TimeToLiveDescription } = await world.db.send(new DescribeTimeToLiveCommand({ TableName }));
  assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'until' });
  await put('later', now + 1_000);
  await put('soon', now + 50);
  await put('moved', now + 60);
  await put('moved', now + 2_000);
  await put('ancient', now - 6 * 365 * 86_400);
  const ids = async () => (await world.db.send(new ScanCommand({ TableName }))).Items?.map((item) => item.id?.S).sort();
  await world.cloud.advance(49_000);
  assert.deepEqual(await ids(), ['ancient', 'before', 'later', 'moved', 'soon']);
  await world.cloud.advance(1_000);
  assert.deepEqual(await ids(), ['ancient', 'before', 'later', 'moved']);
  await world.cloud.advance(50_000);
  assert.deepEqual(await ids(), ['ancient', 'later', 'moved']);
  await world.cloud.advance(900_000);
  assert.deepEqual(await ids(), ['ancient', 'moved']);
  const twice = await failure(
    world.db.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } }),
    ),
  );
  assert.deepEqual([twice.name, twice.message], ['ValidationException', 'TimeToLive is already enabled']);
  await world.db.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: false, AttributeName: 'until' } }),
  );
  await world.cloud.advance(10_000_000);
  assert.deepEqual(await ids(), ['ancient', 'moved']);
});

test('tags', async () => {
  await using world = await startWorld('id:S', { Tags: [{ Key: 'a', Value: '1' }] });
  await world.db.send(
    new TagResourceCommand({
      ResourceArn: ARN,
      Tags: Array.from({ length: 11 }, (_, at) => ({ Key: `k${at}`, Value: String(at) })),
    }),
  );
  await world.db.send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys: ['a'] }));
  const { Tags = [], NextToken } = await world.db.send(new ListTagsOfResourceCommand({ ResourceArn: ARN }));
  assert.deepEqual([Tags.length, Tags.at(-1), NextToken], [11, { Key: 'k10', Value: '10' }, undefined]);
  for (const [tags, message] of [
    [[{ Key: 'hi!', Value: 'x' }], 'The Tag Key provided is invalid, Key: hi!'],
    [[{ Key: 'x', Value: 'd%g' }], 'The Tag Value provided is invalid, Value: d%g'],
    [[{ Key: 'aws:x', Value: 'x' }], 'Tag Key cannot be prefixed with aws:, Key: aws:x'],
    [
      [
        { Key: 'x', Value: '1' },
        { Key: 'x', Value: '2' },
      ],
      'Duplicate Tag Keys provided as input: Duplicate Tag Key found x',
    ],
    [
      Array.from({ length: 40 }, (_, at) => ({ Key: `more${at}`, Value: '' })),
      'Number of Tags exceed the current limit for the provided ResourceArn',
    ],
  ] as const) {
    const refused = await failure(world.db.send(new TagResourceCommand({ ResourceArn: ARN, Tags: [...tags] })));
    assert.equal(refused.message, message);
  }
  const missing = await failure(world.db.send(new ListTagsOfResourceCommand({ ResourceArn: `${ARN}x` })));
  assert.deepEqual(
    [missing.name, missing.message],
    ['ResourceNotFoundException', `Requested resource not found: ResourceArn: ${ARN}x not found`],
  );
});

test('limits, endpoints, backups', async () => {
  await using world = await startWorld();
  assert.equal((await world.db.send(new DescribeLimitsCommand())).TableMaxReadCapacityUnits, 40_000);
  const { Endpoints } = await world.db.send(new DescribeEndpointsCommand());
  assert.deepEqual(Endpoints, [{ Address: new URL(world.cloud.url).host, CachePeriodInMinutes: 1_440 }]);
  const { ContinuousBackupsDescription } = await world.db.send(new DescribeContinuousBackupsCommand({ TableName }));
  assert.equal(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus, 'DISABLED');
  const missing = await failure(world.db.send(new DescribeContinuousBackupsCommand({ TableName: 'nowhere' })));
  assert.deepEqual([missing.name, missing.message], ['TableNotFoundException', 'Table not found: nowhere']);
});
