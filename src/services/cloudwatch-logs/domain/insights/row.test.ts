import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Row } from './row.ts';

test('a field of JSON that begins with @ has one more', () => {
  const row = new Row({
    timestamp: 0,
    ingestedAt: 0,
    message: '{"@l":"Error","a":{"@b":1}}',
    streamName: 's',
    log: '1:g',
    pointer: () => 'p',
    isLambda: false,
  });
  assert.deepEqual([row.get('@@l'), row.get('@l'), row.get('a.@b')], ['Error', undefined, 1]);
  assert.deepEqual(row.names().slice(5), ['@@l', 'a.@b']);
});
