import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decipher, encipher, seal, secretBytes, unseal } from './secrets.ts';

test('what is sealed opens under its key and for its purpose, and for nothing else', () => {
  const [key, other] = [secretBytes(32), secretBytes(32)];
  for (const text of ['', 'x', 'y'.repeat(100_000)]) {
    const sealed = seal(key, Buffer.from(text), 'here');
    assert.equal(sealed.length, text.length + 28);
    assert.equal(String(unseal(key, sealed, 'here')), text);
    assert.equal(unseal(other, sealed, 'here'), undefined);
    assert.equal(unseal(key, sealed, 'there'), undefined);
    assert.equal(unseal(key, sealed), undefined);
    for (const at of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.equal(unseal(key, changed, 'here'), undefined);
    }
  }
  assert.equal(unseal(key, Buffer.alloc(27)), undefined);
  assert.notDeepEqual(seal(key, Buffer.from('x')), seal(key, Buffer.from('x')));
});

test('secret bytes are given once, and what a later call gives leaves earlier ones alone', () => {
  const drawn = Array.from({ length: 2_000 }, (_, index) => secretBytes(8 + (index % 80)));
  const kept = drawn.map((bytes) => bytes.toString('hex'));
  secretBytes(32).fill(0);
  assert.deepEqual(
    drawn.map((bytes) => bytes.toString('hex')),
    kept,
  );
  assert.equal(new Set(kept).size, kept.length);
  assert.deepEqual(
    drawn.map((bytes) => bytes.length),
    drawn.map((_, index) => 8 + (index % 80)),
  );
});

test('what is enciphered comes back under its key alone, and never looks the same twice', () => {
  const [key, other] = [secretBytes(32), secretBytes(32)];
  for (const text of ['', 'a', 'attack at dawn '.repeat(1_000)]) {
    const [one, two] = [encipher(key, Buffer.from(text)), encipher(key, Buffer.from(text))];
    assert.equal(String(decipher(key, one)), text);
    assert.equal(String(decipher(key, two)), text);
    assert.notDeepEqual(one, two);
    if (text.length > 1) assert.notEqual(String(decipher(other, one)), text);
  }
});
