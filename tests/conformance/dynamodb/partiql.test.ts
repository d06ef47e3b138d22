import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const run = ({ db }: Pick<World, 'db'>, Statement: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
  db.send(new ExecuteStatementCommand({ Statement, ...more }));

/** The numbers of the items a statement finds. */
async function found(world: World, statement: string, parameters?: AttributeValue[]): Promise<string> {
  const more = parameters === undefined ? {} : { Parameters: parameters };
  return ((await run(world, statement, more)).Items ?? []).map((item) => item.at?.N ?? '-').join(' ');
}

/** Two partitions: `a` with 1 to 4, `b` with 5; an index by kind. */
async function startMusic(): Promise<World> {
  const world = await startWorld('id:S at:N', {
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byKind', KeySchema: schema('kind:S at:N').KeySchema, Projection: { ProjectionType: 'KEYS_ONLY' } },
    ],
  });
  for (const item of [
    "{'id': 'a', 'at': 1, 'kind': 'x', 'name': 'anna', 'tags': <<'p', 'q'>>, 'deep': {'list': [1, {'c': 'd'}]}}",
    "{'id': 'a', 'at': 2, 'kind': 'y', 'name': 'bob', 'none': null}",
    "{'id': 'a', 'at': 3, 'kind': 'x', 'flag': true}",
    "{'id': 'a', 'at': 4}",
    "{'id': 'b', 'at': 5, 'kind': 'x', 'name': 'it''s'}",
  ])
    assert.deepEqual((await run(world, `INSERT INTO "things" VALUE ${item}`)).Items, []);
  return world;
}

test('what is inserted is an item like any other; twice is refused', async () => {
  await using world = await startMusic();
  const { Item } = await world.db.send(
    new GetItemCommand({ TableName: 'things', Key: { id: { S: 'a' }, at: { N: '1' } } }),
  );
  assert.deepEqual(Item, {
    id: { S: 'a' },
    at: { N: '1' },
    kind: { S: 'x' },
    name: { S: 'anna' },
    tags: { SS: ['p', 'q'] },
    deep: { M: { list: { L: [{ N: '1' }, { M: { c: { S: 'd' } } }] } } },
  });
  const twice = await failure(run(world, `INSERT INTO things VALUE {'id': 'b', 'at': 5}`));
  assert.deepEqual([twice.name, twice.message], ['DuplicateItemException', 'Duplicate primary key exists in table']);
  assert.equal(
    (await failure(run(world, `INSERT INTO things VALUE {'id': 'c'}`))).message,
    'One or more parameter values were invalid: Missing the key at in the item',
  );
});

for (const [where, expected] of [
  ["id = 'a'", '1 2 3 4'],
  ["id = 'a' AND at > 2", '3 4'],
  ["2 >= at AND id = 'a'", '1 2'],
  ["id = 'a' AND at BETWEEN 2 AND 3", '2 3'],
  ["id = 'a' AND at = 4", '4'],
  ["id IN ['a', 'b'] AND at >= 4", '4 5'],
  ["id IN ('b')", '5'],
  ["id = 'a' AND (name = 'anna' OR flag = true)", '1 3'],
  ["id = 'a' AND begins_with(name, 'b')", '2'],
  ["id = 'a' AND contains(tags, 'q')", '1'],
  ["id = 'a' AND attribute_type(name, 'S')", '1 2'],
  ["id = 'a' AND size(name) > 3", '1'],
  ["id = 'a' AND name IS MISSING", '3 4'],
  ["id = 'a' AND name IS NOT MISSING", '1 2'],
  ["id = 'a' AND none IS NULL", '2'],
  ["id = 'a' AND NOT kind = 'x'", '2 4'],
  ["id = 'a' AND kind != 'x'", '2 4'],
  ["id = 'a' AND deep.list[1].c = 'd'", '1'],
  ["id = 'a' ORDER BY at DESC", '4 3 2 1'],
  ["id IN ['b', 'a'] ORDER BY id, at DESC", '4 3 2 1 5'],
  ["name = 'it''s'", '5'],
] as const) {
  test(`SELECT … WHERE ${where}`, async () => {
    await using world = await startMusic();
    assert.equal(await found(world, `SELECT * FROM "things" WHERE ${where}`), expected);
  });
}

