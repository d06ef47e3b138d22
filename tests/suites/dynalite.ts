/**
 * Runs dynalite's mocha tests (raw requests, answers recorded from DynamoDB) against a cloud:
 * `node tests/suites/dynalite.ts <folder of github.com/architect/dynalite, installed> [--keep] [test file …]`.
 */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { conclude, type Results, run, startSuiteCloud } from './suite.ts';

const NO_TESTS = ['helpers.js', 'bench.js'];

type Report = { passes: { fullTitle: string }[]; failures: { fullTitle: string; err: { message?: string } }[] };

const [folder, ...wanted] = process.argv.slice(2).filter((one) => !one.startsWith('--'));
if (folder === undefined)
  throw new Error('Usage: node tests/suites/dynalite.ts <folder of dynalite> [--keep] [file …]');

const results: Results = new Map();
for (const file of readdirSync(join(folder, 'test')).filter((one) => one.endsWith('.js'))) {
  const name = basename(file, '.js');
  if (NO_TESTS.includes(file) || (wanted.length > 0 && !wanted.includes(name))) continue;
  const cloud = await startSuiteCloud();
  const text = await run(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'dynalite-hooks.ts'),
      'node_modules/mocha/bin/mocha.js',
      '--exit',
      '--require',
      'should',
      '--reporter',
      'json',
      '-t',
      '10s',
      `test/${file}`,
    ],
    resolve(folder),
    {
      ...process.env,
      SUITE_PORT: String(cloud.port),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: '123456789012',
      AWS_SECRET_ACCESS_KEY: 'suite',
    },
  );
  await cloud.close();
  const { passes, failures }: Report = JSON.parse(text.slice(text.indexOf('{\n  "stats"')));
  for (const { fullTitle } of passes) note(`${name}: ${fullTitle}`, true);
  for (const { fullTitle, err } of failures) {
    note(`${name}: ${fullTitle}`, false);
    if (process.argv.includes('--verbose')) process.stdout.write(`${name}: ${fullTitle}\n  ${err.message}\n`);
  }
}
conclude('dynalite', results);

/** Tests of the same name are told apart by their order. */
function note(name: string, passed: boolean): void {
  let unique = name;
  for (let count = 2; results.has(unique); count += 1) unique = `${name} (${count})`;
  results.set(unique, passed);
}
