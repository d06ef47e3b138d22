/**
 * The contract of a storage engine: ordered text keys and text values in named spaces. Everything above it (tables, indexes,
 * transactions) is the same over every engine. Reads are synchronous and see every earlier `apply`; a remote engine answers
 * them from what it has fetched, throws when it lacks a key, and the pure transaction function is run again after the fetch.
 */
export type Entry = readonly [key: string, value: string];

/** `value` undefined deletes. */
export type Write = { space: string; key: string; value: string | undefined };

export type Range = {
  /** First key, inclusive. */
  from: string;
  /** Exclusive end. */
  to: string;
  limit: number;
  reverse?: boolean | undefined;
};

export interface Driver {
  get(space: string, key: string): string | undefined;
  range(space: string, range: Range): Entry[];
  /** Number of keys in a range; costs what the range holds. */
  count(space: string, from: string, to: string): number;
  /** All or nothing, and visible to reads at once. When it throws, everything since the last `flush` is undone. */
  apply(writes: readonly Write[]): void;
  /** Deletes the keys from `from` (inclusive) to `to` (exclusive); like `apply` in everything else. */
  removeRange(space: string, from: string, to: string): void;
  /** Makes everything applied durable, as the driver's durability promises. When it throws, everything since the last flush is undone. */
  flush(): void;
  /** Names of the spaces that exist. */
  spaces(): string[];
  /** Writes a copy, as things are at one instant during the call, to a file that a driver of the same kind opens. Work goes on meanwhile. */
  copyTo(file: string): Promise<void>;
  /** Removes everything, or nothing when it throws. */
  clear(): void;
  /** Moves a file that `copyTo` wrote, in the same folder, to the place of everything; a crash leaves either the old state or the new one. */
  restoreFrom(file: string): void;
  close(): void;
}
