import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { namesOf, patched } from './patch.ts';

const RULES = {
  '/name': 'text',
  '/size': 'number',
  '/on': 'boolean',
  '/types': 'list',
  '/types/*': 'list',
  '/map/*': 'text',
} as const;
type Thing = { name?: string; size?: number; on?: boolean; types?: string[]; map?: { [key: string]: string } };
const change = (value: Thing, ...operations: Parameters<typeof patched>[1] & object[]) =>
  patched(value, operations, RULES);

test('patches change a copy, each path as its kind', () => {
  const before: Thing = { name: 'a', types: ['x/y'] };
  const after = change(
    before,
    { op: 'replace', path: '/name', value: 'b' },
    { op: 'replace', path: '/size', value: '7' },
    { op: 'add', path: '/types/image~1png' },
    { op: 'remove', path: '/types/x~1y' },
    { op: 'add', path: '/map/k~0', value: 'v' },
  );
  assert.deepEqual(after, { name: 'b', types: ['image/png'], size: 7, map: { 'k~': 'v' } });
  assert.deepEqual(before, { name: 'a', types: ['x/y'] });
  assert.throws(
    () => change(before, { op: 'replace', path: '/size', value: 'x' }),
    /Invalid patch value specified for path '\/size'/,
  );
  assert.throws(
    () => change(before, { op: 'replace', path: '/none', value: 'x' }),
    /Invalid patch path {2}'\/none' specified for op 'replace'/,
  );
  assert.throws(
    () => change(before, { op: 'add', path: '/size', value: '1' }),
    /Invalid patch path {2}'\/size' specified for op 'add'. Must be one of: \[\/map\/\*, \/types, \/types\/\*\]/,
  );
  assert.throws(() => change(before, { op: 'move', path: '/size' }), /Please choose supported operations/);
  const emptied = change(after, { op: 'remove', path: '/map/k~0' }, { op: 'replace', path: '/name', value: '' });
  assert.deepEqual(emptied, { types: ['image/png'], size: 7 });
});

test('any name can be that of a map, and none reaches further than its map', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      const path = `/map/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      assert.equal(namesOf(path)[1], name);
      const { map } = change({ map: {} }, { op: 'replace', path, value: 'v' });
      assert.deepEqual(Object.entries(map ?? {}), [[name, 'v']]);
    }),
  );
  assert.equal(({} as { polluted?: string }).polluted, undefined);
});
