/** What was flushed is there after any end of the process, what was not is not, and a log follows one commit of one database only. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RedoLog } from './redo-log.ts';
import { decodeWrites, encodeWrite } from './redo-text.ts';
import { SqliteDriver } from './sqlite.ts';

function withFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const put = (driver: SqliteDriver, key: string, value = key) => driver.apply([{ space: 'rows', key, value }]);
const keys = (driver: SqliteDriver) =>
  driver.range('rows', { from: '', to: '~', limit: Number.POSITIVE_INFINITY }).map(([key]) => key);

/** A copy of a folder as it is now: what the next process finds once this one was killed. */
function copyAsKilled(folder: string): string {
  const copy = mkdtempSync(join(folder, 'killed-'));
  for (const name of readdirSync(folder))
    if (name.startsWith('state.db')) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

const afterKill = (folder: string) => new SqliteDriver(join(copyAsKilled(folder), 'state.db'), 'process');

test('writes are read from a record as they were', () => {
  const writes = [
    { space: 'a#b', key: 'k\u0001\u{1f600}', value: '{"n":"1 2 -\\n\n"}' },
    { space: 'a', key: '', value: '' },
    { space: 'a', key: 'gone', value: undefined },
  ];
  assert.deepEqual(decodeWrites(writes.map(encodeWrite).join('')), writes);
  assert.throws(() => decodeWrites('1 2'), /redo log/);
});

test('records end where one is torn or changed', () => {
  withFolder((folder) => {
    const file = join(folder, 'redo');
    const log = new RedoLog(file, true);
    for (const text of ['one', 'two', 'three']) log.append(7, text);
    log.close();
    const whole = readFileSync(file);
    const left = (bytes: Buffer, commit = 7) => {
      writeFileSync(file, bytes);
      const again = new RedoLog(file, false);
      const texts = again.read(commit);
      again.append(commit, 'four');
      assert.deepEqual(again.read(commit), [...texts, 'four']);
      again.close();
      return texts;
    };
    assert.deepEqual(left(whole), ['one', 'two', 'three']);
    assert.deepEqual(left(whole, 8), []);
    assert.deepEqual(left(whole.subarray(0, -1)), ['one', 'two']);
    for (const at of [whole.length - 1, whole.length - 5 - 16]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      assert.deepEqual(left(changed), ['one', 'two']);
    }
  });
});

test('what is left of earlier records does not count, though it follows a commit of the same number', () => {
  withFolder((folder) => {
    const log = new RedoLog(join(folder, 'redo'), false);
    for (const text of ['one', 'two']) log.append(7, text);
    log.restart();
    log.append(7, 'new');
    assert.deepEqual(log.read(7), ['new']);
    log.close();
    assert.ok(existsSync(join(folder, 'redo')));
  });
});

test('a killed process leaves what it flushed, through commits and between them', () => {
  withFolder((folder) => {
    const driver = new SqliteDriver(join(folder, 'state.db'), 'process');
    const flushed: string[] = [];
    for (let turn = 0; turn < 130; turn += 1) {
      for (let write = 0; write < 10; write += 1) flushed.push(String(turn * 10 + write).padStart(5, '0'));
      for (const key of flushed.slice(-10)) put(driver, key);
      driver.flush();
      if (turn % 40 !== 9) continue;
      put(driver, 'never flushed');
      const left = afterKill(folder);
      assert.deepEqual(keys(left), flushed);
      left.close();
      driver.apply([{ space: 'rows', key: 'never flushed', value: undefined }]);
    }
    driver.removeRange('rows', '00000', '01000');
    driver.flush();
    const left = afterKill(folder);
    assert.deepEqual(keys(left), flushed.slice(1_000));
    left.close();
    driver.close();
    assert.ok(!existsSync(join(folder, 'state.db-redo')));
  });
});

test('killed again and again before it commits, a process does not let the logs grow', () => {
  withFolder((folder) => {
    let [from, longest] = [folder, 0];
    for (let round = 0; round < 12; round += 1) {
      const driver = new SqliteDriver(join(from, 'state.db'), 'process');
      for (let turn = 0; turn < 9; turn += 1) {
        for (let write = 0; write < 100; write += 1) put(driver, `${write * 31}-${turn}`, String(round).repeat(4_000));
        driver.flush();
      }
      longest = Math.max(longest, statSync(join(from, 'state.db-wal')).size);
      from = copyAsKilled(from);
    }
    assert.ok(longest < 40 * 1_024 * 1_024, `${longest} bytes`);
  });
});

test('a turn that fails leaves the turns before it', () => {
  withFolder((folder) => {
    const driver = new SqliteDriver(join(folder, 'state.db'), 'process');
    put(driver, 'a');
    driver.flush();
    put(driver, 'b');
    // No text, which the table does not take.
    assert.throws(() => put(driver, 'c', null as unknown as string));
    driver.flush();
    assert.deepEqual(keys(driver), ['a']);
    put(driver, 'd');
    driver.flush();
    const left = afterKill(folder);
    assert.deepEqual(
      [keys(driver), keys(left)],
      [
        ['a', 'd'],
        ['a', 'd'],
      ],
    );
    left.close();
    driver.close();
  });
});

test('a log is not written over a database that took the place of its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  const driver = new SqliteDriver(join(folder, 'state.db'), 'process');
  put(driver, 'before');
  await driver.copyTo(join(folder, 'copy.db'));
  put(driver, 'after');
  driver.flush();
  const redo = readFileSync(join(folder, 'state.db-redo'));
  copyFileSync(join(folder, 'copy.db'), join(folder, 'again.db'));
  driver.restoreFrom(join(folder, 'again.db'));
  // As a process leaves it that is killed before it writes again.
  writeFileSync(join(folder, 'state.db-redo'), redo);
  const left = afterKill(folder);
  assert.deepEqual(keys(left), ['before']);
  left.close();
  driver.close();
  rmSync(folder, { recursive: true });
});

test('a torn log leaves a beginning of the turns, whole ones', () => {
  withFolder((folder) => {
    const driver = new SqliteDriver(join(folder, 'state.db'), 'process');
    put(driver, 'a');
    driver.flush();
    const { length } = readFileSync(join(folder, 'state.db-redo'));
    for (const key of ['b', 'c']) put(driver, key);
    driver.flush();
    truncateSync(join(folder, 'state.db-redo'), length + 30);
    const left = afterKill(folder);
    assert.deepEqual(keys(left), ['a']);
    left.close();
    driver.close();
  });
});
