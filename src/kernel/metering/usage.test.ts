import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '#kernel/base';
import { MemoryDriver, Store, viewOf } from '#kernel/store';
import { type Quota, Quotas } from './quotas.ts';
import { Throttles } from './throttles.ts';
import { Usage } from './usage.ts';

const HERE = { account: '111111111111', region: 'eu-west-1' };
const THERE = { account: '111111111111', region: 'us-east-1' };
const START = Date.UTC(2026, 0, 1);

test('usage adds up by hour, per place', () => {
  const usage = new Usage(new Store(new MemoryDriver()));
  usage.add(HERE, 'sqs', 'Requests:SendMessage', 1, START);
  usage.add(HERE, 'sqs', 'Requests:SendMessage', 2, START + 59 * MINUTE);
  usage.add(HERE, 'sqs', 'Requests:SendMessage', 4, START + HOUR);
  usage.add(THERE, 'sqs', 'Requests:SendMessage', 8, START + HOUR);
  assert.deepEqual(
    usage.query(HERE, START, START + 2 * HOUR).map(({ hour, quantity }) => [hour - START, quantity]),
    [
      [0, 3],
      [HOUR, 4],
    ],
  );
  assert.deepEqual(
    usage.query(THERE, START, START + 2 * HOUR).map(({ quantity }) => quantity),
    [8],
  );
  assert.deepEqual(usage.query(HERE, START, START), []);
});

test('what an account forgets is its own', () => {
  const usage = new Usage(new Store(new MemoryDriver()));
  usage.add(HERE, 'sqs', 'x', 1, START);
  usage.add({ ...HERE, account: '222222222222' }, 'sqs', 'x', 1, START);
  usage.forget(HERE.account);
  assert.equal(usage.query(HERE, START, START + HOUR).length, 0);
  assert.equal(usage.query({ ...HERE, account: '222222222222' }, START, START + HOUR).length, 1);
});

test('a quota is its default until something else is granted, by Region or for all', () => {
  const store = new Store(new MemoryDriver());
  const quotas = new Quotas(store);
  const read = (place: typeof HERE, quota: Quota) =>
    store.transact((tx) =>
      Quotas.read(
        viewOf(() => tx, place),
        place,
        quota,
      ),
    );
  const regional: Quota = { service: 's', code: 'L-1', name: 'Things', value: 5, adjustable: true, global: false };
  const global: Quota = { ...regional, code: 'L-2', global: true };
  quotas.grant(HERE, regional, 7);
  quotas.grant(HERE, global, 9);
  assert.deepEqual([read(HERE, regional), read(THERE, regional)], [7, 5]);
  assert.deepEqual([read(HERE, global), read(THERE, global)], [9, 9]);
  quotas.grant(HERE, regional, undefined);
  assert.equal(read(HERE, regional), 5);
});

test('a throttle gives back what time has earned, each id for itself', () => {
  const throttles = new Throttles();
  const limits = { ratePerSecond: 2, burst: 2 };
  const take = (id: string, at: number) => throttles.take(id, limits, START + at);
  assert.deepEqual([take('a', 0), take('a', 0), take('a', 0), take('b', 0)], [true, true, false, true]);
  assert.deepEqual([take('a', 499), take('a', 500), take('a', 500)], [false, true, false]);
});
