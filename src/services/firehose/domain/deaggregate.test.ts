import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitRecord } from './deaggregate.ts';

const texts = (record: string, parameters: object) => splitRecord(Buffer.from(record), parameters).map(String);
const json = { SubRecordType: 'JSON' };

test('objects that follow each other, in whatever way, are taken apart', () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(objects, fc.constantFrom('', '\n', ' , ', '\r\n'), (all, between) => {
      const lines = all.map((one) => JSON.stringify(one));
      assert.deepEqual(texts(lines.join(between), json), lines);
      assert.deepEqual(texts(JSON.stringify(all), json), lines, 'as one list, too');
    }),
  );
});

test('what is no object, or has no end, stays whole', () => {
  for (const text of ['', 'text', '"{"', '{"a":1', '[1,2]']) assert.deepEqual(texts(text, json), [text]);
});

test('a delimiter stands between parts, and empty ones are none', () => {
  const Delimiter = Buffer.from('####').toString('base64');
  assert.deepEqual(texts('a####b########c####', { SubRecordType: 'DELIMITED', Delimiter }), ['a', 'b', 'c']);
  assert.deepEqual(texts('a', { SubRecordType: 'DELIMITED', Delimiter: '' }), ['a']);
});
