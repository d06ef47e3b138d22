/** Decoded rows that were lately used: two generations, so that keeping one costs a Map entry and forgetting many costs nothing. */

export class RowCache {
  readonly limit: number;
  #young = new Map<string, object>();
  #old = new Map<string, object>();
  #weight = 0;

  /** @param limit weight (about a byte each) of one generation */
  constructor(limit: number) {
    this.limit = limit;
  }

  get(id: string): object | undefined {
    const young = this.#young.get(id);
    if (young !== undefined) return young;
    const old = this.#old.get(id);
    if (old !== undefined) {
      this.#old.delete(id);
      this.set(id, old, 256);
    }
    return old;
  }

  set(id: string, row: object, weight: number): void {
    this.#young.set(id, row);
    this.#weight += weight + id.length;
    if (this.#weight > this.limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
  }

  delete(id: string): void {
    this.#young.delete(id);
    this.#old.delete(id);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#weight = 0;
  }
}
