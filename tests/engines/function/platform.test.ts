/** What the platform says of environments and calls, in lines and in documents. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const node = (source: string, options = {}) => bench.functionOf({ code: archive({ 'index.mjs': source }), ...options });
const documents = (system: string) => ({ group: 'g', stream: () => 's', json: true, application: 'ERROR', system });

/** What has been written since the last time. */
const written = () => bench.written.splice(0);

test('an environment that cannot start is begun twice, and the call is told of', async () => {
  const thrown = await bench.invoke(node(`console.log('begins'); throw new TypeError('never');`));
  const lines = written().map((line) => line.replaceAll(thrown.id, '<id>').replace(/[\d.]+ ms/g, '<n> ms'));
  assert.deepEqual([thrown.value.errorType, thrown.value.errorMessage], ['TypeError', 'never']);
  assert.equal(lines.filter((line) => /\tbegins$/.test(line.trim())).length, 2, lines.join('|'));
  assert.equal(lines.filter((line) => line.startsWith('INIT_START')).length, 1);
  const platform = lines.filter((line) => /^(INIT_REPORT|START|END|REPORT)/.test(line));
  const ended = 'Status: error\tError Type: Runtime.Unknown';
  assert.deepEqual(
    platform.map((line) => line.replace(/Used: \d+/, 'Used: <n>')),
    [
      `INIT_REPORT Init Duration: <n> ms\tPhase: init\t${ended}\n`,
      `INIT_REPORT Init Duration: <n> ms\tPhase: invoke\t${ended}\n`,
      'START RequestId: <id> Version: $LATEST\n',
      'END RequestId: <id>\n',
      `REPORT RequestId: <id>\tDuration: <n> ms\tBilled Duration: <n> ms\tMemory Size: 256 MB\tMax Memory Used: <n> MB\t${ended}\n`,
    ],
  );
  assert.match(thrown.tail, /INIT_REPORT .*Phase: invoke.*\nSTART .*\nEND .*\nREPORT .*\n$/);
});

test('one that starts at the second try carries out the call', async () => {
  let tries = 0;
  const server = createServer((_request, response) => {
    tries += 1;
    response.end(String(tries));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    const source = `const tries = await (await fetch('http://127.0.0.1:${port}')).text();
      if (tries === '1') process.exit(3);
      export const handler = async () => tries;`;
    const { value } = await bench.invoke(node(source));
    assert.equal(value, '2' as unknown);
    const reports = written().filter((line) => line.startsWith('INIT_REPORT'));
    assert.deepEqual(
      reports.map((line) => line.replace(/^.*Phase/, 'Phase')),
      ['Phase: init\tStatus: error\tError Type: Runtime.ExitError\n'],
    );
  } finally {
    server.close();
  }
});

test('a function hears in which zone it runs, with the token of its environment', async () => {
  const { value } = await bench.invoke(
    node(`const { AWS_LAMBDA_METADATA_API: api, AWS_LAMBDA_METADATA_TOKEN: token } = process.env;
      const ask = async (authorization, method = 'GET') => {
        const path = '/2026-01-15/metadata/execution-environment';
        const answer = await fetch('http://' + api + path, { method, headers: { authorization } });
        const { AvailabilityZoneID: zone } = await answer.json();
        return [answer.status, zone, answer.headers.get('cache-control')];
      };
      export const handler = async () => [await ask('Bearer ' + token), await ask('Bearer x'), await ask('', 'PUT')];`),
  );
  written();
  const answers = value as unknown as [number, string, string][];
  assert.deepEqual(
    answers.map(([status]) => status),
    [200, 401, 405],
  );
  assert.match(answers[0]?.[1] ?? '', /^use1-az[1-6]$/);
  assert.equal(answers[0]?.[2], 'private, max-age=43200, immutable');
});

test('documents have levels: what went wrong is a warning', async () => {
  const source = `export const handler = async ({ fails }) => { if (fails) throw new Error('no'); return 'yes'; };`;
  const typesOf = () => written().map((line) => (JSON.parse(line) as { type?: string }).type ?? 'of the function');
  for (const [level, whole, call, failed] of [
    [
      'DEBUG',
      ['initStart', 'initRuntimeDone', 'initReport', 'start', 'runtimeDone', 'report'],
      ['start', 'runtimeDone', 'report'],
      ['start', 'runtimeDone', 'report'],
    ],
    ['INFO', ['initStart', 'start', 'report'], ['start', 'report'], ['start', 'runtimeDone', 'report']],
    ['WARN', [], [], ['runtimeDone', 'report']],
  ] as const) {
    const spec = node(source, { log: documents(level) });
    for (const [event, expected] of [
      [{}, whole],
      [{}, call],
      [{ fails: true }, failed],
    ] as const) {
      await bench.invoke(spec, event);
      const platform = typesOf().filter((type) => type.startsWith('platform.'));
      assert.deepEqual(
        platform,
        expected.map((type) => `platform.${type}`),
        level,
      );
    }
  }
  const told = node(source, { log: { ...documents('DEBUG'), stream: () => '2026/01/01/[$LATEST]0123' } });
  const { id } = await bench.invoke(told, { fails: true });
  const recordOf = (type: string) => {
    const found = lines.find((line) => line.includes(`"platform.${type}"`)) ?? '{}';
    return (JSON.parse(found) as { record: { metrics?: object } }).record;
  };
  const lines = written();
  const init = { initializationType: 'on-demand', phase: 'init', status: 'success' };
  assert.deepEqual(recordOf('initRuntimeDone'), init);
  const { runtimeVersion, runtimeVersionArn, ...begun } = recordOf('initStart') as Record<string, unknown>;
  assert.ok(runtimeVersion !== undefined && runtimeVersionArn !== undefined);
  const { name } = told;
  const instance = { functionName: name, functionVersion: '$LATEST', instanceMaxMemory: 256 * 1_024 * 1_024 };
  const { status: _, ...phase } = init;
  assert.deepEqual(begun, { ...phase, ...instance, instanceId: `2026/01/01/${name}[$LATEST]0123` });
  assert.deepEqual(recordOf('start'), { requestId: id, functionArn: told.arn, version: '$LATEST' });
  const { metrics, ...done } = recordOf('runtimeDone');
  assert.deepEqual(done, { requestId: id, status: 'error', errorType: 'Error' });
  assert.deepEqual(Object.keys(metrics ?? {}), ['durationMs', 'producedBytes']);
});

test('an environment that is to be kept started says how long it took', async () => {
  const spec = node(`export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;`);
  await bench.engine.provision(spec, 1);
  const { value } = await bench.invoke(spec);
  assert.equal(value, 'provisioned-concurrency' as unknown);
  assert.ok(written().some((line) => /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\n$/.test(line)));
});

test('runtimes are named as AWS names their versions', async () => {
  const exits = { bootstrap: { text: '#!/bin/sh\nexit 1', mode: 0o755 } };
  await bench.invoke(bench.functionOf({ runtime: 'provided.al2023', code: archive(exits) }));
  await bench.invoke(node('export const handler = async () => 1;'));
  const versions = written().flatMap((line) => /^INIT_START Runtime Version: (\S+)\.v\d+\t/.exec(line)?.[1] ?? []);
  assert.deepEqual(versions, ['provided:al2023', 'nodejs:24']);
});
