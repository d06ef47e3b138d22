import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRecord } from '#kernel/events';
import { Calls, isBroken } from './calls.ts';

const call = (at: number, error?: string, status = error === undefined ? 200 : 400) =>
  ({ at, status, error, service: 'sqs', operation: 'SendMessage', account: '1', region: 'r' }) as CallRecord;

test('what is broken, and what is only wrong', () => {
  for (const [error, status, is] of [
    [undefined, 200, false],
    ['QueueDoesNotExist', 400, false],
    ['ThrottlingException', 400, true],
    ['SlowDown', 503, true],
    ['TooManyRequestsException', 429, true],
    ['InternalError', 500, true],
    ['RegionDark', 0, true],
    ['ServiceUnavailable', 503, true],
    ['NotImplemented', 501, false],
    ['SomethingElse', 502, true],
  ] as const)
    assert.equal(isBroken({ status, error }), is, String(error));
});

test('an operation is well again when a call is answered and none is refused after it', () => {
  const calls = new Calls();
  for (const one of [
    call(1),
    call(2, 'Throttling'),
    call(3),
    call(4, 'Throttling'),
    call(5, 'QueueDoesNotExist'),
    call(6),
  ])
    calls.add(one);
  assert.equal(calls.total, 6);
  assert.deepEqual(calls.refused(), [
    {
      service: 'sqs',
      operation: 'SendMessage',
      account: '1',
      region: 'r',
      calls: 6,
      refused: 2,
      errors: { Throttling: 2 },
      firstRefusedAt: 2,
      lastRefusedAt: 4,
      answeredAt: 5,
    },
  ]);
  calls.add(call(7, 'Throttling'));
  assert.equal(calls.refused()[0]?.answeredAt, undefined);
  assert.deepEqual(new Calls().refused(), []);
});
