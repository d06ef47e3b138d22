import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams';
import { failure, START } from '../../support/cloud.ts';
import { readAll, type StreamWorld, shardsOf, startStreamWorld } from './reader.ts';

const TableName = 'things';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function put({ db }: StreamWorld, id: string, n = '1'): Promise<void> {
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: n } } }));
}

test('an insert, a change and a removal, with both images', async () => {
  await using world = await startStreamWorld();
  const { db } = world;
  await put(world, 'a');
  await db.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      UpdateExpression: 'SET b = :b',
      ExpressionAttributeValues: { ':b': { B: Buffer.from('xy') } },
    }),
  );
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  const records = await readAll(world);
  assert.deepEqual(
    records.map((one) => [one.eventName, one.dynamodb?.Keys, one.dynamodb?.OldImage, one.dynamodb?.NewImage]),
    [
      ['INSERT', { id: { S: 'a' } }, undefined, { id: { S: 'a' }, n: { N: '1' } }],
      [
        'MODIFY',
        { id: { S: 'a' } },
        { id: { S: 'a' }, n: { N: '1' } },
        { id: { S: 'a' }, n: { N: '1' }, b: { B: new Uint8Array([120, 121]) } },
      ],
      [
        'REMOVE',
        { id: { S: 'a' } },
        { id: { S: 'a' }, n: { N: '1' }, b: { B: new Uint8Array([120, 121]) } },
        undefined,
      ],
    ],
  );
  const [first] = records;
  assert.deepEqual(
    [first?.eventVersion, first?.eventSource, first?.awsRegion, first?.userIdentity],
    ['1.1', 'aws:dynamodb', 'us-east-1', undefined],
  );
  assert.deepEqual(
    [first?.dynamodb?.ApproximateCreationDateTime, first?.dynamodb?.SizeBytes, first?.dynamodb?.StreamViewType],
    [new Date(START), 9, 'NEW_AND_OLD_IMAGES'],
  );
  const numbers = records.map((one) => one.dynamodb?.SequenceNumber ?? '');
  assert.deepEqual([...new Set(numbers)].sort(), numbers);
  assert.equal(new Set(records.map((one) => one.eventID)).size, 3);
});

for (const [view, members] of [
  ['KEYS_ONLY', ['Keys']],
  ['NEW_IMAGE', ['Keys', 'NewImage']],
  ['OLD_IMAGE', ['Keys', 'OldImage']],
] as const) {
  test(`a stream of ${view} shows no more than that`, async () => {
    await using world = await startStreamWorld(view);
    await put(world, 'a');
    await put(world, 'a', '2');
    const change = (await readAll(world))[1]?.dynamodb ?? {};
    assert.deepEqual(
      Object.keys(change).filter((name) => name === 'Keys' || name.endsWith('Image')),
      [...members],
    );
  });
}

test('what changes nothing leaves no record', async () => {
  await using world = await startStreamWorld();
  const { db } = world;
  await put(world, 'a');
  await put(world, 'a', '1.0');
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'none' } } }));
  await db.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: { S: 'a' } },
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '1' } },
    }),
  );
  await failure(
    db.send(
      new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(id)' }),
    ),
  );
  assert.deepEqual(
    (await readAll(world)).map((one) => one.eventName),
    ['INSERT'],
  );
});

test('batches and transactions leave a record for each item; a transaction that fails leaves none', async () => {
  await using world = await startStreamWorld();
  const { db } = world;
  const request = (id: string) => ({ PutRequest: { Item: { id: { S: id } } } });
  await db.send(new BatchWriteItemCommand({ RequestItems: { things: [request('a'), request('b')] } }));
  const Put = { TableName, Item: { id: { S: 'c' } } };
  const Delete = { TableName, Key: { id: { S: 'a' } } };
  await db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Delete }] }));
  await failure(
    db.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { id: { S: 'd' } } } },
          { Delete: { TableName, Key: { id: { S: 'x' } }, ConditionExpression: 'attribute_exists(id)' } },
        ],
      }),
    ),
  );
  assert.deepEqual(
    (await readAll(world, 2)).map((one) => `${one.eventName} ${one.dynamodb?.Keys?.id?.S}`),
    ['INSERT a', 'INSERT b', 'INSERT c', 'REMOVE a'],
  );
});

