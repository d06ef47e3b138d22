/**
 * Runs ScyllaDB's tests of its DynamoDB API (they hold on AWS; what is ScyllaDB's alone skips itself) against a cloud:
 * `node tests/suites/alternator.ts <folder test/alternator of github.com/scylladb/scylladb> [--keep] [test file …]`.
 * Needs a Python with pytest, boto3 and requests.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { conclude, type Results, run, startSuiteCloud } from './suite.ts';

/** What the tests import of ScyllaDB's own bed, which starts a ScyllaDB. */
const BED: { readonly [file: string]: string } = {
  'test/__init__.py': '',
  'test/conftest.py': 'def dynamic_scope():\n    return "session"\n',
  'test/pylib/__init__.py': '',
  'test/pylib/connect_options.py': 'def add_host_option(parser):\n    pass\n',
  'test/pylib/driver_utils.py': 'def safe_driver_shutdown(*_):\n    pass\n',
  'test/pylib/skip_types.py':
    'import pytest\ndef skip_env(reason):\n    pytest.skip(reason)\nskip_bug = skip_env\nskip_not_implemented = skip_env\n',
  'test/cqlpy/__init__.py': '',
  'test/cqlpy/conftest.py': 'import pytest\n@pytest.fixture(scope="session")\ndef host():\n    return "127.0.0.1"\n',
  'test/cqlpy/util.py': 'def config_value_context(*_):\n    raise NotImplementedError\n',
  'cassandra/__init__.py': '',
  'cassandra/auth.py': 'PlainTextAuthProvider = dict\n',
  'cassandra/cluster.py':
    'class NoHostAvailable(Exception):\n    pass\ndef Cluster(*_, **__):\n    raise NoHostAvailable()\n',
  // AWS is known by its endpoint's name; what needs ScyllaDB's own tables or CQL skips itself then.
  'bed.py':
    'import pytest\nimport test.alternator.util as util\nutil.is_aws = lambda _: True\ndef pytest_collection_modifyitems(items):\n    for item in items:\n        if any(mark.name.startswith("skip_") for mark in item.iter_markers()):\n            item.add_marker(pytest.mark.skip)\n',
};

/** About what ScyllaDB alone has. */
const THEIRS =
  /^test_(audit|cql_rbac|cql_schema|encoding|expression_caching|logs|metrics|scylla|service_levels|streams_tablets|system_tables|tablets|tracing|vector|write_isolation)$/;

const [folder, ...wanted] = process.argv.slice(2).filter((one) => !one.startsWith('--'));
if (folder === undefined) throw new Error('Usage: node tests/suites/alternator.ts <test/alternator> [--keep] [file …]');

const bed = mkdtempSync(join(tmpdir(), 'cloudyard-suite-'));
for (const name of ['test', 'test/pylib', 'test/cqlpy', 'cassandra']) mkdirSync(join(bed, name));
for (const [file, text] of Object.entries(BED)) writeFileSync(join(bed, file), text);
symlinkSync(resolve(folder), join(bed, 'test/alternator'));
const results: Results = new Map();
for (const file of readdirSync(folder).filter((one) => /^test_.*\.py$/.test(one))) {
  const name = basename(file, '.py');
  if (wanted.length === 0 ? THEIRS.test(name) : !wanted.includes(name)) continue;
  const cloud = await startSuiteCloud();
  const report = join(bed, `${name}.xml`);
  const options = ['--aws', '--runxfail', '-p', 'bed', '-p', 'no:cacheprovider', '-q', '-o', 'junit_family=xunit2'];
  const text = await run(
    'python3',
    ['-m', 'pytest', ...options, '-rs', `--rootdir=${bed}`, `--junitxml=${report}`, `test/alternator/${file}`],
    bed,
    {
      ...process.env,
      PYTHONPATH: bed,
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_ENDPOINT_URL: cloud.url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: '123456789012',
      AWS_SECRET_ACCESS_KEY: 'suite',
    },
  );
  await cloud.close();
  if (process.argv.includes('--verbose')) process.stdout.write(text);
  if (existsSync(report)) readReport(name, readFileSync(report, 'utf8'));
  else results.set(`${name}: (did not end in time)`, false);
}
rmSync(bed, { recursive: true });
conclude('alternator', results);

/** Tests that skip themselves are not counted. */
function readReport(file: string, xml: string): void {
  for (const [, name = '', rest = ''] of xml.matchAll(
    /<testcase [^>]*?\bname="([^"]*)"[^>]*?(\/>|>.*?<\/testcase>)/gs,
  )) {
    if (rest.includes('<skipped')) continue;
    const id = `${file}: ${name}`;
    results.set(id, (results.get(id) ?? true) && !/<(failure|error)/.test(rest));
  }
}
