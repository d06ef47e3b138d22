import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { machineLimits } from '#engines/function/sandbox';
import { archive, openBench } from '../../support/engine.ts';

const bench = openBench();
after(() => bench.close());
const { namespaces } = await machineLimits();
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'needs curl';

/** Registers, says what it hears, and takes a moment for it. */
const EXTENSION = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
head=$(mktemp)
curl -sS -D "$head" -X POST "$api/register" -H "Lambda-Extension-Name: listener" -d '{"events":["INVOKE","SHUTDOWN"]}' > /dev/null
id=$(grep -i lambda-extension-identifier "$head" | tr -d '[:space:]' | cut -d: -f2)
while true; do
  event=$(curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id")
  sleep 0.1
  echo "listener heard $event"
  case "$event" in *SHUTDOWN*) exit 0 ;; esac
done
`;

test('a program of a layer hears of calls and of the end, and is waited for', { skip }, async () => {
  const spec = bench.functionOf({
    code: archive({
      'index.mjs': `process.on('SIGTERM', () => { console.log('the runtime is asked to end'); process.exit(0); });
        export const handler = async () => 'done';`,
    }),
    layers: [archive({ 'extensions/listener': { text: EXTENSION, mode: 0o755 } })],
  });
  const { value, tail, id } = await bench.invoke(spec);
  assert.equal(value, 'done' as unknown);
  assert.match(tail, new RegExp(`listener heard \\{"eventType":"INVOKE".*"requestId":"${id}"`));
  assert.ok(bench.written.includes('EXTENSION\tName: listener\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n'));
  const second = await bench.invoke(spec);
  assert.ok(second.duration >= 100, 'what an extension does is part of the call');
  bench.written.length = 0;
  bench.engine.retire(spec.arn);
  for (let tries = 0; tries < 300 && !bench.written.some((text) => text.includes('SHUTDOWN')); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const said = bench.written.join('\n');
  assert.match(said, /listener heard \{"eventType":"SHUTDOWN","shutdownReason":"SPINDOWN","deadlineMs":\d+\}/);
  assert.match(said, /the runtime is asked to end/);
});

test('a program of a layer hears that the runtime has failed', { skip }, async () => {
  const spec = bench.functionOf({
    code: archive({ 'index.mjs': 'export const handler = async () => process.exit(3);' }),
    layers: [archive({ 'extensions/listener': { text: EXTENSION, mode: 0o755 } })],
  });
  const { value } = await bench.invoke(spec);
  bench.written.length = 0;
  assert.match(JSON.stringify(value), /Runtime exited with error: exit status 3/);
  for (let tries = 0; tries < 300 && !bench.written.some((text) => text.includes('SHUTDOWN')); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(bench.written.join('\n'), /listener heard \{"eventType":"SHUTDOWN","shutdownReason":"FAILURE"/);
});

test('a function that is an extension itself, for no events, is asked to end', async () => {
  const source = `
    process.on('SIGTERM', () => { console.log('the function is asked to end'); process.exit(0); });
    const url = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/register';
    const headers = { 'Lambda-Extension-Name': 'GoLangEnableSIGTERM' };
    const { status } = await fetch(url, { method: 'POST', headers, body: '{"events":null}' });
    export const handler = async () => status;`;
  const spec = bench.functionOf({ code: archive({ 'index.mjs': source }) });
  const { value } = await bench.invoke(spec);
  assert.equal(value, 200 as unknown);
  bench.written.length = 0;
  bench.engine.retire(spec.arn);
  for (let tries = 0; tries < 300 && bench.written.length === 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(bench.written.join(''), /the function is asked to end/);
});

test('an internal extension gets what the function writes and what happens to it', async () => {
  const source = `
    import { createServer } from 'node:http';
    const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
    const events = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece) => (text += piece)).on('end', () => { events.push(...JSON.parse(text)); response.end(); });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const headers = { 'Lambda-Extension-Name': 'inner', 'Lambda-Extension-Accept-Feature': 'accountId' };
    const registered = await fetch(base + '/2020-01-01/extension/register', { method: 'POST', headers, body: '{"events":[]}' });
    const about = await registered.json();
    const id = registered.headers.get('lambda-extension-identifier');
    const subscribe = (URI) => fetch(base + '/2022-07-01/telemetry', { method: 'PUT', headers: { 'Lambda-Extension-Identifier': id },
      body: JSON.stringify({ schemaVersion: '2022-12-13', types: ['platform', 'function'], buffering: { timeoutMs: 25 }, destination: { protocol: 'HTTP', URI } }) });
    const nobody = await fetch(base + '/2022-07-01/telemetry', { method: 'PUT', body: '{}' });
    const outside = (await subscribe('http://example.com/')).status;
    const inside = (await subscribe('http://sandbox.localdomain:' + server.address().port + '/')).status;
    export const handler = async () => {
      console.log('said by the function');
      await new Promise((done) => setTimeout(done, 200));
      return { about, nobody: nobody.status, outside, inside, events };
    };`;
  const spec = bench.functionOf({ code: archive({ 'index.mjs': source }) });
  const { value, id } = await bench.invoke(spec);
  assert.deepEqual(value.about, {
    functionName: spec.name,
    functionVersion: '$LATEST',
    handler: 'index.handler',
    accountId: '123456789012',
  });
  assert.deepEqual([value.nobody, value.outside, value.inside], [403, 400, 200]);
  assert.ok(bench.written.includes('TELEMETRY\tName: inner\tState: Subscribed\tTypes: [Platform, Function]\n'));
  const events = value.events as unknown as { type: string; record: string | object; time: string }[];
  assert.equal(events[0]?.type, 'platform.initStart');
  assert.deepEqual(events.find(({ type }) => type === 'platform.start')?.record, {
    requestId: id,
    functionArn: spec.arn,
    version: '$LATEST',
  });
  assert.ok(events.some(({ type, record }) => type === 'function' && String(record).includes('said by the function')));
  const next = await bench.invoke(spec);
  const later = next.value.events as unknown as { type: string; record: { requestId?: string } }[];
  for (const end of ['platform.runtimeDone', 'platform.report'])
    assert.ok(later.some(({ type, record }) => type === end && record.requestId === id));
});

test('what extensions write is told apart; of the variables they do not get the runtime’s own', { skip }, async () => {
  const source = `
    import { createServer } from 'node:http';
    const events = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (piece) => (text += piece)).on('end', () => { events.push(...JSON.parse(text)); response.end(); });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
    const registered = await fetch(base + '/2020-01-01/extension/register', { method: 'POST', headers: { 'Lambda-Extension-Name': 'inner' }, body: '{"events":[]}' });
    const headers = { 'Lambda-Extension-Identifier': registered.headers.get('lambda-extension-identifier') };
    const destination = { protocol: 'HTTP', URI: 'http://sandbox.localdomain:' + server.address().port };
    await fetch(base + '/2022-07-01/telemetry', { method: 'PUT', headers, body: JSON.stringify({ types: ['function', 'extension'], buffering: { timeoutMs: 25 }, destination }) });
    export const handler = async () => {
      console.log('of the function');
      await new Promise((done) => setTimeout(done, 300));
      return events.map(({ type, record }) => type + ' ' + record).filter((text) => /of the /.test(text)).map((text) => text.replace(/ .*of/, ' of'));
    };`;
  const program = `${REGISTER}
