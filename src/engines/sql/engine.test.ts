import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SqlTable } from '#kernel/contract';
import { ProcessSql } from './engine.ts';

type Row = readonly (string | number | null)[];

async function* given(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

const COLUMNS: SqlTable['columns'] = [
  { name: 'id', type: 'TEXT' },
  { name: 'map', type: 'TEXT' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'is', type: 'BOOLEAN' },
];

async function select(text: string, rows: readonly Row[] = [], most = 100, timeout = 20_000) {
  const engine = new ProcessSql();
  return engine.select({ text, tables: [{ name: 't', columns: COLUMNS, rows: given(rows) }], most, timeout });
}

/** The cells of the first row. */
async function row(list: string): Promise<(string | null)[]> {
  const answer = await select(`SELECT ${list}`);
  assert.ok('rows' in answer, JSON.stringify(answer));
  return [...(answer.rows[0] ?? [])];
}

test('tables are read, their rows shown as Trino shows them', async () => {
  const rows: Row[] = Array.from({ length: 2_500 }, (_, index) => [
    `i${index}`,
    null,
    '2026-01-01 00:00:00',
    index % 2,
  ]);
  const answer = await select('SELECT id, "at", "is", map FROM t ORDER BY id LIMIT 2', rows);
  assert.deepEqual(answer, {
    columns: ['id', 'at', 'is', 'map'],
    rows: [
      ['i0', '2026-01-01 00:00:00.000', 'false', null],
      ['i1', '2026-01-01 00:00:00.000', 'true', null],
    ],
    isMore: false,
  });
  assert.deepEqual(await select('SELECT count(*) AS n FROM t WHERE "is" = true', rows), {
    columns: ['n'],
    rows: [['1250']],
    isMore: false,
  });
  const some = await select('SELECT id FROM t', rows, 10);
  assert.ok('rows' in some);
  assert.deepEqual([some.rows.length, some.isMore], [10, true]);
});

test('functions of Trino', async () => {
  assert.deepEqual(
    await row(`element_at('{"a":"x","b":{"c":1}}', 'a'), element_at('[1,2]', -1), element_at('{}', 'a')`),
    ['x', '2', null],
  );
  assert.deepEqual(
    await row(`json_extract_scalar('{"a":{"b":[7]}}', '$.a.b[0]'), cardinality('[1,2]'), contains('["a"]', 'a')`),
    ['7', '2', '1'],
  );
  assert.deepEqual(
    await row(`split_part('a/b/c', '/', 2), strpos('abc', 'c'), starts_with('abc', 'ab'), regexp_like('abc', '^a.c$')`),
    ['b', '3', '1', '1'],
  );
  assert.deepEqual(
    await row(`regexp_extract('role/x', 'role/(.*)', 1), regexp_replace('aXa', 'X', '-'), 'A' LIKE 'a'`),
    ['x', 'a-a', '0'],
  );
  assert.deepEqual(
    await row(`date_add('day', -7, '2026-01-31 12:00:00'), date_add('month', 1, '2026-01-15 00:00:00')`),
    ['2026-01-24 12:00:00', '2026-02-15 00:00:00'],
  );
  assert.deepEqual(
    await row(
      `date_diff('hour', '2026-01-01 00:00:00', '2026-01-02 01:30:00'), date_diff('year', '2024-01-01', '2026-01-01')`,
    ),
    ['25', '2'],
  );
  assert.deepEqual(
    await row(
      `date_trunc('hour', '2026-01-31 12:34:56'), date_trunc('week', '2026-01-31 12:00:00'), date_trunc('month', '2026-01-31')`,
    ),
    ['2026-01-31 12:00:00', '2026-01-26 00:00:00', '2026-01-01 00:00:00'],
  );
  assert.deepEqual(
    await row(`year('2026-01-31'), day_of_week('2026-01-31'), to_unixtime('1970-01-01 00:01:00'), from_unixtime(60)`),
    ['2026', '6', '60', '1970-01-01 00:01:00'],
  );
  assert.deepEqual(
    await row(
      `date_add('month', 1, '2026-01-31 08:00:00'), date_add('month', -1, '2026-03-31'), date_trunc('quarter', '2026-06-30')`,
    ),
    ['2026-02-28 08:00:00', '2026-02-28 00:00:00', '2026-04-01 00:00:00'],
  );
  assert.deepEqual(
    await row(`dow('2027-01-01'), doy('2028-12-31'), week('2027-01-01'), yow('2027-01-01'), quarter('2026-12-01')`),
    ['5', '366', '53', '2026', '4'],
  );
  assert.deepEqual(
    await row(
      `day_of_month('2026-01-31'), day_of_year('2026-02-01'), week_of_year('2026-01-05'), year_of_week('2026-01-05'), millisecond('2026-01-05')`,
    ),
    ['31', '32', '2', '2026', '0'],
  );
  assert.deepEqual(
    await row(
      `array_distinct('[1,"1",1]'), array_max('[9,10]'), array_min('["b","a"]'), array_max('[1,null]'), array_min('[]')`,
    ),
    ['[1,"1"]', '10', 'a', null, null],
  );
  assert.deepEqual(await row(`slice('[1,2,3]', 2, 5), slice('[1,2,3]', -2, 1), slice('[1]', -2, 1)`), [
    '[2,3]',
    '[2]',
    '[]',
  ]);
  assert.deepEqual(
    await row(
      `is_json_scalar('1'), is_json_scalar('[1]'), json_array_contains('[1,2]', 2), json_array_get('["a",[3]]', -1)`,
    ),
    ['1', '0', '1', '[3]'],
  );
  assert.deepEqual(
    await row(`element_at(NULL, 'a'), date_trunc('hour', 'nonsense'), date_add('eon', 1, '2026-01-01')`),
    [null, null, null],
  );
  const counted = await select('SELECT count_if("is") FROM t', [
    ['a', null, '', 1],
    ['b', null, '', 0],
    ['c', null, '', null],
  ]);
  assert.deepEqual('rows' in counted && counted.rows, [['1']]);
});

test('nothing but reading is allowed, and what goes on for too long ends', async () => {
  const fault = async (text: string) => {
    const answer = await select(text);
    return 'error' in answer ? answer.error : answer;
  };
  assert.equal(await fault('SELEC 1'), 'near "SELEC": syntax error');
  assert.equal(await fault('SELECT foo()'), 'no such function: foo');
  for (const text of [
    'DROP TABLE t',
    "INSERT INTO t VALUES ('a', 'b', 'c', 1)",
    "ATTACH DATABASE '/tmp/stolen' AS s",
    "VACUUM INTO '/tmp/stolen'",
    'PRAGMA database_list',
    'SELECT * FROM pragma_database_list',
    "SELECT load_extension('x')",
  ])
    assert.match(String(await fault(text)), /not authorized|prohibited|authorization denied/, text);
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
  assert.deepEqual(await select(endless, [], 1, 500), { timedOut: true });
});
