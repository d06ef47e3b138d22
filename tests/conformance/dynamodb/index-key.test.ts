/** Global indexes whose keys have several attributes. Source: Developer Guide, "Multi-attribute keys pattern"; texts as recorded from AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  ExecuteStatementCommand,
  type KeySchemaElement,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const IndexName = 'several';
type Values = { [name: string]: AttributeValue };

/** `a b / c d`: hashes, then ranges. */
function keys(text: string): KeySchemaElement[] {
  const [hashes = '', ranges = ''] = text.split('/');
  return [
    ...(hashes.match(/\w+/g) ?? []).map((name) => ({ AttributeName: name, KeyType: 'HASH' as const })),
    ...(ranges.match(/\w+/g) ?? []).map((name) => ({ AttributeName: name, KeyType: 'RANGE' as const })),
  ];
}

function indexed(key: string, attributes: string): Partial<CreateTableCommandInput> {
  return {
    AttributeDefinitions: schema(attributes).AttributeDefinitions,
    GlobalSecondaryIndexes: [{ IndexName, KeySchema: keys(key), Projection: { ProjectionType: 'KEYS_ONLY' } }],
  };
}

/** `x y / 1 a`: the values of h1, h2, r1 (a number) and r2. */
async function put(world: World, id: string, text: string, more: Values = {}): Promise<void> {
  const [h1 = '', h2 = '', r1 = '', r2 = ''] = text.split(' ');
  const Item = { id: { S: id }, h1: { S: h1 }, h2: { S: h2 }, r1: { N: r1 }, r2: { S: r2 }, ...more };
  await world.db.send(new PutItemCommand({ TableName, Item }));
}

const start = () => startWorld('id:S', indexed('h1 h2 / r1 r2', 'h1:S h2:S r1:N r2:S'));

function asker({ db }: World) {
  return async (condition: string, values: Values, more: Partial<QueryCommandInput> = {}) => {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: `h1 = :h1 AND h2 = :h2${condition}`,
        ExpressionAttributeValues: { ':h1': { S: 'x' }, ':h2': { S: 'y' }, ...values },
        ...more,
      }),
    );
    return Items.map(({ id }) => id?.S).join(' ');
  };
}

test('a key of several attributes is described, and its entries are in the order of all of them', async () => {
  await using world = await start();
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(Table?.GlobalSecondaryIndexes?.[0]?.KeySchema, keys('h1 h2 / r1 r2'));
  await put(world, 'a', 'x y 10 b');
  await put(world, 'b', 'x y 9 z');
  await put(world, 'c', 'x y -1 a');
  await put(world, 'd', 'x y 10 a');
  await put(world, 'e', 'x y 10 a\u0000');
  await put(world, 'f', 'x y 10 ab');
  await put(world, 'other', 'xy  10 a'.replace('  ', ' y '));
  const ask = asker(world);
  assert.equal(await ask('', {}), 'c b d e f a');
  assert.equal(await ask('', {}, { ScanIndexForward: false }), 'a f e d b c');
  const ten = { ':r1': { N: '10' } };
  assert.equal(await ask(' AND r1 = :r1', ten), 'd e f a');
  assert.equal(await ask(' AND r1 < :r1', ten), 'c b');
  assert.equal(await ask(' AND r1 <= :r1', { ':r1': { N: '9' } }), 'c b');
  assert.equal(await ask(' AND r1 > :r1', { ':r1': { N: '9' } }), 'd e f a');
  assert.equal(await ask(' AND r1 >= :r1', ten), 'd e f a');
  assert.equal(await ask(' AND r1 BETWEEN :r1 AND :to', { ':r1': { N: '-1' }, ':to': { N: '9' } }), 'c b');
  const both = { ...ten, ':r2': { S: 'a' } };
  assert.equal(await ask(' AND r1 = :r1 AND r2 = :r2', both), 'd');
  assert.equal(await ask(' AND r2 > :r2 AND r1 = :r1', both), 'e f a', 'in whatever order they are written');
  assert.equal(await ask(' AND r1 = :r1 AND r2 >= :r2', both), 'd e f a');
  assert.equal(await ask(' AND r1 = :r1 AND r2 < :r2', { ...ten, ':r2': { S: 'ab' } }), 'd e');
  assert.equal(await ask(' AND r1 = :r1 AND r2 <= :r2', { ...ten, ':r2': { S: 'ab' } }), 'd e f');
  assert.equal(await ask(' AND r1 = :r1 AND begins_with(r2, :r2)', both), 'd e f');
  assert.equal(
    await ask(' AND r1 = :r1 AND r2 BETWEEN :r2 AND :to', { ...ten, ':r2': { S: 'a\u0000' }, ':to': { S: 'ab' } }),
    'e f',
  );
});

