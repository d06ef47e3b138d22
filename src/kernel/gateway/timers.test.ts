import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECOND } from '#kernel/base';
import { Clock } from '#kernel/clock';
import { MemoryDriver, Store } from '#kernel/store';
import { type Fire, type TimerRow, Timers } from './timers.ts';

const START = Date.UTC(2026, 0, 1);
const PLACE = { account: '111111111111', region: 'us-east-1' };
const row = (key: string, at: number, payload = {}): TimerRow => ({
  service: 'sqs',
  timer: 'sweep',
  ...PLACE,
  key,
  at: START + at,
  payload,
});

/** Timers over what `driver` holds; `clock` stands at `START + at`. */
function timersOver(fire: Fire, driver = new MemoryDriver(), at = 0) {
  const store = new Store(driver);
  const clock = new Clock({ mode: 'virtual', startAt: START + at });
  const timers = new Timers(store, clock, fire);
  timers.start();
  return {
    driver,
    store,
    clock,
    timers,
    arm: (...rows: TimerRow[]) => store.transact((tx) => rows.forEach((one) => void timers.arm(tx, one))),
    disarm: (one: TimerRow) => store.transact((tx) => timers.disarm(tx, one)),
    left: () => driver.count('kernel.timers', '', '\u{10ffff}'),
  };
}

test('timers fire when they are due, earliest first, once', async () => {
  const fired: [string, number][] = [];
  const { clock, arm, disarm, left } = timersOver(async ({ key }) => void fired.push([key, clock.now() - START]));
  arm(row('c', 3_000), row('a', 1_000), row('gone', 1_500), row('b', 2_000));
  disarm(row('gone', 1_500));
  arm(row('b', 2_500));
  await clock.advance(999);
  assert.deepEqual(fired, []);
  await clock.advance(10_000);
  assert.deepEqual(fired, [
    ['a', 1_000],
    ['b', 2_500],
    ['c', 3_000],
  ]);
  assert.equal(left(), 0);
});

test('thousands that are due at once all fire, and those armed on the way as well', async () => {
  const fired: string[] = [];
  const { clock, arm, left } = timersOver(async ({ key, payload }) => {
    fired.push(key);
    if (payload.next === true) arm(row(`${key}+`, 1_000));
  });
  arm(...Array.from({ length: 3_000 }, (_, at) => row(String(at), 1_000, { next: at % 100 === 0 })));
  await clock.advance(1_000);
  assert.equal(new Set(fired).size, 3_030);
  assert.equal(fired.length, 3_030);
  assert.equal(left(), 0);
});

test('a timer that its own handler sets again fires again, be it for the same instant', async () => {
  let rounds = 0;
  const { clock, arm, left } = timersOver(async () => {
    rounds += 1;
    if (rounds < 5) arm(row('again', rounds % 2 === 0 ? 1_000 : 1_000 * rounds));
  });
  arm(row('again', 1_000));
  await clock.advance(10_000);
  assert.deepEqual([rounds, left()], [5, 0]);
});

test('one that fails is tried again a second later; what it set or removed itself stands', async () => {
  const fired: [string, number][] = [];
  const { clock, arm, disarm, left } = timersOver(async ({ key }) => {
    fired.push([key, clock.now() - START]);
    const first = fired.filter(([one]) => one === key).length === 1;
    if (!first) return;
    if (key === 'rearmed') arm(row('rearmed', 60_000));
    if (key === 'removed') disarm(row('removed', 0));
    throw new Error('no');
  });
  arm(row('plain', 1_000), row('rearmed', 1_000), row('removed', 1_000));
  await clock.advance(120_000);
  assert.deepEqual(fired, [
    ['plain', 1_000],
    ['rearmed', 1_000],
    ['removed', 1_000],
    ['plain', 1_000 + SECOND],
    ['rearmed', 60_000],
  ]);
  assert.equal(left(), 0);
});

test('a restart fires what came due meanwhile and waits for the rest; a crash in the middle repeats only the one at work', async () => {
  const fired: string[] = [];
  const stuck = Promise.withResolvers<void>();
  const first = timersOver(async ({ key }) => {
    fired.push(key);
    if (key !== 'b') return;
    stuck.resolve();
    await new Promise(() => {});
  });
  first.arm(row('a', 1_000), row('b', 2_000), row('c', 3_000), row('d', 9_000));
  void first.clock.advance(5_000);
  await stuck.promise;
  const second = timersOver(async ({ key }) => void fired.push(key), first.driver.clone(), 5_000);
  await second.clock.advance(1);
  assert.deepEqual(fired, ['a', 'b', 'b', 'c']);
  await second.clock.advance(5_000);
  assert.deepEqual(fired, ['a', 'b', 'b', 'c', 'd']);
  assert.equal(second.left(), 0);
});

test('what a transaction set that did not commit never fires; a stopped cloud fires nothing', async () => {
  const fired: string[] = [];
  const { clock, store, timers, arm } = timersOver(async ({ key }) => void fired.push(key));
  assert.throws(() =>
    store.transact((tx) => {
      timers.arm(tx, row('undone', 1_000));
      throw new Error('no');
    }),
  );
  arm(row('kept', 5_000));
  await clock.advance(2_000);
  timers.stop();
  await clock.advance(10_000);
  assert.deepEqual(fired, []);
});
