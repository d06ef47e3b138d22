/** A driver that keeps everything in this process: for tests and embedded clouds. Sorted chunks, so inserts stay cheap when large. */
import type { Driver, Entry, Range, Write } from '../driver.ts';
import { compareKeys } from '../key.ts';

const CHUNK_MAX = 512;

/** `shared` chunks also belong to a fork: whoever writes first copies them. */
type Chunk = { keys: string[]; values: string[]; shared: boolean };

/** An ordered map of text to text. */
class Sorted {
  #chunks: Chunk[] = [{ keys: [], values: [], shared: false }];

  get(key: string): string | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)] as Chunk;
    const index = lowerBound(chunk.keys, key);
    return chunk.keys[index] === key ? chunk.values[index] : undefined;
  }

  set(key: string, value: string): void {
    if (this.#append(key, value)) return;
    const at = this.#chunkOf(key);
    const chunk = this.#own(at);
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] === key) {
      chunk.values[index] = value;
      return;
    }
    chunk.keys.splice(index, 0, key);
    chunk.values.splice(index, 0, value);
    if (chunk.keys.length > CHUNK_MAX) {
      const half = CHUNK_MAX / 2;
      this.#chunks.splice(at + 1, 0, {
        keys: chunk.keys.splice(half),
        values: chunk.values.splice(half),
        shared: false,
      });
    }
  }

  /** A key past all others, as those of logs are: chunks that grow so are filled. */
  #append(key: string, value: string): boolean {
    const last = this.#chunks[this.#chunks.length - 1] as Chunk;
    const greatest = last.keys[last.keys.length - 1];
    if (last.shared || greatest === undefined || compareKeys(greatest, key) >= 0) return false;
    if (last.keys.length < CHUNK_MAX) {
      last.keys.push(key);
      last.values.push(value);
    } else this.#chunks.push({ keys: [key], values: [value], shared: false });
    return true;
  }

  delete(key: string): void {
    const at = this.#chunkOf(key);
    if (this.get(key) === undefined) return;
    const chunk = this.#own(at);
    const index = lowerBound(chunk.keys, key);
    chunk.keys.splice(index, 1);
    chunk.values.splice(index, 1);
    if (chunk.keys.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
  }

  /** Whole chunks go at once, so the cost is that of the two at the ends. */
  deleteRange(from: string, to: string): void {
    const first = this.#chunkOf(from);
    const last = this.#chunkOf(to);
    const kept: Chunk[] = [];
    for (const chunk of this.#chunks.slice(first, last + 1)) {
      const { keys, values } = chunk;
      const low = lowerBound(keys, from);
      const high = lowerBound(keys, to);
      if (low === high) kept.push(chunk);
      else if (low > 0 || high < keys.length)
        kept.push({ keys: keys.toSpliced(low, high - low), values: values.toSpliced(low, high - low), shared: false });
    }
    this.#chunks.splice(first, last - first + 1, ...kept);
    if (this.#chunks.length === 0) this.#chunks.push({ keys: [], values: [], shared: false });
  }

  /** Walks [from, to) in either direction until `visit` returns false. */
  walk(from: string, to: string, reverse: boolean, visit: (key: string, value: string) => boolean): void {
    const last = this.#chunks.length - 1;
    const step = reverse ? -1 : 1;
    for (let at = this.#chunkOf(reverse ? to : from); at >= 0 && at <= last; at += step) {
      const { keys, values } = this.#chunks[at] as Chunk;
      let index = reverse ? lowerBound(keys, to) - 1 : lowerBound(keys, from);
      for (; index >= 0 && index < keys.length; index += step) {
        const key = keys[index] as string;
        if (reverse ? compareKeys(key, from) < 0 : compareKeys(key, to) >= 0) return;
        if (!visit(key, values[index] as string)) return;
      }
    }
  }

  clone(): Sorted {
    const copy = new Sorted();
    for (const chunk of this.#chunks) chunk.shared = true;
    copy.#chunks = this.#chunks.slice();
    return copy;
  }

  /** The chunk at an index, copied first where a fork still reads it. */
  #own(at: number): Chunk {
    const chunk = this.#chunks[at] as Chunk;
    if (!chunk.shared) return chunk;
    const copy = { keys: chunk.keys.slice(), values: chunk.values.slice(), shared: false };
    this.#chunks[at] = copy;
    return copy;
  }

  /** The last chunk whose first key is not past `key`. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = (this.#chunks[middle] as Chunk).keys[0];
      if (first !== undefined && compareKeys(first, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class MemoryDriver implements Driver {
  #spaces = new Map<string, Sorted>();

  get(space: string, key: string): string | undefined {
    return this.#spaces.get(space)?.get(key);
  }

  range(space: string, range: Range): Entry[] {
    const entries: Entry[] = [];
    if (range.limit <= 0) return entries;
    this.#spaces.get(space)?.walk(range.from, range.to, range.reverse === true, (key, value) => {
      entries.push([key, value]);
      return entries.length < range.limit;
    });
    return entries;
  }

  count(space: string, from: string, to: string): number {
    let count = 0;
    this.#spaces.get(space)?.walk(from, to, false, () => {
      count += 1;
      return true;
    });
    return count;
  }

  apply(writes: readonly Write[]): void {
    for (const { space, key, value } of writes) {
      let sorted = this.#spaces.get(space);
      if (sorted === undefined) this.#spaces.set(space, (sorted = new Sorted()));
      if (value === undefined) sorted.delete(key);
      else sorted.set(key, value);
    }
  }

  removeRange(space: string, from: string, to: string): void {
    this.#spaces.get(space)?.deleteRange(from, to);
  }

  flush(): void {}

  spaces(): string[] {
    return [...this.#spaces.keys()];
  }

  copyTo(): Promise<void> {
    return Promise.reject(new Error('a cloud in memory has no file to copy: clone it'));
  }

  clear(): void {
    this.#spaces.clear();
  }

  restoreFrom(): void {
    throw new Error('a cloud in memory has no file to restore from');
  }

  /** Takes on the content of another driver, which stays as it is. */
  become(other: MemoryDriver): void {
    this.#spaces = other.clone().#spaces;
  }

  /** An independent copy, made in time that hardly grows with what is stored: what a fork starts from. */
  clone(): MemoryDriver {
    const copy = new MemoryDriver();
    for (const [name, sorted] of this.#spaces) copy.#spaces.set(name, sorted.clone());
    return copy;
  }

  close(): void {
    this.#spaces.clear();
  }
}
