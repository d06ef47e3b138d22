import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, HOUR, MINUTE } from '#kernel/base';
import { recordsOf } from '../../csv.ts';
import { Table } from '../../table.ts';
import { parseQuery } from '../query.ts';
import { Row } from '../row.ts';
import { Run } from '../run.ts';
import { QueryError } from '../scanner.ts';

const NOW = Date.UTC(2026, 0, 1);
const SPAN = { from: NOW - 10 * MINUTE, to: NOW };

type Event = { at?: number; json?: object; message?: string; isEarlier?: boolean };

function rowOf({ at = 0, json = {}, message = JSON.stringify(json), isEarlier = false }: Event): Row {
  const timestamp = NOW - 1 - at * MINUTE;
  const rest = { ingestedAt: NOW, streamName: 's', log: '1:g', pointer: () => 'p', isLambda: false };
  return new Row({ timestamp, message, ...rest, ...(isEarlier && { isEarlier }) });
}

/** What a query makes of events; `tables` are lookup tables, `inner` the events of the queries within it. */
function run(
  text: string,
  events: readonly Event[],
  { tables = {}, inner = [] }: { tables?: { [name: string]: string }; inner?: readonly Event[] } = {},
): { [field: string]: string }[] {
  const query = parseQuery(text, NOW, SPAN);
  for (const [name, asked] of query.needs.tables) asked.table = new Table(recordsOf(tables[name] ?? ''));
  for (const subquery of query.needs.subqueries) {
    const part = new Run(subquery.query, 100, SPAN);
    for (const event of inner) part.take(rowOf(event));
    subquery.rows = part.endRows();
  }
  const whole = new Run(query, 100, SPAN);
  for (const event of events) if (!whole.take(rowOf(event))) break;
  return whole
    .end()
    .map((cells) =>
      Object.fromEntries(cells.filter(({ field }) => field !== '@ptr').map(({ field, value }) => [field, value])),
    );
}

const json = (...objects: object[]): Event[] => objects.map((one, at) => ({ at, json: one }));
const refused = (text: string) => {
  try {
    parseQuery(text, NOW, SPAN);
  } catch (error) {
    assert.ok(error instanceof QueryError);
    return error.message.replace(/ at line .*/, '');
  }
  return undefined;
};

test('lookup: by one field or several, over what is there or beside it', () => {
  const users = 'id,team,name\n1,a,Jo\n1,b,"Bo, the second"\n2,a,Al\n';
  const events = json({ id: 1, team: 'b' }, { id: 2, team: 'b', name: 'mine' }, {});
  const found = (query: string) => run(query, events, { tables: { users } });
  assert.deepEqual(found('fields id | lookup users id OUTPUT name'), [
    { id: '1', name: 'Jo' },
    { id: '2', name: 'Al' },
    {},
  ]);
  assert.deepEqual(found('fields id | lookup users id, team OUTPUT name as who'), [
    { id: '1', who: 'Bo, the second' },
    { id: '2' },
    {},
  ]);
  assert.deepEqual(found('fields id | lookup users id as id OUTPUTNEW name'), [
    { id: '1', name: 'Jo' },
    { id: '2', name: 'mine' },
    {},
  ]);
  assert.deepEqual(found('lookup users id OUTPUT name | filter ispresent(name) | stats count(*) as n by name'), [
    { name: 'Jo', n: '1' },
    { name: 'Al', n: '1' },
  ]);
});

test('cidrlookup: the smallest network that holds an address', () => {
  const nets = 'cidr,owner\n10.0.0.0/8,all\n10.1.0.0/16,some\n2001:db8::/32,six\n192.168.0.1,one\nnone,nobody\n';
  const events = json(
    { ip: '10.1.2.3' },
    { ip: '10.2.0.1' },
    { ip: '2001:db8::7' },
    { ip: '192.168.0.1' },
    { ip: 'x' },
  );
  for (const query of ['cidrlookup nets ip as cidr OUTPUT owner', 'cidrlookup nets ip OUTPUT owner'])
    assert.deepEqual(
      run(`${query} | display owner`, events, { tables: { nets } }).map(({ owner }) => owner),
      ['some', 'all', 'six', 'one', undefined],
    );
});

