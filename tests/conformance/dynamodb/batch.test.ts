import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const key = (id: string) => ({ id: { S: id } });
const put = (id: string): WriteRequest => ({ PutRequest: { Item: key(id) } });
const read = async (world: World, id: string) =>
  (await world.db.send(new GetItemCommand({ TableName, Key: key(id) }))).Item;

test('batches write and read', async () => {
  await using world = await startWorld();
  const written = await world.db.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: [put('a'), put('b'), put('c')] },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual([written.UnprocessedItems, written.ConsumedCapacity], [{}, [{ TableName, CapacityUnits: 3 }]]);
  await world.db.send(
    new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: key('b') } }] } }),
  );
  const got = await world.db.send(
    new BatchGetItemCommand({
      RequestItems: { [TableName]: { Keys: [key('c'), key('b'), key('a')], ConsistentRead: true } },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual(got.Responses?.[TableName], [key('c'), key('a')]);
  assert.deepEqual([got.UnprocessedKeys, got.ConsumedCapacity], [{}, [{ TableName, CapacityUnits: 3 }]]);
});

test('batches are refused as a whole', async () => {
  await using world = await startWorld();
  const write = (list: WriteRequest[]) =>
    failure(world.db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: list } })));
  assert.equal((await write([put('a'), put('a')])).message, 'Provided list of item keys contains duplicates');
  assert.equal(
    (await write([put('a'), { PutRequest: { Item: { x: { S: 'y' } } } }])).message,
    'The provided key element does not match the schema',
  );
  assert.equal(
    (await write(Array.from({ length: 26 }, (_, at) => put(`${at}`)))).message,
    "1 validation error detected: Value at 'requestItems.things.member' failed to satisfy constraint: Member must have length less than or equal to 25",
  );
  assert.equal(await read(world, 'a'), undefined);
  const keys = Array.from({ length: 60 }, (_, at) => key(`${at}`));
  const many = { [TableName]: { Keys: keys }, 'arn:aws:dynamodb:us-east-1:123456789012:table/things': { Keys: keys } };
  assert.equal(
    (await failure(world.db.send(new BatchGetItemCommand({ RequestItems: many })))).message,
    'Too many items requested for the BatchGetItem call',
  );
  const twice = await failure(
    world.db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('a'), key('a')] } } })),
  );
  assert.equal(twice.message, 'Provided list of item keys contains duplicates');
});

test('keys past 16 MB come back as unprocessed', async () => {
  await using world = await startWorld();
  const fill = 'x'.repeat(390_000);
  for (let at = 0; at < 45; at += 1)
    await world.db.send(new PutItemCommand({ TableName, Item: { ...key(`${at}`), fill: { S: fill } } }));
  const got = await world.db.send(
    new BatchGetItemCommand({
      RequestItems: { [TableName]: { Keys: Array.from({ length: 45 }, (_, at) => key(`${at}`)) } },
    }),
  );
  assert.deepEqual(
    [got.Responses?.[TableName]?.length, got.UnprocessedKeys?.[TableName]?.Keys],
    [43, [key('43'), key('44')]],
  );
});

const transact = (world: World, TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  world.db.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken, ReturnConsumedCapacity: 'TOTAL' }));

test('a transaction does all it says', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { ...key('a'), n: { N: '1' } } }));
  await world.db.send(new PutItemCommand({ TableName, Item: key('gone') }));
  const done = await transact(world, [
    { ConditionCheck: { TableName, Key: key('absent'), ConditionExpression: 'attribute_not_exists(id)' } },
    { Put: { TableName, Item: key('new') } },
    {
      Update: {
        TableName,
        Key: key('a'),
        UpdateExpression: 'SET n = n + :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    },
    { Delete: { TableName, Key: key('gone') } },
  ]);
  assert.deepEqual(done.ConsumedCapacity, [{ TableName, CapacityUnits: 8, WriteCapacityUnits: 8 }]);
  const got = await world.db.send(
    new TransactGetItemsCommand({
      TransactItems: [
        { Get: { TableName, Key: key('a'), ProjectionExpression: 'n' } },
        { Get: { TableName, Key: key('gone') } },
        { Get: { TableName, Key: key('new') } },
      ],
    }),
  );
  assert.deepEqual(got.Responses, [{ Item: { n: { N: '2' } } }, {}, { Item: key('new') }]);
});

