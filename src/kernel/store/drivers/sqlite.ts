/**
 * The default driver: SQLite as Node carries it; a space is one table. One transaction stays open over many flushes: what a
 * flush makes durable it adds to the redo log, and only once that has grown SQLite commits, and the log begins anew. The number
 * of the commit is the database's `user_version`, by which a start knows whether the log that it finds follows it. Nor does
 * SQLite get each write at once: a space is written when a range of it is read, and all of them before a commit.
 */
import { accessSync, renameSync, rmSync } from 'node:fs';
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Driver, Entry, Range, Write } from '../driver.ts';
import { Checkpointer, checkpoint, checkpointLeft, PAGE_BYTES } from './checkpointer.ts';
import { LateWrites } from './late-writes.ts';
import { RedoLog } from './redo-log.ts';
import { decodeWrites, encodeWrite } from './redo-text.ts';

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
/** Not a parameter by itself: its value would be looked at when the statement is prepared, so that it is prepared anew for each. */
const LIMIT = 'CAST(? AS INTEGER)';
/** A copy is made in one step, which sees one instant. */
const ALL_PAGES = 2 ** 30;
/** Writes, those of one key counted once, after which SQLite commits: the pages that they touch fit in its cache. */
const WRITES_MAX = 1_000;
/** Characters of a redo log, or of one flush, at which SQLite commits. A start that finds as many takes milliseconds. */
const LOG_MAX = 4 * 1_024 * 1_024;
/** Numbers of commits, which are positive. */
const COMMITS = 2 ** 31;

export class SqliteDriver implements Driver {
  readonly file: string;
  readonly durability: Durability;
  #db: DatabaseSync;
  #spaces = new Map<string, Statements>();
  #known: Set<string>;
  #open = false;
  #checkpointer: Checkpointer;
  #log: RedoLog;
  /** Number of the last commit. */
  #commits: number;
  /** What SQLite was given since then. */
  #writes = 0;
  /** What it is still to be given. */
  #late = new LateWrites();
  /** Writes since the last flush, as the log takes them; undefined when they are no matter for it. */
  #turn: string | undefined = '';
  /** Why the writes since the last flush are lost, where that is not told yet. */
  #lost: unknown;
  /** The database went back to its last commit, and what the log holds since was not read again yet. */
  #isBehind = false;

