/**
 * Runs ceph's tests of the S3 API against a cloud, but for those that AWS itself does not pass:
 * `node tests/suites/s3-tests.ts <folder of github.com/ceph/s3-tests> [--keep] [--verbose] [words of names of tests …]`.
 * `python3` (or what the variable PYTHON names) needs pytest, boto3 and what requirements.txt of the suite asks for.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { conclude, type Results, run, startSuiteCloud } from './suite.ts';

const FILES = ['s3tests/functional/test_s3.py', 's3tests/functional/test_headers.py'];
/** Each has a cloud of its own. */
const SHARDS = 8;
/** Of them at once. */
const LANES = 2;

const [folder, ...wanted] = process.argv.slice(2).filter((one) => !one.startsWith('--'));
if (folder === undefined)
  throw new Error('Usage: node tests/suites/s3-tests.ts <folder of s3-tests> [--keep] [--verbose] [word …]');

const bed = mkdtempSync(join(tmpdir(), 'cloudyard-suite-'));
const results: Results = new Map();
const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (let shard = shards.shift(); shard !== undefined; shard = shards.shift())
      await runShard(shard, resolve(folder));
  }),
);
rmSync(bed, { recursive: true });
conclude('s3-tests', results);

async function runShard(shard: number, suite: string): Promise<void> {
  const cloud = await startSuiteCloud();
  const report = join(bed, `${shard}.xml`);
  const options = ['-p', 's3_tests_bed', '-p', 'no:cacheprovider', '-q', '--tb=short', '-o', 'junit_family=xunit2'];
  const text = await run(
    process.env.PYTHON ?? 'python3',
    [
      '-m',
      'pytest',
      ...options,
      `--junitxml=${report}`,
      ...(wanted.length > 0 ? ['-k', wanted.join(' or ')] : []),
      ...FILES,
    ],
    suite,
    {
      ...process.env,
      PYTHONPATH: import.meta.dirname,
      PYTHONDONTWRITEBYTECODE: '1',
      SUITE_URL: cloud.url.replace('127.0.0.1', 'localhost'),
      SUITE_SHARD: `${shard}/${SHARDS}`,
      S3TEST_CONF: join(bed, `${shard}.conf`),
      AWS_DEFAULT_REGION: 'us-east-1',
    },
  );
  await cloud.close();
  if (process.argv.includes('--verbose')) process.stdout.write(text);
  if (existsSync(report)) readReport(readFileSync(report, 'utf8'));
  else results.set(`(part ${shard} did not end in time)`, false);
}

/** Tests that skip themselves are not counted. */
function readReport(xml: string): void {
  for (const [, file = '', name = '', rest = ''] of xml.matchAll(
    /<testcase [^>]*?\bclassname="(?:[^"]*\.)?([^".]*)"[^>]*?\bname="([^"]*)"[^>]*?(\/>|>.*?<\/testcase>)/gs,
  ))
    if (!rest.includes('<skipped'))
      results.set(`${file}: ${name}`, (results.get(`${file}: ${name}`) ?? true) && !/<(failure|error)/.test(rest));
}
