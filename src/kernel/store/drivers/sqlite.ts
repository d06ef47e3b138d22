/** The default driver: SQLite as Node carries it. One batch transaction is open between two flushes; a space is one table. */
import { accessSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Driver, Entry, Range, Write } from '../driver.ts';
import { Checkpointer, checkpoint, PAGE_BYTES } from './checkpointer.ts';

export type Durability = 'process' | 'disk';

type Statements = {
  get: StatementSync;
  put: StatementSync;
  del: StatementSync;
  up: StatementSync;
  down: StatementSync;
  count: StatementSync;
};

const CACHE_KIB = 16_384;
/** A copy is made in one step, which sees one instant. */
const ALL_PAGES = 2 ** 30;

export class SqliteDriver implements Driver {
  readonly file: string;
  readonly durability: Durability;
  #db: DatabaseSync;
  #spaces = new Map<string, Statements>();
  #known: Set<string>;
  #open = false;
  #checkpointer: Checkpointer;
  /** Writes of the open batch. */
  #writes = 0;

  constructor(file: string, durability: Durability) {
    this.file = file;
    this.durability = durability;
    this.#db = openDatabase(file, durability);
    this.#known = this.#tables();
    this.#checkpointer = new Checkpointer(file);
  }

  get(space: string, key: string): string | undefined {
    const row = this.#statements(space)?.get.get(key) as { v: string } | undefined;
    return row?.v;
  }

  range(space: string, range: Range): Entry[] {
    const statements = this.#statements(space);
    if (statements === undefined || range.limit <= 0) return [];
    const limit = Number.isFinite(range.limit) ? range.limit : -1;
    const rows = (range.reverse === true ? statements.down : statements.up).all(
      range.from,
      range.to,
      limit,
    ) as unknown as { k: string; v: string }[];
    return rows.map((row) => [row.k, row.v]);
  }

  count(space: string, from: string, to: string): number {
    return (this.#statements(space)?.count.get(from, to) as { n: number } | undefined)?.n ?? 0;
  }

  apply(writes: readonly Write[]): void {
    this.#writes += writes.length;
    this.#inBatch(() => {
      for (const { space, key, value } of writes) {
        if (value === undefined) this.#statements(space)?.del.run(key);
        else this.#create(space).put.run(key, value);
      }
    });
  }

  removeRange(space: string, from: string, to: string): void {
    this.#inBatch(() => {
      if (this.#known.has(space)) this.#db.prepare(`DELETE FROM "${space}" WHERE k >= ? AND k < ?`).run(from, to);
    });
  }

  flush(): void {
    if (!this.#open) return;
    try {
      this.#db.exec('COMMIT');
      this.#open = false;
      if (this.#checkpointer.committed(this.#writes)) checkpoint(this.#db);
      this.#writes = 0;
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  spaces(): string[] {
    return [...this.#known];
  }

  async copyTo(file: string): Promise<void> {
    this.flush();
    const source = new DatabaseSync(this.file, { readOnly: true });
    try {
      await backup(source, file, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
  }

  clear(): void {
    this.flush();
    this.#spaces.clear();
    this.#inBatch(() => {
      for (const space of this.#known) this.#db.exec(`DROP TABLE "${space}"`);
      this.#known.clear();
    });
    this.flush();
  }

  restoreFrom(file: string): void {
    this.flush();
    accessSync(file);
    this.#spaces.clear();
    this.#checkpointer.stop();
    // Closing writes the log into the database and removes it, so the old state stands alone until it is replaced.
    this.#db.close();
    try {
      for (const suffix of ['-wal', '-shm']) rmSync(this.file + suffix, { force: true });
      renameSync(file, this.file);
    } finally {
      this.#db = openDatabase(this.file, this.durability);
      this.#known = this.#tables();
    }
  }

  close(): void {
    this.flush();
    this.#checkpointer.stop();
    this.#db.close();
  }

  /** Runs writes in the open batch, which begins with the first; when they throw, the batch is undone. */
  #inBatch(work: () => void): void {
    try {
      if (!this.#open) {
        this.#db.exec('BEGIN IMMEDIATE');
        this.#open = true;
      }
      work();
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  /** After a failed write or commit: SQLite may have rolled back by itself (a full disk), and a table made in the batch is gone. */
  #undo(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#open = false;
    this.#spaces.clear();
    this.#known = this.#tables();
  }

  #tables(): Set<string> {
    const rows = this.#db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as unknown as {
      name: string;
    }[];
    return new Set(rows.map((row) => row.name));
  }

  #statements(space: string): Statements | undefined {
    const known = this.#spaces.get(space);
    if (known !== undefined) return known;
    return this.#known.has(space) ? this.#prepare(space) : undefined;
  }

  #create(space: string): Statements {
    const known = this.#spaces.get(space);
    if (known !== undefined) return known;
    if (!this.#known.has(space)) {
      this.#db.exec(`CREATE TABLE "${space}" (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID`);
      this.#known.add(space);
    }
    return this.#prepare(space);
  }

  #prepare(space: string): Statements {
    const prepare = (sql: string) => this.#db.prepare(sql);
    const statements = {
      get: prepare(`SELECT v FROM "${space}" WHERE k = ?`),
      put: prepare(`INSERT INTO "${space}" (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`),
      del: prepare(`DELETE FROM "${space}" WHERE k = ?`),
      up: prepare(`SELECT k, v FROM "${space}" WHERE k >= ? AND k < ? ORDER BY k LIMIT ?`),
      down: prepare(`SELECT k, v FROM "${space}" WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?`),
      count: prepare(`SELECT count(*) AS n FROM "${space}" WHERE k >= ? AND k < ?`),
    };
    this.#spaces.set(space, statements);
    return statements;
  }
}

function openDatabase(file: string, durability: Durability): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA journal_mode=WAL; PRAGMA synchronous=${durability === 'disk' ? 'FULL' : 'NORMAL'};
    PRAGMA cache_size=-${CACHE_KIB}; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA busy_timeout=10000;`);
  return db;
}
