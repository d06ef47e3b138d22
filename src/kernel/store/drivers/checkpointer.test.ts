/** The write-ahead log is copied by the thread, and the file may be replaced once the thread was stopped. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Checkpointer, PAGE_BYTES } from './checkpointer.ts';
import { SqliteDriver } from './sqlite.ts';

const ROWS = 5_000;
const BYTES = 1_000;

function withFolder(work: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  try {
    work(join(folder, 'state.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the thread copies the log into the database', () => {
  withFolder((file) => {
    const db = new DatabaseSync(file);
    db.exec('PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE rows (v TEXT); BEGIN');
    const put = db.prepare('INSERT INTO rows VALUES (?)');
    for (let row = 0; row < ROWS; row += 1) put.run('x'.repeat(BYTES));
    db.exec('COMMIT');
    assert.ok(statSync(file).size < ROWS * BYTES);
    const checkpointer = new Checkpointer(file);
    assert.equal(checkpointer.committed(ROWS), false);
    checkpointer.stop();
    assert.ok(statSync(file).size > ROWS * BYTES);
    db.close();
  });
});

test('a log that was left behind counts: killed again and again, a cloud does not let it grow', () => {
  withFolder((file) => {
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0`);
    db.exec('CREATE TABLE rows (v TEXT)');
    const put = db.prepare('INSERT INTO rows VALUES (?)');
    for (let row = 0; row < ROWS; row += 1) put.run('x'.repeat(BYTES));
    assert.ok(statSync(file).size < ROWS * BYTES);
    const checkpointer = new Checkpointer(file);
    assert.equal(checkpointer.committed(1), false);
    checkpointer.stop();
    assert.ok(statSync(file).size > ROWS * BYTES);
    db.close();
  });
});

/** Enough writes in small batches that the thread begins to work. */
function fill(driver: SqliteDriver): void {
  for (let row = 0; row < ROWS; row += 1) {
    driver.apply([{ space: 'rows', key: String(row).padStart(8, '0'), value: 'x'.repeat(BYTES) }]);
    if (row % 10 === 0) driver.flush();
  }
  driver.flush();
}

test('what was written while the thread works is there after the next start, and gone after a restore', () => {
  withFolder((file) => {
    const other = `${file}.copy`;
    const copy = new SqliteDriver(other, 'process');
    copy.apply([{ space: 'other', key: 'k', value: 'v' }]);
    copy.close();
    const first = new SqliteDriver(file, 'process');
    fill(first);
    first.close();
    const second = new SqliteDriver(file, 'process');
    assert.equal(second.count('rows', '', '~'), ROWS);
    fill(second);
    second.restoreFrom(other);
    assert.deepEqual([second.get('other', 'k'), second.count('rows', '', '~')], ['v', 0]);
    fill(second);
    second.close();
    const third = new SqliteDriver(file, 'process');
    assert.deepEqual([third.get('other', 'k'), third.count('rows', '', '~')], ['v', ROWS]);
    third.close();
  });
});
