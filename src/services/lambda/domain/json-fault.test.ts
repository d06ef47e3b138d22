import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonFault } from './json-fault.ts';

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

test('what does not begin as JSON is told by its first token, what does is not', () => {
  assert.equal(
    jsonFault(Buffer.from('test data')),
    `Unrecognized token 'test': was expecting ${EXPECTED}\n at [Source: (byte[])"test data"; line: 1, column: 6]`,
  );
  assert.equal(
    jsonFault(Buffer.from("'test'")),
    `Unexpected character (''' (code 39)): expected a valid value ${EXPECTED}\n at [Source: (byte[])"'test'"; line: 1, column: 2]`,
  );
  assert.match(jsonFault(Buffer.from('x'.repeat(600))) ?? '', /x"\[truncated 100 bytes\]; line: 1, column: 601\]$/);
  for (const text of ['{"a"', '[1', '"a', '-', 'true x', ' a', ''])
    assert.equal(jsonFault(Buffer.from(text)), undefined);
});