test('join: rows with the same key, and with `left` those without', () => {
  const events = json({ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'c', n: 3 });
  const inner = json({ id: 'a', ms: 10 }, { id: 'a', ms: 20 }, { id: 'c', ms: 30 });
  const joined = (type: string) =>
    run(`join ${type} left=x right=y where y.id = x.id (SOURCE 'other') | fields x.n, y.ms, n`, events, { inner });
  const both = [
    { 'x.n': '1', 'y.ms': '10', n: '1' },
    { 'x.n': '1', 'y.ms': '20', n: '1' },
    { 'x.n': '3', 'y.ms': '30', n: '3' },
  ];
  assert.deepEqual(joined(''), both);
  assert.deepEqual(joined('type=left'), [...both.slice(0, 2), { 'x.n': '2', n: '2' }, both[2]]);
});

test('subqueries: what is in the result of another query', () => {
  const events = json({ id: 'a' }, { id: 'b' }, { id: 'c' });
  const inner = json({ id: 'a', ok: 0 }, { id: 'b', ok: 1 }, { id: 'a', ok: 0 });
  const found = (filter: string) => run(`filter ${filter} | fields id`, events, { inner }).map(({ id }) => id);
  assert.deepEqual(found('id in (SOURCE g | filter ok = 0 | fields id)'), ['a']);
  assert.deepEqual(found('id not in (SOURCE g | filter ok = 0 | fields id) and id != "c"'), ['b']);
  assert.deepEqual(found('id in (SOURCE "g" | stats count(*) as n by id | filter n > 1 | fields id)'), ['a']);
  assert.equal(refused('filter a in (SOURCE g | filter b in (SOURCE h))'), 'nested subqueries are not supported');
});

test('appendcols: columns of another query, row by row', () => {
  const events = json({ s: 'a', n: 1 }, { s: 'b', n: 2 }, { s: 'c', n: 3 });
  const inner = json({ n: 10, m: 5 }, { n: 20, m: 6 });
  assert.deepEqual(run('fields s, n | appendcols (SOURCE g | fields n, m)', events, { inner }), [
    { s: 'a', n: '1', m: '5' },
    { s: 'b', n: '2', m: '6' },
    { s: 'c', n: '3' },
  ]);
  assert.deepEqual(run('fields s, n | appendcols override=true max=1 (SOURCE g | fields n)', events, { inner }), [
    { s: 'a', n: '10' },
    { s: 'b', n: '2' },
    { s: 'c', n: '3' },
  ]);
});

test('accum, autoregress and filldown look back', () => {
  const events = json({ b: 1, h: 'x' }, { b: 2 }, { b: 4, h: 'y' }, { c: 1 });
  const column = (query: string, name: string) => run(query, events).map((row) => row[name]);
  assert.deepEqual(column('fields b | accum b as t', 't'), ['1', '3', '7', '7']);
  assert.deepEqual(column('fields b | accum b', 'b'), ['1', '3', '7', '7']);
  assert.deepEqual(column('fields b | autoregress b', 'b_p1'), [undefined, '1', '2', '4']);
  assert.deepEqual(column('fields b | autoregress b as p p=2', 'p'), [undefined, undefined, '1', '2']);
  assert.deepEqual(column('fields b | autoregress b p=1-2', 'b_p2'), [undefined, undefined, '1', '2']);
  assert.deepEqual(column('fields b, h | filldown h', 'h'), ['x', 'x', 'y', 'y']);
  assert.deepEqual(column('fields b, h | filldown', 'b'), ['1', '2', '4', '4']);
  assert.deepEqual(column('fields b, h | filldown z*, q', 'h'), ['x', undefined, 'y', undefined]);
});

test('sessionize: by who it is, and how long nothing came', () => {
  const at = (minutes: number, user: string): Event => ({ at: minutes, json: { user } });
  const events = [at(0, 'a'), at(1, 'b'), at(20, 'a'), at(60, 'a'), at(61, 'b')];
  const ids = (query: string, name: string) => run(query, events).map((row) => row[name]);
  assert.deepEqual(ids('fields user | sessionize user', 'session_id'), ['1', '2', '1', '3', '4']);
  assert.deepEqual(ids('fields user | sessionize user maxspan 1h as s', 's'), ['1', '2', '1', '1', '2']);
});