  constructor(file: string, durability: Durability) {
    this.file = file;
    this.durability = durability;
    this.#db = openDatabase(file, durability);
    this.#known = this.#tables();
    checkpointLeft(this.#db, file);
    this.#checkpointer = new Checkpointer(file);
    this.#commits = this.#readCommits();
    this.#log = new RedoLog(`${file}-redo`, durability === 'disk');
    this.#redo();
    this.#commit();
  }

  get(space: string, key: string): string | undefined {
    this.#catchUp();
    const late = this.#late.of(space);
    if (late?.has(key) === true) return late.get(key);
    const row = this.#statements(space)?.get.get(key) as unknown as [value: string] | undefined;
    return row?.[0];
  }

  range(space: string, range: Range): Entry[] {
    this.#settleToRead(space);
    const statements = this.#statements(space);
    if (statements === undefined || range.limit <= 0) return [];
    const limit = Number.isFinite(range.limit) ? range.limit : -1;
    const found = (range.reverse === true ? statements.down : statements.up).all(range.from, range.to, limit);
    return found as unknown as Entry[];
  }

  count(space: string, from: string, to: string): number {
    this.#settleToRead(space);
    const row = this.#statements(space)?.count.get(from, to) as unknown as [count: number] | undefined;
    return row?.[0] ?? 0;
  }

  apply(writes: readonly Write[]): void {
    this.#inTurn(() => {
      for (const write of writes) {
        if (this.#turn !== undefined) this.#turn += encodeWrite(write);
        this.#late.add(write);
      }
    });
    if ((this.#turn?.length ?? 0) > LOG_MAX) this.#turn = undefined;
  }

  removeRange(space: string, from: string, to: string): void {
    this.#inTurn(() => {
      this.#settle(space);
      this.#begin();
      if (this.#known.has(space)) this.#db.prepare(`DELETE FROM "${space}" WHERE k >= ? AND k < ?`).run(from, to);
    });
    this.#turn = undefined;
  }

  flush(): void {
    const turn = this.#turn;
    this.#turn = '';
    if (this.#lost !== undefined) {
      const why = this.#lost;
      this.#lost = undefined;
      this.#undo();
      throw why;
    }
    if (turn === '') return;
    if (turn === undefined || !this.#append(turn)) this.#commit();
    if (this.#writes + this.#late.size >= WRITES_MAX || this.#log.size >= LOG_MAX) this.#commitLogged();
  }

  spaces(): string[] {
    for (const space of this.#late.spaces()) this.#settleToRead(space);
    this.#catchUp();
    return [...this.#known];
  }

  async copyTo(file: string): Promise<void> {
    this.flush();
    this.#commit();
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
    this.#inTurn(() => {
      this.#late.clear();
      this.#begin();
      for (const space of this.#known) this.#db.exec(`DROP TABLE "${space}"`);
      this.#known.clear();
    });
    this.#turn = undefined;
    this.flush();
  }

  restoreFrom(file: string): void {
    this.flush();
    this.#commit();
    accessSync(file);
    this.#spaces.clear();
    this.#checkpointer.stop();
    // Closing writes the log into the database and removes it, so the old state stands alone until it is replaced.
    this.#db.close();
    try {
      unlikeCommit(file, this.#commits);
      for (const suffix of ['-wal', '-shm']) rmSync(this.file + suffix, { force: true });
      renameSync(file, this.file);
    } finally {
      this.#db = openDatabase(this.file, this.durability);
      this.#known = this.#tables();
      this.#commits = this.#readCommits();
    }
  }

  close(): void {
    this.flush();
    this.#commit();
    this.#checkpointer.stop();
    this.#db.close();
    this.#log.close();
  }

  /** Gives SQLite what is late in a space. */
  #settle(space: string): void {
    const late = this.#late.of(space);
    if (late === undefined) return;
    this.#begin();
    for (const [key, value] of late) {
      if (value === undefined) this.#statements(space)?.del.run(key);
      else this.#create(space).put.run(key, value);
    }
    this.#writes += late.size;
    this.#late.forget(space);
  }

  /** For a reader, who is told when it fails; who has written since the last flush is told by the next. */
  #settleToRead(space: string): void {
    this.#catchUp();
    if (this.#late.of(space) === undefined) return;
    try {
      this.#settle(space);
    } catch (error) {
      if (this.#turn !== '') this.#lost = error;
      this.#undo();
      throw error;
    }
  }

  /** Runs writes; when they throw, all since the last flush are undone. */
  #inTurn(work: () => void): void {
    try {
      this.#catchUp();
      work();
    } catch (error) {
      this.#undo();
      throw error;
    }
  }

  #begin(): void {
    if (this.#open) return;
    this.#db.exec('BEGIN IMMEDIATE');
    this.#open = true;
  }

  /** False when the log does not take it: a disk that is full may have room where the database is. */
  #append(turn: string): boolean {
    try {
      this.#log.append(this.#commits, turn);
      return true;
    } catch {
      return false;
    }
  }

  /** When it throws, what the log holds is as it was before. */
  #commit(): void {
    if (!this.#open && this.#late.size === 0) return;
    const commits = (this.#commits + 1) % COMMITS;
    try {
      for (const space of this.#late.spaces()) this.#settle(space);
      this.#db.exec(`PRAGMA user_version=${commits}; COMMIT`);
    } catch (error) {
      this.#undo();
      throw error;
    }
    this.#open = false;
    this.#commits = commits;
    this.#log.restart();
    if (this.#checkpointer.committed(this.#writes)) checkpoint(this.#db);
    this.#writes = 0;
  }

  /** Nothing is lost when it can't be: all of it is in the log, and the next flush tries again. */
  #commitLogged(): void {
    try {
      this.#commit();
    } catch {}
  }

  /** After a failed write or commit: back to the last flush. */
  #undo(): void {
    this.#turn = '';
    this.#rollBack();
    this.#catchUp();
  }

  /** To the last commit. SQLite may have rolled back by itself (a full disk), and a table made since is gone. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#open = false;
    this.#writes = 0;
    this.#late.clear();
    this.#spaces.clear();
    this.#known = this.#tables();
    this.#isBehind = true;
  }

  #catchUp(): void {
    if (!this.#isBehind) return;
    this.#redo(this.#log.size);
    this.#isBehind = false;
  }

  /** What the log holds is to be written again. */
  #redo(bytes?: number): void {
    for (const text of this.#log.read(this.#commits, bytes))
      for (const write of decodeWrites(text)) this.#late.add(write);
  }

  #readCommits(): number {
    return (this.#db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
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
    const prepare = (sql: string) => {
      const statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    const statements = {
      get: prepare(`SELECT v FROM "${space}" WHERE k = ?`),
      put: prepare(`INSERT INTO "${space}" (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`),
      del: prepare(`DELETE FROM "${space}" WHERE k = ?`),
      up: prepare(`SELECT k, v FROM "${space}" WHERE k >= ? AND k < ? ORDER BY k LIMIT ${LIMIT}`),
      down: prepare(`SELECT k, v FROM "${space}" WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ${LIMIT}`),
      count: prepare(`SELECT count(*) FROM "${space}" WHERE k >= ? AND k < ?`),
    };
    this.#spaces.set(space, statements);
    return statements;
  }
}

/** A database that is to take the place of another is followed by no log of that one's. */
function unlikeCommit(file: string, commits: number): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version=${(commits + 1) % COMMITS}`);
  db.close();
}

function openDatabase(file: string, durability: Durability): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA journal_mode=WAL; PRAGMA synchronous=${durability === 'disk' ? 'FULL' : 'NORMAL'};
    PRAGMA cache_size=-${CACHE_KIB}; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA busy_timeout=10000;`);
  return db;
}
