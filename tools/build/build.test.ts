import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
/** A project of somebody else, who has installed the package. */
const project = mkdtempSync(join(tmpdir(), 'cloudyard-user-'));
const installed = join(project, 'node_modules/cloudyard');

before(() => {
  execFileSync(process.execPath, [join(import.meta.dirname, 'main.ts')], { stdio: 'inherit' });
  cpSync(join(ROOT, 'dist'), installed, { recursive: true });
  for (const name of ['hash-wasm', '@types', 'typescript'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
});
after(() => rmSync(project, { recursive: true }));

const USE = `import { startCloud, type EmbeddedCloud } from 'cloudyard';
const cloud: EmbeddedCloud = await startCloud({ port: 0 });
const response = await fetch(cloud.url + '/?Action=GetCallerIdentity&Version=2011-06-15');
console.log(response.status, cloud.now() > 0);
await cloud.close();
`;

test('the package holds plain JavaScript only, declarations beside, and no tests', () => {
  const files = globSync('**/*.ts', { cwd: installed });
  assert.deepEqual(
    files.filter((file) => !file.endsWith('.d.ts')),
    [],
  );
  assert.deepEqual(globSync('**/*.test.*', { cwd: installed }), []);
});

test('its user starts a cloud, from plain JavaScript', () => {
  writeFileSync(join(project, 'use.mjs'), USE.replace(', type EmbeddedCloud', '').replace(': EmbeddedCloud', ''));
  const text = execFileSync(process.execPath, ['use.mjs'], { cwd: project, encoding: 'utf8' });
  assert.match(text, /^\d{3} true\n$/);
});

test('its declarations hold for a strict user of TypeScript', () => {
  writeFileSync(join(project, 'use.ts'), USE);
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
    '--types',
    'node',
  ];
  execFileSync('tsc', [...options, 'use.ts'], { cwd: project, stdio: 'inherit' });
});

test('its command tells its version and starts', () => {
  const help = execFileSync(process.execPath, [join(installed, 'bin/cloudyard.js'), '--help'], { encoding: 'utf8' });
  assert.match(help, /start +Start a cloud/);
});