test('what time removes is said to be removed by DynamoDB', async () => {
  await using world = await startStreamWorld();
  const { db, cloud } = world;
  await db.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'n' } }),
  );
  await put(world, 'a', String(START / 1_000 + 60));
  await cloud.advance(MINUTE);
  const removed = (await readAll(world)).at(-1);
  assert.deepEqual(
    [removed?.eventName, removed?.userIdentity],
    ['REMOVE', { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' }],
  );
});

test('iterators begin at, after, at the newest, at a time', async () => {
  await using world = await startStreamWorld();
  const { streams, arn, cloud } = world;
  await put(world, 'a');
  await put(world, 'b');
  await cloud.advance(MINUTE);
  await put(world, 'c');
  const [{ ShardId } = {}] = await shardsOf(streams, arn);
  const second = (await readAll(world))[1]?.dynamodb?.SequenceNumber;
  const read = async (how: object) => {
    const input = { StreamArn: arn, ShardId, ...how } as GetShardIteratorCommand['input'];
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(input));
    const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    return { ids: Records.map((one) => one.dynamodb?.Keys?.id?.S).join(''), NextShardIterator };
  };
  assert.equal((await read({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: second })).ids, 'bc');
  assert.equal((await read({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: second })).ids, 'c');
  const latest = await read({ ShardIteratorType: 'LATEST' });
  assert.equal(latest.ids, '');
  await put(world, 'd');
  const { Records, NextShardIterator } = await streams.send(
    new GetRecordsCommand({ ShardIterator: latest.NextShardIterator }),
  );
  assert.equal(Records?.[0]?.dynamodb?.Keys?.id?.S, 'd');
  await cloud.advance(15 * MINUTE + 1);
  const late = await failure(streams.send(new GetRecordsCommand({ ShardIterator: NextShardIterator })));
  assert.deepEqual([late.name, late.$metadata?.httpStatusCode], ['ExpiredIteratorException', 400]);
});

test('what is wrong with an iterator or a request for one', async () => {
  await using world = await startStreamWorld();
  const { streams, arn } = world;
  const [{ ShardId } = {}] = await shardsOf(streams, arn);
  const ask = (how: object) =>
    failure(
      streams.send(
        new GetShardIteratorCommand({ StreamArn: arn, ShardId, ...how } as GetShardIteratorCommand['input']),
      ),
    );
  const names = async (errors: Promise<Error>[]) => (await Promise.all(errors)).map((error) => error.name);
  assert.deepEqual(
    await names([
      ask({ ShardIteratorType: 'LATEST', ShardId: 'shardId-00000000000000000000-0000' }),
      ask({ ShardIteratorType: 'LATEST', StreamArn: `${arn.slice(0, -3)}001` }),
      ask({ ShardIteratorType: 'LATEST', StreamArn: 'x'.repeat(40) }),
      ask({ ShardIteratorType: 'AT_SEQUENCE_NUMBER' }),
      ask({ ShardIteratorType: 'LATEST', SequenceNumber: '1'.repeat(21) }),
      failure(streams.send(new GetRecordsCommand({ ShardIterator: 'x'.repeat(40) }))),
    ]),
    [
      'ResourceNotFoundException',
      'ResourceNotFoundException',
      'ValidationException',
      'ValidationException',
      'ValidationException',
      'ValidationException',
    ],
  );
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn: arn, ShardId, ShardIteratorType: 'LATEST' }),
  );
  assert.equal(
    (await failure(streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1_001 })))).message,
    "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
  );
});