while true; do
  curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id" > /dev/null
  echo "of the program $AWS_REGION\${LAMBDA_TASK_ROOT-}\${_HANDLER-}" >&2
done
`;
  const spec = { ...withProgram('talks', program), code: archive({ 'index.mjs': source }) };
  const { value } = await bench.invoke(spec);
  assert.deepEqual([...(value as unknown as string[])].sort(), [
    'extension of the program us-east-1',
    'function of the function\n',
  ]);
});

test('the Logs API: its own events and lines, by either method; what nobody takes at first is sent again', async () => {
  const source = `
    import { createServer } from 'node:http';
    import { createServer as listener } from 'node:net';
    const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
    const events = [], methods = new Set();
    let lines = '', refusals = 2;
    const server = createServer((request, response) => {
      methods.add(request.method);
      let text = '';
      request.on('data', (piece) => (text += piece)).on('end', () => {
        if (refusals-- > 0) return response.writeHead(500).end();
        events.push(...JSON.parse(text));
        response.end();
      });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const plain = listener((socket) => socket.on('data', (piece) => (lines += piece)));
    await new Promise((done) => plain.listen(0, '127.0.0.1', done));
    const register = async (name) => {
      const { headers } = await fetch(base + '/2020-01-01/extension/register', { method: 'POST', headers: { 'Lambda-Extension-Name': name }, body: '{"events":[]}' });
      return headers.get('lambda-extension-identifier');
    };
    const ask = async (id, path, more) => {
      const body = JSON.stringify({ types: ['platform'], buffering: { timeoutMs: 25 }, ...more });
      const answer = await fetch(base + path, { method: 'PUT', headers: { 'Lambda-Extension-Identifier': id }, body });
      return answer.status === 200 ? 200 : answer.json();
    };
    const inner = await register('inner'), byLines = await register('lines');
    const destination = { protocol: 'HTTP', URI: 'http://sandbox:' + server.address().port + '/logs', method: 'PUT' };
    const wrong = await ask(inner, '/2020-08-15/logs', { types: [], destination: { protocol: 'HTTP', URI: 'http://sandbox/' } });
    const answers = [];
    for (let n = 0; n < 2; n += 1) answers.push(await ask(inner, '/2020-08-15/logs', { schemaVersion: '2021-03-18', destination }));
    const other = await ask(inner, '/2022-07-01/telemetry', { destination });
    answers.push(await ask(byLines, '/2020-08-15/logs', { destination: { protocol: 'TCP', port: plain.address().port } }));
    export const handler = async () => {
      const late = await ask(byLines, '/2020-08-15/logs', { destination });
      await new Promise((done) => setTimeout(done, 400));
      return { wrong, answers, other, late, events, methods: [...methods], lines: lines.split('\\n').filter(Boolean).map((line) => JSON.parse(line).type) };
    };`;
  const spec = bench.functionOf({ code: archive({ 'index.mjs': source }) });
  const { value: first, id } = await bench.invoke(spec);
  assert.deepEqual(first.wrong, {
    errorType: 'Logs.ValidationError',
    errorMessage: 'URI port is not provided; types should not be empty',
  });
  assert.deepEqual(first.answers, [200, 200, 200]);
  assert.deepEqual(
    [first.other, first.late].map((one) => (one as unknown as { errorType: string }).errorType),
    ['ValidationError', 'Logs.ValidationError'],
  );
  assert.ok(bench.written.includes('LOGS\tName: inner\tState: Subscribed\tTypes: [platform]\n'));
  const { value } = await bench.invoke(spec);
  assert.deepEqual(value.methods, ['PUT']);
  type Told = { type: string; record: { requestId?: string; status?: string; metrics?: object } };
  const events = value.events as unknown as Told[];
  const own = events.filter(({ record }) => record.requestId === id);
  assert.deepEqual(
    own.map(({ type, record }) => [type, Object.keys(record).join(' ')]),
    [
      ['platform.start', 'requestId'],
      ['platform.runtimeDone', 'requestId status'],
      ['platform.end', 'requestId'],
      ['platform.report', 'requestId metrics'],
    ],
  );
  assert.equal(events.filter(({ type }) => type === 'platform.logsSubscription').length, 3);
  assert.deepEqual((value.lines as unknown as string[]).slice(-4), [
    'platform.start',
    'platform.end',
    'platform.report',
    'platform.start',
  ]);
});

test('what listens for the Telemetry API finds the names that AWS has for it', { skip: !namespaces }, async () => {
  const spec = bench.functionOf({
    code: archive({
      'index.mjs': `import { lookup } from 'node:dns/promises';
        import { readdirSync } from 'node:fs';
        import { createServer } from 'node:http';
        import { once } from 'node:events';
        const server = createServer().listen(0, 'sandbox.localdomain');
        await once(server, 'listening');
        export const handler = async () => [
          server.address().address,
          (await lookup('sandbox')).address,
          (await lookup('localhost', 4)).address,
          readdirSync('/tmp'),
        ];`,
    }),
  });
  const { value } = await bench.invoke(spec);
  assert.deepEqual(value as unknown, ['127.0.0.1', '127.0.0.1', '127.0.0.1', []]);
});

test('a wrapper starts the runtime', async () => {
  const spec = bench.functionOf({
    code: archive({
      'index.mjs': `export const handler = async () => process.env.WRAPPED;`,
      wrapper: { text: '#!/bin/sh\nWRAPPED=yes exec "$@"\n', mode: 0o755 },
    }),
    environment: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrapper' },
  });
  assert.equal((await bench.invoke(spec)).value, 'yes' as unknown);
});

/** A function with one program of a layer. */
const withProgram = (name: string, text: string, mode = 0o755) =>
  bench.functionOf({
    code: archive({ 'index.mjs': `export const handler = async () => 'done';` }),
    layers: [archive({ [`extensions/${name}`]: { text: `#!/bin/sh\n${text}`, mode } })],
  });

