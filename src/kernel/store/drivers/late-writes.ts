/** Writes that the redo log has, or will have at the end of the turn, and the database not yet: of each key the last one. */
import type { Write } from '../driver.ts';

export class LateWrites {
  #spaces = new Map<string, Map<string, string | undefined>>();
  #size = 0;

  /** Keys that are waited with. */
  get size(): number {
    return this.#size;
  }

  add({ space, key, value }: Write): void {
    let late = this.#spaces.get(space);
    if (late === undefined) this.#spaces.set(space, (late = new Map()));
    const before = late.size;
    late.set(key, value);
    this.#size += late.size - before;
  }

  /** What is late in a space; undefined stands for deleted. */
  of(space: string): ReadonlyMap<string, string | undefined> | undefined {
    return this.#spaces.get(space);
  }

  spaces(): string[] {
    return [...this.#spaces.keys()];
  }

  forget(space: string): void {
    this.#size -= this.#spaces.get(space)?.size ?? 0;
    this.#spaces.delete(space);
  }

  clear(): void {
    this.#spaces.clear();
    this.#size = 0;
  }
}
