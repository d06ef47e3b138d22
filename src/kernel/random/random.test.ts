import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '#kernel/random';

test('one seed, one sequence; streams do not disturb each other', () => {
  const a = new Random('7');
  const b = new Random('7');
  b.stream('other').uuid();
  assert.deepEqual([a.stream('sqs').uuid(), a.stream('sqs').uuid()], [b.stream('sqs').uuid(), b.stream('sqs').uuid()]);
  assert.notEqual(new Random(undefined).stream('x').uuid(), new Random(undefined).stream('x').uuid());
});

test('drawn text keeps to its alphabet and numbers to their range', () => {
  const stream = new Random('1').stream('t');
  assert.match(stream.text(5_000, 'ABC'), /^[ABC]{5000}$/);
  for (let draw = 0; draw < 10_000; draw += 1) assert.ok(stream.below(3) < 3);
});
