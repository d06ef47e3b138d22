import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../state.ts';
import { inputFor, valueAt } from './transform.ts';

const EVENT: Event = {
  version: '0',
  id: 'id-1',
  'detail-type': 'Order Placed',
  source: 'shop',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:a'],
  detail: { order: 7, items: [{ name: 'a "b"' }, { name: 'c' }], none: null, 'odd key': 1, 'a/b': 'slash' },
};
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/r';
const target = (more: object) => ({ Id: '1', Arn: 'arn:aws:sqs:us-east-1:123456789012:q', ...more });

test('paths lead to parts of an event', () => {
  assert.equal(valueAt(EVENT, '$.detail.items[0].name'), 'a "b"');
  assert.equal(valueAt(EVENT, "$.detail['odd key']"), 1);
  assert.equal(valueAt(EVENT, '$.detail-type'), 'Order Placed');
  assert.equal(valueAt(EVENT, '$.detail.nothing.there'), undefined);
  assert.equal(valueAt(EVENT, '$.detail.a/b'), 'slash');
  assert.equal(valueAt(EVENT, '$.detail.toString'), undefined);
});

test('a path with a wildcard gives a list', () => {
  assert.deepEqual(valueAt(EVENT, '$.detail.items[*].name'), ['a "b"', 'c']);
  assert.deepEqual(valueAt(EVENT, '$.resources[*]'), ['arn:a']);
  assert.deepEqual(valueAt(EVENT, '$.detail.items[0].*'), ['a "b"']);
  assert.deepEqual(valueAt(EVENT, '$.detail.items[*].nothing'), []);
});

test('a target gets the event, a part of it, a fixed text, or a text made of its parts', () => {
  assert.deepEqual(JSON.parse(inputFor(target({}), EVENT, RULE, 0)), EVENT);
  assert.equal(inputFor(target({ InputPath: '$.detail.order' }), EVENT, RULE, 0), '7');
  assert.equal(inputFor(target({ Input: '"fixed"' }), EVENT, RULE, 0), '"fixed"');
  const made = (InputTemplate: string) =>
    inputFor(
      target({
        InputTransformer: {
          InputPathsMap: {
            n: '$.detail.items[0].name',
            o: '$.detail.order',
            x: '$.detail.none',
            m: '$.detail.missing',
            r: '$.resources',
          },
          InputTemplate,
        },
      }),
      EVENT,
      RULE,
      0,
    );
  assert.equal(made('{"order": <o>, "name": <n>, "none": <x>}'), '{"order": 7, "name": "a \\"b\\"", "none": null}');
  assert.equal(made('"<n> of <o> by <aws.events.rule-name>, <unknown>"'), '"a \\"b\\" of 7 by r, <unknown>"');
  assert.deepEqual(JSON.parse(made('<aws.events.event.json>')), EVENT);
  const { detail: _, 'detail-type': detailType, ...whole } = EVENT;
  assert.deepEqual(JSON.parse(made('<aws.events.event>')), { ...whole, detailType });
  assert.equal(made('{"missing": <m>}'), '{"missing": ""}');
  assert.equal(made('"of <r>, <m>"'), '"of [arn:a], "');
});
