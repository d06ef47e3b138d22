/** Kinesis in AWS's own CBOR, which its client of Java speaks unless it is told not to. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { cbor, tag } from '@smithy/core/cbor';
import { decodeEvent } from '#kernel/wire';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { ACCOUNT } from './bed.ts';

const TYPE = 'application/x-amz-cbor-1.1';
const KEYS = { accessKeyId: ACCOUNT, secret: 'test' };

async function post(cloud: TestCloud, operation: string, input: object): Promise<Response> {
  const body = Buffer.from(cbor.serialize(input));
  const { host } = new URL(cloud.url);
  const headers = { host, 'content-type': TYPE, 'x-amz-target': `Kinesis_20131202.${operation}` };
  const hash = createHash('sha256').update(body).digest('hex');
  const signed = signHeaders({ method: 'POST', path: '/', headers, body: { hash } }, KEYS, {
    service: 'kinesis',
    at: START,
  });
  return fetch(cloud.url, { method: 'POST', headers: signed.headers, body });
}

async function ask(cloud: TestCloud, operation: string, input: object) {
  const reply = await post(cloud, operation, input);
  assert.equal(reply.headers.get('content-type'), TYPE);
  const bytes = new Uint8Array(await reply.arrayBuffer());
  return { status: reply.status, output: bytes.length === 0 ? {} : cbor.deserialize(bytes) };
}

test('records go in and come out as bytes, and instants are milliseconds under a tag', async () => {
  await using cloud = await startTestCloud();
  const StreamName = 'clicks';
  assert.deepEqual(await ask(cloud, 'CreateStream', { StreamName, ShardCount: 1 }), { status: 200, output: {} });
  await cloud.server.cloud.settle();
  const Data = Uint8Array.of(0, 255, 1);
  const put = await ask(cloud, 'PutRecord', { StreamName, Data, PartitionKey: 'k' });
  assert.equal(put.output.ShardId, 'shardId-000000000000');
  const from = { StreamName, ShardId: put.output.ShardId, ShardIteratorType: 'AT_TIMESTAMP' };
  const read = async (at: number) => {
    const Timestamp = tag({ tag: 1, value: at });
    const { output } = await ask(cloud, 'GetShardIterator', { ...from, Timestamp });
    return (await ask(cloud, 'GetRecords', { ShardIterator: output.ShardIterator })).output.Records;
  };
  await cloud.advance(1_000);
  await ask(cloud, 'PutRecord', { StreamName, Data: Uint8Array.of(2), PartitionKey: 'k' });
  const [first, second] = await read(START - 1);
  assert.deepEqual([[...first.Data], [...second.Data]], [[...Data], [2]]);
  assert.equal(first.ApproximateArrivalTimestamp.tag, 1);
  assert.equal(Number(first.ApproximateArrivalTimestamp.value), START);
  assert.deepEqual(await read(START + 500), [second]);
});

test('errors are in CBOR, too', async () => {
  await using cloud = await startTestCloud();
  assert.deepEqual(await ask(cloud, 'DescribeStreamSummary', { StreamName: 'none' }), {
    status: 400,
    output: { __type: 'ResourceNotFoundException', message: `Stream none under account ${ACCOUNT} not found.` },
  });
  const wrong = await ask(cloud, 'DescribeStreamSummary', { StreamName: 5 });
  assert.deepEqual([wrong.status, wrong.output.__type], [400, 'SerializationException']);
});

test('events of a subscription are in CBOR within their frames', async () => {
  await using cloud = await startTestCloud();
  const StreamName = 'clicks';
  await ask(cloud, 'CreateStream', { StreamName, ShardCount: 1 });
  await cloud.server.cloud.settle();
  await ask(cloud, 'PutRecord', { StreamName, Data: Uint8Array.of(7), PartitionKey: 'k' });
  const StreamARN = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/clicks`;
  const { output } = await ask(cloud, 'RegisterStreamConsumer', { StreamARN, ConsumerName: 'c' });
  await cloud.server.cloud.settle();
  const { ConsumerARN } = output.Consumer;
  const StartingPosition = { Type: 'TRIM_HORIZON' };
  const reply = await post(cloud, 'SubscribeToShard', {
    ConsumerARN,
    ShardId: 'shardId-000000000000',
    StartingPosition,
  });
  assert.equal(reply.headers.get('content-type'), 'application/vnd.amazon.eventstream');
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of reply.body ?? []) {
    rest = Buffer.concat([rest, piece]);
    const found = decodeEvent(rest);
    if (found === undefined) continue;
    rest = rest.subarray(found.size);
    const { headers, payload } = found.message;
    assert.equal(headers[':content-type'], TYPE);
    if (headers[':event-type'] !== 'SubscribeToShardEvent') continue;
    const { Records } = cbor.deserialize(payload);
    assert.deepEqual([...Records[0].Data], [7]);
    return;
  }
  assert.fail('no event came');
});
