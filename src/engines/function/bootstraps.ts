/** What starts runtimes: the programs as they are, or a copy with what had to be made for this machine, once for as long as the engine lives. */
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
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
    const folder = await mkdtemp(join(this.#scratch, `${runtime}-`));
    try {
      await cp(BOOTSTRAPS, folder, { recursive: true });
      // Functions may be another user.
      await chmod(folder, 0o755);
      await found.make(folder);
      return folder;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}
