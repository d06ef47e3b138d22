import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, HOUR, MINUTE, SECOND } from '#kernel/base';
import { MemoryDriver, Store } from '#kernel/store';
import { TokenBucket } from './bucket.ts';
import { Metrics } from './metrics.ts';

const START = Date.UTC(2026, 0, 1);
const HERE = { account: '111111111111', region: 'us-east-1' };
const SERIES = { namespace: 'AWS/SQS', metric: 'NumberOfMessagesSent', dimensions: { QueueName: 'q', B: 'b' } };

const metricsOver = (driver = new MemoryDriver()) => new Metrics(new Store(driver));
const add = (metrics: Metrics, value: number, at: number, place = HERE) =>
  metrics.add(place, { ...SERIES, value, unit: 'Count' }, at);
const ask = (metrics: Metrics, from: number, to: number, period: number, now = to) =>
  metrics
    .query(HERE, SERIES, from, to, period, now)
    .map(({ at, statistics: { values: _, ...statistics } }) => [at - START, statistics]);

test('values of a minute are one period; longer periods are made of it', () => {
  const metrics = metricsOver();
  for (const [value, at] of [
    [5, 0],
    [1, 59 * SECOND],
    [7, MINUTE],
    [3, 5 * MINUTE],
  ] as const)
    add(metrics, value, START + at);
  assert.deepEqual(ask(metrics, START, START + HOUR, MINUTE), [
    [0, { sum: 6, count: 2, min: 1, max: 5 }],
    [MINUTE, { sum: 7, count: 1, min: 7, max: 7 }],
    [5 * MINUTE, { sum: 3, count: 1, min: 3, max: 3 }],
  ]);
  assert.deepEqual(ask(metrics, START, START + HOUR, 5 * MINUTE), [
    [0, { sum: 13, count: 3, min: 1, max: 7 }],
    [5 * MINUTE, { sum: 3, count: 1, min: 3, max: 3 }],
  ]);
  assert.deepEqual(ask(metrics, START, START + HOUR, HOUR), [[0, { sum: 16, count: 4, min: 1, max: 7 }]]);
  assert.deepEqual(ask(metrics, START + MINUTE, START + 5 * MINUTE, MINUTE).length, 1, 'from inclusive, to exclusive');
});

test('a value that comes late joins its minute', () => {
  const metrics = metricsOver();
  add(metrics, 1, START);
  add(metrics, 2, START + MINUTE);
  add(metrics, 4, START + SECOND);
  assert.deepEqual(ask(metrics, START, START + MINUTE, MINUTE), [[0, { sum: 5, count: 2, min: 1, max: 4 }]]);
});

test('the order of dimensions makes no other series; their values and the place do', () => {
  const metrics = metricsOver();
  add(metrics, 1, START);
  metrics.add(HERE, { ...SERIES, dimensions: { B: 'b', QueueName: 'q' }, value: 2, unit: 'Count' }, START);
  metrics.add(HERE, { ...SERIES, dimensions: { B: 'b', QueueName: 'other' }, value: 4, unit: 'Count' }, START);
  add(metrics, 8, START, { ...HERE, region: 'eu-west-1' });
  assert.deepEqual(ask(metrics, START, START + MINUTE, MINUTE), [[0, { sum: 3, count: 2, min: 1, max: 2 }]]);
  assert.equal(metrics.series(HERE, 'AWS/SQS').length, 2);
  assert.equal(metrics.series(HERE, undefined).length, 2);
  assert.equal(metrics.series(HERE, 'AWS/S3').length, 0);
});

test('minutes are kept 15 days, five minutes 63, hours 455', () => {
  const metrics = metricsOver();
  add(metrics, 1, START);
  add(metrics, 2, START + MINUTE);
  for (const [later, period, expected] of [
    [14 * DAY, MINUTE, 2],
    [16 * DAY, 5 * MINUTE, 1],
    [62 * DAY, 5 * MINUTE, 1],
    [64 * DAY, HOUR, 1],
    [454 * DAY, HOUR, 1],
  ] as const) {
    add(metrics, 0, START + later);
    const found = ask(metrics, START, START + HOUR, period, START + later);
    assert.equal(found.length, expected, `after ${later / DAY} days`);
    assert.equal(
      found.reduce((sum, [, statistics]) => sum + (statistics as { sum: number }).sum, 0),
      3,
    );
  }
  add(metrics, 0, START + 456 * DAY);
  assert.deepEqual(ask(metrics, START, START + HOUR, HOUR, START + 456 * DAY), []);
});

test('what was written is there for the next process, which goes on with it', () => {
  const driver = new MemoryDriver();
  const metrics = metricsOver(driver);
  add(metrics, 1, START);
  metrics.flush();
  const again = metricsOver(driver);
  add(again, 2, START);
  assert.deepEqual(ask(again, START, START + MINUTE, MINUTE), [[0, { sum: 3, count: 2, min: 1, max: 2 }]]);
});

test('a bucket gives its burst at once and its rate from then on', () => {
  const bucket = new TokenBucket({ ratePerSecond: 2, burst: 5 }, START);
  assert.ok(bucket.take(5, START));
  assert.ok(!bucket.take(1, START));
  assert.ok(!bucket.take(1, START + 499));
  assert.ok(bucket.take(1, START + 500));
  assert.equal(bucket.available(START + HOUR), 5, 'no more than the burst is saved up');
  bucket.charge(9, START + HOUR);
  assert.equal(bucket.available(START + HOUR), -4);
  assert.ok(!bucket.take(1, START + HOUR + 2 * SECOND));
  assert.ok(bucket.take(1, START + HOUR + 2_500));
  assert.equal(bucket.available(START), 0, 'a clock that went back gives nothing');
});

test('values of another time count then, and by the second where they are that fine', () => {
  const metrics = metricsOver();
  const put = (value: number, more: object) =>
    metrics.add(HERE, { ...SERIES, value, unit: 'Count', ...more }, START + 10 * MINUTE);
  put(1, {});
  put(2, { at: START + 5 * SECOND });
  put(3, { at: START + 59 * SECOND });
  put(4, { at: START + MINUTE + 7 * SECOND + 300, fine: true });
  put(5, { at: START + MINUTE + 8 * SECOND, fine: true });
  assert.deepEqual(
    ask(metrics, START, START + HOUR, MINUTE, START + 11 * MINUTE).map(([at, statistics]) => [
      at,
      (statistics as { sum: number }).sum,
    ]),
    [
      [0, 5],
      [MINUTE, 9],
      [10 * MINUTE, 1],
    ],
  );
  assert.deepEqual(
    ask(metrics, START, START + HOUR, SECOND, START + 11 * MINUTE).map(([at]) => at),
    [MINUTE + 7 * SECOND, MINUTE + 8 * SECOND],
  );
});
