/** Which key value stores the process of small functions has: it is told of one again only when that has changed. */
import type { EdgeStore } from '#kernel/contract';

/** Of keys and values that the process keeps; with more it forgets all. One store of CloudFront's may be as large. */
const BYTES_MAX = 5_242_880;

/** A store as the process is told it. */
export type ToldStore = Omit<EdgeStore, 'pairs' | 'bytes' | 'version'> & { pairs: { readonly [key: string]: string } };

/** What the process hears before a run: whether to forget all stores, and those that it does not know. */
export type StoreNews = { forget?: true; stores?: ToldStore[] };

export class KnownStores {
  #known = new Map<string, { version: string; bytes: number }>();
  #bytes = 0;

  /** What is to be told so that the process has these; it is taken as told. */
  news(wanted: readonly EdgeStore[]): StoreNews {
    const isNew = ({ id, version }: EdgeStore) => this.#known.get(id)?.version !== version;
    let stores = wanted.filter(isNew);
    if (stores.length === 0) return {};
    const grown = stores.reduce((sum, { id, bytes }) => sum + bytes - this.#bytesOf(id), 0);
    const forget = this.#bytes + grown > BYTES_MAX;
    if (forget) {
      this.clear();
      stores = [...wanted];
    }
    for (const { id, version, bytes } of stores) {
      this.#bytes += bytes - this.#bytesOf(id);
      this.#known.set(id, { version, bytes });
    }
    return {
      ...(forget && { forget }),
      stores: stores.map(({ bytes: _, version: __, ...store }) => ({ ...store, pairs: store.pairs() })),
    };
  }

  #bytesOf(id: string): number {
    return this.#known.get(id)?.bytes ?? 0;
  }

  clear(): void {
    this.#known.clear();
    this.#bytes = 0;
  }
}
