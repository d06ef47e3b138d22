import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Algorithm, hasherOf } from './checksum.ts';
import { joinCrc } from './crc.ts';

async function sum(algorithm: Algorithm, ...pieces: Uint8Array[]): Promise<string> {
  const hasher = await hasherOf(algorithm);
  for (const piece of pieces) hasher.update(piece);
  return hasher.base64();
}

test('checksums of "123456789" are the published check values', async () => {
  const text = Buffer.from('123456789');
  const hex = async (algorithm: Algorithm) => Buffer.from(await sum(algorithm, text), 'base64').toString('hex');
  assert.equal(await hex('CRC32'), 'cbf43926');
  assert.equal(await hex('CRC32C'), 'e3069283');
  assert.equal(await hex('CRC64NVME'), 'ae8b14860a799888');
});

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
  test(`${algorithm}: joined checksums are the checksum of the joined bytes`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 8 }), async (pieces) => {
        const parts = await Promise.all(
          pieces.map(async (piece) => ({ size: piece.length, checksum: await sum(algorithm, piece) })),
        );
        assert.equal(joinCrc(algorithm, parts), await sum(algorithm, ...pieces));
      }),
    );
  });
}
