/** Requests and answers that travel compressed, as raw HTTP: no SDK does that with DynamoDB by itself. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { test } from 'node:test';
import { crc32, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { MIB } from '#kernel/base';
import { startWorld, type World } from './world.ts';

type Reply = { status: number | undefined; headers: IncomingHttpHeaders; body: Buffer };

function send({ cloud }: World, operation: string, body: Uint8Array, headers: Record<string, string>): Promise<Reply> {
  const signed = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    authorization:
      'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  };
  return new Promise((done, fail) => {
    request(cloud.url, { method: 'POST', headers: { ...signed, ...headers } }, async (reply) => {
      const pieces: Buffer[] = [];
      for await (const piece of reply) pieces.push(piece);
      done({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(pieces) });
    })
      .on('error', fail)
      .end(body);
  });
}

const DESCRIBE = Buffer.from('{"TableName":"things"}');

test('a request may be compressed, in one piece or several', async () => {
  await using world = await startWorld();
  const ask = async (encoding: string, body: Uint8Array) => {
    const reply = await send(world, 'DescribeTable', body, { 'content-encoding': encoding });
    return reply.status;
  };
  assert.equal(await ask('gzip', gzipSync(DESCRIBE)), 200);
  assert.equal(
    await ask('GZIP', Buffer.concat([gzipSync(DESCRIBE.subarray(0, 9)), gzipSync(DESCRIBE.subarray(9))])),
    200,
  );
  assert.equal(await ask('deflate', deflateSync(DESCRIBE)), 200);
  assert.equal(await ask('identity', DESCRIBE), 200);
});

test('what is not in the encoding it claims is a failure', async () => {
  await using world = await startWorld();
  for (const [encoding, body] of [
    ['gzip', DESCRIBE],
    ['gzip', gzipSync(DESCRIBE).subarray(0, -1)],
    ['gzip', Buffer.alloc(0)],
    ['deflate', DESCRIBE],
    ['garbage', DESCRIBE],
  ] as const) {
    const reply = await send(world, 'DescribeTable', body, { 'content-encoding': encoding });
    assert.equal(reply.status, 500);
    assert.match(reply.body.toString(), /InternalServerError/);
  }
});

test('a request has up to 16 MB, also once it is decompressed', async () => {
  await using world = await startWorld();
  const large = Buffer.concat([DESCRIBE, Buffer.alloc(17 * MIB, ' ')]);
  for (const [encoding, body] of [
    ['gzip', gzipSync(large)],
    ['identity', large],
  ] as const) {
    const reply = await send(world, 'DescribeTable', body, { 'content-encoding': encoding });
    assert.equal(reply.status, 413);
  }
});

test('answers of 4 KB are compressed for those who accept it, and their checksum is of what is sent', async () => {
  await using world = await startWorld();
  const Item = { id: { S: 'a' }, text: { S: 'x'.repeat(5_000) } };
  await world.db.send(new PutItemCommand({ TableName: 'things', Item }));
  const get = Buffer.from('{"TableName":"things","Key":{"id":{"S":"a"}}}');
  for (const [accepted, encoding, read] of [
    ['gzip', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['identity', undefined, (body: Buffer) => body],
  ] as const) {
    const reply = await send(world, 'GetItem', get, { 'accept-encoding': accepted });
    assert.equal(reply.headers['content-encoding'], encoding);
    assert.equal(reply.headers['x-amz-crc32'], String(crc32(reply.body)));
    assert.equal(reply.headers.server, 'Server');
    assert.deepEqual(JSON.parse(read(reply.body).toString()), { Item });
  }
  const small = await send(world, 'DescribeTable', DESCRIBE, { 'accept-encoding': 'gzip' });
  assert.equal(small.headers['content-encoding'], undefined);
});