test('pages go on where they ended, by the keys of the table and all of the index', async () => {
  await using world = await start();
  for (const [at, id] of [...'abcdefg'].entries()) await put(world, id, `x y ${at % 3} ${id}`);
  for (const reverse of [false, true]) {
    let found = '';
    let from: Values | undefined;
    do {
      const page = await world.db.send(
        new QueryCommand({
          TableName,
          IndexName,
          Limit: 2,
          ScanIndexForward: !reverse,
          KeyConditionExpression: 'h1 = :h1 AND h2 = :h2 AND r1 <= :r1',
          ExpressionAttributeValues: { ':h1': { S: 'x' }, ':h2': { S: 'y' }, ':r1': { N: '1' } },
          ExclusiveStartKey: from,
        }),
      );
      found += (page.Items ?? []).map(({ id }) => id?.S).join('');
      from = page.LastEvaluatedKey;
      if (from !== undefined) assert.deepEqual(Object.keys(from).sort(), ['h1', 'h2', 'id', 'r1', 'r2']);
    } while (from !== undefined);
    assert.equal(found, reverse ? 'ebgda' : 'adgbe');
  }
  let scanned = 0;
  let from: Values | undefined;
  do {
    const page = await world.db.send(new ScanCommand({ TableName, IndexName, Limit: 3, ExclusiveStartKey: from }));
    scanned += page.Count ?? 0;
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  assert.equal(scanned, 7);
  const key = { h1: { S: 'x' }, r1: { N: '1' }, r2: { S: 'b' }, id: { S: 'b' } };
  const refused = await failure(asker(world)('', {}, { ExclusiveStartKey: key }));
  assert.equal(refused.message, 'The provided starting key is invalid');
});

test('an item is in the index while it has all of its attributes, of the right types', async () => {
  await using world = await start();
  const { db } = world;
  const ask = asker(world);
  await put(world, 'a', 'x y 1 a');
  const update = (UpdateExpression: string, values?: Values) =>
    db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: 'a' } },
        UpdateExpression,
        ...(values && { ExpressionAttributeValues: values }),
      }),
    );
  for (const [name, value] of Object.entries({ h2: { S: 'y' }, r2: { S: 'b' } })) {
    await update(`REMOVE ${name}`);
    assert.equal(await ask('', {}), '');
    await update(`SET ${name} = :v`, { ':v': value });
    assert.equal(await ask('', {}), 'a');
  }
  await update('SET h2 = :v', { ':v': { S: 'z' } });
  assert.equal(await ask('', {}), '');
  await update('SET h2 = :v', { ':v': { S: 'y' } });
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  assert.equal(await ask('', {}), '');
  const wrong = await failure(put(world, 'b', 'x y 1 a', { h2: { N: '1' } }));
  assert.equal(
    wrong.message,
    'One or more parameter values were invalid: Type mismatch for Index Key h2 Expected: S Actual: N IndexName: several',
  );
  const empty = await failure(put(world, 'b', 'x y 1 a', { r2: { S: '' } }));
  assert.equal(
    empty.message,
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: several, IndexKey: r2',
  );
});

