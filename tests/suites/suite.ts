/** What the scripts of public suites share: a cloud to run them against, and the list of the tests that don't pass, each with its reason. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '#main/server';

/** Name of a test and whether it passed. */
export type Results = Map<string, boolean>;

/** The tests that don't pass, by the reason why. */
type Exceptions = { [reason: string]: string[] };

/** How reasons begin that are the suite's: what it expects is not (or no longer) what AWS does. */
const THEIRS = 'theirs:';
const UNEXPLAINED = 'not looked into yet';

/** A cloud in memory on the machine's clock, listening on a free port of loopback. */
export async function startSuiteCloud() {
  return startServer({ port: 0 }, (level, message, fields) => {
    if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  });
}

/** What a program is given; a test that waits for what never comes would wait for hours. */
const RUN_TIMEOUT = 420_000;

/** Runs a program to its end; gives what it printed. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child: ChildProcess = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: RUN_TIMEOUT,
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', () => done(text));
  });
}

/**
 * Compares a run with the list of exceptions and says what has changed. With `--keep` the list is brought up to date: what passes now
 * leaves it, what is new waits in it for its reason.
 */
export function conclude(suite: string, results: Results): void {
  const file = join(import.meta.dirname, `${suite}.json`);
  const known: Exceptions = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const expected = new Set(Object.values(known).flat());
  const failed = [...results].flatMap(([name, passed]) => (passed ? [] : [name]));
  const fresh = failed.filter((name) => !expected.has(name));
  const gone = [...expected].filter((name) => results.get(name) === true);
  for (const name of fresh) process.stdout.write(`fails, and is not in ${suite}.json: ${name}\n`);
  for (const name of gone) process.stdout.write(`passes, though it is in ${suite}.json: ${name}\n`);
  const share = ((100 * (results.size - failed.length)) / results.size).toFixed(1);
  process.stdout.write(`${suite}: ${results.size - failed.length} of ${results.size} tests pass (${share} %)\n`);
  const theirs = new Set(Object.entries(known).flatMap(([reason, names]) => (reason.startsWith(THEIRS) ? names : [])));
  const ours = failed.filter((name) => !theirs.has(name)).length;
  process.stdout.write(`${suite}: of those that can pass on AWS as it is, all but ${ours} do\n`);
  if (process.argv.includes('--keep')) keep(file, known, fresh, new Set(gone));
  else if (fresh.length > 0) process.exitCode = 1;
}

function keep(file: string, known: Exceptions, fresh: readonly string[], gone: ReadonlySet<string>): void {
  const kept: Exceptions = {};
  for (const [reason, names] of Object.entries(known)) {
    const rest = names.filter((name) => !gone.has(name));
    if (rest.length > 0) kept[reason] = rest;
  }
  if (fresh.length > 0) kept[UNEXPLAINED] = [...(kept[UNEXPLAINED] ?? []), ...fresh];
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
}
