import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyAttributes } from './keys.ts';
import { writtenKey } from './partiql/plan.ts';

test('a key may be called as what all objects inherit', () => {
  const spec = { hash: { name: '__proto__', type: 'S' } } as const;
  const key = Object.fromEntries([['__proto__', { S: 'a' }]]);
  assert.deepEqual(Object.entries(keyAttributes({ ...key, n: { N: '1' } }, spec)), [['__proto__', { S: 'a' }]]);
  const where = {
    kind: 'compare',
    operator: '=',
    left: { kind: 'path', path: ['__proto__'] },
    right: { kind: 'value', name: ':v' },
  } as const;
  const bindings = { names: {}, values: { ':v': { S: 'a' } } };
  assert.deepEqual(Object.entries(writtenKey(where, spec, bindings)), [['__proto__', { S: 'a' }]]);
});
