import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { invalidates, normalPath, patternOf } from './match.ts';

test('a path has one spelling, which normalising leaves as it is, and in which no dots are left', () => {
  const paths = fc
    .array(fc.constantFrom('a', '.', '..', '', '%2e', '%2E%2e', '%41', '%2f', '%zz', 'b.c'))
    .map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(paths, (path) => {
      const normal = normalPath(path);
      assert.equal(normalPath(normal), normal);
      assert.ok(normal.startsWith('/'));
      assert.ok(!normal.split('/').some((part) => part === '..' || part === '.'));
    }),
  );
  assert.equal(normalPath('/%61dmin/../%2E%2e/secure//x'), '/secure/x');
  assert.equal(normalPath('/a%2fb'), '/a%2Fb');
});

test('behaviours count letters as they are, and may leave out the first slash', () => {
  assert.equal(patternOf('images/*.jpg')('/images/a/b.jpg'), true);
  assert.equal(patternOf('images/*.jpg')('/images/a.JPG'), false);
  assert.equal(patternOf('*.jpg')('/a/b.jpg'), true);
});

test('an invalidation names one path, or all that begin alike', () => {
  const matches = invalidates(['/a', '/b/*', 'c']);
  assert.deepEqual(['/a', '/a?x=1', '/ab', '/b/', '/b/1?x=2', '/c'].map(matches), [
    true,
    false,
    false,
    true,
    true,
    true,
  ]);
});
