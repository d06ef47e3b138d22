/** Generated files are as they were generated: nobody edits them by hand. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, ROOT } from '../source.ts';

/** Models whose text has another hash than the index says. `npm run generate -- --check` makes them anew and compares. */
export function generated(): Finding[] {
  const { hashes } = JSON.parse(readFileSync(join(ROOT, 'models/index.json'), 'utf8')) as {
    hashes: Record<string, string>;
  };
  return Object.entries(hashes).flatMap(([name, hash]) => {
    const file = join('models', name);
    const path = join(ROOT, file);
    if (existsSync(path) && sha256(readFileSync(path, 'utf8')).startsWith(hash)) return [];
    return [
      { file, line: 1, text: 'is not what tools/generate made. Patch models/patches instead, then npm run generate.' },
    ];
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
