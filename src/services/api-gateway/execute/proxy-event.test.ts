import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayFault } from './gateway-responses.ts';
import { listedHeaders, plainHeaders, statusOf } from './proxy-event.ts';

/** Nothing can be made a text of it. */
const ODD = { toString: 1 };

test('a status ends an answer, or the function has given none', () => {
  for (const given of [ODD, [200], null, undefined, 'ok', 100, 199, 600, 200.5])
    assert.throws(() => statusOf(given), GatewayFault);
  assert.deepEqual([statusOf(200), statusOf('599')], [200, 599]);
});

test('headers that can’t be sent are left out, odd values are told as JSON', () => {
  const given = { a: ODD, b: 5, c: null, 'bad name': 'x', d: 'a\r\nb: c', e: '\u2028' };
  assert.deepEqual(plainHeaders(given), { a: '{"toString":1}', b: '5', c: '' });
  assert.deepEqual(listedHeaders({ a: [ODD, 'x', 'a\nb'] }), { a: ['{"toString":1}', 'x'] });
  for (const wrong of ['text', 5, ['a']]) assert.throws(() => plainHeaders(wrong), GatewayFault);
});
