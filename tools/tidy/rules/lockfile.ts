/** The lock file fits every platform: npm leaves out the optional packages of others when it finds node_modules already there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, ROOT } from '../source.ts';

type Lock = {
  packages: { [path: string]: { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> } };
};

/** Optional packages without an entry (`npm ci` then fails), and entries that name a registry. */
export function lockfile(): Finding[] {
  const file = 'package-lock.json';
  const { packages } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Lock;
  const names = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).filter((name) => !names.has(name)),
  );
  const tied = Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
  return [
    ...missing.map((name) => ({
      file,
      line: 1,
      text: `has no entry for ${name}: npm ci fails. Remove node_modules and the lock file, npm install.`,
    })),
    ...tied.map(([path]) => ({ file, line: 1, text: `ties ${path} to a registry. See .npmrc.` })),
  ];
}
