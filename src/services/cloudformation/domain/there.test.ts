import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onlyThere } from './there.ts';

test('properties, items and keys that were not found are left out', () => {
  const told = {
    Name: 'a',
    Gone: 'x',
    Arns: ['one', 'two'],
    Tags: [
      { Key: 'a', Value: 'new' },
      { Key: 'b', Value: 'new' },
    ],
    Map: { a: 1, b: 2 },
  };
  const actual = {
    Name: 'other',
    Gone: undefined,
    Arns: ['two', 'three'],
    Tags: [{ Key: 'a', Value: 'old' }],
    Map: { b: 3 },
  };
  assert.deepEqual(onlyThere(told, actual), {
    Name: 'other',
    Arns: ['two'],
    Tags: [{ Key: 'a', Value: 'old' }],
    Map: { b: 3 },
  });
});