const REGISTER = `api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
head=$(mktemp)
curl -sS -D "$head" -X POST "$api/register" -H "Lambda-Extension-Name: $(basename "$0")" -d '{"events":["INVOKE"]}' > /dev/null
id=$(grep -i lambda-extension-identifier "$head" | tr -d '[:space:]' | cut -d: -f2)
`;

test('a program that ends, or can’t begin, takes the environment with it', async () => {
  const crashed = await bench.invoke(withProgram('breaks', 'exit 3\n'));
  assert.deepEqual(crashed.value, {
    errorType: 'Extension.Crash',
    errorMessage: `RequestId: ${crashed.id} Error: exit code 3`,
  } as unknown);
  assert.match(crashed.tail, /Status: error\tError Type: Extension\.Crash\n/);
  const locked = await bench.invoke(withProgram('locked', 'exit 0\n', 0o644));
  assert.deepEqual(locked.value, {
    errorType: 'Extension.LaunchError',
    errorMessage: `RequestId: ${locked.id} Error: fork/exec /opt/extensions/locked: permission denied`,
  } as unknown);
  assert.match(
    locked.tail,
    /^EXTENSION\tName: locked\tState: LaunchError\tEvents: \[\]\tError Type: PermissionDenied$/m,
  );
});

test('a program that says it can’t start fails the call', { skip }, async () => {
  const refuse = `${REGISTER}
curl -sS -X POST "$api/init/error" -H "Lambda-Extension-Identifier: $id" -H "Lambda-Extension-Function-Error-Type: Extension.Config" -d '{}'
`;
  const { value, tail, id } = await bench.invoke(withProgram('picky', refuse));
  assert.deepEqual(value, {
    errorType: 'Extension.InitError',
    errorMessage: `RequestId: ${id} Error: Extension.Config`,
  } as unknown);
  assert.match(tail, /^EXTENSION\tName: picky\tState: InitError\tEvents: \[INVOKE\]\tError Type: Extension\.Config$/m);
});

