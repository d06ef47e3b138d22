/** What the rules look at: every TypeScript file of the project, read once. */
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { type Node, parse } from 'acorn';

export const ROOT = normalize(join(import.meta.dirname, '../..'));

/** Something that breaks a rule, and what to do instead. */
export type Finding = { file: string; line: number; text: string };

export type Import = {
  /** As written: `#kernel/base`, `./table.ts`, `node:fs`. */
  from: string;
  /** The file it means, from the project's root; undefined for packages and generated declarations. */
  file: string | undefined;
  line: number;
  typeOnly: boolean;
};

export type Source = {
  /** Path from the project's root. */
  file: string;
  text: string;
  lines: number;
  imports: Import[];
  /** The text with comments and types blanked out; positions are those of `text`. */
  code: string;
  /** Its syntax tree, types taken away. */
  tree: Node;
};

const ALIASES: readonly (readonly [RegExp, string])[] = [
  [/^#kernel\/(.+)$/, 'src/kernel/$1/index.ts'],
  [/^#services\/(.+)$/, 'src/services/$1.ts'],
  [/^#planes\/(.+)$/, 'src/planes/$1.ts'],
  [/^#engines\/(.+)$/, 'src/engines/$1.ts'],
  [/^#main\/(.+)$/, 'src/main/$1.ts'],
  [/^#cli\/(.+)$/, 'src/cli/$1.ts'],
];

const IMPORT =
  /^[ \t]*(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s*'([^']+)'|^[ \t]*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\brequire\(\s*'([^']+)'\s*\)/gm;

/** Reads the sources below some folders. */
export function readSources(folders: readonly string[]): Source[] {
  return globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: ROOT, exclude: (path) => path.includes('node_modules') },
  )
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.d.ts') && !file.startsWith('tests/types/'))
    .sort()
    .map((file) => sourceOf(file, readFileSync(join(ROOT, file), 'utf8')));
}

/** A source from its text; `file` is its path from the project's root. */
export function sourceOf(file: string, text: string): Source {
  const comments: { start: number; end: number }[] = [];
  const stripped = stripTypeScriptTypes(text);
  const tree = parse(stripped, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    onComment: (_block, _text, start, end) => comments.push({ start, end }),
  });
  let code = stripped;
  for (const { start, end } of comments)
    code = code.slice(0, start) + code.slice(start, end).replace(/[^\n]/g, ' ') + code.slice(end);
  return { file, text, lines: text.split('\n').length - 1, imports: importsOf(file, text), code, tree };
}

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const from = match[2] ?? match[3] ?? match[4] ?? match[5] ?? '';
    return { from, file: fileOf(file, from), line: lineAt(text, match.index), typeOnly: match[1] !== undefined };
  });
}

function fileOf(importer: string, from: string): string | undefined {
  if (from.startsWith('.')) return normalize(join(dirname(importer), from)).replaceAll('\\', '/');
  for (const [pattern, path] of ALIASES) if (pattern.test(from)) return from.replace(pattern, path);
  return undefined;
}

/** The line, counted from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
