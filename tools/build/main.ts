/** `npm run build [folder]`: makes the package that is published, in dist/ or there: plain JavaScript with declarations, the models, and nothing else. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));
const COPIED = [
  'bin',
  'models',
  'README.md',
  'LICENSE',
  'NOTICE',
  'src/engines/function/bootstrap',
  'src/engines/function/room',
  'architectures',
];

type Manifest = { [key: string]: unknown; imports: Record<string, string>; exports: unknown };

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', DIST],
  {
    stdio: 'inherit',
    cwd: ROOT,
  },
);
if (status !== 0) process.exit(1);
for (const name of COPIED) {
  cpSync(join(ROOT, name), join(DIST, name), {
    recursive: true,
    filter: (path) => (!path.includes('patches') && !path.endsWith('.ts')) || path.endsWith('.d.ts'),
  });
}
writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`);

/** The manifest without what only developers need, its paths those of the compiled files. */
function published(): Manifest {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const { workspaces: _, scripts: __, devDependencies: ___, ...kept } = manifest;
  const compiled = Object.entries(manifest.imports).map(([name, path]) => [name, path.replace(/(?<!\.d)\.ts$/, '.js')]);
  return {
    ...kept,
    imports: Object.fromEntries(compiled),
    exports: { '.': { types: './src/main/index.d.ts', default: './src/main/index.js' } },
  };
}
