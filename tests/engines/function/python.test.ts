import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const fault = await bench.engine.runtimeFault('python3.12');
const skip = fault === undefined ? false : `needs Python: ${fault}`;

const python = (source: string, options = {}) =>
  bench.functionOf({
    runtime: 'python3.12',
    handler: 'app.handler',
    code: archive({ 'app.py': source }),
    environment: { COLOUR: 'blue' },
    ...options,
  });

test('a Python function is called, knows its context, and keeps what it has loaded', { skip }, async () => {
  const spec = python(`
import os, sys, logging
from decimal import Decimal
calls = 0
def handler(event, context):
    global calls
    calls += 1
    print('printed', event['name'])
    logging.getLogger().warning('logged\\non two lines')
    return {'calls': calls, 'colour': os.environ['COLOUR'], 'name': context.function_name, 'left': context.get_remaining_time_in_millis() > 1000,
      'id': context.aws_request_id, 'memory': context.memory_limit_in_mb, 'decimal': Decimal('1.5'), 'text': 'ü', 'version': '%d.%d' % sys.version_info[:2]}
`);
  const { value, tail, id } = await bench.invoke(spec, { name: 'one' });
  assert.deepEqual(value, {
    calls: 1,
    colour: 'blue',
    name: spec.name,
    left: true,
    id,
    memory: '256',
    decimal: 1.5,
    text: 'ü',
    version: value.version,
  });
  assert.match(tail, /printed one\n/);
  assert.match(tail, new RegExp(`\\[WARNING\\]\\t\\d{4}-.*Z\\t${id}\\tlogged\\non two lines`));
  assert.equal((await bench.invoke(spec, { name: 'two' })).value.calls, 2);
});

test('errors of Python functions have the form of Lambda', { skip }, async () => {
  const spec = python(`
def inner():
    raise ValueError('no')
def handler(event, context):
    if event.get('do') == 'marshal': return {1, 2}
    inner()
`);
  const { failed, value, tail, id } = await bench.invoke(spec);
  assert.equal(failed, true);
  const folder = value.stackTrace?.[0]?.toString().match(/File "(.*)app\.py"/)?.[1];
  assert.deepEqual(value, {
    errorMessage: 'no',
    errorType: 'ValueError',
    requestId: id,
    stackTrace: [
      `  File "${folder}app.py", line 6, in handler\n    inner()\n`,
      `  File "${folder}app.py", line 3, in inner\n    raise ValueError('no')\n`,
    ],
  });
  assert.match(tail, /\[ERROR\] ValueError: no\nTraceback \(most recent call last\):\n\u00a0{2}File/);
  const marshal = await bench.invoke(spec, { do: 'marshal' });
  assert.deepEqual(
    [marshal.value.errorType, marshal.value.errorMessage],
    ['Runtime.MarshalError', 'Unable to marshal response: Object of type set is not JSON serializable'],
  );
});

test('a Python handler that can not be loaded says why', { skip }, async () => {
  const errorOf = async (source: string, options = {}) => {
    const { value } = await bench.invoke(python(source, options));
    return [value.errorType, value.errorMessage];
  };
  assert.deepEqual(await errorOf('other = 1'), [
    'Runtime.HandlerNotFound',
    "Handler 'handler' missing on module 'app'",
  ]);
  assert.deepEqual(await errorOf('', { handler: 'nope.handler' }), [
    'Runtime.ImportModuleError',
    "Unable to import module 'nope': No module named 'nope'",
  ]);
  assert.deepEqual(await errorOf('', { handler: 'nothing' }), [
    'Runtime.MalformedHandlerName',
    "Bad handler 'nothing': not enough values to unpack (expected 2, got 1)",
  ]);
  assert.equal((await errorOf('def handler(:'))[0], 'Runtime.UserCodeSyntaxError');
  assert.deepEqual(await errorOf("raise RuntimeError('at the start')"), ['RuntimeError', 'at the start']);
});

test('a module that Lambda would bring along, and this machine lacks, is told with where it comes from', {
  skip,
}, async () => {
  const raised = (name: string) => `raise ModuleNotFoundError("No module named '${name}'", name='${name}')`;
  const hint = (name: string) =>
    `No module named 'aws_durable_execution_sdk_python${name}'. It is not on this machine: install it where the cloud was started (python3 -m pip install aws-durable-execution-sdk-python), or bring it along with the function.`;
  const sdk = 'aws_durable_execution_sdk_python';
  const said = (message: unknown) => String(message).replace(/python3\.\d+/, 'python3');
  const early = await bench.invoke(python(`${raised(`${sdk}.config`)}\ndef handler(event, context): pass`));
  assert.equal(said(early.value.errorMessage), `Unable to import module 'app': ${hint('.config')}`);
  const late = await bench.invoke(python(`def handler(event, context):\n    ${raised(sdk)}`));
  assert.deepEqual([late.value.errorType, said(late.value.errorMessage)], ['ModuleNotFoundError', hint('')]);
  const other = await bench.invoke(python(`def handler(event, context):\n    ${raised('requests')}`));
  assert.equal(other.value.errorMessage, "No module named 'requests'");
});

test('packages of another version of Python are lent only where they run', { skip }, async () => {
  for (const runtime of ['python3.9', 'python3.10', 'python3.12', 'python3.13']) {
    if ((await bench.engine.runtimeFault(runtime)) !== undefined) continue;
    const { value } = await bench.invoke(
      python('import boto3\ndef handler(event, context): return "has it"', { runtime }),
    );
    const told = String(value.errorMessage ?? value);
    assert.match(told, /^has it$|No module named 'boto3'\. It is not on this machine/, runtime);
  }
});

test('with a log in JSON, Python writes its records as objects', { skip }, async () => {
  const spec = python(
    `
import logging
def handler(event, context):
    logging.getLogger('mine').info('kept for %s', context.tenant_id)
    logging.getLogger().debug('dropped')
`,
    { tenant: 'theirs', log: { group: 'g', stream: () => 's', json: true, application: 'INFO', system: 'INFO' } },
  );
  const { tail, id } = await bench.invoke(spec);
  const records = tail
    .split('\n')
    .filter((line) => line.includes('"logger"'))
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ level, message, logger, requestId, tenantId }) => [level, message, logger, requestId, tenantId]),
    [['INFO', 'kept for theirs', 'mine', id, 'theirs']],
  );
});