test('what extensions ask wrongly is refused by its type', { skip }, async () => {
  const probe = `api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
ask() { curl -sS "$@"; echo; }
ask -X POST "$api/register" -H 'Lambda-Extension-Name: probe' -d '{"events":["FOO"]}'
ask -X POST "$api/register" -d '{"events":["INVOKE"]}'
ask "$api/event/next"
${REGISTER}
ask -X POST "$api/register" -H 'Lambda-Extension-Name: probe' -d '{"events":["INVOKE"]}'
ask -X POST "$api/register" -H 'Lambda-Extension-Name: within' -d '{"events":["SHUTDOWN"]}'
ask -X POST "$api/exit/error" -H "Lambda-Extension-Identifier: $id" -d '{}'
while true; do curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id" > /dev/null; done
`;
  bench.written.length = 0;
  assert.equal((await bench.invoke(withProgram('probe', probe))).value, 'done' as unknown);
  const told = bench.written.filter((text) => text.startsWith('{"errorMessage"')).map((text) => JSON.parse(text));
  assert.deepEqual(
    told.map(({ errorType }) => errorType),
    [
      'Extension.InvalidEventType',
      'Extension.InvalidExtensionName',
      'Extension.MissingExtensionIdentifier',
      'Extension.InvalidExtensionState',
      'Extension.InvalidEventType',
      'Extension.MissingHeader',
    ],
  );
});

test('a function with extensions that takes too much memory says so', { skip }, async () => {
  const stays = `${REGISTER}
while true; do curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id" > /dev/null; done
`;
  const source = `export const handler = async () => { const all = []; for (;;) all.push(Buffer.alloc(1_000_000, 1)); };`;
  const spec = { ...withProgram('stays', stays), code: archive({ 'index.mjs': source }), memory: 160 };
  assert.equal((await bench.invoke(spec)).value.errorType, 'Runtime.OutOfMemory' as unknown);
});