test('fillmissing: each period of the query, for each of the other columns', () => {
  const events = [
    { at: 0, json: { k: 'a', v: 3 } },
    { at: 9, json: { k: 'b', v: 4 } },
  ];
  const times = (query: string) => run(query, events).map(Object.values);
  assert.deepEqual(times('stats sum(v) as s by bin(4m) as t | fillmissing with 0 for s'), [
    ['2025-12-31 23:48:00.000', '4'],
    ['2025-12-31 23:52:00.000', '0'],
    ['2025-12-31 23:56:00.000', '3'],
  ]);
  assert.deepEqual(times('stats sum(v) as s by bin(10m), k offset 1d | fillmissing with "none" for s'), [
    ['2026-01-01 23:50:00.000', 'a', '3'],
    ['2026-01-01 23:50:00.000', 'b', '4'],
  ]);
  assert.deepEqual(times('stats sum(v) as s by bin(5m), k | fillmissing | filter !ispresent(s) | sort k'), [
    ['2025-12-31 23:50:00.000', 'a'],
    ['2025-12-31 23:55:00.000', 'b'],
  ]);
  assert.equal(refused('stats sum(v) by k | fillmissing'), 'fillmissing must follow stats by bin()');
});

test('addtotals: of rows and of columns', () => {
  const events = json({ a: 1, b: 2, c: 'x' }, { a: 10, b: 20 });
  assert.deepEqual(run('fields a, b, c | addtotals', events), [
    { a: '1', b: '2', c: 'x', Total: '3' },
    { a: '10', b: '20', Total: '30' },
  ]);
  assert.deepEqual(run('fields a, b | addtotals row=false col=true a', events), [
    { a: '1', b: '2' },
    { a: '10', b: '20' },
    { a: '11' },
  ]);
  assert.deepEqual(run('fields a, b | addtotals fieldname=Sum a, b', events)[1], { a: '10', b: '20', Sum: '30' });
});

test('countFrequent, outlier', () => {
  const events = json({ m: 'GET', s: 200 }, { m: 'PUT', s: 200 }, { m: 'GET', s: 200 });
  assert.deepEqual(run('countFrequent m, s', events), [
    { m: 'GET', s: '200', _approxcount: '2' },
    { m: 'PUT', s: '200', _approxcount: '1' },
  ]);
  const numbers = json(...[10, 11, 12, 13, 14, 1_000, -1_000].map((n) => ({ n })));
  const kept = (options: string) => run(`fields n | outlier ${options} n`, numbers).map(({ n }) => n);
  assert.deepEqual(kept('action=remove'), ['10', '11', '12', '13', '14', '-1000']);
  assert.deepEqual(kept('action=remove uselower=true'), ['10', '11', '12', '13', '14']);
  assert.deepEqual(kept('param=1'), ['10', '11', '12', '13', '14', '16.5', '-1000']);
  assert.deepEqual(run('fields n | outlier mark=true n', numbers)[5], { n: '21', n_outlier: '1' });
});

test('relevantfields: what differs where a condition holds', () => {
  const events = json(
    ...Array.from({ length: 20 }, (_, index) => ({
      path: index < 5 ? '/slow' : '/fast',
      host: index % 2 === 0 ? 'a' : 'b',
      ms: index < 5 ? 900 : 10,
    })),
  );
  const found = run('relevantfields where ms > 400', events);
  assert.deepEqual(found[0], {
    '@fieldName': 'path',
    '@relevanceScore': '1',
    '@topRelevanceContributors': '{"/slow":1,"/fast":-1}',
  });
  assert.deepEqual(found[1], {
    '@fieldName': 'ms',
    '@relevanceScore': '1',
    '@conditionalMedian': '900',
    '@baselineMedian': '10',
  });
  assert.ok(Number(found[2]?.['@relevanceScore']) < 0.2);
  assert.deepEqual(
    run('relevantfields host where ms > 400', events).map((row) => row['@fieldName']),
    ['host'],
  );
});

test('diff and logcompare: patterns of now beside those of before', () => {
  const events: Event[] = [
    { message: 'took 1 ms' },
    { message: 'took 2 ms' },
    { message: 'ERROR at 7' },
    { message: 'took 3 ms', isEarlier: true },
    { message: 'bye', isEarlier: true },
  ];
  const found = [
    ['took <Number-1> ms', '2', '1', '100% increase', 'NONE'],
    ['ERROR at <Number-1>', '1', '1', 'New pattern', 'ERROR'],
    ['bye', '0', '-1', 'Pattern no longer seen', 'NONE'],
  ];
  for (const query of [
    'diff',
    'fields @timestamp, @message | sort @timestamp desc | limit 1 | diff previousDay',
    'pattern @message | diff previousWeek',
    'logcompare timeshift 7d',
  ])
    assert.deepEqual(run(query, events).map(Object.values), found, query);
  const earlier = (query: string) => {
    const { from, to } = parseQuery(query, NOW, SPAN).needs.compared?.(SPAN) ?? { from: 0, to: 0 };
    return [SPAN.from - from, SPAN.to - to];
  };
  assert.deepEqual(earlier('diff'), [10 * MINUTE, 10 * MINUTE]);
  assert.deepEqual(earlier('diff previousDay'), [DAY, DAY]);
  assert.deepEqual(earlier('diff previousWeek'), [7 * DAY, 7 * DAY]);
  // From the 31st of December to the 30th of November.
  assert.deepEqual(earlier('diff previousMonth'), [31 * DAY, 31 * DAY]);
  assert.deepEqual(earlier('logcompare timeshift 3h'), [3 * HOUR, 3 * HOUR]);
});

