import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MIB } from '#kernel/base';
import { withPart } from './part.ts';

test('a layer has 4,200 parts and 52,000 MiB at most', () => {
  const upload = { repository: 'r', id: 'u', bytes: 0 };
  assert.deepEqual(withPart(upload, 7), { ...upload, bytes: 7, parts: 1 });
  assert.equal(withPart({ ...upload, parts: 4_199 }, 1).parts, 4_200);
  assert.throws(() => withPart({ ...upload, parts: 4_200 }, 1), { code: 'LimitExceededException' });
  assert.equal(withPart({ ...upload, bytes: 52_000 * MIB - 1 }, 1).bytes, 52_000 * MIB);
  assert.throws(() => withPart({ ...upload, bytes: 52_000 * MIB }, 1), { code: 'LimitExceededException' });
});
