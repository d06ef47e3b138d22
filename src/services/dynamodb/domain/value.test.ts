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
  const set = (...members: string[]) => readValue({ SS: members }, { size: 0, binary: false });
  const update = { set: [], remove: [], delete: [], add: [{ path: ['n'], value: ':n' }] };
  const bindings = { names: {}, values: { ':n': set('b', 'a', 'd') } };
  assert.deepEqual(applyUpdate(update, { n: set('e', 'c') }, bindings).n, { SS: ['a', 'b', 'c', 'd', 'e'] });
});
