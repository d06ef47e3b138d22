import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ByteStream } from '#models/base';
import { Body } from './body.ts';
import type { Entry } from './cache.ts';
import { rangeOf, replyOf } from './reply.ts';
import type { Transit } from './transit.ts';

test('a range that is given lies within the body', () => {
  const header = fc.oneof(
    fc.tuple(fc.option(fc.nat()), fc.option(fc.nat())).map(([from, to]) => `bytes=${from ?? ''}-${to ?? ''}`),
    fc.string(),
    fc.constantFrom('bytes=0-0,1-1', 'bytes=99999999999999999999-', 'bytes=-0', 'bytes=-', 'items=0-1'),
  );
  fc.assert(
    fc.property(header, fc.nat({ max: 1_000 }), (text, size) => {
      const range = rangeOf(text, size);
      if (typeof range === 'object') assert.ok(range.from >= 0 && range.from <= range.to && range.to < size);
    }),
  );
});

/** A body on its way, and whether it was let go. */
function flowing() {
  const seen = { isLeft: false };
  const iterator = {
    next: async () => ({ done: false, value: Buffer.from('0123456789') }) as const,
    async return() {
      seen.isLeft = true;
      return { done: true, value: undefined } as const;
    },
  };
  return { seen, body: Body.through({ length: 10, [Symbol.asyncIterator]: () => iterator }) };
}

test('a body that nobody reads to its end is let go', async () => {
  const ask = async (method: string, headers: Record<string, string>) => {
    const { seen, body } = flowing();
    const entry = { status: 200, headers: { 'content-length': '10' }, body, etag: '"x"', lastModified: undefined };
    const reply = replyOf({ method, headers } as unknown as Transit, entry as unknown as Entry);
    const pieces: Uint8Array[] = [];
    if (typeof reply.body !== 'string') for await (const piece of reply.body as ByteStream) pieces.push(piece);
    return [reply.status, Buffer.concat(pieces).toString(), seen.isLeft];
  };
  assert.deepEqual(await ask('GET', { 'if-none-match': '"x"' }), [304, '', true]);
  assert.deepEqual(await ask('HEAD', {}), [200, '', true]);
  assert.deepEqual(await ask('GET', { range: 'bytes=20-' }), [416, '', true]);
  assert.deepEqual(await ask('GET', { range: 'bytes=2-4' }), [206, '234', true]);
});
