/** What PartiQL statements may look like, and what is said of those that may not. Source of texts: recorded answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExecuteStatementCommand, ExecuteTransactionCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld, type World } from './world.ts';

const run = ({ db }: World, Statement: string) => db.send(new ExecuteStatementCommand({ Statement }));
const item = async ({ db }: World, id: string) =>
  (await db.send(new GetItemCommand({ TableName: 'things', Key: { id: { S: id } } }))).Item;

async function startThings(): Promise<World> {
  const world = await startWorld();
  await run(world, `INSERT INTO things VALUE {'id': 'a', 'ss': <<'p', 'q'>>, 's': 'text', 'f': true, 'no': null}`);
  return world;
}

for (const [where, isFound] of [
  ['attribute_exists(ss)', true],
  ['attribute_exists(nothing)', false],
  ['ATTRIBUTE_NOT_EXISTS(nothing)', true],
  ['NOT attribute_exists("ss")', false],
  ['attribute_exists(ss) = true', true],
  ['attribute_exists(ss) = false', false],
  ['f IS BOOL', true],
  ['s IS STRING', true],
  ['s IS NOT STRING', false],
  ['no IS NULL', true],
] as const) {
  test(`WHERE ${where}`, async () => {
    await using world = await startThings();
    const { Items } = await run(world, `SELECT id FROM things WHERE id = 'a' AND ${where}`);
    assert.deepEqual(Items, isFound ? [{ id: { S: 'a' } }] : []);
  });
}

for (const statement of [
  `SELECT id FROM things WHERE id = 'a' -- the rest of the line`,
  `-- first\nSELECT id /* in between, * and all */ FROM things WHERE id = 'a' /**/ /**/`,
]) {
  test(`comments are no part of ${JSON.stringify(statement)}`, async () => {
    await using world = await startThings();
    assert.deepEqual((await run(world, statement)).Items, [{ id: { S: 'a' } }]);
  });
}

test('an update may begin with FROM', async () => {
  await using world = await startThings();
  const { Items } = await run(world, `from things where id = 'a' and f = true set n = 1 remove ss returning all new *`);
  assert.deepEqual(Items, [{ id: { S: 'a' }, s: { S: 'text' }, f: { BOOL: true }, no: { NULL: true }, n: { N: '1' } }]);
  assert.equal(
    (await failure(run(world, `FROM things WHERE id = 'b' SET n = 1`))).name,
    'ConditionalCheckFailedException',
  );
});

const UNREADABLE = "Statement wasn't well formed, can't be processed: ";
const LEFT_OVER = `${UNREADABLE}Unexpected token after expression`;
const unordered = (operator: string, type: string) =>
  `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`;
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';

for (const [statement, text] of [
  [`SELECT * FROM things t WHERE id = 'a'`, 'Aliasing is not supported'],
  [`SELECT * FROM things AS t WHERE id = 'a'`, 'Aliasing is not supported'],
  [`UPDATE things t SET a = 3 WHERE id = 'a'`, 'Aliasing is not supported'],
  [`DELETE FROM things t WHERE id = 'a'`, 'Aliasing is not supported'],
  [`INSERT INTO things t VALUE {'id': 'x'}`, LEFT_OVER],
  [`INSERT INTO things VALUE {'id': 'x'} foo`, LEFT_OVER],
  [`DELETE FROM things WHERE id = 'a' ORDER BY id`, LEFT_OVER],
  [`SELECT * FROM things WHERE id = 'a')`, LEFT_OVER],
  [`SELECT * FROM things WHERE id = 'a' # note`, UNREADABLE],
  [`SELECT * FROM things WHERE id = 'a' /* note`, UNREADABLE],
  [`SELECT * FROM things WHERE n = 1e2147483648`, UNREADABLE],
  [`SELECT * FROM things WHERE n = 1.5e-2147483647`, UNREADABLE],
  [`SELECT * FROM things WHERE n = 1e126`, `${OVERFLOW} under root`],
  [`INSERT INTO things VALUE {'id': 1e126}`, `${OVERFLOW} under root`],
  [`INSERT INTO things VALUE {'id': 'x', 'm': {'x': 1e126}}`, `${OVERFLOW} under root.x`],
  [`INSERT INTO things VALUE {'id': 'x', 'l': [1, 1e126]}`, `${OVERFLOW} under root[1]`],
  [
    `SELECT * FROM things WHERE attribute_exists('ss')`,
    'Operator or function requires a document path; operator or function: attribute_exists',
  ],
  [
    'SELECT * FROM things WHERE attribute_exists()',
    'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0',
  ],
  [`SELECT * FROM things WHERE id = 'a' AND n < true`, unordered('<', 'BOOL')],
  [`SELECT * FROM things WHERE NOT (n = 1 OR [1] >= n)`, unordered('>=', 'L')],
  [`DELETE FROM things WHERE id = 'a' AND n BETWEEN 1 AND null`, unordered('BETWEEN', 'NULL')],
  ['SELECT * FROM things WHERE EXISTS(ss)', 'Unrecognized function: exists at 1:28:6'],
  [`SELECT * FROM things WHERE set_add(ss, <<'x'>>) = ss`, 'Unrecognized function: set_add at 1:28:7'],
  [
    `UPDATE things SET t = set_add(ss, <<'x'>>) WHERE id = 'a'`,
    'The first argument to SET_ADD must equal the assignment value at 1:23:7',
  ],
  [
    `UPDATE things SET ss = set_delete(ss, 'x') WHERE id = 'a'`,
    'The second argument to SET_DELETE must be a value with type SET at 1:35:2',
  ],
  [`UPDATE things SET ss = set_add(ss) WHERE id = 'a'`, 'SET_ADD must have exactly two arguments at 1:24:7'],
  [`UPDATE things SET ss = set_add(ss, <<>>) WHERE id = 'a'`, 'Empty bags are not supported'],
] as const) {
  test(`${statement} is refused`, async () => {
    await using world = await startThings();
    const refused = await failure(run(world, statement));
    assert.deepEqual([refused.name, refused.message], ['ValidationException', text]);
  });
}

test('within a transaction a SELECT asks for a key only, EXISTS for more', async () => {
  await using world = await startThings();
  const transact = (...statements: string[]) =>
    world.db.send(
      new ExecuteTransactionCommand({ TransactStatements: statements.map((Statement) => ({ Statement })) }),
    );
  assert.equal(
    (await failure(transact(`SELECT * FROM things WHERE id = 'a' AND attribute_exists(ss)`))).message,
    'Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.',
  );
  assert.equal(
    (await failure(transact(`DELETE FROM things WHERE id = 'b'`, `EXISTS(SELECT * FROM things WHERE id = 'a')`)))
      .message,
    'Validation failed in TransactStatements[1]: EXISTS() must contain a single item read with additional condition',
  );
  const done = await transact(
    `EXISTS(SELECT * FROM things WHERE id = 'a' AND attribute_exists(ss))`,
    `INSERT INTO things VALUE {'id': 'b'}`,
  );
  assert.deepEqual(done.Responses, []);
  assert.deepEqual(await item(world, 'b'), { id: { S: 'b' } });
});
