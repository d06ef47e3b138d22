import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesStream } from '#kernel/base';
import { decodeEvent, type EventMessage, encodeEvent } from './event-frame.ts';
import { eventStreamOf } from './event-stream.ts';
import { WireFailure } from './failure.ts';
import type { ServiceModel } from './model.ts';

const message: EventMessage = {
  headers: {
    ':event-type': 'Records',
    yes: true,
    no: false,
    int: -7,
    long: 2n ** 40n,
    bytes: Buffer.from([1, 2]),
    at: new Date(1_700_000_000_123),
  },
  payload: Buffer.from('payload'),
};

test('a message is read as it was written, and says where it ends', () => {
  const frame = encodeEvent(message);
  const found = decodeEvent(Buffer.concat([frame, Buffer.from('next')]));
  assert.deepStrictEqual(found?.message, message);
  assert.equal(found?.size, frame.length);
});

test('small integers keep their width', () => {
  const frame = encodeEvent({ headers: { byte: { byte: -1 }, short: { short: 300 } }, payload: Buffer.alloc(0) });
  assert.deepStrictEqual(decodeEvent(frame)?.message.headers, { byte: -1, short: 300 });
  assert.equal(frame.length, 12 + 4 + (1 + 4 + 1 + 1) + (1 + 5 + 1 + 2));
});

test('an incomplete message is none yet, at every length', () => {
  const frame = encodeEvent(message);
  for (let length = 0; length < frame.length; length += 1)
    assert.equal(decodeEvent(frame.subarray(0, length)), undefined);
});

test('a flipped bit anywhere breaks the message', () => {
  const frame = encodeEvent(message);
  for (let at = 0; at < frame.length; at += 1) {
    const corrupt = Buffer.from(frame);
    corrupt[at] = (corrupt[at] as number) ^ 0x10;
    assert.throws(() => decodeEvent(corrupt), WireFailure, `byte ${at}`);
  }
});

const model = {
  name: 'test',
  shapes: {
    Text: { type: 'string' },
    Event: { type: 'structure', members: { text: { shape: 'Text' } } },
    Events: { type: 'structure', eventstream: true, members: { one: { shape: 'Event' } } },
    Input: { type: 'structure', members: { events: { shape: 'Events' } }, payload: 'events' },
  },
} as unknown as ServiceModel;
const codec = eventStreamOf(model, 'Input', () => ({
  contentType: 'application/json',
  write: JSON.stringify,
  read: (body) => JSON.parse(body.toString()),
}));
const events = [{ one: { text: 'a' } }, { one: { text: 'b' } }, { one: { text: 'c' } }];

async function bytesOfEvents(): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const source = async function* () {
    yield* events;
  };
  for await (const part of codec?.write(source()) ?? []) parts.push(part);
  return Buffer.concat(parts);
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const event of codec?.read(body) ?? []) found.push(event);
  return found;
}

test('events arrive whole however the bytes are cut', async () => {
  const bytes = await bytesOfEvents();
  for (const size of [1, 7, 50, bytes.length]) {
    const pieces = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    assert.deepStrictEqual(await readAll(pieces()), events);
  }
});

test('a stream that ends in mid-message fails', async () => {
  const bytes = await bytesOfEvents();
  await assert.rejects(readAll(bytesStream(bytes.subarray(0, bytes.length - 1))), WireFailure);
});
