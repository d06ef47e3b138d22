/** Every reference architecture, in its short form: deployed, exercised, taken down, its promises kept. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listArchitectures, runArchitecture } from '#main/architecture';

for (const { id, title, folder } of listArchitectures()) {
  test(`${id}: ${title}`, { timeout: 240_000 }, async () => {
    for (const file of ['README.md', 'template.yaml', 'exercise.ts']) assert.ok(existsSync(join(folder, file)), file);
    const { measures, kept } = await runArchitecture(id, true, () => {});
    assert.ok(measures.length > 2);
    assert.ok(kept, JSON.stringify(measures, null, 2));
  });
}
