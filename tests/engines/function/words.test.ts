/** What functions' errors and logs say, word by word as Lambda's own runtimes do. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FunctionSpec } from '#kernel/contract';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const fault = await bench.engine.runtimeFault('python3.12');
const skip = fault === undefined ? false : `needs Python: ${fault}`;

const node = (source: string, options: Partial<FunctionSpec> = {}) =>
  bench.functionOf({ code: archive({ 'index.mjs': source }), ...options });
const python = (source: string, options: Partial<FunctionSpec> = {}) =>
  bench.functionOf({ runtime: 'python3.12', code: archive({ 'index.py': source }), ...options });
const JSON_LOG = { group: 'g', stream: () => 's', json: true, application: 'TRACE', system: 'WARN' };

/** What follows a text in a log, up to the end of its line. */
function loggedAfter(tail: string, text: string): unknown {
  const from = tail.indexOf(text);
  assert.notEqual(from, -1, tail);
  return JSON.parse(tail.slice(from + text.length).split('\n')[0] ?? '');
}

test('what is the runtime’s own is none of a function’s variables', { skip }, async () => {
  const js = await bench.invoke(node('export const handler = async () => Object.keys(process.env);'));
  const py = await bench.invoke(python('import os\ndef handler(event, context):\n  return list(os.environ)\n'));
  for (const { value } of [js, py]) {
    const names = value as unknown as string[];
    assert.ok(names.includes('AWS_LAMBDA_RUNTIME_API'));
    assert.deepEqual(
      names.filter((name) => /^(CLOUDYARD|_LAMBDA)/.test(name)),
      [],
    );
  }
});

test('an error of Node.js is logged with all that it says besides', async () => {
  const source = `export const handler = async () => { throw Object.assign(new TypeError('boom'), { code: 'E1', more: { a: 1 } }); };`;
  const { value, tail } = await bench.invoke(node(source));
  assert.deepEqual(Object.keys(value), ['errorType', 'errorMessage', 'trace']);
  const { stack, ...logged } = loggedAfter(tail, '\tERROR\tInvoke Error \t') as { stack: string[] };
  assert.deepEqual(logged, { errorType: 'TypeError', errorMessage: 'boom', code: 'E1', more: { a: 1 } });
  assert.equal(stack[0], 'TypeError: boom');
});

test('a promise that nobody waits for ends the runtime, and says why', async () => {
  const source = `export const handler = async () => { Promise.reject(new Error('lost')); await new Promise((done) => setTimeout(done, 5_000)); };`;
  const { value, tail } = await bench.invoke(node(source));
  assert.deepEqual([value.errorType, value.errorMessage], [
    'Runtime.UnhandledPromiseRejection',
    'Error: lost',
  ] as unknown[]);
  const { reason, promise, errorType } = loggedAfter(tail, '\tERROR\tUnhandled Promise Rejection \t') as {
    [name: string]: { errorMessage?: string };
  };
  assert.deepEqual([errorType, reason?.errorMessage, promise], [
    'Runtime.UnhandledPromiseRejection',
    'lost',
    {},
  ] as unknown[]);
});

test('an asynchronous handler that can never end has failed, another has given nothing', async () => {
  const never = await bench.invoke(node('export const handler = async () => { await new Promise(() => {}); };'));
  assert.deepEqual([never.failed, never.value.errorType], [true, 'Runtime.NodeJsExit'] as unknown[]);
  const none = await bench.invoke(node('export const handler = () => new Promise(() => {});'));
  assert.deepEqual([none.failed, none.value], [false, null]);
});

test('a package that is missing is told as Node.js tells it, by the way it was asked for', async () => {
  const imported = await bench.invoke(node(`import 'nope'; export const handler = async () => 1;`));
  assert.deepEqual([imported.value.errorType, imported.value.errorMessage], [
    'Error',
    "Cannot find package 'nope' imported from /var/task/index.mjs",
  ] as unknown[]);
  const required = bench.functionOf({ code: archive({ 'index.js': `require('nope');` }) });
  assert.equal((await bench.invoke(required)).value.errorType, 'Runtime.ImportModuleError' as unknown);
});

