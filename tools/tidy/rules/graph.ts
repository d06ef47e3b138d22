/** The graph of imports: no cycles, and no file that nothing reaches. */
import type { Finding, Source } from '../source.ts';

/** Files that are started or loaded by name. */
const ENTRIES =
  /^(src\/cli\/main\.ts|src\/main\/index\.ts|bench\/[^/]+\.ts|tools\/[^/]+\.ts|tools\/[^/]+\/main\.ts|tests\/.*|architectures\/[^/]+\/exercise\.ts|.*\.test\.ts)$/;

/** Cycles of imports, types included: a cycle is two rooms in one. */
export function cycles(sources: readonly Source[]): Finding[] {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const done = new Set<string>();
  const found: Finding[] = [];
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      found.push({
        file,
        line: 1,
        text: `imports itself: ${[...path.slice(at), file].join(' → ')}. Move what both need down.`,
      });
      return;
    }
    if (done.has(file)) return;
    for (const { file: target } of byFile.get(file)?.imports ?? [])
      if (target !== undefined) visit(target, [...path, file]);
    done.add(file);
  };
  for (const { file } of sources) visit(file, []);
  return found;
}

/** Files that no entry reaches. */
export function deadFiles(sources: readonly Source[]): Finding[] {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const reached = new Set<string>();
  const reach = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { file: target } of byFile.get(file)?.imports ?? []) if (target !== undefined) reach(target);
  };
  for (const { file } of sources) if (ENTRIES.test(file)) reach(file);
  return sources
    .filter(({ file }) => !reached.has(file))
    .map(({ file }) => ({ file, line: 1, text: 'nothing imports it. Delete it.' }));
}

/** Imports of files that aren't there. */
export function missing(sources: readonly Source[]): Finding[] {
  const files = new Set(sources.map(({ file }) => file));
  return sources.flatMap(({ file, imports }) =>
    imports
      .filter(({ file: target }) => target?.startsWith('src/') === true && target.endsWith('.ts') && !files.has(target))
      .map(({ from, line }) => ({ file, line, text: `there is no ${from}.` })),
  );
}
