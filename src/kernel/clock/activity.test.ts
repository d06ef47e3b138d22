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
