/** The mistakes in contract.ts must all be compile errors, and for their own sake: taken bare, each is one error at its line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const EXPECTED = /^ *\/\/ @ts-expect-error .*$/gm;

function compile(project: string): { status: number | null; errors: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [TSC, '--pretty', 'false', '-p', project], {
    encoding: 'utf8',
  });
  return { status, errors: stdout.split('\n').filter((line) => line.includes(': error TS')) };
}

it('every mistake in contract.ts is an error, and nothing else is', () => {
  assert.deepStrictEqual(compile(FOLDER), { status: 0, errors: [] });
});

it('without the expectations each mistake shows', () => {
  const text = readFileSync(join(FOLDER, 'contract.ts'), 'utf8');
  // Inside the package, for its `#` imports, but where no other compilation looks.
  const folder = join(ROOT, '.cache', `types-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'bare.ts'), text.replace(EXPECTED, '//'));
    const config = { extends: join(ROOT, 'tsconfig.json'), include: ['bare.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { errors } = compile(folder);
    const lines = new Set(errors.map((error) => /\((\d+),/.exec(error)?.[1]));
    assert.equal(lines.size, text.match(EXPECTED)?.length, errors.join('\n'));
    const wrong = errors.filter((error) => /error TS(2304|2307|7006|7031|1\d{3}):/.test(error));
    assert.deepStrictEqual(wrong, [], 'an error that is no mistake against the contract');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
