import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceModel } from './model.ts';
import { queryProtocol } from './query.ts';
import { parseXml } from './xml.ts';

const model = {
  name: 'test',
  version: '2026-01-01',
  operations: {},
  shapes: {
    Text: { type: 'string' },
    Broken: { type: 'structure', exception: true, error: { status: 400 }, members: { Found: { shape: 'Text' } } },
  },
} as unknown as ServiceModel;

test('an error may quote any character of its request and stays a document', () => {
  const every = String.fromCodePoint(...Array.from({ length: 0x21 }, (_, code) => code), 0xfffe, 0xffff, 0x1f600);
  const error = { name: 'Broken', code: 'Broken', message: every, status: 400, sender: true, fields: { Found: every } };
  const { body } = queryProtocol(model).fail(error, { requestId: '1' });
  const text = String(body);
  assert.doesNotMatch(text, /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*)?(?:[0-8bcef]|1[0-9a-f]);/i);
  const said = Object.fromEntries(parseXml(text).children[0]?.children.map((one) => [one.name, one.text]) ?? []);
  const expected = every.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
  assert.equal(said.Message, expected);
  assert.equal(said.Found, expected);
});
