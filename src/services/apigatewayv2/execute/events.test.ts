import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyOf } from './events.ts';
import { HttpFault } from './reply.ts';

const ODD = { toString: 1 };
const replied = (value: object, version = '2.0') => replyOf(JSON.stringify(value), version);

test('a status ends an answer, or the function has given none', () => {
  for (const statusCode of [ODD, [200], null, 'ok', 100, 600]) assert.throws(() => replied({ statusCode }), HttpFault);
  assert.equal(replied({ statusCode: '204' }).status, 204);
});

test('odd headers and cookies are told as JSON', () => {
  const { headers } = replied({ statusCode: 200, headers: { a: [ODD, 1], b: ODD }, cookies: [ODD, 'c=d', 'e\n'] });
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  const set = { 'set-cookie': ['{"toString":1}', 'c=d'] };
  assert.deepEqual(headers, { ...type, a: '{"toString":1},1', b: '{"toString":1}', ...set });
});
