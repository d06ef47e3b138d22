import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { serverNameOf } from './listen-sniff.ts';

/** What a client of TLS says first. */
async function greeting(servername?: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrived = once(server, 'connection');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername });
  client.on('error', () => {});
  const [socket] = await arrived;
  const [first] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return first as Buffer;
}

test('the host is told as soon as the greeting is whole, however it is cut into records', async () => {
  const hello = await greeting('api.example.com');
  assert.equal(serverNameOf(hello), 'api.example.com');
  assert.equal(serverNameOf(await greeting()), '');
  for (let length = 0; length < hello.length; length += 1)
    assert.equal(serverNameOf(hello.subarray(0, length)), undefined);
  const message = hello.subarray(5);
  const records = Array.from({ length: message.length }, (_, at) => [0x16, 3, 1, 0, 1, message[at] ?? 0]);
  assert.equal(serverNameOf(Buffer.from(records.flat())), 'api.example.com');
});

test('whatever comes is a host, none, or not yet one; never waited for without end', async () => {
  const hello = await greeting('api.example.com');
  fc.assert(
    fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(hello);
      changed[at] = byte;
      const told = serverNameOf(changed);
      assert.ok(told === undefined || typeof told === 'string');
      assert.notEqual(serverNameOf(Buffer.concat([changed, Buffer.alloc(16_385)])), undefined);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const length = bytes.length;
      const record = Buffer.from([0x16, 3, 1, 0, length, 1, 0, 0, Math.max(0, length - 4), ...bytes.slice(4)]);
      assert.notEqual(serverNameOf(Buffer.concat([record, Buffer.alloc(16_385)])), undefined);
    }),
  );
});
