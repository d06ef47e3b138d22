import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MINUTE } from '#kernel/base';
import { parseAddress } from './ip.ts';
import { parseQuery } from './query.ts';
import { Row } from './row.ts';
import { Run } from './run.ts';
import { QueryError } from './scanner.ts';

const NOW = Date.UTC(2026, 0, 1);
const SPAN = { from: NOW - 60 * MINUTE, to: NOW + 1 };

/** What a query makes of messages, a minute between two, newest first; without pointers. */
function run(text: string, messages: readonly string[], limit = 10_000): { [field: string]: string }[] {
  const query = new Run(parseQuery(text, NOW, SPAN), limit, SPAN);
  for (const [index, message] of messages.entries()) {
    const timestamp = NOW - index * MINUTE;
    const pointer = () => `p${index}`;
    const rest = { ingestedAt: NOW, streamName: `s${index % 2}`, log: '1:g', pointer, isLambda: true };
    if (!query.take(new Row({ timestamp, message, ...rest }))) break;
  }
  return query
    .end()
    .map((cells) =>
      Object.fromEntries(cells.filter(({ field }) => field !== '@ptr').map(({ field, value }) => [field, value])),
    );
}

const value = (expression: string, message = '{}') => run(`fields ${expression} as x`, [message])[0]?.x;

test('events as they are: time and message', () => {
  assert.deepEqual(run('', ['a', 'b']), [
    { '@timestamp': '2026-01-01 00:00:00.000', '@message': 'a' },
    { '@timestamp': '2025-12-31 23:59:00.000', '@message': 'b' },
  ]);
});

test('fields: of the event, of JSON, computed', () => {
  const json = '{"a":{"b":[1,{"c":"x"}]},"d.e":2,"n":"12.5","t":true,"z":null}';
  const [row] = run('fields @logStream, @log, a.b.0, a.b[1].c as c, d.e, `d.e` + n as sum, t, z, none', [json]);
  assert.deepEqual(row, { '@logStream': 's0', '@log': '1:g', 'a.b.0': '1', c: 'x', 'd.e': '2', sum: '14.5', t: '1' });
});

test('arithmetic and its order', () => {
  for (const [expression, result] of [
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['2 ^ 3 ^ 2', '512'],
    ['-2 + 5 % 3', '0'],
    ['1 / 0', undefined],
    ['"7" * 2', '14'],
    ['abs(-3)', '3'],
    ['ceil(1.2) + floor(1.8)', '3'],
    ['greatest(1, 5, 3) - least(4, 2)', '3'],
    ['sqrt(16)', '4'],
    ['log(1)', '0'],
    ['1 < 2 and not 3 > 4', '1'],
    ['"b" > "a" or 1 = 2', '1'],
    ['5 in [1, 5]', '1'],
    ['5 not in [1, 5]', '0'],
  ] as const)
    assert.equal(value(expression), result, expression);
});

test('functions of text, time, addresses and JSON', () => {
  for (const [expression, result] of [
    ['concat("a", 1, none)', 'a1'],
    ['strlen("äb")', '2'],
    ['toupper("a") ', 'A'],
    ['tolower("A")', 'a'],
    ['trim("  a ")', 'a'],
    ['trim("xxaxx", "x")', 'a'],
    ['ltrim("xax", "x")', 'ax'],
    ['rtrim("xax", "x")', 'xa'],
    ['substr("xyZfooxyZ", 3, 3)', 'foo'],
    ['substr("xyZ", 1)', 'yZ'],
    ['replace("foo", "o", "0")', 'f00'],
    ['strcontains("foo", "oo")', '1'],
    ['isempty("")', '1'],
    ['isblank(" ")', '1'],
    ['ispresent(none)', '0'],
    ['coalesce(none, "a")', 'a'],
    ['bin(1h)', '2026-01-01 00:00:00.000'],
    ['datefloor(@timestamp - 1, 1d)', '2025-12-31 00:00:00.000'],
    ['dateceil(@timestamp + 1, 1mo)', '2026-02-01 00:00:00.000'],
    ['fromMillis(0)', '1970-01-01 00:00:00.000'],
    ['toMillis(@timestamp)', String(NOW)],
    ['now()', String(NOW / 1_000)],
    ['isValidIp("::1")', '1'],
    ['isValidIpv4("256.1.1.1")', '0'],
    ['isIpv4InSubnet("10.1.2.3", "10.1.0.0/16")', '1'],
    ['isIpInSubnet("2001:db8::1", "2001:db8::/32")', '1'],
    ['isIpv6InSubnet("10.1.2.3", "10.1.0.0/16")', '0'],
    ['jsonStringify(jsonParse("{\\"a\\": [1]}"))', '{"a":[1]}'],
  ] as const)
    assert.equal(value(expression), result, expression);
});

