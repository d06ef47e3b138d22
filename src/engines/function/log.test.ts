import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { FunctionLog, readStreams } from './log.ts';

test('while what an environment says is not written, no more of it is read', async () => {
  const written = Promise.withResolvers<void>();
  let bytes = 0;
  const log = new FunctionLog((lines) => {
    for (const { text } of lines) bytes += text.length;
    return written.promise;
  });
  const stdout = new PassThrough();
  readStreams(
    { stdio: [null, stdout, null, null, null] } as unknown as Parameters<typeof readStreams>[0],
    log,
    () => {},
  );
  const line = `${'x'.repeat(65_535)}\n`;
  const [said, most] = [120 * line.length, 4_194_304];
  const ended = once(stdout, 'end');
  const say = async () => {
    for (let count = 0; count < 120; count += 1) if (!stdout.write(line)) await once(stdout, 'drain');
    stdout.end();
  };
  const saying = say();
  while (!log.isBehind) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(stdout.isPaused(), true);
  assert.ok(bytes < most, `${bytes} bytes were read`);
  written.resolve();
  await Promise.all([saying, ended]);
  log.flush();
  assert.equal(bytes, said);
});