test('a page has at most a megabyte', async () => {
  await using world = await startStreamWorld();
  const { db, streams, arn } = world;
  for (const id of ['a', 'b', 'c', 'd'])
    await db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, x: { S: 'x'.repeat(350_000) } } }));
  const [{ ShardId } = {}] = await shardsOf(streams, arn);
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn: arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  assert.equal(Records?.length, 2);
  assert.equal((await readAll(world)).length, 4);
  // A shard that takes nothing more is read to its end, too.
  await world.cloud.advance(4 * HOUR);
  assert.equal((await readAll(world)).length, 4);
});

test('pages of a closed shard end with it', async () => {
  await using world = await startStreamWorld();
  const { db } = world;
  for (let at = 0; at < 6; at += 1)
    await db.send(
      new BatchWriteItemCommand({
        RequestItems: {
          things: Array.from({ length: 20 }, (_, one) => ({
            PutRequest: { Item: { id: { S: String(at * 20 + one) } } },
          })),
        },
      }),
    );
  await world.cloud.advance(4 * HOUR);
  for (const limit of [1_000, 120, 60, 50, 7]) assert.equal((await readAll(world, limit)).length, 120);
});

test('after four hours a child shard takes over, after a day the parent is gone with its records', async () => {
  await using world = await startStreamWorld();
  const { streams, arn, cloud } = world;
  await put(world, 'a');
  await cloud.advance(4 * HOUR);
  await put(world, 'b');
  const [parent, child, ...none] = await shardsOf(streams, arn);
  assert.deepEqual(none, []);
  assert.equal(child?.ParentShardId, parent?.ShardId);
  assert.equal(child?.SequenceNumberRange?.EndingSequenceNumber, undefined);
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn: arn, ShardId: parent?.ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const page = await streams.send(new GetRecordsCommand({ ShardIterator }));
  assert.deepEqual([page.Records?.length, page.NextShardIterator], [1, undefined]);
  assert.deepEqual(
    (await readAll(world)).map((one) => one.dynamodb?.Keys?.id?.S),
    ['a', 'b'],
  );
  const first = page.Records?.[0]?.dynamodb?.SequenceNumber;
  await cloud.advance(20 * HOUR + MINUTE);
  assert.deepEqual(
    (await readAll(world)).map((one) => one.dynamodb?.Keys?.id?.S),
    ['b'],
  );
  const ask = { StreamArn: arn, ShardId: parent?.ShardId, SequenceNumber: first };
  assert.equal(
    (await failure(streams.send(new GetShardIteratorCommand({ ...ask, ShardIteratorType: 'AT_SEQUENCE_NUMBER' }))))
      .name,
    'TrimmedDataAccessException',
  );
  await cloud.advance(8 * HOUR);
  assert.deepEqual(await readAll(world), []);
  const left = await shardsOf(streams, arn);
  assert.equal(
    left.some((shard) => shard.ShardId === parent?.ShardId),
    false,
  );
  assert.equal(left.at(-1)?.SequenceNumberRange?.EndingSequenceNumber, undefined);
});

test('an iterator begins at a time', async () => {
  await using world = await startStreamWorld();
  const { streams, arn, cloud } = world;
  await put(world, 'a');
  await cloud.advance(MINUTE);
  await put(world, 'b');
  const [{ ShardId } = {}] = await shardsOf(streams, arn);
  // The SDK's client does not know the timestamp yet.
  const answer = await fetch(cloud.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000100Z',
      'x-amz-target': 'DynamoDBStreams_20120810.GetShardIterator',
      authorization:
        'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({
      StreamArn: arn,
      ShardId,
      ShardIteratorType: 'AT_TIMESTAMP',
      Timestamp: (START + MINUTE) / 1_000,
    }),
  });
  const { ShardIterator } = (await answer.json()) as { ShardIterator?: string };
  const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  assert.deepEqual(
    Records?.map((one) => one.dynamodb?.Keys?.id?.S),
    ['b'],
  );
});
