import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyUpdate } from './expression/update.ts';
import { compareTexts, readValue } from './value.ts';

test('texts are in the order of their UTF-8 bytes', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'é', '\u{1F600}', '\uFFFF', '\uE000'), { maxLength: 4 });
  fc.assert(
    fc.property(text, text, (one, other) => {
      const [a, b] = [one.join(''), other.join('')];
      assert.equal(Math.sign(compareTexts(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('what is added to a set finds its place', () => {
  const set = (...members: string[]) => readValue({ NS: members }, { size: 0, binary: false });
  const update = { set: [], remove: [], delete: [], add: [{ path: ['n'], value: ':n' }] };
  const bindings = { names: {}, values: { ':n': set('10', '-1', '2') } };
  assert.deepEqual(applyUpdate(update, { n: set('9', '3.5') }, bindings).n, { NS: ['-1', '2', '3.5', '9', '10'] });
});
