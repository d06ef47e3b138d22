import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
type Values = { [name: string]: AttributeValue };

const INDEXED = {
  AttributeDefinitions: schema('by:S rank:N').AttributeDefinitions,
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byRank',
      ...{ KeySchema: schema('by:S rank:N').KeySchema },
      Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['shown'] },
    },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'ranked',
      KeySchema: schema('id:S rank:N').KeySchema,
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    },
  ],
};

async function fill(world: World, count: number): Promise<void> {
  for (let at = 0; at < count; at += 25) {
    const put = Array.from({ length: Math.min(25, count - at) }, (_, index) => ({
      PutRequest: {
        Item: {
          id: { S: `p${(at + index) % 3}` },
          at: { N: String(at + index - 10) },
          by: { S: 'x' },
          rank: { N: String(100 - at - index) },
          shown: { S: 's' },
          hidden: { S: 'h' },
        },
      },
    }));
    await world.db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: put } }));
  }
}

const numbers = (items: Values[] | undefined, name = 'at') => (items ?? []).map((item) => Number(item[name]?.N));

test('ranges of sort keys, forwards and backwards', async () => {
  await using world = await startWorld('id:S at:N');
  await fill(world, 30);
  const ask = async (condition: string, values: Values, more: Partial<QueryCommandInput> = {}) =>
    numbers(
      (
        await world.db.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: `id = :p${condition}`,
            ExpressionAttributeValues: { ':p': { S: 'p0' }, ...values },
            ...more,
          }),
        )
      ).Items,
    );
  assert.deepEqual(await ask('', {}), [-10, -7, -4, -1, 2, 5, 8, 11, 14, 17]);
  assert.deepEqual(
    await ask(' AND #t < :t', { ':t': { N: '-4' } }, { ExpressionAttributeNames: { '#t': 'at' } }),
    [-10, -7],
  );
  const named = { ExpressionAttributeNames: { '#t': 'at' } };
  assert.deepEqual(
    await ask(' AND #t <= :t', { ':t': { N: '-4' } }, { ...named, ScanIndexForward: false }),
    [-4, -7, -10],
  );
  assert.deepEqual(await ask(' AND #t > :t', { ':t': { N: '11' } }, named), [14, 17]);
  assert.deepEqual(await ask(' AND :t <= #t', { ':t': { N: '11' } }, named), [11, 14, 17]);
  assert.deepEqual(
    await ask(' AND #t BETWEEN :t AND :u', { ':t': { N: '-1.5' }, ':u': { N: '5' } }, named),
    [-1, 2, 5],
  );
  assert.deepEqual(await ask(' AND #t = :t', { ':t': { N: '2.0' } }, named), [2]);
});

test('begins_with over text and binary', async () => {
  await using world = await startWorld('id:S at:B');
  for (const bytes of [[1], [1, 2], [1, 2, 255], [1, 3], [2]])
    await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'p' }, at: { B: new Uint8Array(bytes) } } }));
  const got = await world.db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'id = :p AND begins_with(#t, :b)',
      ExpressionAttributeNames: { '#t': 'at' },
      ExpressionAttributeValues: { ':p': { S: 'p' }, ':b': { B: new Uint8Array([1, 2]) } },
    }),
  );
  assert.deepEqual(
    got.Items?.map((item) => [...(item.at?.B ?? [])]),
    [
      [1, 2],
      [1, 2, 255],
    ],
  );
});

test('pages go on where the last one ended, also backwards and over a prefix', async () => {
  await using world = await startWorld('id:S sk:S');
  const all = Array.from({ length: 7 }, (_, index) => `a${index}`);
  for (const sk of [...all, 'b0', 'Z'])
    await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'p' }, sk: { S: sk } } }));
  for (const ScanIndexForward of [true, false]) {
    const seen: (string | undefined)[] = [];
    let ExclusiveStartKey: Values | undefined;
    let pages = 0;
    do {
      const page = await world.db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'id = :p AND begins_with(sk, :a)',
          ExpressionAttributeValues: { ':p': { S: 'p' }, ':a': { S: 'a' } },
          Limit: 3,
          ScanIndexForward,
          ExclusiveStartKey,
        }),
      );
      seen.push(...(page.Items ?? []).map((item) => item.sk?.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
      pages += 1;
    } while (ExclusiveStartKey !== undefined);
    assert.deepEqual(seen, ScanIndexForward ? all : [...all].reverse());
    assert.equal(pages, 3);
  }
});

test('a page ends at a megabyte', async () => {
  await using world = await startWorld('id:S at:N');
  for (let at = 0; at < 6; at += 1)
    await world.db.send(
      new PutItemCommand({
        TableName,
        Item: { id: { S: 'p' }, at: { N: String(at) }, fill: { S: 'x'.repeat(300_000) } },
      }),
    );
  const ask = {
    TableName,
    KeyConditionExpression: 'id = :p',
    ExpressionAttributeValues: { ':p': { S: 'p' } },
    Select: 'COUNT' as const,
  };
  const first = await world.db.send(new QueryCommand(ask));
  assert.deepEqual(
    [first.Count, first.Items, first.LastEvaluatedKey],
    [4, undefined, { id: { S: 'p' }, at: { N: '3' } }],
  );
  const second = await world.db.send(new QueryCommand({ ...ask, ExclusiveStartKey: first.LastEvaluatedKey }));
  assert.deepEqual([second.Count, second.LastEvaluatedKey], [2, undefined]);
});

