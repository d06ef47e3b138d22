/** Whatever is done to a table: who replays its stream has the same table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { readAll, startStreamWorld } from './reader.ts';

const TableName = 'things';
type Step = { kind: 'put' | 'update' | 'delete' | 'batch' | 'transact' | 'wait'; id: string; other: string; n: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('put', 'update', 'delete', 'batch', 'transact', 'wait'),
  id: fc.constantFrom('a', 'b', 'c'),
  other: fc.constantFrom('d', 'e'),
  n: fc.integer({ min: 0, max: 2 }),
});

/** Within a day nothing is trimmed. */
function stays(steps: readonly Step[]): boolean {
  return steps.filter((one) => one.kind === 'wait').length < 12;
}

async function carryOut(db: DynamoDBClient, { kind, id, other, n }: Step): Promise<void> {
  const Key = { id: { S: id } };
  const Item = { ...Key, n: { N: String(n) } };
  const Other = { id: { S: other }, list: { L: [{ N: String(n) }] } };
  switch (kind) {
    case 'put':
      await db.send(new PutItemCommand({ TableName, Item }));
      return;
    case 'update':
      await db.send(
        new UpdateItemCommand({
          TableName,
          Key,
          UpdateExpression: 'ADD n :n',
          ExpressionAttributeValues: { ':n': { N: String(n) } },
        }),
      );
      return;
    case 'delete':
      await db.send(new DeleteItemCommand({ TableName, Key }));
      return;
    case 'batch':
      await db.send(
        new BatchWriteItemCommand({
          RequestItems: { things: [{ PutRequest: { Item: Other } }, { DeleteRequest: { Key } }] },
        }),
      );
      return;
    case 'transact':
      // Half of these fail, and must leave no trace.
      await db
        .send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item } },
              { Delete: { TableName, Key: { id: { S: other } }, ConditionExpression: 'attribute_exists(id)' } },
            ],
          }),
        )
        .catch(() => {});
      return;
    case 'wait':
      return;
  }
}

test('the replayed stream is the table', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }).filter(stays), async (steps) => {
      await using world = await startStreamWorld();
      for (const one of steps) {
        if (one.kind === 'wait') await world.cloud.advance(2 * 3_600_000);
        else await carryOut(world.db, one);
      }
      const copy = new Map<string, Record<string, AttributeValue>>();
      for (const { eventName, dynamodb } of await readAll(world, 3)) {
        const id = dynamodb?.Keys?.id?.S ?? '';
        const before = copy.get(id);
        assert.deepEqual(dynamodb?.OldImage, before);
        assert.equal(
          eventName,
          dynamodb?.NewImage === undefined ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY',
        );
        if (dynamodb?.NewImage === undefined) copy.delete(id);
        else copy.set(id, dynamodb.NewImage as Record<string, AttributeValue>);
      }
      const { Items = [] } = await world.db.send(new ScanCommand({ TableName }));
      assert.deepEqual(new Map(Items.map((item) => [item.id?.S, item])), new Map([...copy]));
    }),
    { numRuns: 15, seed: 7 },
  );
});