test('what a transaction did before is read again by its token: all that it was about then', async () => {
  await using world = await startWorld();
  const fill = { S: 'x'.repeat(9_000) };
  await world.db.send(new PutItemCommand({ TableName, Item: { ...key('gone'), fill } }));
  const send = () =>
    transact(
      world,
      [{ Delete: { TableName, Key: key('gone') } }, { Put: { TableName, Item: { ...key('new'), fill } } }],
      'once',
    );
  assert.deepEqual((await send()).ConsumedCapacity, [{ TableName, CapacityUnits: 36, WriteCapacityUnits: 36 }]);
  await world.db.send(new PutItemCommand({ TableName, Item: key('new') }));
  assert.deepEqual((await send()).ConsumedCapacity, [{ TableName, CapacityUnits: 12, ReadCapacityUnits: 12 }]);
});

test('keys that are too long cancel a transaction', async () => {
  await using world = await startWorld('id:S at:S');
  const [long, behind] = [
    { id: { S: 'x'.repeat(2_049) }, at: { S: 'a' } },
    { id: { S: 'a' }, at: { S: 'x'.repeat(1_025) } },
  ];
  const reasons = async (call: Promise<unknown>) =>
    ((await failure(call)) as Error & { CancellationReasons?: { Code: string; Message?: string }[] })
      .CancellationReasons;
  const fine = { Put: { TableName, Item: { id: { S: 'a' }, at: { S: 'a' } } } };
  const tooLong =
    'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes';
  const none = { Code: 'None' };
  for (const part of [
    { Put: { TableName, Item: long } },
    { Delete: { TableName, Key: long } },
    { ConditionCheck: { TableName, Key: long, ConditionExpression: 'attribute_exists(id)' } },
  ])
    assert.deepEqual(await reasons(transact(world, [fine, part])), [
      none,
      { Code: 'ValidationError', Message: tooLong },
    ]);
  assert.deepEqual(
    await reasons(world.db.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: behind } }] }))),
    [
      {
        Code: 'ValidationError',
        Message:
          'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      },
    ],
  );
});

test('a batch of reads is of one generation, over all its tables', async () => {
  await using world = await startWorld();
  const read = (first: object, second: object) =>
    failure(
      world.db.send(
        new BatchGetItemCommand({
          RequestItems: { [TableName]: { Keys: [key('a')], ...first }, others: { Keys: [key('a')], ...second } },
        }),
      ),
    );
  const mixed = await read({ ProjectionExpression: 'id' }, { AttributesToGet: ['id'] });
  assert.deepEqual(
    [mixed.name, mixed.message],
    [
      'ValidationException',
      'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
    ],
  );
});

test('a transaction that is cancelled does nothing and says why', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { ...key('a'), n: { N: '1' } } }));
  const error = (await failure(
    transact(world, [
      { Put: { TableName, Item: key('b') } },
      {
        Put: {
          TableName,
          Item: key('a'),
          ConditionExpression: 'attribute_not_exists(id)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
      {
        Update: {
          TableName,
          Key: key('c'),
          UpdateExpression: 'SET n = n + :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
    ]),
  )) as TransactionCanceledException;
  assert.equal(error.name, 'TransactionCanceledException');
  assert.equal(
    error.message,
    'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
  );
  assert.deepEqual(error.CancellationReasons, [
    { Code: 'None' },
    {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      Item: { id: { S: 'a' }, n: { N: '1' } },
    },
    {
      Code: 'ValidationError',
      Message: 'The provided expression refers to an attribute that does not exist in the item',
    },
  ]);
  assert.equal(await read(world, 'b'), undefined);
});

test('a transaction is refused that makes no sense', async () => {
  await using world = await startWorld();
  const twice = await failure(
    transact(world, [{ Put: { TableName, Item: key('a') } }, { Delete: { TableName, Key: key('a') } }]),
  );
  assert.equal(twice.message, 'Transaction request cannot include multiple operations on one item');
  const none = await failure(transact(world, [{}]));
  assert.equal(none.message, 'TransactItems can only contain one of Check, Put, Update or Delete');
});

test('what is wrong with any part of a transaction is told before a table is missed', async () => {
  await using world = await startWorld();
  const missing = { TableName: 'missing', Key: { id: { S: 'a' } } };
  const there = { TableName: 'things', Key: { id: { S: 'a' } } };
  const written = await failure(
    world.db.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Delete: missing },
          { Update: { ...there, UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':m': { N: '1' } } } },
        ],
      }),
    ),
  );
  assert.match(
    written.message,
    /^Invalid UpdateExpression: An expression attribute value used in expression is not defined/,
  );
  const read = await failure(
    world.db.send(
      new TransactGetItemsCommand({
        TransactItems: [{ Get: missing }, { Get: { ...there, ProjectionExpression: 'a b' } }],
      }),
    ),
  );
  assert.match(read.message, /^Invalid ProjectionExpression: Syntax error/);
  assert.equal(
    (await failure(world.db.send(new TransactGetItemsCommand({ TransactItems: [{ Get: there }, { Get: missing }] }))))
      .name,
    'ResourceNotFoundException',
  );
});

