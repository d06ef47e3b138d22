/** What edge locations and the regional caches behind them have: bounded, the least recently used goes first. */
import { MIB, type Millis } from '#kernel/base';
import type { EdgeRecord } from '#kernel/contract';
import type { Body } from './body.ts';

export type Entry = {
  /** As the viewer asked: what invalidations name. */
  path: string;
  status: number;
  headers: Record<string, string | string[]>;
  body: Body;
  /** When the origin gave it, less the age that it had by then. */
  bornAt: Millis;
  freshUntil: Millis;
  /** Served stale until then while it is brought up to date. */
  staleUntil: Millis;
  /** Served stale until then when the origin fails; undefined where the origin did not say. */
  staleIfErrorUntil: Millis | undefined;
  etag: string | undefined;
  lastModified: string | undefined;
  /** The origin's answer varies by what no cache can tell: it is asked each time. */
  isAskedAlways: boolean;
  /** Headers that are for those alone who do not have it from a cache. */
  once: readonly string[];
  /** Where it was no origin that gave it: what is told to those who do not have it from a cache. */
  result?: EdgeRecord['result'] | undefined;
  /** Why there is no better answer, told to the same. */
  detail?: string | undefined;
};

export type CacheLimits = { memory: number; disk: number; entries: number };

/** What a body weighs, and how many entries have it. */
type Held = { entries: number; memory: number; disk: number };

const LIMITS: CacheLimits = { memory: 256 * MIB, disk: 4_096 * MIB, entries: 200_000 };
/** Of an entry's headers and keys, about. */
const OVERHEAD = 1_024;

export class Cache {
  readonly #limits: CacheLimits;
  /** Every entry of every location: a Map keeps them in the order of their use. */
  #entries = new Map<string, Entry>();
  #bodies = new Map<Body, Held>();
  #memory = 0;
  #disk = 0;
  /** Grows with each invalidation of a distribution, so that what is under way then is not kept. */
  #generations = new Map<string, number>();

  constructor(limits: CacheLimits = LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  generation(id: string): number {
    return this.#generations.get(id) ?? 0;
  }

  /** Keeps an entry; nothing that was asked for before an invalidation. @returns whether it did */
  put(key: string, entry: Entry, id: string, generation: number): boolean {
    if (generation !== this.generation(id)) return false;
    // First, since both may have one body.
    this.#hold(entry.body, 1);
    this.#remove(key);
    this.#entries.set(key, entry);
    this.#evict();
    return true;
  }

  /** Counts again a body that has grown since. */
  grown(body: Body): void {
    const held = this.#bodies.get(body);
    if (held === undefined) return;
    this.#weigh(body, held);
    this.#evict();
  }

  delete(key: string): void {
    this.#remove(key);
  }

  /** Forgets what a distribution has under paths that match. The keys of its entries begin with its id. */
  invalidate(id: string, matches: (path: string) => boolean): void {
    this.#generations.set(id, this.generation(id) + 1);
    for (const [key, entry] of this.#entries) if (key.startsWith(`${id} `) && matches(entry.path)) this.#remove(key);
  }

  clear(): void {
    for (const id of new Set([...this.#entries.keys()].map((key) => key.slice(0, key.indexOf(' ')))))
      this.#generations.set(id, this.generation(id) + 1);
    for (const key of [...this.#entries.keys()]) this.#remove(key);
  }

  #evict(): void {
    const { memory, disk, entries } = this.#limits;
    while (this.#memory > memory || this.#disk > disk || this.#entries.size > entries) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#hold(entry.body, -1);
  }

  /** One more, or one fewer, of the entries has the body. */
  #hold(body: Body, change: 1 | -1): void {
    const held = this.#bodies.get(body) ?? { entries: 0, memory: 0, disk: 0 };
    held.entries += change;
    this.#weigh(body, held);
    if (held.entries > 0) {
      this.#bodies.set(body, held);
      return;
    }
    this.#bodies.delete(body);
    body.drop();
  }

  #weigh(body: Body, held: Held): void {
    this.#memory -= held.memory;
    this.#disk -= held.disk;
    const isThere = held.entries > 0;
    held.memory = isThere ? OVERHEAD + (body.isInMemory ? body.size : 0) : 0;
    held.disk = isThere && !body.isInMemory ? body.size : 0;
    this.#memory += held.memory;
    this.#disk += held.disk;
  }
}
