import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchExecuteStatementCommand, ExecuteTransactionCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld, type World } from './world.ts';

const batch = ({ db }: World, ...statements: string[]) =>
  db.send(new BatchExecuteStatementCommand({ Statements: statements.map((Statement) => ({ Statement })) }));
const transact = ({ db }: World, ...statements: string[]) =>
  db.send(new ExecuteTransactionCommand({ TransactStatements: statements.map((Statement) => ({ Statement })) }));

async function ids({ db }: World): Promise<string> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName: 'things' }));
  return Items.map((item) => item.id?.S)
    .sort()
    .join('');
}

test('statements of a batch answer each for itself', async () => {
  await using world = await startWorld();
  const written = await batch(
    world,
    `INSERT INTO things VALUE {'id': 'a'}`,
    `INSERT INTO nothing VALUE {'id': 'a'}`,
    `UPDATE things SET n = 1 WHERE id = 'x'`,
    `INSERT INTO things VALUE {'id': 'b'}`,
    'INSERT INTO things',
  );
  assert.deepEqual(
    written.Responses?.map((one) => one.Error?.Code ?? one.TableName),
    ['things', 'ResourceNotFound', 'ConditionalCheckFailed', 'things', 'ValidationError'],
  );
  const unheard = await batch(
    world,
    `UPDATE things SET id = 'y' WHERE id = 'a'`,
    `UPDATE things SET n = 1 WHERE id = 'x'`,
  );
  assert.deepEqual(
    unheard.Responses?.map((one) => [one.Error?.Code, one.TableName]),
    [
      ['ValidationError', undefined],
      ['ConditionalCheckFailed', 'things'],
    ],
  );
  const read = await batch(
    world,
    `SELECT * FROM things WHERE id = 'a'`,
    `SELECT * FROM things WHERE id = 'x'`,
    'SELECT * FROM things',
  );
  assert.deepEqual(
    read.Responses?.map((one) => one.Error?.Message ?? one.Item),
    [
      { id: { S: 'a' } },
      undefined,
      'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
    ],
  );
  const again = await batch(world, `INSERT INTO things VALUE {'id': 'a'}`);
  assert.equal(again.Responses?.[0]?.Error?.Code, 'DuplicateItem');
});

test('a batch either reads or writes, and an item once', async () => {
  await using world = await startWorld();
  const insert = `INSERT INTO things VALUE {'id': 'a'}`;
  assert.equal(
    (await failure(batch(world, insert, `SELECT * FROM things WHERE id = 'a'`))).message,
    'Read and write requests together in the same batch is not supported.',
  );
  assert.equal(
    (await failure(batch(world, insert, `DELETE FROM things WHERE id = 'a'`))).message,
    'Provided list of item keys contains duplicates',
  );
  assert.equal(await ids(world), '');
});

test('a transaction is carried out as a whole or not at all', async () => {
  await using world = await startWorld();
  await transact(world, `INSERT INTO things VALUE {'id': 'a', 'n': 1}`, `INSERT INTO things VALUE {'id': 'b'}`);
  await transact(
    world,
    `EXISTS(SELECT * FROM things WHERE id = 'a' AND n = 1)`,
    `DELETE FROM things WHERE id = 'b'`,
    `INSERT INTO things VALUE {'id': 'c'}`,
  );
  assert.equal(await ids(world), 'ac');
  const refused = await failure(
    transact(
      world,
      `INSERT INTO things VALUE {'id': 'd'}`,
      `INSERT INTO things VALUE {'id': 'c'}`,
      `EXISTS(SELECT * FROM things WHERE id = 'a' AND n = 2)`,
    ),
  );
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'TransactionCanceledException',
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem, ConditionalCheckFailed]',
    ],
  );
  assert.equal(await ids(world), 'ac');
  const { Responses } = await transact(
    world,
    `SELECT n FROM things WHERE id = 'a'`,
    `SELECT * FROM things WHERE id = 'x'`,
  );
  assert.deepEqual(Responses, [{ Item: { n: { N: '1' } } }, {}]);
});

test('what a transaction refuses', async () => {
  await using world = await startWorld();
  const refuse = async (...statements: string[]) => (await failure(transact(world, ...statements))).message;
  const insert = `INSERT INTO things VALUE {'id': 'a'}`;
  assert.equal(
    await refuse(insert, `SELECT * FROM things WHERE id = 'b'`),
    'ExecuteTransaction API does not support both read and write operations in the same request.',
  );
  assert.equal(await refuse(insert, insert), 'Transaction request cannot include multiple operations on one item');
  assert.equal(
    await refuse(`DELETE FROM things WHERE id = 'a' RETURNING ALL OLD *`),
    'Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.',
  );
  assert.equal(
    await refuse(`SELECT * FROM "things"."i" WHERE id = 'a'`),
    'Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.',
  );
});

test('statements of a batch that are refused for what is there cost what they tried, and show nothing of it', async () => {
  await using world = await startWorld();
  await batch(world, `INSERT INTO things VALUE {'id': 'a', 'fill': '${'x'.repeat(3_000)}'}`);
  const send = (...statements: string[]) =>
    world.db.send(
      new BatchExecuteStatementCommand({
        Statements: statements.map((Statement) => ({ Statement, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })),
        ReturnConsumedCapacity: 'INDEXES',
      }),
    );
  const refused = [
    `UPDATE things SET n = 1 WHERE id = 'a' AND fill = 'y'`,
    `INSERT INTO things VALUE {'id': 'missing', 'n': 1}`,
  ];
  const some = await send(...refused);
  assert.deepEqual(some.Responses, [
    { TableName: 'things', Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } },
    { TableName: 'things' },
  ]);
  assert.deepEqual(some.ConsumedCapacity, [{ TableName: 'things', CapacityUnits: 4, Table: { CapacityUnits: 4 } }]);
  assert.equal((await send(...refused)).ConsumedCapacity, undefined);
});

test('a token makes a transaction happen once', async () => {
  await using world = await startWorld();
  const send = (Statement: string) =>
    world.db.send(new ExecuteTransactionCommand({ TransactStatements: [{ Statement }], ClientRequestToken: 'once' }));
  await send(`INSERT INTO things VALUE {'id': 'a'}`);
  await send(`INSERT INTO things VALUE {'id': 'a'}`);
  assert.equal(
    (await failure(send(`INSERT INTO things VALUE {'id': 'b'}`))).name,
    'IdempotentParameterMismatchException',
  );
});
