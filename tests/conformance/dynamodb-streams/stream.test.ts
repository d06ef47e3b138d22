import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld } from '../dynamodb/world.ts';
import { latestStream, readAll, shardsOf, startStreamWorld } from './reader.ts';

const TableName = 'things';
const HOUR = 3_600_000;

test('a table says which stream it has, and the stream what it is', async () => {
  await using world = await startStreamWorld('NEW_IMAGE', 'id:S at:N');
  const { db, streams, arn } = world;
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  assert.equal(arn, 'arn:aws:dynamodb:us-east-1:123456789012:table/things/stream/2026-01-01T00:00:00.000');
  assert.equal(Table?.LatestStreamLabel, '2026-01-01T00:00:00.000');
  assert.deepEqual(Table?.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
  const { Shards, ...rest } = StreamDescription ?? {};
  assert.deepEqual(rest, {
    StreamArn: arn,
    StreamLabel: '2026-01-01T00:00:00.000',
    StreamStatus: 'ENABLED',
    StreamViewType: 'NEW_IMAGE',
    CreationRequestDateTime: new Date('2026-01-01T00:00:00.000Z'),
    TableName,
    KeySchema: schema('id:S at:N').KeySchema,
  });
  assert.equal(Shards?.length, 1);
  assert.match(Shards?.[0]?.ShardId ?? '', /^shardId-\d{20}-[0-9a-f]{8}$/);
});

test('a stream is enabled once, and disabled once', async () => {
  await using world = await startWorld();
  const { db } = world;
  const update = (StreamSpecification: UpdateTableCommand['input']['StreamSpecification']) =>
    db.send(new UpdateTableCommand({ TableName, StreamSpecification }));
  assert.equal(
    (await failure(update({ StreamEnabled: false }))).message,
    'Table has no stream to disable: TableName: things',
  );
  assert.equal((await failure(update({ StreamEnabled: true }))).name, 'ValidationException');
  await update({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
  const again = await failure(update({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' }));
  assert.deepEqual(
    [again.name, again.message],
    ['ValidationException', 'Table already has an enabled stream: TableName: things'],
  );
});

test('a stream that was disabled can be read for a day, beside the next one', async () => {
  await using world = await startStreamWorld();
  const { db, streams, arn, cloud } = world;
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } } }));
  await db.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'b' } } }));
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual([Table?.LatestStreamArn, Table?.StreamSpecification], [arn, undefined]);
  await db.send(
    new UpdateTableCommand({
      TableName,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  );
  const next = await latestStream(db);
  assert.notEqual(next, arn);
  const listed = await streams.send(new ListStreamsCommand({ TableName }));
  assert.deepEqual(
    listed.Streams?.map((one) => one.StreamArn),
    [arn, next],
  );
  assert.deepEqual(
    (await readAll(world)).map((one) => one.dynamodb?.Keys?.id?.S),
    ['a'],
  );
  const [shard] = await shardsOf(streams, arn);
  assert.notEqual(shard?.SequenceNumberRange?.EndingSequenceNumber, undefined);
  await cloud.advance(24 * HOUR);
  const gone = await failure(streams.send(new DescribeStreamCommand({ StreamArn: arn })));
  assert.deepEqual(
    [gone.name, gone.message],
    ['ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`],
  );
});

test("a deleted table's stream outlives it by a day", async () => {
  await using world = await startStreamWorld();
  const { db, streams, arn, cloud } = world;
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } } }));
  await db.send(new DeleteTableCommand({ TableName }));
  assert.equal((await readAll(world)).length, 1);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: arn }));
  assert.equal(StreamDescription?.StreamStatus, 'DISABLED');
  await cloud.advance(24 * HOUR);
  assert.deepEqual((await streams.send(new ListStreamsCommand({}))).Streams, []);
});

test('streams are listed in pages', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const streams = cloud.client(DynamoDBStreamsClient);
  for (const name of ['aaa', 'bbb', 'ccc'])
    await db.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        ...schema('id:S'),
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      }),
    );
  const first = await streams.send(new ListStreamsCommand({ Limit: 2 }));
  assert.deepEqual(
    first.Streams?.map((one) => one.TableName),
    ['aaa', 'bbb'],
  );
  assert.equal(first.LastEvaluatedStreamArn, first.Streams?.[1]?.StreamArn);
  const rest = await streams.send(new ListStreamsCommand({ ExclusiveStartStreamArn: first.LastEvaluatedStreamArn }));
  assert.deepEqual([rest.Streams?.map((one) => one.TableName), rest.LastEvaluatedStreamArn], [['ccc'], undefined]);
  assert.equal((await failure(streams.send(new ListStreamsCommand({ Limit: 101 })))).name, 'ValidationException');
});
