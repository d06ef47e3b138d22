/**
 * A folder that an earlier version has left is opened by this one: nothing fails inside, and what could be read then is read now. A row that is read otherwise than it was
 * written needs a migration in its table. `UPGRADE_KEEP=1` writes down what is read now.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptReads, outlines, writeReads } from './reads.ts';

test('a folder of an earlier version is opened, and all that was in it is read', async () => {
  const reads = keptReads();
  const now = await outlines(reads);
  if (process.env.UPGRADE_KEEP !== undefined) writeReads(now);
  const lost = reads.flatMap(({ told, ...read }, index) => {
    const missing = told.filter((part) => now[index]?.told.includes(part) !== true);
    return missing.length > 0 ? [`${JSON.stringify(read)} told ${missing}, tells ${now[index]?.told}`] : [];
  });
  assert.deepEqual(lost, []);
  assert.ok(reads.length > 150, `${reads.length} reads prove little`);
});
