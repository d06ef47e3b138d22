/** Orders and faults of reading that only raw requests had shown. Source: answers recorded from AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';

async function scanned({ db }: World, keys: readonly AttributeValue[]): Promise<(string | undefined)[]> {
  const requests = keys.map((id) => ({ PutRequest: { Item: { id } } }));
  await db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
  const { Items = [] } = await db.send(new ScanCommand({ TableName }));
  return Items.map(({ id }) => id?.S ?? id?.N);
}

test('a Scan is in the order of the hashes of partition keys', async () => {
  await using texts = await startWorld();
  const given = [...'0123456789', 'aardman', 'hello', 'zapf', 'äáöü'];
  const inOrder = '2 8 9 1 6 hello 0 5 4 äáöü aardman 7 3 zapf'.split(' ');
  assert.deepEqual(
    await scanned(
      texts,
      given.map((S) => ({ S })),
    ),
    inOrder,
  );
  await using numbers = await startWorld('id:N');
  const numbered = [...'0123456789', '-0.09', '999.9', '0.012345', '-999.9'];
  const numbersInOrder = '7 999.9 8 3 2 -999.9 9 4 -0.09 6 1 0 0.012345 5'.split(' ');
  assert.deepEqual(
    await scanned(
      numbers,
      numbered.map((N) => ({ N })),
    ),
    numbersInOrder,
  );
});

test('a segment of a Scan has the keys whose hashes are in its part', async () => {
  await using world = await startWorld();
  await scanned(
    world,
    ['3635', '228', '1668', '3435'].map((S) => ({ S })),
  );
  const segment = async (Segment: number) => {
    const { Items = [] } = await world.db.send(new ScanCommand({ TableName, Segment, TotalSegments: 4_096 }));
    return Items.map(({ id }) => id?.S).sort();
  };
  assert.deepEqual(await segment(0), ['228', '3635']);
  assert.deepEqual(await segment(1), ['1668']);
  assert.deepEqual(await segment(4), ['3435']);
});

test('entries of equal keys of a global index are in the order of the hashes of their items', async () => {
  await using world = await startWorld('a:S b:S', {
    AttributeDefinitions: schema('c:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'index', KeySchema: schema('c:S').KeySchema, Projection: { ProjectionType: 'ALL' } },
    ],
  });
  const [first = '', ...others] = ['aa', 'da', 'ba', 'ca', 'db', 'cb'];
  const itemOf = ([a = '', b = '']: string) => ({ a: { S: a }, b: { S: b }, c: { S: 'x' } });
  for (const text of [...others, first].sort())
    await world.db.send(new PutItemCommand({ TableName, Item: itemOf(text) }));
  const query = async (more: object) => {
    const { Items = [] } = await world.db.send(
      new QueryCommand({
        TableName,
        IndexName: 'index',
        KeyConditionExpression: 'c = :c',
        ExpressionAttributeValues: { ':c': { S: 'x' } },
        ...more,
      }),
    );
    return Items.map(({ a, b }) => `${a?.S}${b?.S}`);
  };
  assert.deepEqual(await query({ ExclusiveStartKey: itemOf(first) }), others);
  assert.deepEqual(await query({ ScanIndexForward: false }), [...others.toReversed(), first]);
});

test('a page of a table ends where a megabyte of what is kept is full', async () => {
  await using world = await startWorld('id:S at:S');
  const text = 'e'.repeat(43_372);
  for (let at = 0; at < 25; at += 1) {
    const more = at === 23 ? 'e'.repeat(16) : '';
    const Item = {
      id: { S: '0123456789' },
      at: { S: String(at).padStart(2, '0') },
      e: { S: at === 24 ? text : text + more },
    };
    await world.db.send(new PutItemCommand({ TableName, Item }));
  }
  const { Count, LastEvaluatedKey, ConsumedCapacity } = await world.db.send(
    new ScanCommand({ TableName, Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' }),
  );
  assert.deepEqual([Count, LastEvaluatedKey?.at?.S, ConsumedCapacity?.CapacityUnits], [24, '23', 127.5]);
});

const INVALID = 'Invalid condition in KeyConditionExpression: ';
const NESTED = 'KeyConditionExpressions cannot have conditions on nested attributes';
const MULTIPLE = `${INVALID}Multiple attribute names used in one condition`;

for (const [KeyConditionExpression, message] of [
  [
    ':a BETWEEN size(b) AND size(a) AND b > :a',
    `${INVALID}BETWEEN operator must have the key attribute as its first operand`,
  ],
  ['begins_with(:a, b)', `${INVALID}begins_with operator must have the key attribute as its first operand`],
  ['b > a.b', MULTIPLE],
  ['a BETWEEN b AND size(a)', MULTIPLE],
  ['a.d > c', NESTED],
  ['b[0] > a', NESTED],
  ['size(a) > :a', 'KeyConditionExpressions cannot contain nested operations'],
  ['a > size(b.d)', 'KeyConditionExpressions cannot contain nested operations'],
  ['a BETWEEN size(b) AND size(a)', 'KeyConditionExpressions cannot contain nested operations'],
  [':a > :a', `${INVALID}No key attribute specified`],
] as const) {
  test(`the condition ${KeyConditionExpression} on a key`, async () => {
    await using world = await startWorld();
    const ExpressionAttributeValues = KeyConditionExpression.includes(':a') ? { ':a': { S: '1' } } : undefined;
    const refused = await failure(
      world.db.send(new QueryCommand({ TableName, KeyConditionExpression, ExpressionAttributeValues })),
    );
    assert.equal(refused.message, message);
  });
}

for (const [FilterExpression, value, message] of [
  ['attribute_type(a, size(a)) AND a = :a', { N: '1' }, 'operator or function: attribute_type, operand type: N'],
  ['attribute_not_exists(size(:a))', { N: '1' }, 'operator or function: size, operand type: N'],
  ['attribute_type(a, :a)', { L: [] }, 'operator or function: attribute_type, operand type: L'],
] as const) {
  test(`the operands of ${FilterExpression}`, async () => {
    await using world = await startWorld();
    const ExpressionAttributeValues: { [name: string]: AttributeValue } = {
      ':a': 'N' in value ? { N: value.N } : { L: [] },
    };
    const refused = await failure(
      world.db.send(new ScanCommand({ TableName, FilterExpression, ExpressionAttributeValues })),
    );
    assert.equal(
      refused.message,
      `Invalid FilterExpression: Incorrect operand type for operator or function; ${message}`,
    );
  });
}

test('conditions from before expressions compare with any number of values, and come after what is to be written', async () => {
  await using world = await startWorld();
  await scanned(world, [{ S: 'a' }, { S: 'b' }]);
  const AttributeValueList = Array.from({ length: 27_500 }, () => ({ S: 'a' }));
  const { Count } = await world.db.send(
    new ScanCommand({ TableName, ScanFilter: { id: { ComparisonOperator: 'IN', AttributeValueList } } }),
  );
  assert.equal(Count, 1);
  const refused = await failure(
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: 'a' } },
        Expected: { other: {} },
        AttributeUpdates: { other: {} },
      }),
    ),
  );
  assert.equal(
    refused.message,
    'One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified',
  );
});

test('an operator joins conditions of which there are two at least', async () => {
  await using world = await startWorld();
  const one = { ComparisonOperator: 'NULL' } as const;
  const join = (ScanFilter?: { [name: string]: typeof one }) =>
    world.db.send(new ScanCommand({ TableName, ConditionalOperator: 'OR', ...(ScanFilter && { ScanFilter }) }));
  assert.equal((await failure(join())).message, 'ConditionalOperator cannot be used without Filter or Expected');
  assert.equal(
    (await failure(join({ a: one }))).message,
    'ConditionalOperator can only be used when Filter or Expected has two or more elements',
  );
  assert.equal((await join({ a: one, b: one })).Count, 0);
});
