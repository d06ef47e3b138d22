/** Whether SQLite has a write already or is to get it later, every read gives what was written last; a write that it refuses is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Random } from '#kernel/random';
import { MemoryDriver } from './memory.ts';
import { SqliteDriver } from './sqlite.ts';

function withDriver(work: (driver: SqliteDriver, file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  const driver = new SqliteDriver(join(folder, 'state.db'), 'process');
  try {
    work(driver, join(folder, 'state.db'));
  } finally {
    driver.close();
    rmSync(folder, { recursive: true });
  }
}

test('reads and writes in any order give what a driver gives that keeps all in memory', () => {
  withDriver((driver) => {
    const random = new Random('late').stream('writes');
    const model = new MemoryDriver();
    const space = () => (random.below(2) === 0 ? 'a' : 'b');
    const key = () => String(random.below(30)).padStart(2, '0');
    for (let step = 0; step < 5_000; step += 1) {
      const [name, one, two] = [space(), key(), key()];
      const kind = random.below(10);
      for (const each of [driver, model])
        if (kind < 4) each.apply([{ space: name, key: one, value: kind === 0 ? undefined : `${step}` }]);
        else if (kind === 4 && step % 20 === 0) each.removeRange(name, one, two);
        else if (kind === 5) each.flush();
      const range = { from: one, to: two, limit: random.below(5), reverse: kind % 2 === 0 };
      if (kind === 6) assert.deepEqual(driver.range(name, range), model.range(name, range));
      else if (kind === 7) assert.equal(driver.count(name, one, two), model.count(name, one, two));
      else assert.equal(driver.get(name, one), model.get(name, one));
    }
    driver.flush();
    assert.deepEqual(driver.spaces().toSorted(), ['a', 'b']);
  });
});

test('a row that is written again and again reaches the database once', () => {
  withDriver((driver, file) => {
    const rows = () => {
      const db = new DatabaseSync(file, { readOnly: true });
      const found = db.prepare("SELECT name FROM sqlite_schema WHERE name = 'hot'").all();
      db.close();
      return found.length;
    };
    for (let turn = 0; turn < 3_000; turn += 1) {
      driver.apply([{ space: 'hot', key: 'row', value: `${turn}` }]);
      driver.flush();
    }
    assert.deepEqual([driver.get('hot', 'row'), rows()], ['2999', 0]);
    driver.apply([{ space: 'hot', key: 'row', value: undefined }]);
    assert.equal(driver.get('hot', 'row'), undefined);
    for (let key = 0; key < 1_000; key += 1) driver.apply([{ space: 'hot', key: `${key}`, value: '' }]);
    driver.flush();
    assert.equal(rows(), 1);
  });
});

test('what the database refuses when it is read is told to the reader, and to whom it was written for', () => {
  withDriver((driver) => {
    const put = (key: string, value: unknown = key) =>
      driver.apply([{ space: 'rows', key, value: value as string | undefined }]);
    const keys = () => driver.range('rows', { from: '', to: '~', limit: 9 }).map(([key]) => key);
    put('a');
    driver.flush();
    put('b');
    // No text, which the table does not take.
    put('c', ['c']);
    assert.throws(keys, /cannot be bound/);
    assert.deepEqual(keys(), ['a']);
    put('d');
    assert.throws(() => driver.flush(), /cannot be bound/);
    assert.deepEqual(keys(), ['a']);
    put('e');
    driver.flush();
    assert.deepEqual(keys(), ['a', 'e']);
  });
});
