import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cborProtocol } from './cbor.ts';
import { parseForm } from './codec-form.ts';
import { WireFailure } from './failure.ts';
import { jsonProtocol, parseJson } from './json.ts';
import type { ServiceModel } from './model.ts';
import { queryProtocol } from './query.ts';
import { restJsonProtocol } from './rest-json.ts';

const MEGABYTE = 1_024 * 1_024;

const model = {
  name: 'test',
  target: 'Test',
  version: '1',
  operations: { Do: { method: 'POST', uri: '/do', input: 'Input' } },
  shapes: {
    Text: { type: 'string' },
    Texts: { type: 'map', key: { shape: 'Text' }, value: { shape: 'Text' } },
    Input: {
      type: 'structure',
      members: {
        name: { shape: 'Text', name: 'Renamed' },
        next: { shape: 'Input' },
        texts: { shape: 'Texts' },
        id: { shape: 'Text', name: 'x-id-header', location: 'header' },
      },
    },
  },
} as unknown as ServiceModel;
const route = { operation: 'Do', labels: {} };
const post = (body: string | Buffer) => ({
  method: 'POST',
  path: '/do',
  query: '',
  headers: {},
  body: Buffer.from(body),
});

test('an empty body is an empty object', () => assert.deepStrictEqual(parseJson(Buffer.alloc(0)), {}));

test('brackets in texts are no depth', () => {
  const text = JSON.stringify({ a: '[{"\\'.repeat(10_000) });
  assert.deepStrictEqual(parseJson(Buffer.from(text)), JSON.parse(text));
});

for (const [name, text] of Object.entries({
  arrays: '['.repeat(MEGABYTE),
  objects: '{"a":'.repeat(MEGABYTE / 5),
  'closed arrays': '['.repeat(5_000) + ']'.repeat(5_000),
  'half a text': '{"a":"',
  'no JSON': '<a/>',
})) {
  test(`${name} are refused`, () => assert.throws(() => parseJson(Buffer.from(text)), WireFailure));
}

test('a recursive shape takes what is deep but bounded', () => {
  const deep = `${'{"next":'.repeat(900)}{}${'}'.repeat(900)}`;
  assert.ok(jsonProtocol(model).read(route, post(deep)).next);
});

test('CBOR too deep for a recursive shape is refused', () => {
  const deep = Buffer.from(`${'a1646e657874'.repeat(100_000)}a0`, 'hex');
  assert.throws(() => cborProtocol(model).read(route, post(deep)), WireFailure);
});

test('form parameters too deep or too many are refused', () => {
  assert.throws(
    () => queryProtocol(model).read(route, post(`Action=Do&${'next.'.repeat(100_000)}name=a`)),
    WireFailure,
  );
  assert.throws(() => parseForm('a=1&'.repeat(20_001)), WireFailure);
  assert.throws(() => parseForm('a=%ff'), WireFailure);
});

test('awsJson knows members by their own names only', () => {
  assert.deepStrictEqual(jsonProtocol(model).read(route, post('{"name":"a","Renamed":"b"}')), { name: 'a' });
});

test('a rest-json body does not set what a header carries', () => {
  assert.deepStrictEqual(restJsonProtocol(model).read(route, post('{"Renamed":"a","x-id-header":"b","id":"c"}')), {
    name: 'a',
  });
});

test('__proto__ is only a key', () => {
  const { texts } = jsonProtocol(model).read(route, post('{"texts":{"__proto__":"a"}}')) as { texts: object };
  assert.deepStrictEqual(Object.entries(texts), [['__proto__', 'a']]);
});

test('a body of the wrong type is refused', () => {
  for (const body of ['[]', '"a"', '1', 'null', '{"name":1}', '{"next":[]}', '{"texts":[]}'])
    assert.throws(() => jsonProtocol(model).read(route, post(body)), WireFailure, body);
});
