/** Queries over objects. Source of the data and results marked so: S3 User Guide, "SQL reference for Amazon S3 Select". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  type InputSerialization,
  type OutputSerialization,
  PutObjectCommand,
  SelectObjectContentCommand,
  type SelectObjectContentCommandInput,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { type S3Cloud, startS3, userOf } from './setup.ts';

const CSV: InputSerialization = { CSV: { FileHeaderInfo: 'USE' } };
const PLAIN: InputSerialization = { CSV: {} };
const JSON_LINES: InputSerialization = { JSON: { Type: 'LINES' } };
const TO_JSON: OutputSerialization = { JSON: {} };
const TO_CSV: OutputSerialization = { CSV: {} };

const put = ({ s3, Bucket }: S3Cloud, Body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket, Key: 'data', Body }));

type Asked = Partial<SelectObjectContentCommandInput>;

function send({ s3, Bucket }: S3Cloud, Expression: string, more: Asked) {
  const input = { InputSerialization: PLAIN, OutputSerialization: TO_JSON, ...more };
  return s3.send(new SelectObjectContentCommand({ Bucket, Key: 'data', Expression, ExpressionType: 'SQL', ...input }));
}

/** The records, and the figures that came with them. */
async function select(cloud: S3Cloud, Expression: string, more: Asked = {}) {
  const { Payload = [] } = await send(cloud, Expression, more);
  let text = '';
  let hasEnded = false;
  const told: { Stats?: object; progress: number } = { progress: 0 };
  for await (const event of Payload as NonNullable<Awaited<ReturnType<typeof send>>['Payload']>) {
    if (event.Records !== undefined) text += Buffer.from(event.Records.Payload ?? []).toString();
    if (event.Stats !== undefined) told.Stats = event.Stats.Details ?? {};
    if (event.Progress !== undefined) told.progress += 1;
    hasEnded = event.End !== undefined;
  }
  assert.ok(hasEnded);
  return { text, lines: text.split('\n').slice(0, -1), ...told };
}

const refused = async (cloud: S3Cloud, expression: string, more: Asked = {}) =>
  (await failure(send(cloud, expression, more))).name;

test('columns of CSV by number and by name, in the form that is asked for', async () => {
  await using cloud = await startS3();
  await put(cloud, 'name,city\r\n"Ann, Lee",Oslo\r\n\r\n#not this\r\nBob "B",\r\n');
  const lines = async (sql: string, more: Asked = {}) => (await select(cloud, sql, more)).lines;
  assert.deepEqual(await lines('SELECT * FROM S3Object', { InputSerialization: CSV }), [
    '{"name":"Ann, Lee","city":"Oslo"}',
    '{"name":"Bob \\"B\\"","city":""}',
  ]);
  assert.deepEqual(await lines('select s._2 from s3object s limit 2'), ['{"_2":"city"}', '{"_2":"Oslo"}']);
  const ignoring = { InputSerialization: { CSV: { FileHeaderInfo: 'IGNORE' } } } as const;
  assert.deepEqual(await lines('SELECT _1 AS who, _2 FROM S3Object LIMIT 1', ignoring), [
    '{"who":"Ann, Lee","_2":"Oslo"}',
  ]);
  const toCsv = { InputSerialization: CSV, OutputSerialization: TO_CSV };
  assert.deepEqual(await lines('SELECT NAME, city FROM S3Object', toCsv), ['"Ann, Lee",Oslo', '"Bob ""B""",']);
  const always = { CSV: { QuoteFields: 'ALWAYS', FieldDelimiter: ';', RecordDelimiter: '|' } } as const;
  const { text } = await select(cloud, 'SELECT city FROM S3Object', {
    InputSerialization: CSV,
    OutputSerialization: always,
  });
  assert.equal(text, '"Oslo"|""|');
  assert.equal(await refused(cloud, 'SELECT s."NAME" FROM S3Object s', { InputSerialization: CSV }), 'MissingHeaders');
  assert.equal(await refused(cloud, 'SELECT _3 FROM S3Object'), 'InvalidColumnIndex');
});

