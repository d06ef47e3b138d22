import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECOND } from '#kernel/base';
import { Clock } from '#kernel/clock';
import { MemoryDriver, Store } from '#kernel/store';
import { type Deliver, type EventRow, Outbox, OutboxFull } from './outbox.ts';

const START = Date.UTC(2026, 0, 1);
const HERE = { account: '111111111111', region: 'us-east-1' };
const THERE = { account: '111111111111', region: 'eu-west-1' };

/** An outbox over what `driver` holds; `emit` is a transaction of its own. */
function outboxOver(deliver: Deliver, driver = new MemoryDriver(), startAt = START) {
  const store = new Store(driver);
  const clock = new Clock({ mode: 'virtual', startAt });
  const outbox = new Outbox(store, clock, (event) => event !== 'unheard', deliver);
  clock.onSettle(() => outbox.idle());
  const emit = (number: number, place = HERE, event = 'happened') =>
    store.transact((tx) => outbox.emit(tx, event, { number }, 'sqs', place));
  return { driver, store, clock, outbox, emit };
}

const numberOf = (row: EventRow) => row.payload.number as number;

test('events arrive in order per source, and are gone then', async () => {
  const heard = new Map<string, number[]>();
  const { driver, outbox, emit } = outboxOver(async (row) => {
    heard.set(row.region, [...(heard.get(row.region) ?? []), numberOf(row)]);
  });
  for (let at = 0; at < 250; at += 1) emit(at, at % 2 === 0 ? HERE : THERE);
  emit(999, HERE, 'unheard');
  assert.equal(outbox.waiting, 250);
  await outbox.idle();
  const even = Array.from({ length: 125 }, (_, at) => 2 * at);
  assert.deepEqual(
    [...heard],
    [
      ['us-east-1', even],
      ['eu-west-1', even.map((at) => at + 1)],
    ],
  );
  assert.deepEqual([outbox.waiting, driver.count('kernel.outbox', '', '\u{10ffff}')], [0, 0]);
});

test('one that fails is tried again, and holds up only its own source', async () => {
  let fails = 3;
  const heard: number[] = [];
  const { clock, emit } = outboxOver(async (row) => {
    if (numberOf(row) === 1 && fails > 0) {
      fails -= 1;
      throw new Error('not now');
    }
    heard.push(numberOf(row));
  });
  for (const [number, place] of [
    [0, HERE],
    [1, HERE],
    [2, HERE],
    [10, THERE],
  ] as const)
    emit(number, place);
  await clock.advance(0);
  assert.deepEqual(heard, [0, 10]);
  await clock.advance(2 * SECOND);
  assert.deepEqual(heard, [0, 10]);
  await clock.advance(SECOND);
  assert.deepEqual(heard, [0, 10, 1, 2]);
});

test('what a transaction emitted that did not commit is not heard of', async () => {
  const heard: number[] = [];
  const { store, outbox, emit } = outboxOver(async (row) => void heard.push(numberOf(row)));
  assert.throws(() =>
    store.transact((tx) => {
      outbox.emit(tx, 'happened', { number: 1 }, 'sqs', HERE);
      throw new Error('no');
    }),
  );
  emit(2);
  await outbox.idle();
  assert.deepEqual([heard, outbox.waiting], [[2], 0]);
});

test('what is not durable is not heard of, and undone events are not waited for', async () => {
  const heard: number[] = [];
  const driver = new MemoryDriver();
  let broken = true;
  const before = driver.clone();
  driver.flush = () => {
    if (!broken) return;
    driver.become(before);
    throw new Error('disk full');
  };
  const { outbox, emit } = outboxOver(async (row) => void heard.push(numberOf(row)), driver);
  emit(1);
  await outbox.idle();
  assert.deepEqual([heard, outbox.waiting], [[], 0]);
  broken = false;
  emit(2);
  await outbox.idle();
  assert.deepEqual([heard, outbox.waiting], [[2], 0]);
});

test('an event that comes just as the last one is done is not left behind', async () => {
  const heard: number[] = [];
  const { outbox, emit } = outboxOver(async (row) => void heard.push(numberOf(row)));
  // Whatever the number of turns between the end of a delivery and the end of the round, one of these hits it.
  for (let turns = 0; turns < 40; turns += 1) {
    emit(2 * turns);
    while (outbox.waiting > 0) await Promise.resolve().then(() => new Promise((resolve) => setImmediate(resolve)));
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    emit(2 * turns + 1);
    await outbox.idle();
  }
  assert.deepEqual(
    heard,
    Array.from({ length: 80 }, (_, at) => at),
  );
});

test('a crash in the middle repeats at most the one that was under way, and loses none', async () => {
  const heard: number[] = [];
  const stuck = Promise.withResolvers<void>();
  const first = outboxOver(async (row) => {
    heard.push(numberOf(row));
    if (numberOf(row) === 3) {
      stuck.resolve();
      await new Promise(() => {});
    }
  });
  for (let at = 0; at < 6; at += 1) first.emit(at);
  await stuck.promise;
  // The second process starts from what the first one left, on a clock that stands where the first one's began.
  const second = outboxOver(async (row) => void heard.push(numberOf(row)), first.driver.clone());
  second.outbox.start();
  assert.equal(second.outbox.waiting, 3);
  second.emit(6);
  await second.outbox.idle();
  assert.deepEqual(heard, [0, 1, 2, 3, 3, 4, 5, 6]);
});

test('a producer that outruns its consumers is held back', async () => {
  const free = Promise.withResolvers<void>();
  const { store, outbox, emit } = outboxOver(() => free.promise);
  const many = (count: number) =>
    store.transact((tx) => {
      for (let at = 0; at < count; at += 1) outbox.emit(tx, 'happened', { number: at }, 'sqs', HERE);
    });
  for (let at = 0; at < 100; at += 1) many(1_000);
  assert.throws(() => emit(1), OutboxFull);
  assert.equal(outbox.waiting, 100_000);
  outbox.stop();
  free.resolve();
  await outbox.idle();
});
