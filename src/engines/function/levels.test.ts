import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast } from './levels.ts';

const LINES = [
  '{"level":"trace"}',
  '{"level":"DEBUG","message":"x"}',
  '{"message":"says no level"}',
  '{"level":"loud"}',
  '{"level":"Information"}',
  '{"level":"warning"}',
  '{"level":"error"}',
  '{"level":"CRITICAL"}',
  '{"level":"FATAL"}',
  'no document',
  '{ broken',
];

test('documents are kept by their levels, what is none always', () => {
  const kept = (application: string, json = true) => LINES.filter(atLeast({ json, application }));
  assert.deepEqual(kept('TRACE'), LINES);
  assert.deepEqual(kept('FATAL', false), LINES);
  assert.deepEqual(kept('INFO'), LINES.slice(2));
  assert.deepEqual(kept('WARN'), LINES.slice(5));
  assert.deepEqual(kept('FATAL'), LINES.slice(7));
});
