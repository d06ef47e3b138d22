/** What starts runtimes: the programs as they are, or a copy with what had to be made for this machine, once for these programs and that interpreter. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runtimes } from './runtimes.ts';
import { BOOTSTRAPS } from './sandbox.ts';

export class Bootstraps {
  readonly #scratch: string;
  readonly #runtimes: Runtimes;
  #made = new Map<string, Promise<string>>();

  /** @param scratch folder that is the engine's own */
  constructor(scratch: string, runtimes: Runtimes) {
    this.#scratch = scratch;
    this.#runtimes = runtimes;
  }

  /** The folder for a runtime that is there. What can't be made is tried again the next time. */
  folder(runtime: string): Promise<string> {
    let made = this.#made.get(runtime);
    if (made === undefined) {
      made = this.#make(runtime).catch((error) => {
        this.#made.delete(runtime);
        throw error;
      });
      this.#made.set(runtime, made);
    }
    return made;
  }

  async #make(runtime: string): Promise<string> {
    const found = await this.#runtimes.find(runtime);
    if (typeof found === 'string' || found.make === undefined) return BOOTSTRAPS;
    const folder = join(this.#scratch, `bootstraps-${runtime}-${await stampOf(found.reads)}`);
    if (existsSync(folder)) return folder;
    const partial = await mkdtemp(join(this.#scratch, '.bootstraps-'));
    try {
      await cp(BOOTSTRAPS, partial, { recursive: true });
      // Functions may be another user.
      await chmod(partial, 0o755);
      await found.make(partial);
      await rename(partial, folder);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    return folder;
  }
}

/** Another text for other programs, and for another interpreter. */
async function stampOf(reads: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(reads.join('\n'));
  for (const path of reads) hash.update(String((await stat(path)).mtimeMs));
  for (const name of (await readdir(BOOTSTRAPS, { recursive: true })).toSorted()) {
    const path = join(BOOTSTRAPS, name);
    if ((await stat(path)).isFile()) hash.update(name).update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