test('parameters, projections, indexes', async () => {
  await using world = await startMusic();
  assert.equal(await found(world, 'SELECT at FROM things WHERE id = ? AND at = ?', [{ S: 'a' }, { N: '2' }]), '2');
  assert.deepEqual((await run(world, `SELECT deep.list[1], name FROM things WHERE id = 'a' AND at = 1`)).Items, [
    { deep: { M: { list: { L: [{ M: { c: { S: 'd' } } }] } } }, name: { S: 'anna' } },
  ]);
  assert.deepEqual((await run(world, `SELECT * FROM "things"."byKind" WHERE kind = 'x' AND at > 3`)).Items, [
    { id: { S: 'b' }, at: { N: '5' }, kind: { S: 'x' } },
  ]);
  const refuse = async (statement: string, more = {}) => (await failure(run(world, statement, more))).message;
  assert.equal(
    await refuse(`SELECT name FROM "things"."byKind" WHERE kind = 'x'`),
    'One or more parameter values were invalid: Global secondary index byKind does not project [name]',
  );
  assert.equal(
    await refuse(`SELECT * FROM "things"."byKind" WHERE kind = 'x' AND name = 'y'`),
    'One or more parameter values were invalid: Secondary index byKind does not project one or more filter attributes: [name]',
  );
  assert.equal(
    await refuse(`SELECT * FROM "things"."byKind" WHERE kind = 'x'`, { ConsistentRead: true }),
    'Strongly consistent read is not supported on Global Secondary Indexes',
  );
  assert.equal(
    await refuse(`SELECT * FROM things ORDER BY at`),
    'Must have WHERE clause in the statement when using ORDER BY clause.',
  );
  assert.equal(
    await refuse(`SELECT * FROM things WHERE at = 1 ORDER BY at`),
    'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
  );
  assert.equal((await failure(run(world, 'SELECT * FROM nothing'))).name, 'ResourceNotFoundException');
});

test('pages go on where the last one ended, for the same statement only', async () => {
  await using world = await startMusic();
  const statement = `SELECT * FROM things WHERE id IN ['a', 'b']`;
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page: { Items?: Record<string, AttributeValue>[]; NextToken?: string } = await run(world, statement, {
      Limit: 2,
      NextToken,
    });
    seen.push((page.Items ?? []).map((item) => item.at?.N).join(' '));
    NextToken = page.NextToken;
    if (seen.length === 1)
      assert.equal(
        (await failure(run(world, 'SELECT * FROM things', { NextToken }))).message,
        'NextToken does not match request',
      );
  } while (NextToken !== undefined);
  assert.deepEqual(seen, ['1 2', '3 4', '5']);
  assert.equal((await failure(run(world, statement, { NextToken: 'x' }))).message, 'Invalid NextToken');
});

test('several partition keys are read ten items at a time, and no more than fifty', async () => {
  await using world = await startWorld('id:N');
  const keys = (count: number) => Array.from({ length: count }, (_, at) => at).join(', ');
  for (let id = 0; id < 12; id += 1) await run(world, `INSERT INTO things VALUE {'id': ${id}}`);
  const select = `SELECT * FROM things WHERE id IN [${keys(12)}]`;
  const first = await run(world, select);
  assert.equal(first.Items?.length, 10);
  const second = await run(world, select, { NextToken: first.NextToken });
  assert.deepEqual([second.Items?.length, second.NextToken], [2, undefined]);
  const ten = await run(world, `SELECT * FROM things WHERE id IN [${keys(10)}]`);
  assert.deepEqual([ten.Items?.length, ten.NextToken], [10, undefined]);
  await run(world, `SELECT * FROM things WHERE id IN [${keys(50)}]`);
  assert.equal(
    (await failure(run(world, `SELECT * FROM things WHERE id IN [${keys(51)}]`))).message,
    'Too many decomposed read operations for a given query.',
  );
  await run(world, `SELECT * FROM things WHERE n IN [${keys(100)}]`);
  assert.equal(
    (await failure(run(world, `SELECT * FROM things WHERE n IN [${keys(101)}]`))).message,
    'The IN operator is provided with too many operands; number of operands: 101',
  );
});

