/** Writes numbered items one after the other, half of them in pairs: whatever is there later must be a beginning of that. */
import assert from 'node:assert/strict';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ResourceInUseException,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

const TABLE = 'log';

/**
 * Checks what is there, then writes on from it.
 *
 * @param written how many were written at most; @param atLeast how many must be there
 * @returns how many there are now
 */
export async function writeInOrder(
  cloud: { url: string },
  written: number,
  more: number,
  atLeast = 0,
): Promise<number> {
  const client = new DynamoDBClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  try {
    await makeTable(client);
    const found = await read(client);
    assert.ok(found <= written && found >= atLeast, `${found} items of ${written}`);
    for (let number = found; number < found + more; number += 1) await write(client, number);
    return found + more;
  } finally {
    client.destroy();
  }
}

async function makeTable(client: DynamoDBClient): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function write(client: DynamoDBClient, number: number): Promise<void> {
  const put = (side: string) => ({
    TableName: TABLE,
    Item: { id: { S: `${number}${side}` }, pad: { S: 'x'.repeat(1_000) } },
  });
  if (number % 2 === 0) await client.send(new PutItemCommand(put('')));
  else await client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put('a') }, { Put: put('b') }] }));
}

/** How many there are: all up to some number, and none after it. */
async function read(client: DynamoDBClient): Promise<number> {
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }));
  const ids = new Set(items.map((item) => item.id?.S));
  let count = 0;
  let seen = 0;
  const has = (number: number) => {
    const sides = number % 2 === 0 ? [''] : ['a', 'b'];
    const there = sides.filter((side) => ids.has(`${number}${side}`)).length;
    assert.ok(there === 0 || there === sides.length, `pair ${number} is whole`);
    seen += there;
    return there > 0;
  };
  while (has(count)) count += 1;
  assert.equal(seen, ids.size, `nothing after ${count}`);
  return count;
}
