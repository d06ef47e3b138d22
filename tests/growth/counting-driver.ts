/** A driver in memory that counts what it is asked to touch: the cost of an operation without a clock. */
import { type Entry, MemoryDriver, type Range, type Write } from '#kernel/store';

/** Keys that were looked up, ranges that were read, rows that these gave or that were counted, and rows that were written. */
export type Touched = { gets: number; ranges: number; rows: number; writes: number };

export class CountingDriver extends MemoryDriver {
  touched: Touched = { gets: 0, ranges: 0, rows: 0, writes: 0 };

  override get(space: string, key: string): string | undefined {
    this.touched.gets += 1;
    return super.get(space, key);
  }

  override range(space: string, range: Range): Entry[] {
    const entries = super.range(space, range);
    this.touched.ranges += 1;
    this.touched.rows += entries.length;
    return entries;
  }

  override count(space: string, from: string, to: string): number {
    const count = super.count(space, from, to);
    this.touched.ranges += 1;
    this.touched.rows += count;
    return count;
  }

  override apply(writes: readonly Write[]): void {
    this.touched.writes += writes.length;
    super.apply(writes);
  }
}
