/** What authorizers answered, kept for as long as they say: bounded in entries and in bytes, the longest kept go first. */
import type { Millis } from '#kernel/base';

const ENTRIES_MAX = 10_000;
const CHARACTERS_MAX = 32 * 1_048_576;

type Entry<T> = { until: Millis; value: T; weight: number };

export class Remembered<T> {
  #entries = new Map<string, Entry<T>>();
  #weight = 0;

  get(key: string, now: Millis): T | undefined {
    const found = this.#entries.get(key);
    return found !== undefined && found.until > now ? found.value : undefined;
  }

  put(key: string, value: T, until: Millis): void {
    this.#drop(key);
    const weight = key.length + JSON.stringify(value).length;
    this.#entries.set(key, { until, value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX && this.#weight <= CHARACTERS_MAX) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}