test('an update changes one item that is there', async () => {
  await using world = await startMusic();
  const one = `WHERE id = 'a' AND at = 1`;
  const update = async (change: string, returning = 'ALL NEW') =>
    (await run(world, `UPDATE things ${change} ${one} RETURNING ${returning} *`)).Items;
  assert.deepEqual(await update(`SET name = 'eve' SET n = 1`, 'MODIFIED NEW'), [{ name: { S: 'eve' }, n: { N: '1' } }]);
  assert.deepEqual(await update(`SET n = n + 4, deep.list[0] = 'z'`, 'MODIFIED OLD'), [
    { n: { N: '1' }, deep: { M: { list: { L: [{ N: '1' }] } } } },
  ]);
  assert.deepEqual(await update(`SET tags = set_add(tags, <<'r'>>)`, 'MODIFIED NEW'), [
    { tags: { SS: ['p', 'q', 'r'] } },
  ]);
  assert.deepEqual(await update(`SET tags = set_delete(tags, <<'q'>>)`, 'MODIFIED NEW'), [
    { tags: { SS: ['p', 'r'] } },
  ]);
  assert.deepEqual(await update(`SET deep.list = list_append(deep.list, [2])`, 'MODIFIED NEW'), [
    { deep: { M: { list: { L: [{ S: 'z' }, { M: { c: { S: 'd' } } }, { N: '2' }] } } } },
  ]);
  assert.deepEqual(await update('REMOVE deep REMOVE tags'), [
    { id: { S: 'a' }, at: { N: '1' }, kind: { S: 'x' }, name: { S: 'eve' }, n: { N: '5' } },
  ]);
  const refuse = (statement: string) => failure(run(world, statement));
  const absent = await refuse(`UPDATE things SET n = 1 WHERE id = 'a' AND at = 99`);
  assert.deepEqual(
    [absent.name, absent.message],
    ['ConditionalCheckFailedException', 'The conditional request failed'],
  );
  assert.equal(
    (await refuse(`UPDATE things SET n = 1 ${one} AND name = 'no'`)).name,
    'ConditionalCheckFailedException',
  );
  assert.equal(
    (await refuse(`UPDATE things SET n = 1 WHERE id = 'a'`)).message,
    'Where clause does not contain a mandatory equality on all key attributes',
  );
  assert.equal(
    (await refuse(`UPDATE things SET at = 1 ${one}`)).message,
    'One or more parameter values were invalid: Cannot update attribute at. This attribute is part of the key',
  );
});

test('a delete removes one item, or finds it gone', async () => {
  await using world = await startMusic();
  const gone = await run(world, `DELETE FROM things WHERE id = 'b' AND at = 5 RETURNING ALL OLD *`);
  assert.equal(gone.Items?.[0]?.name?.S, "it's");
  assert.deepEqual((await run(world, `DELETE FROM things WHERE id = 'b' AND at = 5 RETURNING ALL OLD *`)).Items, []);
  const refused = await failure(run(world, `DELETE FROM things WHERE id = 'a' AND at = 1 AND name = 'no'`));
  assert.equal(refused.name, 'ConditionalCheckFailedException');
  assert.equal(await found(world, `SELECT * FROM things WHERE id = 'a'`), '1 2 3 4');
});

test('reading costs what was read, writing what was written', async () => {
  await using world = await startMusic();
  const units = async (statement: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
    (await run(world, statement, { ReturnConsumedCapacity: 'INDEXES', ...more })).ConsumedCapacity;
  assert.equal((await units(`SELECT * FROM things WHERE id = 'a' AND name = 'no'`))?.CapacityUnits, 0.5);
  assert.deepEqual((await units(`SELECT * FROM "things"."byKind" WHERE kind = 'x'`))?.GlobalSecondaryIndexes, {
    byKind: { CapacityUnits: 0.5 },
  });
  assert.equal((await units(`DELETE FROM things WHERE id = 'b' AND at = 5`))?.CapacityUnits, 2);
});

test('users may be kept from statements, from whole tables, and among their own keys', async () => {
  await using world = await startMusic();
  const { cloud } = world;
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const Statement = [
    { Effect: 'Allow', Action: ['dynamodb:PartiQLSelect', 'dynamodb:PartiQLInsert'], Resource: '*' },
    {
      Effect: 'Deny',
      Action: 'dynamodb:PartiQLSelect',
      Resource: '*',
      Condition: { Bool: { 'dynamodb:FullTableScan': 'true' } },
    },
    {
      Effect: 'Deny',
      Action: 'dynamodb:PartiQLInsert',
      Resource: '*',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['b'] } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const db = cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  assert.equal((await run({ db }, `SELECT * FROM things WHERE id = 'b'`)).Items?.length, 1);
  for (const statement of [
    'SELECT * FROM things',
    `INSERT INTO things VALUE {'id': 'b', 'at': 9}`,
    `DELETE FROM things WHERE id = 'b' AND at = 5`,
  ])
    assert.equal((await failure(run({ db }, statement))).name, 'AccessDeniedException');
  await run({ db }, `INSERT INTO things VALUE {'id': 'a', 'at': 9}`);
});

test('names are quoted or plain, in any case and with any character', async () => {
  await using world = await startWorld();
  await world.db.send(
    new CreateTableCommand({ TableName: 'My-table.v1', BillingMode: 'PAY_PER_REQUEST', ...schema('#id:S') }),
  );
  await run(world, `insert into "My-table.v1" value {'#id': 'a', ':v': 1}`);
  await run(world, `update "My-table.v1" set "#x" = ? where "#id" = 'a'`, { Parameters: [{ B: Buffer.from('z') }] });
  assert.deepEqual((await run(world, `select "#x", ":v" from "My-table.v1" where "#id" = 'a';`)).Items, [
    { '#x': { B: new Uint8Array([122]) }, ':v': { N: '1' } },
  ]);
});
