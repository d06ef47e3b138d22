import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RestoreFailed } from '#kernel/contract';
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
    snapshot: true,
    ...options,
  });

const HOOKED = `
import os
from snapshot_restore_py import register_before_snapshot, register_after_restore
done = []
@register_before_snapshot
def first(): done.append('first before')
register_before_snapshot(done.append, 'second before')
@register_after_restore
def third(): done.append('first after')
register_after_restore(done.append, 'second after')
def handler(event, context): return {'done': done, 'type': os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']}
`;

test('hooks of Python run around a snapshot, and what was started ahead takes the first call', { skip }, async () => {
  const spec = python(HOOKED);
  bench.written.length = 0;
  assert.equal(await bench.engine.start(spec), true);
  assert.match(bench.written.join('\n'), /INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init/);
  assert.equal(
    bench.written.some((line) => line.startsWith('RESTORE')),
    false,
  );
  const { value, tail } = await bench.invoke(spec);
  assert.deepEqual(value, {
    done: ['second before', 'first before', 'first after', 'second after'],
    type: 'snap-start',
  });
  assert.match(
    bench.written.join(''),
    /RESTORE_START Runtime Version: python:3\.12\.v1\t.*\nRESTORE_REPORT Restore Duration: [\d.]+ ms/,
  );
  assert.match(tail, /REPORT .*Restore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms/);
  const again = await bench.invoke(spec);
  assert.doesNotMatch(again.tail, /Restore/);
  assert.deepEqual(again.value, value);
});

test('without snapshots, hooks are registered and never run', { skip }, async () => {
  const { value } = await bench.invoke(python(HOOKED, { snapshot: false }));
  assert.deepEqual(value, { done: [], type: 'on-demand' });
});

test('what fails before a snapshot is none; a hook that fails afterwards fails the call', { skip }, async () => {
  const failing = (which: string) =>
    python(`
import snapshot_restore_py
def hook(): raise ValueError('not like this')
snapshot_restore_py.${which}(hook)
def handler(event, context): return 'called'
`);
  assert.equal(await bench.engine.start(failing('register_before_snapshot')), false);
  const after = failing('register_after_restore');
  assert.equal(await bench.engine.start(after), true);
  await assert.rejects(bench.invoke(after), (error) => {
    assert.ok(error instanceof RestoreFailed);
    const { errorType, errorMessage } = JSON.parse(error.message);
    assert.deepEqual([error.reason, errorType, errorMessage], ['error', 'Runtime.AfterRestoreError', 'not like this']);
    return true;
  });
});