test('functions of numbers, conditions, encodings and dates', () => {
  for (const [expression, result] of [
    ['round(2.5)', '3'],
    ['round(-2.345, 2)', '-2.35'],
    ['floor(haversine(47.37, 8.54, 46.95, 7.45))', '94'],
    ['toNumber("1.50")', '1.5'],
    ['toInt("7.9")', '7'],
    ['toInt(3000000000)', undefined],
    ['toLong(3000000000.5)', '3000000000'],
    ['toDouble("x")', undefined],
    ['isNumeric("1e3")', '1'],
    ['if(1 > 2, "yes", "no")', 'no'],
    ['case(1 > 2, "a", 2 > 1, "b", "c")', 'b'],
    ['case(1 > 2, "a", "c")', 'c'],
    ['case(1 > 2, "a")', undefined],
    ['messageSize("äb")', '3'],
    ['queryTimeRange()', String(60 * MINUTE + 1)],
    ['queryEndTime() - queryStartTime()', String(60 * MINUTE + 1)],
    ['jsonArraySize("[1,[2,3]]")', '2'],
    ['jsonArrayContains("[\\"admin\\",7]", "admin") + jsonArrayContains("[7]", 7)', '2'],
    ['jsonArrayContains("{}", "a")', '0'],
    ['ipv4ToNumber("10.0.0.1")', '167772161'],
    ['isPrivateIP("172.31.0.1") + isPublicIP("8.8.8.8") + isReservedIP("127.0.0.1")', '3'],
    ['isPublicIP("10.0.0.1")', '0'],
    ['regexReplace("a1b22", "[0-9]+", "#")', 'a#b#'],
    ['strcontains("FOO", "oo", true)', '1'],
    ['startsWith("foobar", "foo") + endsWith("foobar", "bar")', '2'],
    ['urlencode("a b&c")', 'a%20b%26c'],
    ['urldecode("a%20b%26c+d")', 'a b&c d'],
    ['base64decode(base64encode("häuser"))', 'häuser'],
    ['split("a,b,c", ",")', '["a","b","c"]'],
    ['hexToAscii("48656c6c6f")', 'Hello'],
    ['hexToDec("0xff")', '255'],
    ['decToHex(-255.9)', '-0xff'],
    ['md5("a")', '0cc175b9c0f1b6a831c399e269772661'],
    ['sha256("a")', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['parseDate("2026-01-02", "yyyy-MM-dd", "UTC")', String(Date.UTC(2026, 0, 2))],
    ['parseDate("02/Jul/2026:10:00:00 PM +0200", "dd/MMM/yyyy:hh:mm:ss a Z")', String(Date.UTC(2026, 6, 2, 20))],
    ['parseDate("2026-07-01 12:00", "yyyy-MM-dd HH:mm", "Europe/Zurich")', String(Date.UTC(2026, 6, 1, 10))],
    ['parseDate("2026-02-30", "yyyy-MM-dd")', undefined],
    ['formatDate(@timestamp, "%Y-%m-%d %H:%M:%S %z", "America/New_York")', '2025-12-31 19:00:00 -0500'],
    ['strftime(0, "%a %e %b %j %I%p %s")', 'Thu  1 Jan 001 12AM 0'],
    ['bin(300s)', '2026-01-01 00:00:00.000'],
    ['datefloor(@timestamp - 90000, 300s)', '2025-12-31 23:58:00.000'],
  ] as const)
    assert.equal(value(expression), result, expression);
  // What jsonParse makes is looked into by names and places.
  const message = '{"users":[{"action":"a"},{"action":"PutData","user.id":"7"}]}';
  assert.deepEqual(
    run(
      'fields jsonParse(@message) as m | filter m.users[1].action = "PutData" | display m.users[1].`user.id` as id, m.users.0.action',
      [message],
    ),
    [{ id: '7', 'm.users.0.action': 'a' }],
  );
  assert.deepEqual(run('fields l | expand l | stats count(*) as n by l', ['{"l":["x","y"]}', '{"l":"x"}']), [
    { l: 'x', n: '2' },
    { l: 'y', n: '1' },
  ]);
});

test('aggregates over time, of lists and shares', () => {
  const messages = [9, 5, 3, 1].map((n) => JSON.stringify({ n, k: n > 4 ? 'big' : 'small' }));
  assert.deepEqual(
    run(
      'stats rate(n, 1m) as r, countOverTime(n) as c, sumOverTime(n) as s, values(k) as v, variance(n) as var, countDistinct(k) as d, histogram(n, 2) as h',
      messages,
    ),
    [
      {
        r: String(8 / 3),
        c: '4',
        s: '18',
        v: '["big","small"]',
        var: '8.75',
        d: '2',
        h: '{"1-5":2,"5-9":2}',
      },
    ],
  );
  assert.deepEqual(run('stats topk(1, k) as top', [...messages, '{"k":"small"}']), [{ top: '["small"]' }]);
  assert.deepEqual(run('stats count(*) as n by bin(1h) offset 1d | sort n', messages), [
    { 'bin(1h)': '2026-01-02 00:00:00.000', n: '1' },
    { 'bin(1h)': '2026-01-01 23:00:00.000', n: '3' },
  ]);
});

test('filter: parts, expressions, comparisons', () => {
  const messages = ['ERROR one', 'INFO two', 'error three', '{"code":404}'];
  const found = (filter: string) => run(`fields @message | filter ${filter}`, messages).map((row) => row['@message']);
  assert.deepEqual(found('@message like "ERROR"'), ['ERROR one']);
  assert.deepEqual(found('@message like /(?i)error/'), ['ERROR one', 'error three']);
  assert.deepEqual(found('@message =~ /t(wo|hree)/'), ['INFO two', 'error three']);
  assert.deepEqual(found('@message not like /(?i)e/'), ['INFO two']);
  assert.deepEqual(found('code >= 400 and code < 500'), ['{"code":404}']);
  assert.deepEqual(found('code != 404'), ['ERROR one', 'INFO two', 'error three']);
  assert.deepEqual(run('filterIndex code IN ["404"] | fields code', messages), [{ code: '404' }]);
});

test('parse: by stars and by expressions', () => {
  const message = '[INFO] user=jo, method:GET, latency := 250';
  assert.deepEqual(
    run(
      'parse @message "user=*, method:*, latency := *" as @user, @method, @latency | display @user, @method, @latency * 2',
      [message],
    ),
    [{ '@user': 'jo', '@method': 'GET', '@latency * 2': '500' }],
  );
  assert.deepEqual(run('fields @message | parse "[*]*" as level, rest | display level', [message]), [
    { level: 'INFO' },
  ]);
  assert.deepEqual(
    run('parse @message /user=(?<user>\\w+).*method:(?<method>\\w+)/ | display user, method', [message]),
    [{ user: 'jo', method: 'GET' }],
  );
  assert.deepEqual(run('parse @message /user=(\\w+)/ as who | display who', [message, 'none']), [{ who: 'jo' }, {}]);
});

test('stats: all aggregates, groups and time', () => {
  const messages = [1, 2, 3, 4].map((n) => JSON.stringify({ n, k: n % 2 === 0 ? 'even' : 'odd', s: `v${n}` }));
  assert.deepEqual(
    run(
      'stats count(*), count(k) as c, sum(n), avg(n), min(n), max(n), stddev(n) as dev, pct(n, 50) as p, count_distinct(k) as d, earliest(s) as first, latest(s) as last, sortsFirst(k) as f, sortsLast(k) as l, max(n) - min(n) as span',
      messages,
    ),
    [
      {
        'count(*)': '4',
        c: '4',
        'sum(n)': '10',
        'avg(n)': '2.5',
        'min(n)': '1',
        'max(n)': '4',
        dev: String(Math.sqrt(1.25)),
        p: '2.5',
        d: '2',
        first: 'v4',
        last: 'v1',
        f: 'even',
        l: 'odd',
        span: '3',
      },
    ],
  );
  assert.deepEqual(run('stats sum(n) as total by k | sort total desc', messages), [
    { k: 'even', total: '6' },
    { k: 'odd', total: '4' },
  ]);
  assert.deepEqual(run('stats count(*) by bin(2m) | sort count(*) desc, bin(2m) asc | limit 1', messages), [
    { 'bin(2m)': '2025-12-31 23:58:00.000', 'count(*)': '2' },
  ]);
  assert.deepEqual(run('stats sum(n) as t by k | stats max(t) as best', messages), [{ best: '6' }]);
  assert.deepEqual(run('filter n > 9 | stats count(*)', messages), []);
});

test('sort, limit, dedup, unnest, pattern', () => {
  const messages = ['{"a":2,"l":["x","y"]}', '{"a":10}', '{"a":2}', '{}'];
  const column = (query: string) => run(query, messages).map((row) => row.a);
  assert.deepEqual(column('fields a | sort a desc'), ['10', '2', '2', undefined]);
  assert.deepEqual(column('fields a | sort a | limit 2'), [undefined, '2']);
  assert.deepEqual(column('fields a | dedup a'), ['2', '10', undefined]);
  assert.deepEqual(run('filter ispresent(l.0) | unnest jsonParse(@message) into j | fields a', messages), [{ a: '2' }]);
  assert.deepEqual(run('fields jsonParse("[1,2]") as list | unnest list into one | display one', ['{}']), [
    { one: '1' },
    { one: '2' },
  ]);
  assert.deepEqual(run('pattern @message', ['took 12 ms', 'took 7 ms', 'ERROR at 10.0.0.1']), [
    { '@pattern': 'took <Number-1> ms', '@ratio': String(2 / 3), '@sampleCount': '2', '@severityLabel': 'NONE' },
    { '@pattern': 'ERROR at <IP-1>', '@ratio': String(1 / 3), '@sampleCount': '1', '@severityLabel': 'ERROR' },
  ]);
});

test('what a Lambda function writes is understood', () => {
  const id = '3f1c9d1e-5b6a-4c7d-8e9f-0a1b2c3d4e5f';
  const report = `REPORT RequestId: ${id}\tDuration: 3.05 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 67 MB\tInit Duration: 150.1 ms\t\nXRAY TraceId: 1-5e34a614-10bdbd\tSegmentId: 07f022770c66\tSampled: true\n`;
  assert.deepEqual(
    run(
      'filter @type = "REPORT" | fields @requestId, @duration, @billedDuration, @initDuration, @memorySize / 1000 / 1000 as mb, @maxMemoryUsed, @xrayTraceId, @xraySegmentId',
      [report, `START RequestId: ${id} Version: $LATEST\n`],
    ),
    [
      {
        '@requestId': id,
        '@duration': '3.05',
        '@billedDuration': '4',
        '@initDuration': '150.1',
        mb: '128',
        '@maxMemoryUsed': '67000000',
        '@xrayTraceId': '1-5e34a614-10bdbd',
        '@xraySegmentId': '07f022770c66',
      },
    ],
  );
});

test('what is no query is told with its place', () => {
  const said = (text: string) => {
    try {
      parseQuery(text, NOW, SPAN);
    } catch (error) {
      return error instanceof QueryError ? error.message : error;
    }
    return undefined;
  };
  assert.equal(said('fields @message | nonsense 1'), 'unexpected symbol found nonsense at line 1 and position 19');
  assert.equal(said('fields @message |'), 'unexpected end of input');
  assert.equal(said('fields f(1)'), 'unknown function f at line 1 and position 8');
  assert.equal(said('filter count(*) > 1'), 'aggregate function count is not allowed here at line 1 and position 8');
  assert.match(String(said('parse @message /(a)\\1/')), /^invalid regular expression/);
  assert.equal(said('dedup a | sort a'), 'unexpected symbol found sort at line 1 and position 11');
  assert.equal(said('dedup a | limit 1'), undefined);
  assert.match(String(said('limit 100001')), /^limit must be between 1 and 100000/);
  assert.match(String(said(Array(11).fill('stats count(*)').join('|'))), /^too many stats/);
  assert.match(String(said('limit 1 | stats count(*)')), /^sort and limit must appear after the last stats command/);
  assert.match(String(said(`fields ${'('.repeat(5_000)}1`)), /^the query is nested too deeply/);
  assert.equal(said('SOURCE logGroups(namePrefix: ["/aws"]) | fields @message # comment\n | limit 3'), undefined);
});

test('any text is a query or is refused, and a query takes any event', () => {
  const piece = fc.constantFrom(
    'fields',
    'filter',
    'stats',
    'sort',
    'limit',
    'parse',
    'dedup',
    'display',
    '@message',
    'a',
    '|',
    ',',
    'as',
    'by',
    'count(*)',
    'bin(5m)',
    '"x*y"',
    '/a(b)/',
    '=',
    'like',
    '(',
    ')',
    '[',
    ']',
    '1',
    '-',
    '^',
    'not',
    'in',
    'and',
    ' ',
    '#',
    'pct(a, 9)',
    'strlen(',
    'unnest',
    'into',
    'pattern',
    'where',
    'SOURCE g',
    'lookup t a OUTPUT b',
    'join left=l right=r where l.a=r.a (SOURCE g)',
    '(SOURCE g | fields a)',
    'autoregress a p=1-3',
    'accum a',
    'filldown',
    'fillmissing',
    'addtotals col=true',
    'countFrequent a',
    'outlier a',
    'sessionize a maxspan 1h',
    'relevantfields where a',
    'diff',
    'logcompare timeshift 1d',
    'appendcols',
    'expand a',
    'parseDate(@message, "yyyy-MM-dd")',
    'formatDate(@timestamp, "%Y %Q")',
    'case(a, 1, 2)',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), fc.oneof(fc.string(), fc.json()), (pieces, message) => {
      try {
        run(pieces.join(' '), [message, message]);
      } catch (error) {
        assert.ok(error instanceof QueryError, String(error));
      }
    }),
    { numRuns: 5_000 },
  );
});

test('addresses are read as they are written', () => {
  fc.assert(fc.property(fc.ipV4(), (text) => assert.equal(parseAddress(text)?.family, 4)));
  fc.assert(fc.property(fc.ipV6(), (text) => assert.equal(parseAddress(text)?.family, 6, text)));
  for (const bad of ['', '1.2.3', '01.2.3.4', '1::2::3', ':::', '12345::', '1:2:3:4:5:6:7:8:9'])
    assert.equal(parseAddress(bad), undefined, bad);
});
