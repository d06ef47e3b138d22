/** Faults that public suites of tests have found on AWS. Source: their recorded answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  CreateTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactGetItem,
  TransactGetItemsCommand,
  type TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
type Values = { [name: string]: AttributeValue };
const Key = { id: { S: 'a' } };

const write = ({ db }: World, TransactItems: TransactWriteItem[]) =>
  failure(db.send(new TransactWriteItemsCommand({ TransactItems })));
const put = (Item: Values) => ({ Put: { TableName, Item } });

const BAD_TYPE = 'One or more parameter values were invalid: Type mismatch for key id expected: S actual: N';
const NO_MATCH = 'The provided key element does not match the schema';
const EMPTY =
  'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id';

const bad = { id: { N: '7' } };
for (const [what, part, message] of [
  ['a put', put(bad), BAD_TYPE],
  [
    'a put without it',
    put({ other: { S: 'x' } }),
    'One or more parameter values were invalid: Missing the key id in the item',
  ],
  ['a delete', { Delete: { TableName, Key: bad } }, NO_MATCH],
  ['a check', { ConditionCheck: { TableName, Key: bad, ConditionExpression: 'attribute_exists(id)' } }, NO_MATCH],
] as [string, TransactWriteItem, string][]) {
  test(`the key of ${what} that can not be cancels a transaction; of the parts behind it nothing is told`, async () => {
    await using world = await startWorld();
    const error = await write(world, [put({ id: { S: 'b' } }), part, put(bad)]);
    assert.equal(error.name, 'TransactionCanceledException');
    const { CancellationReasons } = error as TransactionCanceledException;
    assert.deepEqual(CancellationReasons, [
      { Code: 'None' },
      { Code: 'ValidationError', Message: message },
      { Code: 'None' },
    ]);
    const { Item } = await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'b' } } }));
    assert.equal(Item, undefined);
  });
}

test('empty keys and faults of the request come before any cancellation', async () => {
  await using world = await startWorld();
  const empty = { id: { S: '' } };
  for (const part of [put(empty), { Delete: { TableName, Key: empty } }]) {
    const error = await write(world, [put(bad), part]);
    assert.deepEqual([error.name, error.message], ['ValidationException', EMPTY]);
  }
  const unused = { ...Key, ExpressionAttributeValues: { ':v': { S: 'x' } } };
  const error = await write(world, [
    put(bad),
    {
      Delete: {
        TableName,
        Key,
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: unused.ExpressionAttributeValues,
      },
    },
  ]);
  assert.deepEqual(
    [error.name, error.message],
    ['ValidationException', 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}'],
  );
});

test('reading transactions are cancelled for their keys, too', async () => {
  await using world = await startWorld();
  const TransactItems: TransactGetItem[] = [{ Get: { TableName, Key } }, { Get: { TableName, Key: {} } }];
  const error = await failure(world.db.send(new TransactGetItemsCommand({ TransactItems })));
  assert.deepEqual((error as TransactionCanceledException).CancellationReasons, [
    { Code: 'None' },
    { Code: 'ValidationError', Message: NO_MATCH },
  ]);
});

test('a transaction brings up to 4 MB', async () => {
  await using world = await startWorld();
  const text = 'x'.repeat(100_000);
  const items = (count: number) =>
    Array.from({ length: count }, (_, at) => put({ id: { S: String(at) }, text: { S: text } }));
  await world.db.send(new TransactWriteItemsCommand({ TransactItems: items(41) }));
  const error = await write(world, items(42));
  assert.deepEqual([error.name, error.message], ['ValidationException', 'Transaction payload size cannot exceed 4 MB']);
});

for (const [ProjectionExpression, message] of [
  [
    `a${'.b'.repeat(32)}`,
    'Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33',
  ],
  [
    'a[99999999999999]',
    'Invalid ProjectionExpression: List index is not within the allowable range; index: [99999999999999]',
  ],
] as const) {
  test(`the path ${ProjectionExpression.slice(0, 20)}`, async () => {
    await using world = await startWorld();
    const refused = await failure(world.db.send(new GetItemCommand({ TableName, Key, ProjectionExpression })));
    assert.equal(refused.message, message);
    await world.db.send(
      new GetItemCommand({ TableName, Key, ProjectionExpression: `a${'.b'.repeat(31)}, c[2147483647]` }),
    );
  });
}

test('attributes have names', async () => {
  await using world = await startWorld();
  const message = 'One or more parameter values were invalid: Empty attribute name';
  for (const command of [
    new PutItemCommand({ TableName, Item: { ...Key, '': { N: '1' } } }),
    new GetItemCommand({ TableName, Key, AttributesToGet: [''] }),
    new UpdateItemCommand({ TableName, Key, AttributeUpdates: { '': { Value: { N: '1' } } } }),
  ]) {
    const refused = await failure(world.db.send(command as PutItemCommand));
    assert.equal(refused.message, message);
  }
});

test('sums of more digits than a number has are told as too large', async () => {
  await using world = await startWorld();
  const refused = await failure(
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET b = :a + :b',
        ExpressionAttributeValues: { ':a': { N: '1e50' }, ':b': { N: '1' } },
      }),
    ),
  );
  assert.equal(
    refused.message,
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
  );
});

test('the type of a value is asked like that of an attribute', async () => {
  await using world = await startWorld();
  const update = (type: string) =>
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET c = :v',
        ConditionExpression: 'attribute_type(:v, :t)',
        ExpressionAttributeValues: { ':v': { N: '0' }, ':t': { S: type } },
      }),
    );
  await update('N');
  const refused = await failure(update('S'));
  assert.equal(refused.name, 'ConditionalCheckFailedException');
});

test('what is not there neither contains nor does it not', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { ...Key, a: { S: 'hello' } } }));
  const update = (name: string) =>
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        AttributeUpdates: { z: { Value: { N: '1' } } },
        Expected: { [name]: { ComparisonOperator: 'NOT_CONTAINS', AttributeValueList: [{ S: 'dog' }] } },
      }),
    );
  await update('a');
  const refused = await failure(update('b'));
  assert.equal(refused.name, 'ConditionalCheckFailedException');
});

test('behind the one item of a partition there is nothing to go on with', async () => {
  await using world = await startWorld();
  const refused = await failure(
    world.db.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'id = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        ExclusiveStartKey: Key,
      }),
    ),
  );
  assert.equal(
    refused.message,
    'The provided exclusive start key is invalid: ExclusiveStartKey: {id=AttributeValue: {S:a}}',
  );
});

test('a page of the one item that a whole key names is the last', async () => {
  await using world = await startWorld('id:S n:N');
  for (const n of ['1', '2'])
    await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: n } } }));
  const last = async (condition: string, more: object = {}) => {
    const page = await world.db.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: `id = :a${condition}`,
        ExpressionAttributeValues: { ':a': { S: 'a' }, ...more },
        Limit: 1,
      }),
    );
    return page.LastEvaluatedKey?.n?.N;
  };
  assert.equal(await last(''), '1');
  assert.equal(await last(' AND n = :one', { ':one': { N: '1' } }), undefined);
  assert.equal(await last(' AND n >= :one', { ':one': { N: '1' } }), '1');
  const select = (where: string) =>
    world.db.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM things WHERE id = 'a'${where}`, Limit: 1 }));
  assert.equal((await select(' AND n = 1')).NextToken, undefined);
  assert.notEqual((await select('')).NextToken, undefined);
});

test('a table needs definitions of its attributes', async () => {
  await using world = await startWorld();
  const refused = await failure(
    world.db.send(
      new CreateTableCommand({
        TableName: 'other',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: schema('id:S').KeySchema,
      }),
    ),
  );
  assert.equal(
    refused.message,
    "1 validation error detected: Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null",
  );
});

test('what a local index lacks is read from the table, item by item', async () => {
  await using world = await startWorld('id:S at:S', {
    AttributeDefinitions: schema('r:S').AttributeDefinitions,
    LocalSecondaryIndexes: [
      { IndexName: 'local', KeySchema: schema('id:S r:S').KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  });
  for (const at of ['1', '2', '3']) {
    const Item = { id: { S: 'a' }, at: { S: at }, r: { S: at }, text: { S: 'x'.repeat(5_000) } };
    await world.db.send(new PutItemCommand({ TableName, Item }));
  }
  const query = async (more: object) => {
    const { ConsumedCapacity } = await world.db.send(
      new QueryCommand({
        TableName,
        IndexName: 'local',
        ConsistentRead: true,
        KeyConditionExpression: 'id = :a',
        ExpressionAttributeValues: { ':a': { S: 'a' } },
        ReturnConsumedCapacity: 'INDEXES',
        ...more,
      }),
    );
    return [ConsumedCapacity?.Table?.CapacityUnits, ConsumedCapacity?.LocalSecondaryIndexes?.local?.CapacityUnits];
  };
  assert.deepEqual(await query({ Select: 'ALL_ATTRIBUTES' }), [6, 1]);
  assert.deepEqual(await query({ ProjectionExpression: 'id' }), [0, 1]);
  assert.deepEqual(await query({ ProjectionExpression: 'id, #t', ExpressionAttributeNames: { '#t': 'text' } }), [6, 1]);
});

test('DELETE names a place in a map or list that is there, whether or not anything is at it', async () => {
  await using world = await startWorld();
  const Item = { ...Key, b: { S: 'x' }, c: { M: {} }, d: { L: [{ S: 'x' }] } };
  await world.db.send(new PutItemCommand({ TableName, Item }));
  const remove = (path: string) =>
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: `DELETE ${path} :v`,
        ExpressionAttributeValues: { ':v': { SS: ['a'] } },
      }),
    );
  for (const path of ['z', 'c.z', 'd[1]']) await remove(path);
  for (const path of ['b.z', 'b[1]', 'z.z', 'z[1]', 'c[1]', 'd.z']) {
    const refused = await failure(remove(path));
    assert.equal(refused.message, 'The document path provided in the update expression is invalid for update');
  }
});
