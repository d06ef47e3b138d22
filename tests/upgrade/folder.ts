/** A folder of state as one file: its files by their paths, pressed together. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

type Files = { [path: string]: string };

/** What a cloud needs of it again; certificates and the lock are made anew. */
const KEPT = /^(FORMAT$|state\.db$|blobs\/)/;
/** How far back a text is looked for: pages of a table are alike. */
const WINDOW_BITS = 24;

export function pack(folder: string): Buffer {
  const files: Files = {};
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted())
    if (KEPT.test(path) && statSync(join(folder, path)).isFile())
      files[path] = readFileSync(join(folder, path)).toString('latin1');
  return brotliCompressSync(JSON.stringify(files), {
    params: { [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS },
  });
}

export function unpack(packed: Uint8Array, folder: string): void {
  const files: Files = JSON.parse(brotliDecompressSync(packed).toString('utf8'));
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(bytes, 'latin1'));
  }
}
