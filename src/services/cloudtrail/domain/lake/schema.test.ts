import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLUMNS, columnsIn, rowOf } from './schema.ts';

const names = (query: string) => columnsIn(query).map(({ name }) => name);

test('a query is given the columns that it may read', () => {
  assert.deepEqual(names('SELECT eventname , count ( * ) FROM "x"'), ['eventName']);
  assert.deepEqual(names(`SELECT json_extract(userIdentity, '$."arn"') AS "arn" FROM "x" WHERE "eventTime" > ''`), [
    'userIdentity',
    'eventTime',
  ]);
  assert.equal(names('SELECT * FROM "x"').length, COLUMNS.length);
  assert.equal(names('SELECT a . * , 1 FROM "x" a').length, COLUMNS.length);
  assert.equal(names('SELECT count ( * ) FROM "x"').length, 1);
});

test('maps have texts, members of structs are found whatever the case of their letters', () => {
  const record = JSON.stringify({
    userIdentity: { sessionContext: { sessionIssuer: { userName: 'Jo' } } },
    eventTime: '2026-01-31T12:00:00Z',
    readOnly: false,
    requestParameters: { maxItems: 5, Filter: { Name: 'x' }, key: 'a' },
    resources: [{ ARN: 'arn:x' }],
    errorCode: null,
  });
  const query = 'userIdentity eventTime readOnly requestParameters resources errorCode';
  assert.deepEqual(rowOf(record, columnsIn(query)), [
    '{"sessioncontext":{"sessionissuer":{"username":"Jo"}}}',
    '2026-01-31 12:00:00',
    null,
    '{"maxItems":"5","Filter":"{\\"Name\\":\\"x\\"}","key":"a"}',
    0,
    '[{"arn":"arn:x"}]',
  ]);
  assert.deepEqual(rowOf(record, columnsIn('eventJson')), [record]);
});
