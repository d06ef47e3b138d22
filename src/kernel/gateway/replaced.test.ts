/** Timers and events in a state that is replaced while they are at work: those of the old one end, those of the new one are carried out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '#kernel/clock';
import { type EventRow, Outbox } from '#kernel/events';
import { MemoryDriver, Store } from '#kernel/store';
import { type TimerRow, Timers } from './timers.ts';

const PLACE = { account: '111111111111', region: 'us-east-1' };
const timer = (key: string, at: number): TimerRow => ({ service: 's', timer: 't', ...PLACE, key, at, payload: {} });

function timersOver(fire: (row: TimerRow) => Promise<void>) {
  const driver = new MemoryDriver();
  const store = new Store(driver);
  const clock = new Clock({ mode: 'virtual', startAt: 0 });
  const timers = new Timers(store, clock, fire);
  timers.start();
  return { driver, store, clock, arm: (row: TimerRow) => store.transact((tx) => timers.arm(tx, row)) };
}

test('a timer of a state that is gone does not fire; one that came back does', async () => {
  const fired: string[] = [];
  const { driver, store, clock, arm } = timersOver(async ({ key }) => void fired.push(key));
  arm(timer('kept', 2_000));
  const copy = driver.clone();
  store.replace((own) => own.clear());
  await clock.advance(1_000);
  arm(timer('new', 5_000));
  store.replace(() => driver.become(copy));
  await clock.advance(10_000);
  assert.deepEqual(fired, ['kept']);
  store.replace(() => driver.become(copy));
  await clock.advance(1);
  assert.deepEqual(fired, ['kept', 'kept'], 'what is long due is carried out at once');
});

test('a timer that is at work while the state is replaced neither removes nor revives anything there', async () => {
  const fired: string[] = [];
  let replace = () => {};
  let fails = false;
  const { driver, store, clock, arm } = timersOver(async ({ key }) => {
    fired.push(key);
    replace();
    if (fails) throw new Error('no');
  });
  arm(timer('a', 1_000));
  const copy = driver.clone();
  for (fails of [false, true]) {
    fired.length = 0;
    let left = 1;
    replace = () => {
      if (left === 0) return;
      left -= 1;
      store.replace(() => driver.become(copy));
    };
    store.replace(() => driver.become(copy));
    await clock.advance(1_000);
    // The restored state still has the timer, so it fires once more there.
    assert.deepEqual(fired.slice(0, 2), ['a', 'a']);
    replace = () => store.replace((own) => own.clear());
    await clock.advance(60_000);
    const count = fired.length;
    await clock.advance(600_000);
    assert.equal(fired.length, count, 'nothing was put back into the empty state');
  }
});

test('events of a state that is gone are not delivered on; those of the new one are', async () => {
  const driver = new MemoryDriver();
  const store = new Store(driver);
  const clock = new Clock({ mode: 'virtual', startAt: 0 });
  const delivered: unknown[] = [];
  let onDelivery = () => {};
  const outbox = new Outbox(
    store,
    clock,
    () => true,
    async ({ payload }: EventRow) => {
      delivered.push(payload.n);
      onDelivery();
    },
  );
  outbox.start();
  const emit = (...numbers: number[]) =>
    store.transact((tx) => {
      for (const n of numbers) outbox.emit(tx, 'e', { n }, 's', PLACE);
    });
  onDelivery = () => {
    onDelivery = () => {};
    store.replace((own) => own.clear());
    emit(10, 11);
  };
  emit(1, 2, 3);
  await outbox.idle();
  assert.deepEqual(delivered, [1, 10, 11]);
  assert.equal(outbox.waiting, 0);
});