test('what a Query of such a key must say', async () => {
  await using world = await start();
  const refused = async (KeyConditionExpression: string, more: Partial<QueryCommandInput> = {}) =>
    (
      await failure(
        world.db.send(
          new QueryCommand({
            TableName,
            IndexName,
            KeyConditionExpression,
            ExpressionAttributeValues: Object.fromEntries(
              (KeyConditionExpression.match(/:\w+/g) ?? []).map((name): [string, AttributeValue] => [
                name,
                name.startsWith(':n') ? { N: '1' } : { S: 's' },
              ]),
            ),
            ...more,
          }),
        ),
      )
    ).message;
  const hash = 'HASH key attributes h2 must have equality conditions specified in the query';
  for (const condition of ['h1 = :a', 'h1 = :a AND h2 > :b', 'h1 = :a AND begins_with(h2, :b)'])
    assert.equal(await refused(condition), hash);
  const range =
    'RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2';
  for (const condition of ['r2 = :c', 'r1 > :n AND r2 = :c', 'r1 > :n AND r2 > :c'])
    assert.equal(await refused(`h1 = :a AND h2 = :b AND ${condition}`), range);
  assert.equal(
    await refused('h1 = :a AND h2 = :b AND r1 = :c'),
    'One or more parameter values were invalid: Condition parameter type does not match schema type',
  );
  assert.equal(await refused('h1 = :a AND h2 = :b AND extra = :c'), 'Query condition missed key schema element: r1');
  assert.equal(
    await refused('h1 = :a AND h2 = :b', { FilterExpression: 'r2 = :a' }),
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: r2',
  );
  assert.equal(
    await refused('id = :a AND h1 = :b AND h2 = :c', { IndexName: undefined }),
    'The number of query conditions (3) exceeds the number of key attributes defined in the schema (1)',
  );
});

test('such an index can be added, then holds what is there, but not for PartiQL', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  for (const [at, id] of [...'abc'].entries()) await put(world, id, `x y ${at} s`);
  await put(world, 'd', 'x z 0 s');
  await db.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: schema('h1:S h2:S r1:N').AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [
        { Create: { IndexName, KeySchema: keys('h1 h2 / r1'), Projection: { ProjectionType: 'ALL' } } },
      ],
    }),
  );
  await cloud.advance(1_000);
  assert.equal(await asker(world)(' AND r1 > :r1', { ':r1': { N: '0' } }), 'b c');
  const select = (index: string) =>
    db.send(new ExecuteStatementCommand({ Statement: `SELECT * FROM things.${index}` }));
  const refused = await failure(select(IndexName));
  assert.equal(
    refused.message,
    'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.',
  );
  const unknown = await failure(select('nowhere'));
  assert.equal(unknown.message, 'The table does not have the specified index');
  await db.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] }));
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(Table?.AttributeDefinitions, schema('id:S').AttributeDefinitions);
});

test('what a key of several attributes may be', async () => {
  await using world = await startWorld();
  const refused = async (KeySchema: KeySchemaElement[], attributes: string, local = false) => {
    const index = { IndexName, KeySchema, Projection: { ProjectionType: 'ALL' as const } };
    const error = await failure(
      world.db.send(
        new CreateTableCommand({
          TableName: 'other',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: schema('id:S at:N').KeySchema,
          AttributeDefinitions: schema(`id:S at:N ${attributes}`).AttributeDefinitions,
          ...(local ? { LocalSecondaryIndexes: [index] } : { GlobalSecondaryIndexes: [index] }),
        }),
      ),
    );
    return error.message;
  };
  const invalid = 'One or more parameter values were invalid: ';
  assert.equal(
    await refused([...keys('a / b'), ...keys('c')], 'a:S b:S c:S'),
    `${invalid}All HASH key attributes must precede RANGE key attributes in the KeySchema`,
  );
  assert.equal(
    await refused(keys('a b c d e'), 'a:S b:S c:S d:S e:S'),
    `${invalid}The KeySchema exceeds the maximum allowed number of HASH key attributes`,
  );
  assert.equal(
    await refused(keys('id / a b c d e'), 'a:S b:S c:S d:S e:S'),
    `${invalid}The KeySchema exceeds the maximum allowed number of RANGE key attributes`,
  );
  const twice = 'The KeySchema contains multiple key attributes with the same name';
  assert.equal(await refused(keys('a b / a'), 'a:S b:S'), twice);
  const both = 'Both the Hash Key and the Range Key element in the KeySchema have the same name';
  assert.equal(await refused(keys('a a'), 'a:S'), both);
  assert.equal(await refused(keys('a / a'), 'a:S'), both);
  assert.equal(
    await refused(keys('/ a b'), 'a:S b:S'),
    'Invalid KeySchema: The first KeySchemaElement is not a HASH key type',
  );
  assert.equal(
    await refused(keys('id a'), 'a:S', true),
    'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type',
  );
});
