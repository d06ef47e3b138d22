import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { zipSync } from 'fflate';
import { CodeError, type FunctionCode, type FunctionSpec } from '#kernel/contract';
import { ProcessFunctions } from './engine.ts';
import { machineLimits } from './sandbox.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cloudyard-functions-'));
const engine = new ProcessFunctions({ scratch, hidden: undefined });
after(async () => {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
});

const MB = 1_048_576;
const written: string[] = [];

function archive(files: { [name: string]: string }): FunctionCode {
  const zip = zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
  return {
    sha256: createHash('sha256').update(zip).digest('base64'),
    open: async function* () {
      yield zip;
    },
  };
}

let specs = 0;
function functionOf(source: string, options: Partial<FunctionSpec> = {}): FunctionSpec {
  specs += 1;
  return {
    key: `${specs}`,
    arn: `arn:aws:lambda:us-east-1:123456789012:function:f${specs}`,
    place: { account: '123456789012', region: 'us-east-1' },
    name: `f${specs}`,
    version: '$LATEST',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    code: archive({ 'index.mjs': source }),
    layers: [],
    memory: 256,
    timeout: 20_000,
    storage: 512,
    environment: { COLOUR: 'blue' },
    endpoint: 'http://127.0.0.1:1',
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' }),
    log: { group: '/aws/lambda/f', stream: () => `stream-${specs}`, json: false, application: 'INFO', system: 'INFO' },
    onLog: async (_stream, lines) => {
      written.push(...lines.map(({ text }) => text));
    },
    ...options,
  };
}

let calls = 0;
async function invoke(spec: FunctionSpec, event: unknown = {}, by = engine) {
  calls += 1;
  const answer = await by.invoke(spec, {
    requestId: `call-${calls}`,
    arn: spec.arn,
    payload: Buffer.from(JSON.stringify(event)),
    trace: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    streams: false,
  });
  const report = await answer.ended;
  assert.ok(answer.body instanceof Uint8Array);
  return { failed: answer.failed, value: JSON.parse(Buffer.from(answer.body).toString()), report, id: `call-${calls}` };
}

test('a function keeps its environment from call to call, and sees the variables that Lambda sets', async () => {
  const spec = functionOf(`
    let calls = 0;
    export const handler = async (event, context) => {
      console.log('called with', event.name);
      return { calls: ++calls, event, colour: process.env.COLOUR, key: process.env.AWS_ACCESS_KEY_ID,
        name: context.functionName, memory: context.memoryLimitInMB, id: context.awsRequestId,
        left: context.getRemainingTimeInMillis() > 1000, trace: process.env._X_AMZN_TRACE_ID };
    };`);
  const first = await invoke(spec, { name: 'one' });
  assert.equal(first.failed, false);
  assert.deepEqual(first.value, {
    calls: 1,
    event: { name: 'one' },
    colour: 'blue',
    key: 'AKID',
    name: spec.name,
    memory: '256',
    id: first.id,
    left: true,
    trace: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  });
  assert.ok(first.report.init !== undefined);
  const second = await invoke(spec, { name: 'two' });
  assert.equal(second.value.calls, 2);
  assert.equal(second.report.init, undefined);
  assert.match(
    second.report.tail,
    /^START RequestId: call-\d+ Version: \$LATEST\n.*INFO\tcalled with two\n+END Request/s,
  );
  assert.ok(written.some((text) => text.startsWith('INIT_START Runtime Version: nodejs:24')));
});

test('calls at the same time run in environments of their own', async () => {
  // None is answered before all have begun.
  const begun: ServerResponse[] = [];
  const meeting = createServer((_, response) => {
    begun.push(response);
    if (begun.length === 3) for (const one of begun) one.end();
  });
  await once(meeting.listen(0, '127.0.0.1'), 'listening');
  const { port } = meeting.address() as AddressInfo;
  const spec = functionOf(`
    const id = Math.random();
    export const handler = async () => { await fetch('http://127.0.0.1:${port}'); return id; };`);
  const ids = await Promise.all([invoke(spec), invoke(spec), invoke(spec)]);
  meeting.close();
  assert.equal(new Set(ids.map(({ value }) => value)).size, 3);
});

test('a call that waits for room is carried out though its function is retired meanwhile', async () => {
  const begun: ServerResponse[] = [];
  const gate = createServer((_, response) => begun.push(response));
  await once(gate.listen(0, '127.0.0.1'), 'listening');
  const { port } = gate.address() as AddressInfo;
  const slow = () => functionOf(`await fetch('http://127.0.0.1:${port}'); export const handler = async () => 'slow';`);
  // As many as start at a time.
  const first = Array.from({ length: 4 }, () => invoke(slow()));
  while (begun.length < 4) await once(gate, 'request');
  const last = functionOf(`export const handler = async () => 'last';`);
  const answer = invoke(last);
  engine.retire(last.arn);
  for (const one of begun) one.end();
  const answers = await Promise.all([...first, answer]);
  gate.close();
  assert.deepEqual(
    answers.map(({ value }) => value),
    ['slow', 'slow', 'slow', 'slow', 'last'],
  );
});