test('documents of Node.js: one thing as it is, many as text, and what has no form in JSON', async () => {
  const source = `export const handler = async () => {
    console.info(5);
    console.error(Object.assign(new RangeError('far'), { code: 'E2' }));
    console.warn('two', new Error('e'));
    const round = {}; round.round = round;
    console.debug(round);
    console.log({ big: 1n });
  };`;
  const { tail } = await bench.invoke(node(source, { log: JSON_LOG }));
  const told = tail
    .split('\n')
    .filter((line) => line.startsWith('{"timestamp"'))
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ level }) => level),
    ['INFO', 'ERROR', 'WARN', 'DEBUG', 'INFO'],
  );
  assert.equal(told[0].message, 5);
  const { stackTrace, ...error } = told[1].message;
  assert.deepEqual(error, { errorType: 'RangeError', errorMessage: 'far', code: 'E2' });
  assert.deepEqual([stackTrace[0], 'errorType' in told[1]], ['RangeError: far', false]);
  assert.match(told[2].message, /^two Error: e\n/);
  assert.deepEqual([told[2].errorType, told[2].errorMessage], ['Error', 'e']);
  assert.deepEqual([told[3].message, told[4].message], ['<ref *1> { round: [Circular *1] }', '{ big: 1n }']);
});

test('more memory than a function has is a type of error of its own', async () => {
  const source = `export const handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(1_000_000, 1)); };`;
  // The second finds a process that was begun before it was known for which function.
  for (const _ of ['first', 'second']) {
    const { value, tail, id } = await bench.invoke(node(source, { memory: 128 }));
    assert.deepEqual(value, {
      errorType: 'Runtime.OutOfMemory',
      errorMessage: `RequestId: ${id} Error: Runtime exited with error: signal: killed`,
    } as unknown);
    assert.match(tail, /Max Memory Used: 128 MB\t.*Status: error\tError Type: Runtime\.OutOfMemory\n/);
    assert.doesNotMatch(tail, /^Killed$/m);
  }
});

test('a stack of Python is the program’s own, without marks below its lines', { skip }, async () => {
  const { value, tail } = await bench.invoke(python('def handler(event, context):\n  x = 1 / event["by"]\n'), {
    by: 0,
  });
  assert.deepEqual(value.stackTrace, [
    '  File "/var/task/index.py", line 2, in handler\n    x = 1 / event["by"]\n',
  ] as unknown);
  const said = [
    '[ERROR] ZeroDivisionError: division by zero',
    'Traceback (most recent call last):',
    '\u00a0\u00a0File "/var/task/index.py", line 2, in handler',
    '\u00a0\u00a0\u00a0\u00a0x = 1 / event["by"]',
  ];
  assert.ok(tail.includes(said.join('\n')), tail);
});

test('a Python function that does not start', { skip }, async () => {
  const raised = await bench.invoke(python('raise ValueError("bad")'));
  assert.deepEqual([raised.value.errorType, raised.value.requestId], ['ValueError', ''] as unknown[]);
  assert.doesNotMatch(JSON.stringify(raised.value.stackTrace), /python\.py/);
  assert.match(raised.tail, /^\[WARNING\]\t\S+\t\tLAMBDA_WARNING: Unhandled exception\. /m);
  const missing = await bench.invoke(python('import nope'));
  const said = "[ERROR] Runtime.ImportModuleError: Unable to import module 'index': No module named 'nope'";
  assert.ok(missing.tail.includes(`${said}\nTraceback (most recent call last):`), missing.tail);
  const builtin = await bench.invoke(python('', { handler: 'sys.exit' }));
  assert.equal(builtin.value.errorType, 'Runtime.BuiltInModuleConflict' as unknown);
});

test('documents of Python have what was said besides, and bytes are an answer as they are', { skip }, async () => {
  const source = `
import logging
def handler(event, context):
  logging.info("hey", extra={"order": {"id": 1}, "nothing": None})
  logging.log(25, "between")
  return b'"raw"'
`;
  const { value, tail, id } = await bench.invoke(python(source, { log: JSON_LOG }));
  assert.equal(value, 'raw' as unknown);
  const [hey, between] = tail
    .split('\n')
    .filter((line) => line.startsWith('{"timestamp"'))
    .map((line) => JSON.parse(line));
  const { timestamp: _, ...rest } = hey;
  assert.deepEqual(rest, { level: 'INFO', message: 'hey', logger: 'root', requestId: id, order: { id: 1 } });
  assert.equal(between.level, 'INFO');
});