test('filters count what was looked at', async () => {
  await using world = await startWorld('id:S at:N');
  await fill(world, 30);
  const got = await world.db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'id = :p',
      FilterExpression: '#r > :r',
      ExpressionAttributeNames: { '#r': 'rank' },
      ExpressionAttributeValues: { ':p': { S: 'p0' }, ':r': { N: '90' } },
      ProjectionExpression: '#r',
      ReturnConsumedCapacity: 'TOTAL',
    }),
  );
  assert.deepEqual([got.Count, got.ScannedCount, got.ConsumedCapacity?.CapacityUnits], [4, 10, 0.5]);
  assert.deepEqual(got.Items?.[0], { rank: { N: '100' } });
  const old = await world.db.send(
    new QueryCommand({
      TableName,
      KeyConditions: {
        id: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'p0' }] },
        at: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '8' }] },
      },
      QueryFilter: { rank: { ComparisonOperator: 'LT', AttributeValueList: [{ N: '80' }] } },
    }),
  );
  assert.deepEqual(numbers(old.Items), [11, 14, 17]);
});

test('global and local indexes: order, projection, sparseness, pages', async () => {
  await using world = await startWorld('id:S at:N', INDEXED);
  await fill(world, 30);
  await world.db.send(
    new PutItemCommand({ TableName, Item: { id: { S: 'p0' }, at: { N: '1000' }, rank: { N: '5' } } }),
  );
  const ask = {
    TableName,
    IndexName: 'byRank',
    KeyConditionExpression: '#b = :x',
    ExpressionAttributeNames: { '#b': 'by' },
    ExpressionAttributeValues: { ':x': { S: 'x' } },
  };
  const all = await world.db.send(new QueryCommand(ask));
  assert.deepEqual(
    numbers(all.Items, 'rank'),
    Array.from({ length: 30 }, (_, index) => 71 + index),
  );
  assert.deepEqual(Object.keys(all.Items?.[0] ?? {}).sort(), ['at', 'by', 'id', 'rank', 'shown']);
  const page = await world.db.send(new QueryCommand({ ...ask, Limit: 4 }));
  assert.deepEqual(Object.keys(page.LastEvaluatedKey ?? {}).sort(), ['at', 'by', 'id', 'rank']);
  const next = await world.db.send(new QueryCommand({ ...ask, Limit: 2, ExclusiveStartKey: page.LastEvaluatedKey }));
  assert.deepEqual(numbers(next.Items, 'rank'), [75, 76]);
  const local = {
    TableName,
    IndexName: 'ranked',
    KeyConditionExpression: 'id = :p',
    ExpressionAttributeValues: { ':p': { S: 'p0' } },
    ConsistentRead: true,
    Limit: 1,
  };
  const keys = await world.db.send(new QueryCommand(local));
  assert.deepEqual(keys.Items, [{ id: { S: 'p0' }, at: { N: '1000' }, rank: { N: '5' } }]);
  const whole = await world.db.send(new QueryCommand({ ...local, ScanIndexForward: false, Select: 'ALL_ATTRIBUTES' }));
  assert.equal(whole.Items?.[0]?.hidden?.S, 'h');
  const scanned = await world.db.send(new ScanCommand({ TableName, IndexName: 'byRank' }));
  assert.equal(scanned.Count, 30);
});

test('an index follows its items', async () => {
  await using world = await startWorld('id:S at:N', INDEXED);
  const ranks = async () =>
    numbers((await world.db.send(new ScanCommand({ TableName, IndexName: 'byRank' }))).Items, 'rank');
  const put = (more: Values, ReturnConsumedCapacity: 'INDEXES' = 'INDEXES') =>
    world.db.send(
      new PutItemCommand({ TableName, Item: { id: { S: 'a' }, at: { N: '1' }, ...more }, ReturnConsumedCapacity }),
    );
  const first = await put({ by: { S: 'x' }, rank: { N: '1' } });
  assert.deepEqual(await ranks(), [1]);
  assert.deepEqual(first.ConsumedCapacity, {
    TableName,
    CapacityUnits: 3,
    Table: { CapacityUnits: 1 },
    LocalSecondaryIndexes: { ranked: { CapacityUnits: 1 } },
    GlobalSecondaryIndexes: { byRank: { CapacityUnits: 1 } },
  });
  const same = await put({ by: { S: 'x' }, rank: { N: '1' }, hidden: { S: 'h' } });
  assert.equal(same.ConsumedCapacity?.CapacityUnits, 1);
  await put({ by: { S: 'x' }, rank: { N: '2' } });
  assert.deepEqual(await ranks(), [2]);
  await put({ by: { S: 'x' } });
  assert.deepEqual(await ranks(), []);
  const wrong = await failure(put({ by: { N: '1' } }));
  assert.equal(
    wrong.message,
    'One or more parameter values were invalid: Type mismatch for Index Key by Expected: S Actual: N IndexName: byRank',
  );
  const empty = await failure(put({ by: { S: '' } }));
  assert.equal(
    empty.message,
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byRank, IndexKey: by',
  );
});

