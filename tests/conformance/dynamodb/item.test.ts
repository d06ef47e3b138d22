import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld } from './world.ts';

const TableName = 'things';

test('what was put is read back, of every type, texts and bytes of sets in order', async () => {
  await using world = await startWorld();
  const Item: { [name: string]: AttributeValue } = {
    id: { S: 'a' },
    number: { N: '1.50' },
    text: { S: '' },
    binary: { B: new Uint8Array([1, 2, 255]) },
    strings: { SS: ['\u{1f600}', '\uffff', 'y', 'x', 'Z'] },
    numbers: { NS: ['1e2', '0.10', '-3', '20'] },
    binaries: { BS: [new Uint8Array([200]), new Uint8Array([7, 1]), new Uint8Array([7])] },
    list: { L: [{ S: 'in' }, { M: { deep: { B: new Uint8Array([9]) } } }] },
    map: { M: { constructor: { N: '007' }, __proto__x: { BOOL: false } } },
    none: { NULL: true },
    yes: { BOOL: true },
  };
  await world.db.send(new PutItemCommand({ TableName, Item }));
  const got = await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  assert.deepEqual(got.Item, {
    ...Item,
    number: { N: '1.5' },
    strings: { SS: ['Z', 'x', 'y', '\uffff', '\u{1f600}'] },
    numbers: { NS: ['100', '0.1', '-3', '20'] },
    binaries: { BS: [new Uint8Array([7]), new Uint8Array([7, 1]), new Uint8Array([200])] },
    map: { M: { constructor: { N: '7' }, __proto__x: { BOOL: false } } },
  });
  assert.equal((await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'b' } } }))).Item, undefined);
});

test('the table counts its items and bytes', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: '123' } } }));
  await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'b' } } }));
  await world.db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'b' } } }));
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual([Table?.ItemCount, Table?.TableSizeBytes], [1, 2 + 1 + 1 + 3]);
});

const refusedPuts: [what: string, item: { [name: string]: AttributeValue }, message: string][] = [
  ['no key', { name: { S: 'a' } }, 'One or more parameter values were invalid: Missing the key id in the item'],
  [
    'a key of another type',
    { id: { N: '1' } },
    'One or more parameter values were invalid: Type mismatch for key id expected: S actual: N',
  ],
  [
    'an empty key',
    { id: { S: '' } },
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
  ],
  [
    'a long key',
    { id: { S: 'x'.repeat(2_049) } },
    'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
  ],
  ['no number', { id: { S: 'a' }, n: { N: 'abc' } }, 'The parameter cannot be converted to a numeric value: abc'],
  [
    '39 digits',
    { id: { S: 'a' }, n: { N: '1'.repeat(39) } },
    'Attempting to store more than 38 significant digits in a Number',
  ],
  [
    'a huge number',
    { id: { S: 'a' }, n: { N: '1e126' } },
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
  ],
  [
    'a tiny number',
    { id: { S: 'a' }, n: { N: '1e-131' } },
    'Number underflow. Attempting to store a number with magnitude smaller than supported range',
  ],
  [
    'an empty set',
    { id: { S: 'a' }, s: { SS: [] } },
    'One or more parameter values were invalid: An string set  may not be empty',
  ],
  [
    'a set with a member twice',
    { id: { S: 'a' }, s: { SS: ['x', 'x'] } },
    'One or more parameter values were invalid: Input collection [x, x] contains duplicates.',
  ],
  ['equal numbers in a set', { id: { S: 'a' }, s: { NS: ['1', '1.0'] } }, 'Input collection contains duplicates'],
  [
    'a value that is not NULL',
    { id: { S: 'a' }, s: { NULL: false } },
    'One or more parameter values were invalid: Null attribute value types must have the value of true',
  ],
  [
    'an empty value',
    { id: { S: 'a' }, s: {} as AttributeValue },
    'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
  ],
  [
    'too large an item',
    { id: { S: 'a' }, s: { S: 'x'.repeat(400 * 1_024) } },
    'Item size has exceeded the maximum allowed size',
  ],
];

for (const [what, Item, message] of refusedPuts) {
  test(`PutItem refuses ${what}`, async () => {
    await using world = await startWorld();
    const error = await failure(world.db.send(new PutItemCommand({ TableName, Item })));
    assert.equal(error.name, 'ValidationException');
    assert.equal(error.message, message);
    assert.equal(error.$metadata?.httpStatusCode, 400);
  });
}

