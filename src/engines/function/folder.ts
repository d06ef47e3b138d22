/** Folders of this machine that functions run from as they are: whether something in one has changed. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are looked at; more would make each call slow. */
const FILES_MAX = 2_000;

/** Another text when a file was written, added or taken away. Installed packages count as one. */
export async function stampOf(folder: string): Promise<string> {
  const folders = [folder];
  let newest = 0;
  let count = 0;
  for (let at = 0; at < folders.length && count < FILES_MAX; at += 1) {
    const path = folders[at] ?? '';
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const inside = join(path, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) folders.push(inside);
      newest = Math.max(newest, (await stat(inside).catch(() => undefined))?.mtimeMs ?? 0);
      count += 1;
    }
  }
  return `${newest}-${count}`;
}
