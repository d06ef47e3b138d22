import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, SECOND } from '#kernel/base';
import { Clock, type Turn } from '#kernel/clock';

const START = Date.UTC(2026, 0, 1);

test('a virtual clock stands until advanced and stops at each alarm in order', async () => {
  const clock = new Clock({ mode: 'virtual', startAt: 1_000 });
  const seen: [string, number][] = [];
  clock.alarm(1_000 + 5 * SECOND, () => void seen.push(['b', clock.now()]));
  clock.alarm(1_000 + 2 * SECOND, () => {
    seen.push(['a', clock.now()]);
    clock.alarm(clock.now() + SECOND, () => void seen.push(['nested', clock.now()]));
  });
  const disarm = clock.alarm(1_000 + 4 * SECOND, () => void seen.push(['never', 0]));
  disarm();
  await clock.advance(HOUR);
  assert.deepEqual(seen, [
    ['a', 3_000],
    ['nested', 4_000],
    ['b', 6_000],
  ]);
  assert.equal(clock.now(), 1_000 + HOUR);
});

test('frozen, a real clock shows one instant; running again it goes on from there', async () => {
  const clock = new Clock({ mode: 'real' });
  clock.freeze();
  const at = clock.now();
  await clock.advance(HOUR);
  assert.equal(clock.now(), at + HOUR);
  clock.run(1_000);
  assert.ok(clock.now() >= at + HOUR);
  clock.stop();
});

test('a thousand alarms fire sorted by instant, then by the order they were set', async () => {
  const clock = new Clock({ mode: 'virtual', startAt: 0 });
  const fired: number[] = [];
  for (let index = 0; index < 1_000; index += 1)
    clock.alarm((index * 7_919) % 101, () => void fired.push(((index * 7_919) % 101) * 10_000 + index));
  await clock.advance(101);
  assert.deepEqual(
    fired,
    fired.toSorted((a, b) => a - b),
  );
  assert.equal(fired.length, 1_000);
});

test('a clock goes on as it was last turned, not before its start', async () => {
  const first = new Clock({ mode: 'virtual', startAt: START });
  const turns: Turn[] = [];
  first.onTurn((turn) => turns.push(turn));
  first.alarm(START + 1_000, () => {});
  await first.advance(5_000);
  assert.deepEqual(
    turns.map(({ shown, rate }) => [shown - START, rate]),
    [
      [1_000, 0],
      [5_000, 0],
    ],
  );
  const second = new Clock({ mode: 'virtual', startAt: START, last: turns.at(-1) });
  assert.deepEqual([second.now(), second.running], [START + 5_000, false]);
  assert.equal(new Clock({ mode: 'virtual', startAt: START + 9_000, last: turns.at(-1) }).now(), START + 9_000);
  const ahead = new Clock({ mode: 'real', last: { machine: Date.now() - 1_000, shown: START, rate: 60 } });
  assert.equal(ahead.running, true);
  assert.ok(ahead.now() >= START + 60_000);
  ahead.stop();
});