test('lists and maps nest up to 32 levels', async () => {
  await using world = await startWorld();
  const nested = (levels: number): AttributeValue => (levels === 0 ? { S: 'x' } : { L: [nested(levels - 1)] });
  await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, deep: nested(31) } }));
  const error = await failure(
    world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, deep: nested(32) } })),
  );
  assert.equal(
    error.message,
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
  );
});

test('a key names exactly the key attributes', async () => {
  await using world = await startWorld('id:S at:N');
  for (const Key of [
    { id: { S: 'a' } },
    { id: { S: 'a' }, at: { S: '1' } },
    { id: { S: 'a' }, at: { N: '1' }, more: { S: 'x' } },
  ] as { [name: string]: AttributeValue }[]) {
    const error = await failure(world.db.send(new GetItemCommand({ TableName, Key })));
    assert.deepEqual(
      [error.name, error.message],
      ['ValidationException', 'The provided key element does not match the schema'],
    );
  }
});

test('a table that does not exist', async () => {
  await using world = await startWorld();
  const error = await failure(world.db.send(new GetItemCommand({ TableName: 'nowhere', Key: { id: { S: 'a' } } })));
  assert.deepEqual([error.name, error.message], ['ResourceNotFoundException', 'Requested resource not found']);
});

test('tables go by their ARN too', async () => {
  await using world = await startWorld();
  const arn = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
  await world.db.send(new PutItemCommand({ TableName: arn, Item: { id: { S: 'a' } } }));
  const got = await world.db.send(new GetItemCommand({ TableName: arn, Key: { id: { S: 'a' } } }));
  assert.deepEqual(got.Item, { id: { S: 'a' } });
});

test('a condition that fails changes nothing and may show the item', async () => {
  await using world = await startWorld();
  const put = (n: string) =>
    new PutItemCommand({
      TableName,
      Item: { id: { S: 'a' }, n: { N: n } },
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  await world.db.send(put('1'));
  const error = await failure(world.db.send(put('2')));
  assert.deepEqual([error.name, error.message], ['ConditionalCheckFailedException', 'The conditional request failed']);
  assert.deepEqual((error as { Item?: unknown }).Item, { id: { S: 'a' }, n: { N: '1' } });
  const got = await world.db.send(new GetItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  assert.deepEqual(got.Item?.n, { N: '1' });
});

test('Expected of old clients', async () => {
  await using world = await startWorld();
  await world.db.send(
    new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: '1' } }, Expected: { id: { Exists: false } } }),
  );
  const again = await failure(
    world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, Expected: { id: { Exists: false } } })),
  );
  assert.equal(again.name, 'ConditionalCheckFailedException');
  await world.db.send(
    new DeleteItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      Expected: {
        n: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '0' }, { N: '2' }] },
        id: { Value: { S: 'b' } },
      },
      ConditionalOperator: 'OR',
    }),
  );
  const mixed = await failure(
    world.db.send(
      new PutItemCommand({
        TableName,
        Item: { id: { S: 'a' } },
        Expected: { id: { Exists: false } },
        ConditionExpression: 'a = b',
      }),
    ),
  );
  assert.equal(
    mixed.message,
    'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}',
  );
  const empty = await failure(
    world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, Expected: { id: { Exists: true } } })),
  );
  assert.equal(
    empty.message,
    'One or more parameter values were invalid: Value must be provided when Exists is true for Attribute: id',
  );
});

test('ReturnValues of put and delete', async () => {
  await using world = await startWorld();
  const first = await world.db.send(
    new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: '1' } }, ReturnValues: 'ALL_OLD' }),
  );
  assert.equal(first.Attributes, undefined);
  const second = await world.db.send(
    new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: '2' } }, ReturnValues: 'ALL_OLD' }),
  );
  assert.deepEqual(second.Attributes, { id: { S: 'a' }, n: { N: '1' } });
  const gone = await world.db.send(
    new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } }, ReturnValues: 'ALL_OLD' }),
  );
  assert.deepEqual(gone.Attributes, { id: { S: 'a' }, n: { N: '2' } });
  const error = await failure(
    world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, ReturnValues: 'ALL_NEW' })),
  );
  assert.equal(error.message, 'ReturnValues can only be ALL_OLD or NONE');
});

