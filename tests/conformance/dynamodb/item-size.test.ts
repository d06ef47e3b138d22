import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { startWorld } from './world.ts';

const TableName = 'things';

test('UpdateItem measures an item without its key, and with what its actions cost', async () => {
  await using world = await startWorld();
  const update = (fill: number, id: string, more = '', values: Record<string, AttributeValue> = {}) =>
    world.db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: id } },
        UpdateExpression: `SET f = :f${more}`,
        ExpressionAttributeValues: { ':f': { S: 'x'.repeat(fill) }, ...values },
      }),
    );
  const refused = async (call: Promise<unknown>) =>
    assert.equal((await failure(call)).message, 'Item size to update has exceeded the maximum allowed size');
  // Of an item of 409,600 bytes: names of 2 and 1, a key of 1; but an action that writes costs 19, an update 3.
  await update(409_600 - 1 - 22, 'a');
  await refused(update(409_600 - 1 - 21, 'a'));
  await update(409_600 - 1 - 24, 'b', ' REMOVE g');
  await refused(update(409_600 - 1 - 23, 'b', ' REMOVE g'));
  const list = { ':l': { L: [] }, ':s': { S: '' } };
  await update(1, 'c', ', l = :l', { ':l': { L: [] } });
  // A list of one text without length: 1 for its name, 3 and 1 for it.
  await update(409_600 - 1 - 5 - 22 - 20, 'c', ', l[0] = :s', { ':s': list[':s'] });
  await refused(update(409_600 - 1 - 5 - 22 - 19, 'c', ', l[0] = :s', { ':s': list[':s'] }));
  // However long the key is, no item is larger than 409,600 bytes.
  const long = 'k'.repeat(100);
  await update(409_600 - 102 - 1, long);
  await refused(update(409_600 - 102, long));
});
