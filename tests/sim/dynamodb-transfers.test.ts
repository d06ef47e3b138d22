/** Money moves between accounts by transactions from many clients at once, with retries and faults of the caller's own making; its sum stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '#kernel/random';
import { startTestCloud } from '../support/cloud.ts';

const ACCOUNTS = 12;
const CLIENTS = 8;
const TRANSFERS = 60;
const OPENING = 100;

/** Runs the workload; gives the balances and how often each outcome came. */
async function simulate(seed: string): Promise<{ balances: number[]; outcomes: { [outcome: string]: number } }> {
  await using cloud = await startTestCloud({ seed });
  const { dynamodb } = cloud.server.cloud.aws('123456789012', 'us-east-1');
  const table = { TableName: 'bank' };
  await dynamodb.CreateTable({
    ...table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'bank', AttributeType: 'S' },
      { AttributeName: 'balance', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byBalance',
        KeySchema: [
          { AttributeName: 'bank', KeyType: 'HASH' },
          { AttributeName: 'balance', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  const key = (at: number) => ({ id: { S: `account-${at}` } });
  for (let at = 0; at < ACCOUNTS; at += 1)
    await dynamodb.PutItem({ ...table, Item: { ...key(at), bank: { S: 'b' }, balance: { N: String(OPENING) } } });
  const outcomes: { [outcome: string]: number } = {};
  const random = new Random(seed);
  const client = async (name: string) => {
    const stream = random.stream(name);
    for (let round = 0; round < TRANSFERS; round += 1) {
      const from = stream.below(ACCOUNTS);
      const to = (from + 1 + stream.below(ACCOUNTS - 1)) % ACCOUNTS;
      const amount = { ':n': { N: String(1 + stream.below(60)) } };
      const transfer = {
        ClientRequestToken: `${name}-${round}`,
        TransactItems: [
          {
            Update: {
              ...table,
              Key: key(from),
              UpdateExpression: 'SET balance = balance - :n',
              ConditionExpression: 'balance >= :n',
              ExpressionAttributeValues: amount,
            },
          },
          { Update: { ...table, Key: key(to), UpdateExpression: 'ADD balance :n', ExpressionAttributeValues: amount } },
        ],
      };
      // Every third transfer is sent twice, as a client does that has lost the answer.
      const sent = await Promise.allSettled(
        round % 3 === 0
          ? [dynamodb.TransactWriteItems(transfer), dynamodb.TransactWriteItems(transfer)]
          : [dynamodb.TransactWriteItems(transfer)],
      );
      for (const one of sent) {
        const outcome = one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
      const { Items: items = [] } = await dynamodb.Scan(table);
      assert.equal(
        items.reduce((sum, item) => sum + Number(item.balance?.N), 0),
        ACCOUNTS * OPENING,
        `seed ${seed}: money is constant`,
      );
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, at) => client(`client-${at}`)));
  const { Items: rows = [] } = await dynamodb.Query({
    ...table,
    IndexName: 'byBalance',
    KeyConditionExpression: 'bank = :b',
    ExpressionAttributeValues: { ':b': { S: 'b' } },
  });
  return { balances: rows.map((row) => Number(row.balance?.N)), outcomes };
}

for (const seed of ['1', '2', '3']) {
  test(`money is constant under concurrent transfers, seed ${seed}`, async () => {
    const first = await simulate(seed);
    assert.equal(first.balances.length, ACCOUNTS);
    assert.equal(
      first.balances.reduce((sum, one) => sum + one, 0),
      ACCOUNTS * OPENING,
    );
    assert.deepEqual(
      first.balances,
      [...first.balances].sort((a, b) => a - b),
      'the index is in order',
    );
    assert.ok(
      first.balances.every((one) => one >= 0),
      'no account is overdrawn',
    );
    assert.ok(
      (first.outcomes.done ?? 0) > 0 && (first.outcomes.TransactionCanceledException ?? 0) > 0,
      JSON.stringify(first.outcomes),
    );
    assert.deepEqual(await simulate(seed), first, 'the same seed gives the same run');
  });
}