test('a token carries a transaction out once in ten minutes', async () => {
  await using world = await startWorld();
  const add: TransactWriteItem = {
    Update: {
      TableName,
      Key: key('a'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
  await transact(world, [add], 'token');
  const again = await transact(world, [add], 'token');
  assert.deepEqual(again.ConsumedCapacity, [{ TableName, CapacityUnits: 2, ReadCapacityUnits: 2 }]);
  assert.deepEqual((await read(world, 'a'))?.n, { N: '1' });
  // Go's clients write maps in another order each time.
  const item = { ...key('c'), x: { B: Buffer.from('x') } };
  await transact(world, [{ Put: { TableName, Item: item } }], 'other');
  const turned = Object.fromEntries(Object.entries(item).reverse());
  await transact(world, [{ Put: { TableName, Item: turned } }], 'other');
  const other = await failure(transact(world, [{ Put: { TableName, Item: key('b') } }], 'token'));
  assert.equal(other.name, 'IdempotentParameterMismatchException');
  await world.cloud.advance(600_000);
  await transact(world, [add], 'token');
  assert.deepEqual((await read(world, 'a'))?.n, { N: '2' });
});

for (const name of ['constructor', '__proto__']) {
  test(`a table and an index may be called ${name}`, async () => {
    await using world = await startWorld();
    const index = { KeySchema: schema('id:S kind:S').KeySchema, Projection: { ProjectionType: 'ALL' } } as const;
    await world.db.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        ...schema('id:S at:S kind:S'),
        KeySchema: schema('id:S at:S').KeySchema,
        LocalSecondaryIndexes: [{ IndexName: 'constructor', ...index }],
      }),
    );
    const at = (sort: string) => ({ id: { S: 'a' }, at: { S: sort }, kind: { S: 'k' } });
    // The SDK makes objects of names that are no others.
    const RequestItems = Object.fromEntries([[name, ['1', '2'].map((sort) => ({ PutRequest: { Item: at(sort) } }))]]);
    const { ConsumedCapacity, ItemCollectionMetrics } = await world.db.send(
      new BatchWriteItemCommand({
        RequestItems,
        ReturnConsumedCapacity: 'INDEXES',
        ReturnItemCollectionMetrics: 'SIZE',
      }),
    );
    assert.deepEqual(ConsumedCapacity?.[0]?.LocalSecondaryIndexes, { constructor: { CapacityUnits: 2 } });
    if (name !== '__proto__') assert.equal(ItemCollectionMetrics?.[name]?.length, 1);
    const { kind: _, ...key } = at('1');
    const { Responses } = await world.db.send(
      new BatchGetItemCommand({ RequestItems: Object.fromEntries([[name, { Keys: [key] }]]) }),
    );
    if (name !== '__proto__') assert.deepEqual(Responses?.[name], [at('1')]);
  });
}

test('a collection is told once, and a transaction pays its local indexes twice', async () => {
  await using world = await startWorld('artist:S song:S', {
    AttributeDefinitions: schema('album:S').AttributeDefinitions,
    LocalSecondaryIndexes: [
      {
        IndexName: 'byAlbum',
        KeySchema: schema('artist:S album:S').KeySchema,
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const song = (artist: string, title: string) => ({ artist: { S: artist }, song: { S: title } });
  const brought = [song('no one', 'call'), song('acme', 'happy'), song('no one', 'scared')];
  const { ItemCollectionMetrics: met } = await world.db.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: brought.map((one) => ({ PutRequest: { Item: { ...one, album: { S: 'one' } } } })) },
      ReturnItemCollectionMetrics: 'SIZE',
    }),
  );
  assert.deepEqual(
    met?.[TableName]?.map((one) => one.ItemCollectionKey),
    [{ artist: { S: 'no one' } }, { artist: { S: 'acme' } }],
  );
  // One unit for each item and each entry that is put or removed, and all of them twice.
  const { ConsumedCapacity } = await world.db.send(
    new TransactWriteItemsCommand({
      ReturnConsumedCapacity: 'INDEXES',
      TransactItems: [
        {
          Update: {
            TableName,
            Key: song('acme', 'happy'),
            UpdateExpression: 'SET album = :a',
            ExpressionAttributeValues: { ':a': { S: 'two' } },
          },
        },
        { Delete: { TableName, Key: song('no one', 'call') } },
      ],
    }),
  );
  const units = (count: number) => ({ CapacityUnits: count, WriteCapacityUnits: count });
  assert.deepEqual(ConsumedCapacity, [
    { TableName, ...units(10), Table: units(4), LocalSecondaryIndexes: { byAlbum: units(6) } },
  ]);
});
