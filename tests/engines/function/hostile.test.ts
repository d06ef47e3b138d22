/** Functions that mean harm: what they may not do is not done, and others go on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { archive, type Bench, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());

const node = (source: string, options = {}) => bench.functionOf({ code: archive({ 'index.mjs': source }), ...options });

/** Runs a function that means harm, and beside it one that must not notice. */
async function beside(spec: ReturnType<Bench['functionOf']>, event: unknown = {}) {
  const other = node(`export const handler = async () => 'fine';`);
  const [hostile, fine] = await Promise.all([bench.invoke(spec, event), bench.invoke(other)]);
  assert.equal(fine.value, 'fine');
  assert.equal((await bench.invoke(other)).value, 'fine');
  return hostile;
}

test('output without end', async () => {
  const { value } = await beside(
    node(
      `import { writeSync } from 'node:fs';
       export const handler = async () => { const line = 'x'.repeat(65_536) + '\\n'; for (;;) writeSync(1, line); };`,
      { timeout: 1_500 },
    ),
  );
  assert.equal(value.errorType, 'Sandbox.Timedout');
  const bytes = bench.written.reduce((sum, text) => sum + text.length, 0);
  assert.ok(bytes < 40_000_000, `${bytes} bytes were listened to`);
  bench.written.length = 0;
});

test('more descriptors than there may be', async () => {
  const { value } = await beside(
    node(`import { openSync } from 'node:fs';
      export const handler = async () => { let count = 0; try { for (;;) { openSync('/dev/null'); count += 1; } } catch (error) { return { count, code: error.code }; } };`),
  );
  assert.equal(value.code, 'EMFILE');
  assert.ok(Number(value.count) < 1_024);
});

test('all of /tmp, and more than its memory there', async () => {
  const { value, failed } = await beside(
    node(
      `import { appendFileSync, readdirSync, statSync } from 'node:fs';
       export const handler = async () => {
         const before = readdirSync('/tmp');
         const piece = Buffer.alloc(8_388_608);
         try { for (;;) appendFileSync('/tmp/full', piece); }
         catch (error) { return { before, code: error.code, size: statSync('/tmp/full').size }; }
       };`,
      { memory: 128, storage: 256 },
    ),
  );
  assert.equal(failed, false, JSON.stringify(value));
  assert.deepEqual([value.before, value.code], [[], 'ENOSPC']);
  assert.ok(Number(value.size) <= 268_435_456);
});

test('a child that takes more memory than there is ends alone', async () => {
  const { value, failed } = await beside(
    node(
      `import { spawnSync } from 'node:child_process';
       const eat = 'const all = []; for (;;) all.push(Buffer.alloc(1_048_576, 1));';
       export const handler = async () => ({ signal: spawnSync(process.execPath, ['-e', eat]).signal });`,
      { memory: 192 },
    ),
  );
  assert.equal(failed, false, JSON.stringify(value));
  assert.deepEqual(value, { signal: 'SIGKILL' });
});

test('its own process group, and all processes that it sees', async () => {
  const own = await beside(node(`export const handler = async () => { process.kill(0, 'SIGKILL'); };`));
  // It may have answered before the signal arrived.
  assert.ok(!own.failed || (own.value.errorType as unknown) === 'Runtime.ExitError');
  const all = await beside(
    node(
      `import { readdirSync } from 'node:fs';
       export const handler = async () => {
         for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map(Number))
           if (pid !== process.pid) try { process.kill(pid, 'SIGKILL'); } catch {}
         return readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length;
       };`,
      { timeout: 3_000 },
    ),
  );
  assert.ok(all.failed || Number(all.value) < 10);
});

test('the state of the cloud', async () => {
  writeFileSync(join(bench.hidden, 'secret'), 'secret');
  const { value } = await beside(
    node(`import { readdirSync } from 'node:fs';
      export const handler = async ({ folder }) => { try { return readdirSync(folder); } catch (error) { return error.code; } };`),
    { folder: bench.hidden },
  );
  assert.ok(value === ('ENOENT' as unknown) || (value as unknown as string[]).length === 0, JSON.stringify(value));
});

test('the Runtime API of another', async () => {
  const victim = node(`export const handler = async (event) => {
    if (event.address) return process.env.AWS_LAMBDA_RUNTIME_API;
    await new Promise((done) => setTimeout(done, 700));
    return 'my own answer';
  };`);
  const { value: address } = await bench.invoke(victim, { address: true });
  const running = bench.invoke(victim);
  const { value } = await bench.invoke(
    node(`export const handler = async ({ address, ids }) => {
      const said = [];
      const base = 'http://' + address + '/2018-06-01/runtime';
      for (const [method, path] of [['GET', '/invocation/next'], ...ids.map((id) => ['POST', '/invocation/' + id + '/response'])])
        said.push(await fetch(base + path, { method, body: method === 'POST' ? '"forged"' : undefined, signal: AbortSignal.timeout(500) }).then(
          (answer) => answer.status, (error) => error.name));
      return said;
    };`),
    { address, ids: Array.from({ length: 40 }, (_, at) => `call-${at}`) },
  );
  assert.ok(!JSON.stringify(value).includes('20'), JSON.stringify(value));
  assert.equal((await running).value, 'my own answer');
});

test('an answer, an error and headers that are too large', async () => {
  const { value } = await beside(
    node(`export const handler = async () => { const error = new Error('x'.repeat(20_000_000)); throw error; };`),
  );
  assert.ok(value !== undefined);
  const large = await beside(node(`export const handler = async () => 'x'.repeat(50_000_000);`, { memory: 1_024 }));
  assert.equal(large.value.errorType, 'Function.ResponseSizeTooLarge');
});

test('a cloud that is killed leaves no process of a function', {
  skip: process.platform === 'linux' ? false : 'needs Linux',
}, async () => {
  const mark = `cloudyard-orphan-${process.pid}`;
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { archive, openBench } from ${JSON.stringify(join(import.meta.dirname, '../../support/engine.ts'))};
       const bench = openBench();
       const source = "import { spawn } from 'node:child_process'; export const handler = async ({ wait }) => { spawn('sh', ['-c', 'sleep 600; : ${mark}'], { stdio: 'ignore' }); if (wait) await new Promise((done) => setTimeout(done, 60_000)); };";
       const spec = () => bench.functionOf({ code: archive({ 'index.mjs': source }), timeout: 60_000 });
       await bench.invoke(spec(), {});
       void bench.invoke(spec(), { wait: true });
       setTimeout(() => process.stdout.write('running'), 500);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.ok(marked(mark).length >= 2);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; tries < 500 && marked(mark).length > 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(marked(mark), []);
});

/** Processes that have a text among their arguments. */
function marked(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`: ${text}`);
    } catch {
      return false;
    }
  });
}