test('a column of equal names has to be said in quotation marks; delimiters and quotes are the request’s', async () => {
  await using cloud = await startS3();
  await put(cloud, "NAME;name\n'a;b';'it\\'s'\n");
  const input: InputSerialization = {
    CSV: { FileHeaderInfo: 'USE', FieldDelimiter: ';', QuoteCharacter: "'", QuoteEscapeCharacter: '\\' },
  };
  const by = { InputSerialization: input };
  assert.equal(await refused(cloud, 'SELECT name FROM S3Object', by), 'AmbiguousFieldName');
  assert.deepEqual((await select(cloud, 'SELECT "NAME", s."name" FROM S3Object s', by)).lines, [
    `{"NAME":"a;b","name":"it's"}`,
  ]);
});

test('what is queried need not be text: packed, over lines in quotes, encrypted by the client’s key, in ranges', async () => {
  await using cloud = await startS3();
  const rows = Array.from({ length: 12_000 }, (_, at) => `${at},"row\n${at}"\n`).join('');
  const packed = gzipSync(rows);
  await put(cloud, packed);
  const input: InputSerialization = { CompressionType: 'GZIP', CSV: { AllowQuotedRecordDelimiter: true } };
  const found = await select(cloud, "SELECT _2 FROM S3Object WHERE _1 IN ('7', '11999')", {
    InputSerialization: input,
    RequestProgress: { Enabled: true },
  });
  assert.deepEqual(found.lines, ['{"_2":"row\\n7"}', '{"_2":"row\\n11999"}']);
  assert.deepEqual(found.Stats, {
    BytesScanned: packed.length,
    BytesProcessed: rows.length,
    BytesReturned: found.text.length,
  });
  assert.ok(found.progress > 0);
  const all = await select(cloud, 'SELECT * FROM S3Object', { InputSerialization: input });
  assert.equal(all.lines.length, 12_000);
  await put(cloud, packed.subarray(0, 1_000));
  assert.equal(await refused(cloud, 'SELECT COUNT(*) FROM S3Object', { InputSerialization: input }), 'TruncatedInput');
  // Source: "Requests using scan ranges".
  await put(cloud, 'A,B\nC,D\nD,E\nE,F\nG,H\nI,J\n');
  const within = async (Start: number | undefined, End?: number) => {
    const ScanRange = { ...(Start !== undefined && { Start }), ...(End !== undefined && { End }) };
    return (await select(cloud, 'SELECT * FROM S3Object', { ScanRange, OutputSerialization: TO_CSV })).lines;
  };
  assert.deepEqual(await within(1, 4), ['C,D']);
  assert.deepEqual(await within(0, 4), ['A,B', 'C,D']);
  assert.deepEqual(await within(17), ['I,J']);
  assert.deepEqual(await within(undefined, 8), ['G,H', 'I,J']);
  const range = { ScanRange: { Start: 2, End: 1 } };
  assert.equal(await refused(cloud, 'SELECT * FROM S3Object', range), 'InvalidScanRange');
  const ofPacked = { ScanRange: { Start: 1 }, InputSerialization: input };
  assert.equal(await refused(cloud, 'SELECT * FROM S3Object', ofPacked), 'UnsupportedScanRangeInput');
});