test('no function runs from a folder that holds the cloud’s own, or lies in it', async () => {
  const own = mkdtempSync(join(tmpdir(), 'cloudyard-own-'));
  const state = join(own, 'state');
  mkdirSync(state);
  symlinkSync(state, join(own, 'link'));
  const other = new ProcessFunctions({ scratch: join(own, 'scratch'), hidden: state });
  for (const folder of ['/', own, state, join(own, 'link'), join(own, 'scratch')]) {
    const { failed, value } = await invoke(functionOf('', { code: { folder } }), {}, other);
    assert.deepEqual(
      [failed, value.errorMessage.split('Error: ').at(-1)],
      [true, `the folder ${folder} holds the cloud's own state, or lies in it: name another one`],
    );
  }
  await other.close();
  const reached = new ProcessFunctions({ scratch: join(own, 'reached'), hidden: undefined, runsFolders: false });
  const { failed, value } = await invoke(functionOf('', { code: { folder: tmpdir() } }), {}, reached);
  assert.deepEqual([failed, /only where nobody else reaches the cloud/.test(value.errorMessage)], [true, true]);
  await reached.close();
  rmSync(own, { recursive: true });
});

test('what can’t even be started fails its call', async () => {
  const spec = functionOf(`export const handler = async () => 'fine';`, { environment: { NODE_OPTIONS: 'a\0b' } });
  const { failed, value } = await invoke(spec);
  assert.deepEqual([failed, value.errorType], [true, 'Runtime.ExitError']);
});

test('what goes wrong is told in the words of Lambda, and the next call has a new environment', async () => {
  const spec = functionOf(
    `export const handler = async (event) => {
      if (event.do === 'throw') throw new TypeError('no');
      if (event.do === 'exit') process.exit(3);
      if (event.do === 'hang') await new Promise((done) => setTimeout(done, 60_000));
      if (event.do === 'large') return 'x'.repeat(7_000_000);
      return 'fine';
    };`,
    { timeout: 2_000 },
  );
  const thrown = await invoke(spec, { do: 'throw' });
  assert.deepEqual([thrown.failed, thrown.value.errorType, thrown.value.errorMessage], [true, 'TypeError', 'no']);
  assert.match(thrown.value.trace[0], /^TypeError: no$/);
  const exit = await invoke(spec, { do: 'exit' });
  assert.deepEqual(exit.value, {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${exit.id} Error: Runtime exited with error: exit status 3`,
  });
  const hang = await invoke(spec, { do: 'hang' });
  assert.deepEqual(hang.value, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${hang.id} Error: Task timed out after 2.00 seconds`,
  });
  const large = await invoke(spec, { do: 'large' });
  assert.deepEqual(large.value, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size (7000002 bytes) exceeded maximum allowed payload size (6291556 bytes).',
  });
  assert.equal((await invoke(spec)).value, 'fine');
});

