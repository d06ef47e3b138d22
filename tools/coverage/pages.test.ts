import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../tidy/source.ts';
import { pages } from './pages.ts';

test('the pages that are made from the code are as the code is (npm run coverage)', async () => {
  for (const [file, text] of await pages()) assert.equal(readFileSync(join(ROOT, file), 'utf8'), text, file);
});