test('segments of a parallel scan share the table out', async () => {
  await using world = await startWorld('id:S');
  const ids = Array.from({ length: 60 }, (_, index) => `item-${index}`);
  for (const id of ids) await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let Segment = 0; Segment < 4; Segment += 1) {
    let ExclusiveStartKey: Values | undefined;
    let size = 0;
    do {
      const page = await world.db.send(
        new ScanCommand({ TableName, Segment, TotalSegments: 4, Limit: 5, ExclusiveStartKey }),
      );
      for (const item of page.Items ?? []) seen.push(item.id?.S ?? '');
      size += page.Count ?? 0;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    sizes.push(size);
  }
  assert.deepEqual(seen.sort(), [...ids].sort());
  assert.ok(
    sizes.every((size) => size > 5),
    `segments are uneven: ${sizes}`,
  );
});

const refused: [what: string, input: Partial<QueryCommandInput>, message: string][] = [
  [
    'no condition',
    { KeyConditionExpression: undefined, ExpressionAttributeValues: undefined },
    'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
  ],
  ['no partition key', { KeyConditionExpression: 'extra = :p' }, 'Query condition missed key schema element: id'],
  [
    'a condition on another attribute',
    { KeyConditionExpression: 'id = :p AND extra = :p' },
    'Query condition missed key schema element: at',
  ],
  ['a range of partitions', { KeyConditionExpression: 'id > :p' }, 'Query key condition not supported'],
  ['OR', { KeyConditionExpression: 'id = :p OR extra = :p' }, 'Invalid operator used in KeyConditionExpression: OR'],
  ['IN', { KeyConditionExpression: 'id IN (:p)' }, 'Invalid operator used in KeyConditionExpression: IN'],
  [
    'two conditions on a key',
    { KeyConditionExpression: 'id = :p AND id = :p' },
    'Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key',
  ],
  [
    'a key of another type',
    { ExpressionAttributeValues: { ':p': { N: '1' } } },
    'One or more parameter values were invalid: Condition parameter type does not match schema type',
  ],
  [
    'a filter on the key',
    { FilterExpression: 'id = :p' },
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: id',
  ],
  ['an index that is not there', { IndexName: 'nothing' }, 'The table does not have the specified index: nothing'],
  [
    'a consistent read of a global index',
    {
      IndexName: 'byRank',
      ConsistentRead: true,
      KeyConditionExpression: '#b = :p',
      ExpressionAttributeNames: { '#b': 'by' },
    },
    'Consistent reads are not supported on global secondary indexes',
  ],
  [
    'all attributes of an index that lacks some',
    {
      IndexName: 'byRank',
      Select: 'ALL_ATTRIBUTES',
      KeyConditionExpression: '#b = :p',
      ExpressionAttributeNames: { '#b': 'by' },
    },
    'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index byRank because its projection type is not ALL',
  ],
  [
    'projected attributes of a table',
    { Select: 'ALL_PROJECTED_ATTRIBUTES' },
    'ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
  ],
  [
    'a start elsewhere',
    { ExclusiveStartKey: { id: { S: 'other' }, at: { N: '1' } } },
    'The provided starting key is outside query boundaries based on provided conditions',
  ],
  ['a start that is no key', { ExclusiveStartKey: { id: { S: 'p' } } }, 'The provided starting key is invalid'],
  [
    'a limit of nothing',
    { Limit: 0 },
    "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
];

for (const [what, input, message] of refused) {
  test(`Query refuses ${what}`, async () => {
    await using world = await startWorld('id:S at:N', INDEXED);
    const ask = {
      TableName,
      KeyConditionExpression: 'id = :p',
      ExpressionAttributeValues: { ':p': { S: 'p' } },
      ...input,
    };
    const error = await failure(world.db.send(new QueryCommand(ask)));
    assert.deepEqual([error.name, error.message], ['ValidationException', message]);
  });
}

test('Scan refuses segments that do not fit', async () => {
  await using world = await startWorld();
  const scan = (more: object) => failure(world.db.send(new ScanCommand({ TableName, ...more })));
  assert.equal(
    (await scan({ Segment: 1 })).message,
    'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
  );
  assert.equal(
    (await scan({ TotalSegments: 1 })).message,
    'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
  );
  assert.equal(
    (await scan({ Segment: 4, TotalSegments: 4 })).message,
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 4 is not less than TotalSegments: 4',
  );
});
