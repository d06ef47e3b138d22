/** Processes that wait for their functions: what a function sees is the same, whether its process waited for it or not. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { machineLimits } from '#engines/function/sandbox';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const { namespaces } = await machineLimits();
const skip = namespaces ? false : 'functions have no file systems of their own here';

const LOOK = `import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
  const tried = (look) => { try { return look(); } catch (error) { return error.code; } };
  const files = () => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).flatMap((pid) =>
    tried(() => readdirSync('/proc/' + pid + '/fd').map((fd) => tried(() => readlinkSync('/proc/' + pid + '/fd/' + fd)))));
  export const handler = async () => ({
    // The first process of a name space is the runtime's own, or the shell that began it.
    waited: process.pid !== 1,
    open: files().filter((target) => target.startsWith('/') && !/^\\/(dev|proc|var|opt|tmp)\\b/.test(target)),
    env: Object.keys(process.env).sort(),
    cwd: process.cwd(),
    task: readdirSync('/var/task'),
    opt: readdirSync('/opt'),
    tmp: readdirSync('/tmp'),
    var: readdirSync('/var').sort(),
    tmpBytes: readFileSync('/proc/mounts', 'utf8').split('\\n').find((line) => line.includes(' /tmp '))?.match(/size=(\\d+k)/)?.[1],
    command: process.argv.slice(1),
  });`;
const code = archive({ 'index.mjs': LOOK });
type Seen = { waited: boolean; env: string[]; var: string[] };
const layers = [archive({ 'layered.txt': 'x' })];

test('a function whose process waited sees what another sees', { skip }, async () => {
  const options = { code, layers, storage: 700, environment: { COLOUR: 'blue' } };
  assert.equal(await bench.engine.runtimeFault('nodejs24.x'), undefined);
  const waited = await bench.invoke(bench.functionOf(options));
  const own = await bench.invoke(
    bench.functionOf({ ...options, environment: { COLOUR: 'blue', NODE_NO_WARNINGS: '1' } }),
  );
  assert.deepEqual([waited.value.waited, own.value.waited], [true, false]);
  const { waited: _, env, ...rest } = own.value as unknown as Seen;
  const { waited: __, env: seen, ...others } = waited.value as unknown as Seen;
  assert.deepEqual(others, rest);
  assert.deepEqual(
    seen,
    env.filter((name) => name !== 'NODE_NO_WARNINGS'),
  );
  // An interpreter below /tmp or /var is seen in /var/lang.
  assert.deepEqual(
    { ...rest, var: rest.var.filter((name) => name !== 'lang') },
    {
      open: [],
      cwd: '/var/task',
      task: ['index.mjs'],
      opt: ['layered.txt'],
      tmp: [],
      var: ['node_modules', 'runtime', 'task'],
      tmpBytes: '716800k',
      command: ['/var/runtime/node.mjs'],
    },
  );
});

test("one that waits is one function's only; the next begins where none waits", { skip }, async () => {
  await bench.engine.runtimeFault('nodejs24.x');
  const specs = [1, 2, 3].map(() => bench.functionOf({ code }));
  const answers = await Promise.all(specs.map((spec) => bench.invoke(spec)));
  assert.equal(answers.filter(({ value }) => String(value.waited) === 'true').length, 1);
  assert.ok(answers.every(({ failed }) => !failed));
});

test('how a process that waited ends is told as ever', { skip }, async () => {
  await bench.engine.runtimeFault('nodejs24.x');
  const source =
    'export const handler = async ({ how }) => how === "kill" ? process.kill(process.pid, "SIGKILL") : process.exit(how);';
  const ends: string[] = [];
  for (const how of [3, 0, 'kill']) {
    const spec = bench.functionOf({ code: archive({ 'index.mjs': source }) });
    ends.push(String((await bench.invoke(spec, { how })).value.errorMessage).replace(/^RequestId: \S+ /, ''));
  }
  assert.deepEqual(ends, [
    'Error: Runtime exited with error: exit status 3',
    'Error: Runtime exited without providing a reason',
    'Error: Runtime exited with error: signal: killed',
  ]);
});

test('Python waits, too, and finds what layers bring', { skip }, async () => {
  const runtime = 'python3.12';
  assert.equal(await bench.engine.runtimeFault(runtime), undefined);
  const source = `import os, layered
def handler(event, context):
    return {"waited": os.getpid() != 1, "said": layered.SAID, "cwd": os.getcwd(), "env": sorted(os.environ)}
`;
  const options = {
    runtime,
    code: archive({ 'index.py': source }),
    layers: [archive({ 'python/layered.py': 'SAID = "a layer"' })],
  };
  const waited = await bench.invoke(bench.functionOf(options));
  const own = await bench.invoke(bench.functionOf({ ...options, environment: { PYTHONUTF8: '1' } }));
  const { env, ...seen } = own.value as unknown as Seen & { said: string };
  assert.deepEqual(seen, { waited: false, said: 'a layer', cwd: '/var/task' });
  const names = env.filter((name) => name !== 'PYTHONUTF8');
  assert.deepEqual(waited.value, { ...seen, waited: true, env: names });
});
