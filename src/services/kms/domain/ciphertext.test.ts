import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Maker, makerOf, open, seal } from './ciphertext.ts';

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'));
const maker: fc.Arbitrary<Maker> = fc.record({
  key: fc.oneof(
    fc.uuid(),
    hex(16).map((id) => `mrk-${id}`),
  ),
  account: fc.integer({ min: 0, max: 999_999_999_999 }).map((number) => String(number).padStart(12, '0')),
  material: hex(32),
});
const context = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
const plaintext = fc.uint8Array({ minLength: 1, maxLength: 100 });
const secret = randomBytes(32);

test('a ciphertext names its maker and opens in its context, whatever the order of its entries', () => {
  fc.assert(
    fc.property(maker, context, plaintext, (by, entries, text) => {
      const blob = seal(secret, by, entries, text);
      assert.deepEqual(makerOf(blob), { ...by });
      const turned = Object.fromEntries(Object.entries(entries).reverse());
      assert.deepEqual(new Uint8Array(open(secret, turned, blob) ?? []), text);
    }),
  );
});

test('nothing else opens it: no other key, no other context, not with any bit changed', () => {
  fc.assert(
    fc.property(maker, context, plaintext, fc.nat(), (by, entries, text, at) => {
      const blob = Buffer.from(seal(secret, by, entries, text));
      assert.equal(open(randomBytes(32), entries, blob), undefined);
      assert.equal(
        open(secret, { ...entries, more: '' }, blob),
        'more' in entries && entries.more === '' ? text : undefined,
      );
      const bit = at % (blob.length * 8);
      blob[bit >> 3] = (blob[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(open(secret, entries, blob), undefined);
    }),
  );
});

test('the same plaintext never looks the same, and what is too short or foreign names nobody', () => {
  const by = { key: '11111111-2222-3333-4444-555555555555', account: '000000000000', material: '00'.repeat(32) };
  const seen = new Set(
    Array.from({ length: 2_000 }, () => Buffer.from(seal(secret, by, undefined, Buffer.from('x'))).toString('hex')),
  );
  assert.equal(seen.size, 2_000);
  const blob = seal(secret, by, {}, Buffer.from('x'));
  assert.ok(open(secret, undefined, blob) !== undefined);
  assert.equal(makerOf(blob.subarray(0, 83)), undefined);
  assert.equal(makerOf(new Uint8Array(200)), undefined);
  assert.equal(makerOf(new Uint8Array(0)), undefined);
});
