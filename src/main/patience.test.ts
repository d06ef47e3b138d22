import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity, Clock } from '#kernel/clock';
import { patiently } from './patience.ts';

test('a clock moves on beside work that never ends, says so once, and waits again after a rest', async () => {
  const activity = new Activity();
  const clock = new Clock({ mode: 'virtual', startAt: 0 });
  const heard: string[] = [];
  const times = { patience: 5, impatience: 1 };
  clock.onSettle(
    patiently(
      () => activity.idle(),
      activity,
      (level, message) => heard.push(`${level}: ${message}`),
      times,
    ),
  );
  const endless = Promise.withResolvers<void>();
  activity.add(endless.promise);
  const rung: number[] = [];
  for (const at of [1_000, 2_000, 3_000]) clock.alarm(at, () => void rung.push(at));
  await clock.advance(10_000);
  assert.deepEqual([clock.now(), rung], [10_000, [1_000, 2_000, 3_000]]);
  assert.deepEqual(heard, ['warn: Work goes on and on; the clock moves on beside it']);

  endless.resolve();
  await activity.idle();
  await clock.advance(10_000);
  assert.equal(heard.length, 1);
  activity.add(new Promise(() => {}));
  await clock.advance(10_000);
  assert.equal(heard.length, 2);
});
