/** Brings botocore's wheel (a zip of API models) and reads single models out of it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { BOTOCORE_VERSION } from './services.ts';

export type BotocoreShape = { type: string; [trait: string]: unknown };
export type BotocoreModel = {
  metadata: Record<string, unknown>;
  operations: Record<string, Record<string, unknown>>;
  shapes: Record<string, BotocoreShape>;
};

/** Opens the pinned wheel, fetching it by pip into `cacheFolder` when it is not there yet. */
export function openBotocore(cacheFolder: string): {
  read(folder: string): { model: BotocoreModel; sha256: string } | undefined;
} {
  mkdirSync(cacheFolder, { recursive: true });
  const isWheel = (name: string) => name.startsWith(`botocore-${BOTOCORE_VERSION}-`);
  if (!readdirSync(cacheFolder).some(isWheel)) {
    execFileSync('pip', ['download', '--quiet', '--no-deps', '--dest', cacheFolder, `botocore==${BOTOCORE_VERSION}`], {
      stdio: 'inherit',
    });
  }
  const wheel = readdirSync(cacheFolder).find(isWheel);
  if (wheel === undefined) throw new Error(`pip brought no botocore ${BOTOCORE_VERSION} into ${cacheFolder}`);
  const files = unzipSync(readFileSync(`${cacheFolder}/${wheel}`), {
    filter: (file) => file.name.includes('/service-2.json'),
  });
  return {
    read(folder) {
      const newest = Object.keys(files)
        .filter((name) => name.startsWith(`botocore/data/${folder}/`))
        .sort()
        .at(-1);
      if (newest === undefined) return undefined;
      const packed = files[newest] as Uint8Array;
      const text = newest.endsWith('.gz') ? gunzipSync(packed) : Buffer.from(packed);
      return { model: JSON.parse(text.toString('utf8')), sha256: createHash('sha256').update(text).digest('hex') };
    },
  };
}