test('a handler that is not there, and code that does not parse, fail as the runtime says', async () => {
  const missing = await invoke(functionOf('export const other = 1;'));
  assert.deepEqual(
    [missing.value.errorType, missing.value.errorMessage],
    ['Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
  );
  assert.equal((await invoke(functionOf('export const = ;'))).value.errorType, 'Runtime.UserCodeSyntaxError');
  const nowhere = await invoke(functionOf('', { handler: 'other.handler' }));
  assert.equal(nowhere.value.errorType, 'Runtime.ImportModuleError');
  assert.match(nowhere.value.errorMessage, /^Error: Cannot find module 'other'/);
});

test('callbacks, and the context of old, still answer', async () => {
  const source = `
    exports.handler = (event, context, callback) => {
      if (event.by === 'callback') setTimeout(() => callback(null, 'called back'), 10);
      else if (event.by === 'error') callback(new Error('called back with an error'));
      else context.succeed('succeeded');
    };`;
  const code = archive({ 'index.cjs': source });
  const spec = functionOf('', { runtime: 'nodejs22.x', code });
  assert.equal((await invoke(spec, { by: 'callback' })).value, 'called back');
  assert.equal((await invoke(spec, { by: 'error' })).value.errorMessage, 'called back with an error');
  assert.equal((await invoke(spec, { by: 'context' })).value, 'succeeded');
  const newer = (await invoke(functionOf('', { code }), { by: 'callback' })).value;
  assert.equal(newer.errorType, 'Runtime.CallbackHandlerDeprecated');
  assert.match(
    String(newer.errorMessage),
    /^ERROR: AWS Lambda has removed support for callback-based function handlers/,
  );
});

test('what a handler gives at once counts from Node.js 24 on', async () => {
  const source = `export const handler = (event, context) => ['at once', typeof context.done, context.callbackWaitsForEmptyEventLoop ?? 'gone'];`;
  assert.deepEqual((await invoke(functionOf(source))).value, ['at once', 'undefined', 'gone']);
  assert.equal((await invoke(functionOf(source, { runtime: 'nodejs22.x' }))).value, null);
});

test('a function that takes all memory, or starts processes without end, is stopped and harms no other', async () => {
  const hog = functionOf(
    `export const handler = async () => { const kept = []; for (;;) kept.push(Buffer.alloc(1_000_000, 1)); };`,
    { memory: 128 },
  );
  const bomb = functionOf(
    `import { spawn } from 'node:child_process';
     export const handler = async () => {
       spawn('sh', ['-c', 'bomb() { bomb | bomb & }; bomb'], { stdio: 'ignore' }).on('error', () => {});
       await new Promise((done) => setTimeout(done, 500));
       return 'lives';
     };`,
    { timeout: 3_000 },
  );
  const [eaten] = await Promise.all([invoke(hog), invoke(bomb)]);
  assert.equal(eaten.value.errorType, 'Runtime.OutOfMemory');
  assert.match(eaten.value.errorMessage, /signal: (killed|aborted)$/);
  engine.retire(bomb.arn);
  assert.equal((await invoke(functionOf(`export const handler = async () => 'fine';`))).value, 'fine');
});

test('an archive is bounded in size, and stays in its folder', async () => {
  const bomb = archive({ 'zeros.bin': '\0'.repeat(20 * MB) });
  assert.equal(await engine.check(bomb, 20 * MB), 20 * MB);
  await assert.rejects(engine.check(bomb, 20 * MB - 1), { name: 'CodeError', reason: 'too-large' });
  for (const name of ['../outside.js', '/etc/outside.js', 'a/../../outside.js'])
    await assert.rejects(engine.check(archive({ [name]: '' }), MB), CodeError);
  const noise: FunctionCode = {
    sha256: 'noise',
    open: async function* () {
      yield Buffer.from('not an archive');
    },
  };
  await assert.rejects(engine.check(noise, MB), { name: 'CodeError', reason: 'unreadable' });
});

test('what runs here has /tmp to write to, and neither its code nor its layers', async () => {
  const { namespaces } = await machineLimits();
  const spec = functionOf(
    `
    import { writeFileSync } from 'node:fs';
    const tried = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
    export const handler = async () => ['/tmp', process.env.LAMBDA_TASK_ROOT, '/opt', process.env.LAMBDA_RUNTIME_DIR].map((folder) => tried(folder + '/file'));`,
    { layers: [archive({ 'nodejs/empty.js': '' })] },
  );
  const expected = namespaces ? ['written', 'EROFS', 'EROFS', 'EROFS'] : 'written';
  const { value } = await invoke(spec);
  assert.deepEqual(namespaces ? value : value[0], expected);
});

test('layers lie under /opt or the folders that stand for it, the later over the earlier', async () => {
  const module = (text: string) => `module.exports = '${text}';`;
  const spec = functionOf('', {
    code: archive({ 'index.cjs': `exports.handler = async () => [require('one'), require('both')];` }),
    layers: [
      archive({
        'nodejs/node_modules/one/index.js': module('one'),
        'nodejs/node_modules/both/index.js': module('first'),
      }),
      archive({ 'nodejs/node_modules/both/index.js': module('second') }),
    ],
  });
  assert.deepEqual((await invoke(spec)).value, ['one', 'second']);
});

test('an answer in pieces arrives as they are written', async () => {
  const spec = functionOf(`
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.setContentType('text/plain');
      stream.write('one ');
      await new Promise((done) => setTimeout(done, 50));
      stream.write('two');
      stream.end();
    });`);
  const answer = await engine.invoke(spec, {
    requestId: 'streamed',
    arn: spec.arn,
    payload: Buffer.from('{}'),
    trace: 'Root=1',
    streams: true,
  });
  assert.equal(answer.contentType, 'text/plain');
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body as AsyncIterable<Uint8Array>) pieces.push(piece);
  assert.equal(Buffer.concat(pieces).toString(), 'one two');
  assert.ok(pieces.length > 1);
  assert.equal((await answer.ended).failed, false);
});

test('a runtime that this machine lacks is named', async () => {
  assert.match((await engine.runtimeFault('cobol1.x')) ?? '', /^The runtime cobol1.x can't run on this machine/);
  assert.equal(await engine.runtimeFault('nodejs22.x'), undefined);
  assert.equal(await engine.runtimeFault('provided.al2023'), undefined);
});

test('what can not be started is not tried again and again to be at hand', async () => {
  let opened = 0;
  const code: FunctionCode = {
    sha256: 'broken',
    // biome-ignore lint/correctness/useYield: it fails before
    open: async function* () {
      opened += 1;
      throw new Error('no code');
    },
  };
  const broken = functionOf('', { code });
  assert.deepEqual(await engine.provision(broken, 3), { started: 0, fault: 'start' });
  assert.deepEqual([opened, engine.provisioned(broken)], [1, 0]);
});
