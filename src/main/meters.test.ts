/** When what was measured is written, by timers that a test turns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contributors, Metrics, Usage } from '#kernel/metering';
import { MemoryDriver, Store } from '#kernel/store';
import { keepMeters } from './meters.ts';

const HERE = { account: '111111111111', region: 'eu-west-1' };

test('what was measured is written within seconds, and less often where that takes long', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let tick = 0;
  t.mock.method(performance, 'now', () => tick);
  const store = new Store(new MemoryDriver());
  const usage = new Usage(store);
  const logged: string[] = [];
  let takes = 0;
  let fails = false;
  const metrics = new Metrics(store);
  t.mock.method(metrics, 'flush', () => {
    tick += takes;
    if (fails) throw new Error('full');
  });
  const log = (_: string, text: string) => void logged.push(text);
  const stop = keepMeters({ metrics, contributors: new Contributors(store), usage, log });
  /** As another process reads it. */
  const kept = () => new Usage(store).query(HERE, 0, 3_600_000).map(({ quantity }) => quantity);
  const use = () => usage.add(HERE, 'sqs', 'Requests', 1, 0);

  use();
  assert.deepEqual(kept(), []);
  takes = 100;
  t.mock.timers.tick(5_000);
  assert.deepEqual(kept(), [1]);
  use();
  takes = 0;
  t.mock.timers.tick(19_999);
  assert.deepEqual(kept(), [1]);
  t.mock.timers.tick(1);
  assert.deepEqual(kept(), [2]);
  fails = true;
  t.mock.timers.tick(5_000);
  assert.deepEqual(logged, ['what was measured could not be written']);
  fails = false;
  use();
  t.mock.timers.tick(5_000);
  assert.deepEqual(kept(), [3]);
  stop();
  use();
  t.mock.timers.tick(90_000);
  assert.deepEqual(kept(), [3]);
});
