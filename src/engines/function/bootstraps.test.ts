import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Bootstraps } from './bootstraps.ts';
import { type Found, Runtimes } from './runtimes.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bootstraps-'));
after(() => rmSync(scratch, { recursive: true }));
const interpreter = join(scratch, 'interpreter');

/** A runtime whose part has to be made, and how often it was. */
class Made extends Runtimes {
  count = 0;
  fails = false;

  override async find(): Promise<Found> {
    return {
      reads: [interpreter],
      command: () => [],
      environment: () => ({}),
      make: async (folder) => {
        this.count += 1;
        if (this.fails) throw new Error('not made');
        await writeFile(join(folder, 'made'), String(this.count));
      },
    };
  }
}

test('what had to be made is kept for the next time, until the interpreter is another', async () => {
  await writeFile(interpreter, 'one');
  const runtimes = new Made();
  const made = () => new Bootstraps(scratch, runtimes).folder('java21');
  runtimes.fails = true;
  await assert.rejects(made(), /not made/);
  assert.deepEqual(readdirSync(scratch), ['interpreter']);
  runtimes.fails = false;
  const [first, same] = [await made(), await made()];
  assert.equal(first, same);
  assert.equal(readFileSync(join(first, 'made'), 'utf8'), '2');
  await appendFile(interpreter, 'two');
  const other = await made();
  assert.deepEqual([other === first, readFileSync(join(other, 'made'), 'utf8')], [false, '3']);
});
