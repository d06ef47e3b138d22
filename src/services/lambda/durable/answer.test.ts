import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfAnswer, readAnswer } from './answer.ts';
import type { ExecutionRow } from './state.ts';

const row = { resultMax: 10 } as ExecutionRow;

test('whatever a function says of its error is read as an error', () => {
  const StackTrace = ['at a', 5, null, { toString: 1 }];
  const lines = ['at a', '5', 'null', '{"toString":1}'];
  assert.deepEqual(readAnswer(JSON.stringify({ Status: 'FAILED', Error: { ErrorMessage: 5, StackTrace } }), row), {
    status: 'FAILED',
    error: { StackTrace: lines },
  });
  assert.deepEqual(errorOfAnswer(JSON.stringify({ errorMessage: 'no', errorType: [], stackTrace: StackTrace })), {
    ErrorMessage: 'no',
    StackTrace: lines,
  });
  assert.deepEqual(errorOfAnswer('<p>'), { ErrorMessage: '<p>' });
});

test('an answer that is none of an execution’s is invalid', () => {
  for (const body of ['', 'null', '[]', '{}', '{"Status":{"toString":1}}', '{"Status":"SUCCEEDED","Error":{}}'])
    assert.equal(readAnswer(body, row).status, 'INVALID', body);
  assert.equal(readAnswer('{"Status":"SUCCEEDED","Result":"12345678901"}', row).status, 'INVALID');
  assert.deepEqual(readAnswer('{"Status":"SUCCEEDED","Result":"1"}', row), { status: 'SUCCEEDED', result: '1' });
});
