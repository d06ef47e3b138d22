import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zipSync } from 'fflate';
import { CodeError } from '#kernel/contract';
import { Archive } from './archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'archive-'));
after(() => rmSync(folder, { recursive: true }));

/** Names and contents of all entries. */
async function read(bytes: Uint8Array): Promise<Map<string, Buffer>> {
  const path = join(folder, 'archive.zip');
  writeFileSync(path, bytes);
  const archive = await Archive.open(path);
  try {
    const found = new Map<string, Buffer>();
    for await (const entry of archive.entries()) {
      const content = await archive.content(entry);
      found.set(
        entry.fileName,
        content instanceof Uint8Array ? Buffer.from(content) : Buffer.concat(await content.toArray()),
      );
    }
    return found;
  } finally {
    archive.close();
  }
}

const FILES = {
  'empty.txt': Buffer.alloc(0),
  'small.txt': Buffer.from('small'),
  'zeros.bin': Buffer.alloc(3_000_000),
  'a/b/noise.bin': Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251)),
};

test('entries are what they were, however they are packed', async () => {
  for (const level of [0, 6] as const)
    assert.deepEqual(Object.fromEntries(await read(zipSync(FILES, { level }))), FILES);
});

/** Changes a number of four bytes in the record of the central directory, and in the local header. */
function lying(files: Record<string, Uint8Array>, at: { central: number; local: number }, value: number): Buffer {
  const bytes = Buffer.from(zipSync(files, { level: 6 }));
  bytes.writeUInt32LE(value, bytes.indexOf('PK\x01\x02') + at.central);
  bytes.writeUInt32LE(value, at.local);
  return bytes;
}

test('an entry that is not what it says is refused', async () => {
  const files = { 'a.txt': Buffer.from('x'.repeat(1_000)) };
  const size = { central: 24, local: 22 };
  const packed = { central: 20, local: 18 };
  for (const bytes of [
    lying(files, size, 10),
    lying(files, size, 0),
    lying(files, size, 2_000),
    lying(files, packed, 3),
    lying(files, packed, 100_000),
    lying(files, { central: 42, local: 22 }, 5),
  ])
    await assert.rejects(read(bytes), CodeError);
  const cut = Buffer.from(zipSync(files));
  await assert.rejects(read(cut.subarray(0, cut.length - 30)), /End of central directory/);
});
