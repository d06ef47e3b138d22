import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SyntaxFault } from './tokens.ts';
import { translate } from './translate.ts';

const STORE = '11111111-2222-4333-8444-555555555555';
const NOW = Date.UTC(2026, 0, 31, 12);

/** The items of a query as they are carried out. */
const items = (list: string) => translate(`SELECT ${list} FROM ${STORE}`, NOW).text.replace(/^SELECT | FROM .*$/g, '');
const tail = (rest: string) =>
  translate(`SELECT * FROM ${STORE} ${rest}`, NOW).text.replace(/^SELECT \* FROM "[^"]*" /, '');

test('stores are tables by their ids', () => {
  const other = STORE.replaceAll('1', 'A');
  const { text, stores } = translate(
    `SELECT a.eventID FROM ${STORE} a JOIN "${other}" AS b ON a.eventID = b.eventID;`,
    NOW,
  );
  assert.deepEqual(stores, [STORE, other.toLowerCase()]);
  assert.equal(text, `SELECT a.eventID FROM "${STORE}" a JOIN "${other.toLowerCase()}" AS b ON a.eventID = b.eventID`);
  assert.equal(
    translate(`select ${STORE}.eventName from ${STORE}`, NOW).text,
    `select "${STORE}".eventName from "${STORE}"`,
  );
});

test('members of columns, places of maps and lists', () => {
  assert.equal(items('userIdentity.arn'), `json_extract(userIdentity, '$."arn"') AS "arn"`);
  assert.equal(
    items('e.userIdentity.sessionContext.sessionIssuer.userName'),
    `json_extract(e.userIdentity, '$."sessioncontext"."sessionissuer"."username"') AS "userName"`,
  );
  assert.equal(items(`requestParameters['bucketName']`), `element_at(requestParameters, 'bucketName') AS "_col0"`);
  assert.equal(items('resources[1].arn AS r'), `json_extract(element_at(resources, 1), '$."arn"') AS r`);
  assert.equal(tail(`WHERE userIdentity.type = 'Root'`), `WHERE json_extract(userIdentity, '$."type"') = 'Root'`);
});

test('what is not called anything has the name that Trino gives it', () => {
  assert.equal(
    items('eventName, count(*), max(eventTime)'),
    'eventName , count ( * ) AS "_col1" , max ( eventTime ) AS "_col2"',
  );
  assert.equal(
    items('count(*) AS n, count(*) total, upper(eventName) "Name"'),
    'count ( * ) AS n , count ( * ) total , upper ( eventName ) "Name"',
  );
  assert.equal(items(`'x', 1, e.*, *`), `'x' AS "_col0" , 1 AS "_col1" , e . * , *`);
  assert.equal(items('DISTINCT eventName'), 'DISTINCT eventName');
  assert.equal(items('errorCode IS NULL'), 'errorCode IS NULL AS "_col0"');
  assert.equal(items('CASE WHEN readOnly THEN 1 ELSE 2 END'), 'CASE WHEN readOnly THEN 1 ELSE 2 END AS "_col0"');
  assert.match(
    translate(`SELECT arn FROM (SELECT userIdentity.arn FROM ${STORE})`, NOW).text,
    /^SELECT arn FROM \( SELECT json_extract\(userIdentity, '\$\."arn"'\) AS "arn" FROM "[^"]*" \)$/,
  );
});

test('instants', () => {
  const instant = `'2026-01-05 13:51:00'`;
  for (const text of [`'2026-01-05 13:51:00'`, `'2026-01-05T13:51:00Z'`, `timestamp '2026-01-05 13:51:00.000'`])
    assert.equal(tail(`WHERE eventTime > ${text}`), `WHERE eventTime > ${instant}`);
  assert.equal(tail('WHERE eventTime < now()'), `WHERE eventTime < '2026-01-31 12:00:00'`);
  assert.equal(tail('WHERE eventTime < current_timestamp'), `WHERE eventTime < '2026-01-31 12:00:00'`);
  assert.equal(tail('WHERE eventTime < current_date'), `WHERE eventTime < '2026-01-31'`);
  assert.equal(
    tail(`WHERE eventTime < CAST('2026-01-05' AS timestamp)`),
    `WHERE eventTime < CAST ( '2026-01-05' AS TEXT )`,
  );
  assert.equal(items('approx_distinct(eventName) AS n'), 'count ( DISTINCT eventName ) AS n');
});

test('what is no query of a store is refused', () => {
  for (const text of [
    '',
    'SELECT 1',
    `DELETE FROM ${STORE}`,
    `SELECT 1 FROM ${STORE}; DROP TABLE x`,
    `SELECT 'open FROM ${STORE}`,
    `SELECT requestParameters['a FROM ${STORE}`,
    `SELECT requestParameters[1 FROM ${STORE}`,
    `SELECT * FROM ${STORE} WHERE eventTime > now() - interval '7' day`,
    `ATTACH '${STORE}' AS x`,
  ])
    assert.throws(() => translate(text, NOW), SyntaxFault, text);
});

test('whatever is given is translated or refused', () => {
  const pieces = [
    'SELECT',
    'FROM',
    STORE,
    `"${STORE}"`,
    'userIdentity',
    '.',
    'arn',
    '[',
    ']',
    "'a'",
    '(',
    ')',
    ',',
    'AS',
    '*',
    'interval',
    '--',
    '/*',
    '*/',
    ';',
    '1',
    '"x"',
    'WITH',
    '\u0000',
    "'",
  ];
  const query = fc.array(fc.constantFrom(...pieces), { maxLength: 40 });
  fc.assert(
    fc.property(query, fc.boolean(), (words, isSelect) => {
      const text = `${isSelect ? `SELECT 1 FROM ${STORE} ` : ''}${words.join(' ')}`;
      try {
        assert.ok(translate(text, NOW).stores.includes(STORE));
      } catch (error) {
        assert.ok(error instanceof SyntaxFault, text);
      }
    }),
    { numRuns: 2_000 },
  );
  for (const sign of ['(', '[', 'a[', 'a.', '/*', "'", 'SELECT '])
    assert.throws(() => translate(sign.repeat(10_000 / sign.length), NOW), SyntaxFault, sign);
});
