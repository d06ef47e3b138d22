/**
 * The process in which a query runs: SQLite as Node carries it, with tables in memory that are there for this query alone. Nothing but reading is
 * allowed. A thread would not do: nobody can end one that SQLite is busy in.
 */
import { constants, DatabaseSync } from 'node:sqlite';
import type { SqlTable } from '#kernel/contract';
import { FUNCTIONS, type SqlValue } from './functions.ts';

/** Memory of the tables, and of what a query makes of them. */
const MEMORY = 1_024 * 1_024 * 1_024;

export type ToReader =
  | { table: Pick<SqlTable, 'name' | 'columns'> }
  | { into: string; rows: readonly (readonly SqlValue[])[] }
  | { select: string; most: number };
export type FromReader = { columns: string[]; rows: (string | null)[][]; isMore: boolean } | { error: string };

const ALLOWED = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);
/** Functions that reach beyond the query's tables. */
const REFUSED = new Set(['load_extension', 'fts3_tokenizer', 'readfile', 'writefile']);

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function newDatabase(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(`PRAGMA hard_heap_limit = ${MEMORY}`);
  // As in Trino: the case of letters counts.
  db.exec('PRAGMA case_sensitive_like = ON');
  for (const [name, call] of Object.entries(FUNCTIONS)) db.function(name, { deterministic: true, varargs: true }, call);
  db.aggregate('count_if', { start: 0, step: (count: number, is: SqlValue) => (is === 1 ? count + 1 : count) });
  return db;
}

/** What a cell is as text. */
function cellOf(value: SqlValue, type: string | null): string | null {
  if (value === null) return null;
  if (type === 'BOOLEAN') return value === 1 ? 'true' : 'false';
  return type === 'TIMESTAMP' ? `${String(value)}.000` : String(value);
}

function select(db: DatabaseSync, text: string, most: number): FromReader {
  db.setAuthorizer((action, _, name) =>
    ALLOWED.has(action) && !REFUSED.has(String(name)) ? constants.SQLITE_OK : constants.SQLITE_DENY,
  );
  const statement = db.prepare(text);
  statement.setReturnArrays(true);
  const columns = statement.columns();
  const rows: (string | null)[][] = [];
  for (const row of statement.iterate() as Iterable<unknown>) {
    if (rows.length >= most) return { columns: columns.map(({ name }) => name), rows, isMore: true };
    rows.push((row as SqlValue[]).map((value, index) => cellOf(value, columns[index]?.type ?? null)));
  }
  return { columns: columns.map(({ name }) => name), rows, isMore: false };
}

function serve(): void {
  const db = newDatabase();
  process.on('disconnect', () => process.exit());
  process.on('message', (message: ToReader) => {
    if ('table' in message) {
      const { name, columns } = message.table;
      db.exec(`CREATE TABLE ${quoted(name)} (${columns.map((one) => `${quoted(one.name)} ${one.type}`).join(', ')})`);
    } else if ('into' in message) {
      const { into, rows } = message;
      const insert = db.prepare(`INSERT INTO ${quoted(into)} VALUES (${(rows[0] ?? []).map(() => '?').join(', ')})`);
      db.exec('BEGIN');
      for (const row of rows) insert.run(...row);
      db.exec('COMMIT');
    } else {
      let answer: FromReader;
      try {
        answer = select(db, message.select, message.most);
      } catch (error) {
        answer = { error: error instanceof Error ? error.message : String(error) };
      }
      process.send?.(answer);
    }
  });
}

if (process.send !== undefined) serve();
