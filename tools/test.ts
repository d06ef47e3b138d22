/**
 * `npm test`: the checks, then every test. Its last line is `N passed, N failed, N skipped`; each skip is listed with the tool it misses.
 * `npm test -- sqs tests/sim` runs only the test files with a folder or name that begins so.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { run } from 'node:test';

const ROOT = `${import.meta.dirname}/..`;
const PATTERNS = ['src/**/*.test.ts', 'tools/**/*.test.ts', 'tests/**/*.test.ts'];
/** A test file that is not through by then hangs. */
const FILE_TIMEOUT = 15 * 60_000;

type Outcome = { passed: number; failed: number; skipped: number; notes: string[] };

/** Commands that must succeed before any test is worth running; each counts as one test. */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc'],
  ['format and lint', 'biome', 'check', '--error-on-warnings', '--log-level=error', '.'],
];

const words = process.argv.slice(2);
const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, notes: [] };
if (words.length === 0) check(outcome);
await test(chosenFiles(words), outcome);
report(outcome);

function check(counts: Outcome): void {
  for (const [name, command, ...args] of CHECKS) {
    const { status, stdout, stderr } = spawnSync(command as string, args, { cwd: ROOT, encoding: 'utf8' });
    if (status === 0) {
      counts.passed += 1;
      continue;
    }
    counts.failed += 1;
    counts.notes.push(`FAILED ${name}\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

function chosenFiles(chosen: readonly string[]): string[] {
  return globSync(PATTERNS, { cwd: ROOT, exclude: (path) => path.includes('node_modules') })
    .filter((file) => chosen.length === 0 || chosen.some((word) => `/${file}`.includes(`/${word}`)))
    .sort()
    .map((file) => `${ROOT}/${file}`);
}

function test(files: string[], counts: Outcome): Promise<void> {
  if (files.length === 0) {
    counts.failed += 1;
    counts.notes.push(`FAILED no test file's path contains ${words.join(' or ')}`);
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const stream = run({ files, concurrency: Math.min(4, availableParallelism()), timeout: FILE_TIMEOUT, cwd: ROOT });
    stream.on('test:pass', ({ name, skip, details, file }) => {
      if (details.type === 'suite') return;
      if (skip === undefined || skip === false) counts.passed += 1;
      else {
        counts.skipped += 1;
        counts.notes.push(`skipped ${where(file)}: ${name}: ${skip === true ? '' : skip}`);
      }
    });
    stream.on('test:fail', ({ name, details, file }) => {
      // A suite or file fails because a test in it did; only what failed by itself counts.
      const cause = details.error.cause;
      if ((details.error as { failureType?: string }).failureType === 'subtestsFailed') return;
      counts.failed += 1;
      counts.notes.push(
        `FAILED ${where(file)}: ${name}\n${cause === undefined ? details.error.message : causeText(cause)}`,
      );
    });
    const stderr = new Map<string, string>();
    stream.on('test:stderr', ({ message, file }) => stderr.set(file, (stderr.get(file) ?? '') + message));
    stream.on('test:summary', ({ file, success, counts: { passed }, duration_ms: millis }) => {
      if (file === undefined) return;
      process.stdout.write(`${where(file)}: ${passed} in ${(millis / 1000).toFixed(1)} s\n`);
      if (!success) process.stdout.write(stderr.get(file) ?? '');
    });
    stream.on('end', () => resolve());
    stream.resume();
  });
}

/** What a failed test threw; where its end threw as well, both. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { error, suppressed } = cause as Partial<SuppressedError>;
  const both = [suppressed, error].filter((one) => one !== undefined).map(causeText);
  return both.length > 0 ? both.join('\n') : (cause.stack ?? cause.message);
}

function where(file: string | undefined): string {
  return file === undefined ? '' : relative(ROOT, file);
}

function report({ passed, failed, skipped, notes }: Outcome): void {
  for (const note of notes) process.stdout.write(`${note}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}