test('JSON: members, elements and paths, as the guide’s examples have it', async () => {
  await using cloud = await startS3();
  const lines = async (sql: string, InputSerialization = JSON_LINES) =>
    (await select(cloud, sql, { InputSerialization })).lines;
  await put(
    cloud,
    '{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"} ]}\n{ "created": "June 27", "modified": "July 6" }\n',
  );
  const path = 'SELECT id FROM S3Object[*].Rules[*].id';
  assert.deepEqual(await lines(path), ['{"id":"1"}', '{}', '{"id":"2"}', '{}']);
  assert.deepEqual(await lines(`${path} WHERE id IS NOT MISSING`), ['{"id":"1"}', '{"id":"2"}']);
  await put(
    cloud,
    '{ "dir_name": "important_docs", "files": [ { "name": "." } ], "owner": "AWS S3", "n": 12345678901234567890, "d": 1.50 }',
  );
  assert.deepEqual(await lines('SELECT d.dir_name, d.files, d.n, d.d FROM S3Object[*] d'), [
    '{"dir_name":"important_docs","files":[{"name":"."}],"n":12345678901234567890,"d":1.50}',
  ]);
  assert.deepEqual(await lines('SELECT _1.DIR_NAME, _1.files[0].name FROM S3Object[*]'), [
    '{"DIR_NAME":"important_docs","name":"."}',
  ]);
  await put(cloud, '{"a":\n [{"price": 1},\n {"price": 2}]}{"a": []}\n[5]');
  const whole: InputSerialization = { JSON: { Type: 'DOCUMENT' } };
  assert.deepEqual(await lines('SELECT price FROM S3Object[*].a[*].price', whole), [
    '{"price":1}',
    '{"price":2}',
    '{}',
    '{}',
  ]);
  assert.equal(
    await refused(cloud, 'SELECT * FROM S3Object.a', { InputSerialization: whole }),
    'DataSourcePathUnsupported',
  );
  for (const depth of [1_500, 4_000, 100_000]) {
    await put(cloud, `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    for (const sql of ['SELECT * FROM S3Object', 'SELECT s.a FROM S3Object s WHERE s.a = s.a'])
      assert.equal(await refused(cloud, sql, { InputSerialization: JSON_LINES }), 'JSONParsingError');
  }
  await put(cloud, '{"a":1}\n{"a":}\n');
  assert.equal(await refused(cloud, 'SELECT * FROM S3Object', { InputSerialization: JSON_LINES }), 'JSONParsingError');
});

/** Expressions and what they come to. Source: the examples of the guide's pages on functions, but for the last lines. */
const EXAMPLES: [expression: string, json: string][] = [
  ["CHAR_LENGTH('abcdefg')", '7'],
  ["LOWER('AbCdEfG!@#$')", '"abcdefg!@#$"'],
  ["UPPER('AbCdEfG!@#$')", '"ABCDEFG!@#$"'],
  ["SUBSTRING('123456789' FROM 0)", '"123456789"'],
  ["SUBSTRING('123456789', 2)", '"23456789"'],
  ["SUBSTRING('123456789', -4)", '"123456789"'],
  ["SUBSTRING('123456789' FROM 0 FOR 999)", '"123456789"'],
  ["SUBSTRING('123456789', 1, 5)", '"12345"'],
  ["TRIM('       foobar         ')", '"foobar"'],
  ["TRIM(LEADING FROM '       foobar         ')", '"foobar         "'],
  ["TRIM(TRAILING FROM '       foobar         ')", '"       foobar"'],
  ["TRIM(BOTH '12' FROM '1112211foobar22211122')", '"foobar"'],
  ['COALESCE(missing, missing)', 'null'],
  ["COALESCE(null, 'string')", '"string"'],
  ['NULLIF(1.0, 1)', 'null'],
  ["NULLIF(1, '1')", '1'],
  ['NULLIF([1], [1])', 'null'],
  ['DATE_ADD(year, 5, `2010-01-01T`)', '"2015-01-01T"'],
  ['DATE_ADD(month, 13, `2010T`)', '"2011-02T"'],
  ['DATE_ADD(day, -1, `2017-01-10T`)', '"2017-01-09T"'],
  ['DATE_ADD(hour, 1, `2017T`)', '"2017-01-01T01:00-00:00"'],
  ['DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)', '"2017-01-02T03:05:05.006Z"'],
  ['DATE_DIFF(month, `2011T`, `2010T`)', '-12'],
  ['DATE_DIFF(day, `2010-01-01T23:00`, `2010-01-02T01:00`)', '0'],
  ['EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)', '8'],
  ['EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)', '3'],
  ["TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", '"July 20, 1969 8:18 PM"'],
  ["TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", '"7-20-69"'],
  ["TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", '"1969-07-20T20:18:00Z"'],
  ["TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXXX')", '"1969-07-20T20:18:00+08:00"'],
  ["TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", '"2007-02-23T12:14:33.079-08:00"'],
  ['UTCNOW()', '"2026-01-01T00:00:00.000Z"'],
  ["CASE _1 WHEN 'x' THEN 1 ELSE 2 END", '2'],
  ["CASE WHEN CAST(_2 AS FLOAT) < 3 THEN 'few' END", '"few"'],
  ['CAST(_2 AS INT) + 3 * 2 - -1', '9'],
  ['7 / 2', '3'],
  ['7 / 2.0', '3.5'],
  ["_1 || '!'", '"a!"'],
  ["'50%' LIKE '50\\%' ESCAPE '\\' AND NOT 'axb' LIKE 'a_' AND 'abc' LIKE 'a%'", 'true'],
  ["'b' BETWEEN 'a' AND 'c' AND _1 NOT IN ('b', 'c')", 'true'],
  ['null = null OR true', 'true'],
  ["CAST('2007-04-05T14:30Z' AS TIMESTAMP) < `2008T`", 'true'],
];

test('functions and operators', async () => {
  await using cloud = await startS3();
  await put(cloud, 'a,2\n');
  const columns = EXAMPLES.map(([expression], at) => `${expression} AS c${at}`);
  const { text } = await select(cloud, `SELECT ${columns.join(', ')} FROM S3Object`);
  const told = [...text.matchAll(/"c(\d+)":("(?:[^"\\]|\\.)*"|[^,}]*)/g)].map(([, at, json]) => [
    EXAMPLES[Number(at)]?.[0],
    json,
  ]);
  assert.deepEqual(told, EXAMPLES);
});

test('aggregates', async () => {
  await using cloud = await startS3();
  // Source: "SUM example".
  await put(
    cloud,
    '"B","example-folder/","0"\n"B","example-folder/object1","2011267"\n"B","example-folder/object2","1570024"\n',
  );
  const sum =
    "SELECT SUM(CAST(_3 as INT)) FROM s3object s WHERE _2 LIKE 'example-folder/%' AND _2 != 'example-folder/';";
  assert.deepEqual((await select(cloud, sum, { OutputSerialization: TO_CSV })).lines, ['3581291']);
  const several =
    'SELECT COUNT(*) AS n, AVG(CAST(_3 AS INT)), MIN(CAST(_3 AS INT)), MAX(CAST(_3 AS INT)) + 1 AS m FROM S3Object';
  assert.deepEqual((await select(cloud, several)).lines, ['{"n":3,"_2":1193763.6666666667,"_3":0,"m":2011268}']);
  const none = "SELECT COUNT(*), SUM(CAST(_3 AS INT)) FROM S3Object WHERE _1 = 'x'";
  assert.deepEqual((await select(cloud, none)).lines, ['{"_1":0,"_2":null}']);
});

test('what a query may not be', async () => {
  await using cloud = await startS3();
  await put(cloud, 'a,b\n');
  const FAULTS: [sql: string, name: string][] = [
    ['SELECT', 'ParseUnexpectedToken'],
    ['SELECT * FROM Other', 'DataSourcePathUnsupported'],
    ['SELECT * FROM S3Object GROUP BY _1', 'UnsupportedSqlStructure'],
    ['SELECT s.CAST FROM S3Object s', 'ParseUnexpectedKeyword'],
    ['SELECT ? FROM S3Object', 'LexerInvalidChar'],
    ['SELECT SIN(_1) FROM S3Object', 'UnsupportedFunction'],
    ['SELECT CAST(_1 AS BLOB) FROM S3Object', 'InvalidDataType'],
    ['SELECT CAST(_1 AS INT) FROM S3Object', 'CastFailed'],
    ['SELECT _1 + 1 FROM S3Object', 'IncorrectSqlFunctionArgumentType'],
    ['SELECT _1, COUNT(*) FROM S3Object', 'UnsupportedSqlStructure'],
    [`SELECT ${'('.repeat(5_000)}1 FROM S3Object`, 'UnsupportedSqlStructure'],
    [`SELECT '${'x'.repeat(256 * 1_024)}' FROM S3Object`, 'ExpressionTooLong'],
  ];
  for (const [sql, name] of FAULTS) assert.equal(await refused(cloud, sql), name, sql.slice(0, 60));
  const both = { InputSerialization: { CSV: {}, JSON: { Type: 'LINES' } } } as const;
  assert.equal(await refused(cloud, 'SELECT * FROM S3Object', both), 'InvalidDataSource');
  const parquet = { InputSerialization: { Parquet: {} } };
  const unbuilt = await failure(send(cloud, 'SELECT * FROM S3Object', parquet));
  assert.deepEqual([unbuilt.name, unbuilt.$metadata?.httpStatusCode], ['NotImplemented', 501]);
});

test('an error amid the records ends the stream with its name; whoever may read an object may query it', async () => {
  await using cloud = await startS3();
  await put(cloud, `${'1\n'.repeat(30_000)}x\n`);
  const error = await failure(select(cloud, 'SELECT CAST(_1 AS INT) FROM S3Object'));
  assert.match(`${error.name} ${error.message}`, /CastFailed/);
  const reader = await userOf(cloud, 'reader', { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
  const found = await select(Object.assign(Object.create(cloud), { s3: reader }), 'SELECT COUNT(*) FROM S3Object');
  assert.deepEqual(found.lines, ['{"_1":30001}']);
  const other = await userOf(cloud, 'other', { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' });
  assert.equal(
    await refused(Object.assign(Object.create(cloud), { s3: other }), 'SELECT * FROM S3Object'),
    'AccessDenied',
  );
});

test('words of forms may be in small letters; others are refused by name', async () => {
  await using cloud = await startS3();
  await put(cloud, 'name\nAnn\n');
  // As the tutorial of aws/aws-sdk-pandas writes them; the types know capitals only.
  const input = (form: object) => ({ InputSerialization: form as InputSerialization });
  const sql = 'SELECT s.name FROM S3Object s';
  const named = await select(cloud, sql, input({ CSV: { FileHeaderInfo: 'Use' }, CompressionType: 'None' }));
  assert.deepEqual(named.lines, ['{"name":"Ann"}']);
  const output = (QuoteFields: string) => ({ OutputSerialization: { CSV: { QuoteFields } } as OutputSerialization });
  assert.deepEqual((await select(cloud, sql, { ...input(CSV), ...output('Always') })).lines, ['"Ann"']);
  await put(cloud, '{"name":"Bo"}');
  assert.deepEqual((await select(cloud, sql, input({ JSON: { Type: 'Document' } }))).lines, ['{"name":"Bo"}']);
  const wrong: [Asked, string][] = [
    [input({ CSV: { FileHeaderInfo: 'FIRST' } }), 'InvalidFileHeaderInfo'],
    [input({ JSON: { Type: 'ARRAY' } }), 'InvalidJsonType'],
    [input({ CSV: {}, CompressionType: 'ZIP' }), 'InvalidCompressionFormat'],
    [output('NEVER'), 'InvalidQuoteFields'],
    [{ ExpressionType: 'XPATH' as 'SQL' }, 'InvalidExpressionType'],
  ];
  for (const [more, name] of wrong) assert.equal(await refused(cloud, sql, more), name);
});