test('anomaly: what is unusual in the last quarter of the time, of each of five types', () => {
  const every = (count: number, from: number, to: number, message: (index: number) => string): Event[] =>
    Array.from({ length: count }, (_, index) => ({
      at: from + ((to - from) * index) / count,
      message: message(index),
    }));
  // A minute ago is late, 9 minutes ago early: the last two and a half of ten are judged.
  const usual = [
    ...every(60, 3, 9.9, (index) => `took ${100 + index} ms`),
    ...every(60, 3, 9.9, (index) => `GET answered ${index % 2 === 0 ? 200 : 304} here`),
    ...every(15, 3, 9.9, () => 'tick'),
  ];
  const anomalies = (query: string, events: readonly Event[]) =>
    run(query, events).map((row) =>
      ['@pattern', '@anomalyType', '@anomalyPriority', '@anomalyDescription'].map((name) => row[name]),
    );
  assert.deepEqual(anomalies('pattern @message | anomaly', usual), []);
  const late = [
    ...every(20, 1, 1.2, () => 'tick'),
    { at: 1, message: 'ERROR lost 5' },
    { at: 1, message: 'took 9000 ms' },
    { at: 1, message: 'GET answered 201 here' },
    { at: 1, message: 'GET answered 503 here' },
  ];
  const found = [
    [
      'GET answered <Number-1> here',
      'Token variation',
      'MEDIUM',
      'Token 1 has the value 201, which was not seen before, 1 times in: GET answered <Number-1> here',
    ],
    [
      'GET answered <Number-1> here',
      'HTTP error code',
      'MEDIUM',
      'Token 1 has the value 503, which was not seen before, 1 times in: GET answered <Number-1> here',
    ],
    [
      'took <Number-1> ms',
      'Numerical token',
      'MEDIUM',
      'Token 1 has the value 9000, where 129.5 is usual, in: took <Number-1> ms',
    ],
    ['tick', 'Pattern frequency', 'HIGH', '20 events where 1.0 are usual of the pattern: tick'],
    [
      'ERROR lost <Number-1>',
      'New pattern',
      'HIGH',
      '1 event of a pattern that was not seen before: ERROR lost <Number-1>',
    ],
  ];
  const all = [...usual, ...late];
  assert.deepEqual(anomalies('fields @timestamp, @message | pattern @message | anomaly', all), found);
  assert.deepEqual(anomalies('anomaly', all), found, 'without a pattern, those of the messages');
  assert.deepEqual(
    anomalies('filter @message like "took" | pattern @message | anomaly | sort @timestamp desc', all),
    found.slice(2, 3),
  );
  assert.deepEqual(anomalies('pattern @message | filter @severityLabel = "ERROR" | anomaly', all), found.slice(4));
  assert.deepEqual(anomalies('anomaly', late), [], 'nothing is unusual where nothing was before');
  assert.deepEqual([...parseQuery('anomaly', NOW, SPAN).needs.standardOnly], ['anomaly']);
});

test('SOURCE: groups by their names and beginnings, within a time', () => {
  const source = (text: string) => parseQuery(text, NOW, SPAN).source;
  assert.deepEqual(source("SOURCE '/aws/lambda/f', other start=-1d end=now | limit 1"), {
    names: ['/aws/lambda/f', 'other'],
    window: { from: NOW - DAY, to: NOW },
  });
  assert.deepEqual(source("SOURCE logGroups(accountIdentifiers:['111122223333'], namePrefix: ['a'])"), {
    prefixes: ['a'],
    class: 'STANDARD',
    accounts: ['111122223333'],
    window: {},
  });
  assert.equal(
    refused("SOURCE dataSource(['amazon_vpc.flow'])"),
    'Groups have no data sources here: name them by logGroups.',
  );
});
