/** Decoded rows that were lately used: two generations, so that keeping one costs a Map entry and forgetting many costs nothing. */

/** Rows by space and key. */
type Generation = Map<string, Map<string, object>>;

export class RowCache {
  readonly limit: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #weight = 0;

  /** @param limit weight (about a byte each) of one generation */
  constructor(limit: number) {
    this.limit = limit;
  }

  get(space: string, key: string): object | undefined {
    const young = this.#young.get(space)?.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(space)?.get(key);
    if (old !== undefined) {
      this.#old.get(space)?.delete(key);
      this.set(space, key, old, 256);
    }
    return old;
  }

  set(space: string, key: string, row: object, weight: number): void {
    let rows = this.#young.get(space);
    if (rows === undefined) this.#young.set(space, (rows = new Map()));
    rows.set(key, row);
    this.#weight += weight + space.length + key.length;
    if (this.#weight > this.limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
  }

  delete(space: string, key: string): void {
    this.#young.get(space)?.delete(key);
    this.#old.get(space)?.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#weight = 0;
  }
}
