import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { headerValue, Invalid, statusValue } from './headers.ts';
import { FunctionRunner } from './runner.ts';
import { CODES_MAX } from './sandbox.ts';

const runner = new FunctionRunner();
after(() => runner.close());

const EVENT = JSON.stringify({
  version: '1.0',
  request: { method: 'GET', uri: '/', querystring: {}, headers: {}, cookies: {} },
});

const run = (number: number) =>
  runner.run({
    code: {
      key: `f${number}`,
      name: 'f',
      runtime: 'cloudfront-js-2.0',
      source: `function handler(event) { return { ...event.request, uri: '/${number}' }; }`,
      stores: [],
    },
    event: EVENT,
    stores: [],
    about: { now: 0 },
  });

test('functions are known again after the thread has forgotten them', async () => {
  for (const number of [...Array.from({ length: CODES_MAX + 1 }, (_, at) => at), 0, 1, CODES_MAX]) {
    const { error, output } = await run(number);
    assert.deepEqual([error, JSON.parse(output ?? '{}').uri], [undefined, `/${number}`]);
  }
});

test('what a function gives in place of a status or a text is refused', () => {
  for (const value of [{ toString: 1 }, [200], null, 'ok', 100, 600, 200.5])
    assert.throws(() => statusValue(value), Invalid);
  for (const value of [{ toString: 1 }, 5, null, 'a\nb', '\u2028']) assert.throws(() => headerValue(value), Invalid);
  assert.equal(statusValue('204'), 204);
});
