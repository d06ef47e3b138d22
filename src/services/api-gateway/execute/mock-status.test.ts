import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mockStatus } from './mock-status.ts';

for (const [text, wanted] of [
  ['{"statusCode": 200}', 200],
  ['{"statusCode": "204"}', 204],
  ['{ statusCode: 204 }', 204],
  ["{'statusCode': 404, 'a': 1}", 404],
  ['{message: "x", statusCode: 500}', 500],
  ['{statusCode: -1}', -1],
  ['{"statusCode": 200.5}', undefined],
  ['{"statusCode": ""}', undefined],
  ['{statusCode: ok}', undefined],
  ['{"a": 1}', undefined],
  ['statusCode: 200', undefined],
  ['null', undefined],
] as const)
  test(text, () => {
    assert.equal(mockStatus(text), wanted);
  });
