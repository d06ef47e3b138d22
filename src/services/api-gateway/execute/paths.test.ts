import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathTree, variablesOf } from './paths.ts';

test('the most specific path wins, and what is behind it is found where that ends early', () => {
  const tree = new PathTree<string>();
  for (const path of ['/', '/a', '/a/{x}', '/a/b/c', '/{rest+}', '/a/{x}/{more+}']) tree.add(path, path);
  const at = (path: string) => tree.find(path);
  assert.deepEqual(at('/'), { value: '/', variables: [], sent: [] });
  assert.deepEqual(at('/a/'), { value: '/a', variables: [], sent: [] });
  assert.deepEqual(at('/a/b'), { value: '/a/{x}', variables: ['b'], sent: ['b'] });
  assert.deepEqual(at('/a/b/c'), { value: '/a/b/c', variables: [], sent: [] });
  assert.deepEqual(at('/a/b/d/e'), { value: '/a/{x}/{more+}', variables: ['b', 'd/e'], sent: ['b', 'd/e'] });
  assert.deepEqual(at('/z/y'), { value: '/{rest+}', variables: ['z/y'], sent: ['z/y'] });
  assert.deepEqual(at('/a/%20%C3%A4'), { value: '/a/{x}', variables: [' ä'], sent: ['%20%C3%A4'] });
  assert.deepEqual(variablesOf('/a/{x}/{more+}'), ['x', 'more']);
});

test('every path leads to itself, whatever else there is', () => {
  const part = fc.constantFrom('a', 'b', 'c', '{v}');
  const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 30 }), (paths) => {
      const tree = new PathTree<string>();
      for (const one of paths) tree.add(one, one);
      for (const one of paths) {
        if (one.includes('{'))
          assert.equal(tree.find(one.replaceAll('{v}', 'other'))?.variables.length, variablesOf(one).length);
        else assert.equal(tree.find(one)?.value, one);
      }
    }),
  );
});

test('a path leads where comparing it with each would lead', () => {
  const part = fc.constantFrom('a', 'b', '{v}');
  const path = fc
    .tuple(fc.array(part, { maxLength: 4 }), fc.boolean())
    .map(([parts, isGreedy]) => `/${[...parts, ...(isGreedy ? ['{rest+}'] : [])].join('/')}`);
  const asked = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 });
  /** How specific each part of a path that fits is; undefined where it doesn't fit. */
  const ranks = (one: string, parts: readonly string[]): string | undefined => {
    const wanted = one.split('/').filter((name) => name !== '');
    const isGreedy = wanted.at(-1) === '{rest+}';
    if (isGreedy ? parts.length < wanted.length : parts.length !== wanted.length) return undefined;
    const fits = wanted.every((name, at) => name.startsWith('{') || name === parts[at]);
    return fits ? wanted.map((name) => (name === '{rest+}' ? '2' : name === '{v}' ? '1' : '0')).join('') : undefined;
  };
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 20 }), asked, (paths, parts) => {
      const tree = new PathTree<string>();
      for (const one of paths) tree.add(one, one);
      const [best] = paths
        .map((one) => [ranks(one, parts), one] as const)
        .filter(([rank]) => rank !== undefined)
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
      assert.equal(tree.find(`/${parts.join('/')}`)?.value, best?.[1]);
    }),
  );
});
