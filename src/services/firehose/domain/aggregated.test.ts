import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpacked } from './aggregated.ts';

function number(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}
const bytesField = (field: number, bytes: Buffer) =>
  Buffer.concat([number(field * 8 + 2), number(bytes.length), bytes]);
const numberField = (field: number, value: number) => Buffer.concat([number(field * 8), number(value)]);

/** As the library packs records. */
function packed(datas: readonly Buffer[]): Buffer {
  const message = Buffer.concat([
    bytesField(1, Buffer.from('key')),
    ...datas.map((data) => bytesField(3, Buffer.concat([numberField(1, 0), bytesField(3, data)]))),
  ]);
  const digest = createHash('md5').update(message).digest();
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, digest]);
}

const data = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

test('what was packed comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(data, { minLength: 1, maxLength: 8 }), (datas) => {
      assert.deepEqual(unpacked(packed(datas)), datas);
    }),
  );
});

test('what nobody packed, or somebody has changed, stays as it is', () => {
  fc.assert(
    fc.property(data, fc.nat({ max: 60 }), (bytes, at) => {
      assert.deepEqual(unpacked(bytes), [bytes]);
      const changed = packed([bytes, Buffer.from('x')]);
      const index = at % changed.length;
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.deepEqual(unpacked(changed), [changed]);
    }),
  );
});
