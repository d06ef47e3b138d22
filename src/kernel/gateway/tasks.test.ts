import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '#kernel/clock';
import { ServiceError } from '#kernel/contract';
import { MemoryDriver, Store } from '#kernel/store';
import { type RunTask, type TaskRow, Tasks } from './tasks.ts';

const START = Date.UTC(2026, 0, 1);
const task = (key: string, payload = {}): Omit<TaskRow, 'run'> => ({
  service: 'lambda',
  task: 'deliver',
  account: '111111111111',
  region: 'us-east-1',
  key,
  payload,
});

function tasksOver(run: RunTask, driver = new MemoryDriver()) {
  const store = new Store(driver);
  const clock = new Clock({ mode: 'virtual', startAt: START });
  const tasks = new Tasks(store, clock, run);
  tasks.start();
  return {
    driver,
    clock,
    tasks,
    begin: (...given: Omit<TaskRow, 'run'>[]) =>
      store.transact((tx) => given.forEach((one) => void tasks.add(tx, one))),
    left: () => driver.count('kernel.tasks', '', '\u{10ffff}'),
  };
}

test('tasks run side by side, and none is left when all are done', async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const ended: string[] = [];
  const { tasks, begin, left } = tasksOver(async ({ key }) => {
    const gate = Promise.withResolvers<void>();
    gates.set(key, gate);
    await gate.promise;
    ended.push(key);
  });
  begin(task('a'), task('b'));
  await Promise.resolve();
  assert.equal(tasks.running, 2);
  await new Promise(setImmediate);
  gates.get('b')?.resolve();
  gates.get('a')?.resolve();
  await tasks.idle();
  assert.deepEqual(ended, ['b', 'a']);
  assert.equal(left(), 0);
});

test('a task that is begun while it runs runs once more, with what was given last', async () => {
  const seen: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const { tasks, begin, left } = tasksOver(async ({ payload }) => {
    seen.push(payload.number);
    if (payload.number === 1) await gate.promise;
  });
  begin(task('a', { number: 1 }));
  await new Promise(setImmediate);
  begin(task('a', { number: 2 }));
  begin(task('a', { number: 3 }));
  gate.resolve();
  await tasks.idle();
  assert.deepEqual(seen, [1, 3]);
  assert.equal(left(), 0);
});

test('a task that fails is tried again', async () => {
  let tries = 0;
  const { tasks, clock, begin, left } = tasksOver(async () => {
    tries += 1;
    if (tries < 3) throw new Error('not yet');
  });
  clock.onSettle(() => tasks.idle());
  begin(task('a'));
  await tasks.idle();
  assert.deepEqual([tries, left()], [1, 1]);
  await clock.advance(10_000);
  assert.deepEqual([tries, left()], [3, 0]);
});

test('what a process has begun the next one finishes', async () => {
  const driver = new MemoryDriver();
  const first = tasksOver(() => new Promise(() => {}), driver);
  first.begin(task('a', { number: 1 }), task('b'));
  await new Promise(setImmediate);
  first.tasks.stop();
  const done: string[] = [];
  const second = tasksOver(async ({ key }) => void done.push(key), driver);
  await second.tasks.idle();
  assert.deepEqual(done, ['a', 'b']);
  assert.equal(second.left(), 0);
});

test('work is insisted on while trouble may pass, and within a bound of what it holds', async () => {
  const { clock, tasks } = tasksOver(async () => {});
  const attempts: string[] = [];
  const refusing = (name: string, code: string, times: number) => async () => {
    attempts.push(name);
    if (attempts.filter((one) => one === name).length <= times) throw new ServiceError(code, '');
  };
  await tasks.insist(8_000_000, refusing('passes', 'ThrottlingException', 2));
  await tasks.insist(8_000_000, refusing('lasts', 'ServiceUnavailable', 9));
  await tasks.insist(8_000_000, refusing('too much', 'ThrottlingException', 1));
  await tasks.insist(1, refusing('denied', 'AccessDeniedException', 1));
  assert.deepEqual(attempts, ['passes', 'lasts', 'too much', 'denied']);
  await clock.advance(3_000);
  await tasks.idle();
  // Now there is room again.
  await tasks.insist(8_000_000, refusing('later', 'ThrottlingException', 1));
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000);
    await tasks.idle();
  }
  const times = (name: string) => attempts.filter((one) => one === name).length;
  assert.deepEqual(['passes', 'lasts', 'too much', 'denied', 'later'].map(times), [3, 6, 1, 1, 2]);
});