test('projections keep the shape of the item', async () => {
  await using world = await startWorld();
  await world.db.send(
    new PutItemCommand({
      TableName,
      Item: {
        id: { S: 'a' },
        m: { M: { x: { N: '1' }, y: { L: [{ S: 'p' }, { S: 'q' }, { S: 'r' }] } } },
        name: { S: 'n' },
      },
    }),
  );
  const got = await world.db.send(
    new GetItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      ProjectionExpression: 'm.y[2], m.y[0], #n, nothing',
      ExpressionAttributeNames: { '#n': 'name' },
    }),
  );
  assert.deepEqual(got.Item, { m: { M: { y: { L: [{ S: 'p' }, { S: 'r' }] } } }, name: { S: 'n' } });
  const old = await world.db.send(
    new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, AttributesToGet: ['name'] }),
  );
  assert.deepEqual(old.Item, { name: { S: 'n' } });
});

test('capacity is counted by size and consistency', async () => {
  await using world = await startWorld();
  const put = await world.db.send(
    new PutItemCommand({
      TableName,
      Item: { id: { S: 'a' }, s: { S: 'x'.repeat(5_000) } },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual(put.ConsumedCapacity, { TableName, CapacityUnits: 5 });
  const weak = await world.db.send(
    new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, ReturnConsumedCapacity: 'TOTAL' }),
  );
  assert.deepEqual(weak.ConsumedCapacity, { TableName, CapacityUnits: 1 });
  const strong = await world.db.send(
    new GetItemCommand({ TableName, Key: { id: { S: 'a' } }, ConsistentRead: true, ReturnConsumedCapacity: 'INDEXES' }),
  );
  assert.deepEqual(strong.ConsumedCapacity, { TableName, CapacityUnits: 2, Table: { CapacityUnits: 2 } });
});

test('UpdateItem: every action, and every kind of answer', async () => {
  await using world = await startWorld();
  const Key = { id: { S: 'a' } };
  const made = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one, l = list_append(:l, :l) ADD tags :t',
      ExpressionAttributeValues: {
        ':zero': { N: '10' },
        ':one': { N: '1' },
        ':l': { L: [{ S: 'x' }] },
        ':t': { SS: ['p', 'q'] },
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  assert.deepEqual(made.Attributes, {
    id: { S: 'a' },
    n: { N: '11' },
    l: { L: [{ S: 'x' }, { S: 'x' }] },
    tags: { SS: ['p', 'q'] },
  });
  const changed = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET l[5] = :v, n = n - :v2 REMOVE l[0] DELETE tags :t',
      ExpressionAttributeValues: { ':v': { S: 'end' }, ':v2': { N: '0.5' }, ':t': { SS: ['p', 'q'] } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  assert.deepEqual(changed.Attributes?.n, { N: '10.5' });
  const old = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET m = :m',
      ExpressionAttributeValues: { ':m': { M: { a: { N: '1' } } } },
      ReturnValues: 'ALL_OLD',
    }),
  );
  assert.deepEqual(old.Attributes, { id: { S: 'a' }, n: { N: '10.5' }, l: { L: [{ S: 'x' }, { S: 'end' }] } });
  const nested = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET m.b = m.a, m.a = :x',
      ExpressionAttributeValues: { ':x': { N: '2' } },
      ReturnValues: 'UPDATED_OLD',
    }),
  );
  assert.deepEqual(nested.Attributes, { m: { M: { a: { N: '1' } } } });
  const { Item } = await world.db.send(new GetItemCommand({ TableName, Key, ProjectionExpression: 'm' }));
  assert.deepEqual(Item, { m: { M: { a: { N: '2' }, b: { N: '1' } } } });
});

test('AttributeUpdates of old clients', async () => {
  await using world = await startWorld();
  const Key = { id: { S: 'a' } };
  await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '2' } },
        s: { Value: { S: 'x' } },
        t: { Action: 'PUT', Value: { SS: ['p', 'q'] } },
      },
    }),
  );
  const { Attributes } = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '3' } },
        s: { Action: 'DELETE' },
        t: { Action: 'DELETE', Value: { SS: ['p'] } },
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  assert.deepEqual(Attributes, { id: { S: 'a' }, n: { N: '5' }, t: { SS: ['q'] } });
  const nothing = await world.db.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'b' } },
      AttributeUpdates: { s: { Action: 'DELETE' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
  assert.equal(nothing.Attributes, undefined);
});
