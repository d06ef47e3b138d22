import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity } from './activity.ts';

test('what goes on is waited for, but not while it waits for the clock', async () => {
  const activity = new Activity();
  const work = Promise.withResolvers<void>();
  const wait = Promise.withResolvers<void>();
  activity.add(work.promise);
  let isIdle = false;
  const idle = activity.idle().then(() => (isIdle = true));
  await new Promise(setImmediate);
  assert.equal(isIdle, false);
  const sleeping = activity.asleep(wait.promise);
  await idle;
  wait.resolve();
  await sleeping;
  assert.equal(activity.isIdle, false);
  work.resolve();
  await activity.idle();
  assert.equal(activity.isIdle, true);
});

test('work that fails is over, too', async () => {
  const activity = new Activity();
  activity.add(Promise.reject(new Error('no')));
  await activity.idle();
  assert.equal(activity.isIdle, true);
});

test('work that splits is idle once each of its parts waits for the clock', async () => {
  const activity = new Activity();
  const task = Promise.withResolvers<void>();
  activity.add(task.promise);
  const begin = activity.split();
  const ends = [begin(), begin()];
  const waits = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sleeping = waits.map(({ promise }) => activity.asleep(promise));
  assert.equal(activity.isIdle, true);
  waits[0]?.resolve();
  await sleeping[0];
  assert.equal(activity.isIdle, false);
  ends[0]?.();
  assert.equal(activity.isIdle, true);
  waits[1]?.resolve();
  await sleeping[1];
  ends[1]?.();
  // What they came from goes on.
  assert.equal(activity.isIdle, false);
  task.resolve();
  await activity.idle();
});
