/** What statements read, and what policies see of it. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamoDBClient, ExecuteStatementCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { allow, policy as policyOf, userWithKey } from '../iam/support.ts';
import { startWorld, type World } from './world.ts';

async function startThings(): Promise<World> {
  const world = await startWorld('id:S at:N');
  for (const at of ['1', '2', '3'])
    await world.db.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'a' }, at: { N: at } } }));
  return world;
}

const run = (db: DynamoDBClient, Statement: string) =>
  db.send(new ExecuteStatementCommand({ Statement, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));

async function userOf({ cloud }: World, name: string, Condition: object): Promise<DynamoDBClient> {
  const credentials = await userWithKey(cloud, name, policyOf(allow('dynamodb:PartiQL*', '*', Condition)));
  return cloud.client(DynamoDBClient, { credentials });
}

test('conditions on one key that differ are a scan, those that say the same are a query', async () => {
  await using world = await startThings();
  const scanner = await userOf(world, 'scanner', {
    Bool: { 'dynamodb:FullTableScan': 'true' },
    Null: { 'dynamodb:LeadingKeys': 'true' },
  });
  const reader = await userOf(world, 'reader', {
    Bool: { 'dynamodb:FullTableScan': 'false' },
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] },
  });
  const scans: [string, number][] = [
    [`id = 'a' AND id = 'b'`, 0],
    [`id = 'a' AND id > 'A'`, 3],
    [`id IN ['a', 'b'] AND id IN ['a', 'b']`, 3],
    [`id = 'a' AND at >= 1 AND at < 3`, 2],
  ];
  const queries: [string, number][] = [
    [`id = 'a' AND id = 'a'`, 3],
    [`id = 'a' AND id IN ['a']`, 3],
    [`id = 'a' AND at = 1 AND at = 1.0`, 1],
    [`id = 'a' AND at BETWEEN 1 AND 2`, 2],
  ];
  for (const [cases, may, mayNot] of [
    [scans, scanner, reader],
    [queries, reader, scanner],
  ] as const)
    for (const [where, count] of cases) {
      const statement = `SELECT * FROM things WHERE ${where}`;
      assert.deepEqual([where, (await run(may, statement)).Items?.length], [where, count]);
      assert.deepEqual([where, (await failure(run(mayNot, statement))).name], [where, 'AccessDeniedException']);
    }
  const ordered = await failure(run(world.db, `SELECT * FROM things WHERE id = 'a' AND id > 'A' ORDER BY at`));
  assert.equal(ordered.name, 'ValidationException');
});

test('policies see all partition keys that a write names', async () => {
  await using world = await startThings();
  const writer = await userOf(world, 'writer', { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['b'] } });
  for (const statement of [
    `UPDATE things SET c = 1 WHERE id = 'a' AND id = 'b' AND at = 1`,
    `UPDATE things SET c = 1 WHERE id = 'b' AND id = 'a' AND at = 1`,
    `DELETE FROM things WHERE id = 'a' AND id = 'b' AND at = 1`,
  ])
    assert.deepEqual([statement, (await failure(run(writer, statement))).name], [statement, 'AccessDeniedException']);
});
