import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '#kernel/clock';
import { Signals } from './signals.ts';

function make() {
  const clock = new Clock({ mode: 'virtual', startAt: 0 });
  return { clock, signals: new Signals(clock) };
}

test('a signal wakes everybody who waits for it, and nobody else', async () => {
  const { clock, signals } = make();
  const waiting = [signals.wait('a', 1_000, undefined), signals.wait('a', 2_000, undefined)];
  const other = signals.wait('b', 3_000, undefined);
  signals.raise('a');
  signals.raise('nobody');
  assert.deepEqual(await Promise.all(waiting), [true, true]);
  await clock.advance(3_000);
  assert.equal(await other, false);
});

test('a wait ends at its deadline, with its client, or at once when that is past', async () => {
  const { clock, signals } = make();
  const gone = new AbortController();
  const [late, left] = [signals.wait('a', 1_000, undefined), signals.wait('a', 9_000, gone.signal)];
  await clock.advance(1_000);
  assert.equal(await late, false);
  gone.abort();
  assert.equal(await left, false);
  assert.equal(await signals.wait('a', 9_000, gone.signal), false);
  assert.equal(await signals.wait('a', clock.now(), undefined), false);
});

test('who waits again while being woken is not woken twice', async () => {
  const { signals } = make();
  let rounds = 0;
  const loop = async () => {
    while (rounds < 2 && (await signals.wait('a', 1_000, undefined))) rounds += 1;
  };
  const running = loop();
  signals.raise('a');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(rounds, 1);
  signals.raise('a');
  await running;
  assert.equal(rounds, 2);
});

test('a cloud that stops sends everybody away', async () => {
  const { signals } = make();
  const waiting = [signals.wait('a', 1_000, undefined), signals.wait('b', 1_000, undefined)];
  signals.releaseAll();
  assert.deepEqual(await Promise.all(waiting), [false, false]);
});
