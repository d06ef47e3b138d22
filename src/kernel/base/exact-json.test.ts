import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExactly } from './exact-json.ts';

test('what is written again is what was read', () => {
  for (const text of [
    '{"id":12345678901234567890,"price":1.0,"small":1e-9,"zero":-0,"plain":12,"half":0.5}',
    '[1.10,[2.50,{"a":1E400}]]',
    '{"text":"1.0 12345678901234567890","n":3}',
    'null',
  ])
    assert.equal(JSON.stringify(parseExactly(text)), text);
  assert.deepEqual(parseExactly('{"a":[0.5,2]}'), { a: [0.5, 2] });
  assert.throws(() => parseExactly('{"a":1.0'), SyntaxError);
});
