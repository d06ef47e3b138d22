/** The command `parse` and what is discovered in lines by itself; most by the examples of AWS's user guide. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '#kernel/base';
import { parseQuery } from '../query.ts';
import { Row } from '../row.ts';
import { Run } from '../run.ts';

const NOW = Date.UTC(2026, 0, 1);
const SPAN = { from: NOW - HOUR, to: NOW + 1 };

/** What a query makes of messages, a minute between two, newest first. */
function run(text: string, messages: readonly string[], isLambda = false): { [field: string]: string }[] {
  const query = new Run(parseQuery(text, NOW, SPAN), 10_000, SPAN);
  for (const [index, message] of messages.entries()) {
    const timestamp = NOW - index * MINUTE;
    const rest = { ingestedAt: NOW, streamName: 'a/b/c/d', log: '1:g', pointer: () => 'p', isLambda };
    query.take(new Row({ timestamp, message, ...rest }));
  }
  const shown = query.end().map((cells) => cells.filter(({ field }) => field !== '@ptr'));
  return shown.map((cells) => Object.fromEntries(cells.map(({ field, value }) => [field, value])));
}

test('by stars and by names within an expression', () => {
  const line = '25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException';
  const found = [{ level: 'ERROR', config: '{foo=2, bar=data}', exception: 'DataIntegrityException' }];
  const display = '| display level, config, exception';
  assert.deepEqual(
    run(`parse @message "[*] * The error was: *" as level, config, exception ${display}`, [line]),
    found,
  );
  const expression = '/\\[(?<level>\\S+)\\]\\s+(?<config>\\{.*\\})\\s+The error was: (?<exception>\\S+)/';
  assert.deepEqual(run(`parse @message ${expression} ${display}`, [line]), found);
  assert.deepEqual(
    run(
      'parse @message "url=*" as url | parse url "/api/*/users/*" as apiVersion, userId | display apiVersion, userId',
      ['url=/api/v1/users/7'],
    ),
    [{ apiVersion: 'v1', userId: '7' }],
  );
  assert.deepEqual(
    run('parse @logStream "*/*/*/*" as env, service, instance, shard | stats count(*) by env, service', ['x', 'y']),
    [{ env: 'a', service: 'b', 'count(*)': '2' }],
  );
});

test('multi makes a row of each match, and keeps what has none', () => {
  const addresses = 'parse @message /(?<ip>\\d+\\.\\d+\\.\\d+\\.\\d+)/ multi | stats count(*) as n by ip';
  assert.deepEqual(run(addresses, ['from 10.0.0.1 to 10.0.0.2', 'from 10.0.0.1', 'nobody']), [
    { ip: '10.0.0.1', n: '2' },
    { ip: '10.0.0.2', n: '1' },
    { n: '1' },
  ]);
  assert.throws(() => run('parse @message /\\d+/ multi', []), /multi needs named groups/);
  // However far an expression looks for each match, and whatever matches nothing.
  const far = 'a'.repeat(300_000);
  assert.equal(run('parse @message /(?<x>a.*b|a)/ multi | stats count(*) as n', [far])[0]?.n, '8');
  assert.deepEqual(run('fields regexReplace("abc", "x*", "-") as x', ['']), [{ x: '-a-b-c-' }]);
});

test('logfmt is a map', () => {
  const lines = ['level=error msg="it \\"broke\\"" duration=5ms __proto__=x', 'level=info host=a', 'nothing of it'];
  assert.deepEqual(
    run(
      'parse @message logfmt as lf | filter lf.level = "error" | display lf.msg, lf.duration, lf.`__proto__` as p',
      lines,
    ),
    [{ 'lf.msg': 'it "broke"', 'lf.duration': '5ms', p: 'x' }],
  );
  assert.deepEqual(run('parse logfmt as lf | stats count(*) as n by lf.host', lines), [
    { n: '2' },
    { 'lf.host': 'a', n: '1' },
  ]);
  assert.deepEqual(run('parse logfmt as lf | display lf', ['= a="open =b c=', 'nothing']), [
    { lf: '{"a":"open =b c="}' },
    {},
  ]);
});

test('comma-separated values have names by their place', () => {
  assert.deepEqual(
    run('parse @message csv as time, level, text | filter level = "ERROR" | display time, text', [
      '1,ERROR,"a, b"',
      '2,INFO',
    ]),
    [{ time: '1', text: 'a, b' }],
  );
});

test('flow logs and DNS query logs have their fields', () => {
  const flows = [
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
    '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 17 2 100 1418530010 1418530070 REJECT OK',
    '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA',
  ];
  assert.deepEqual(
    run('filter isIpv4InSubnet(srcAddr, "172.31.0.0/16") | stats sum(bytes) as b by dstAddr | sort b desc', flows),
    [
      { dstAddr: '172.31.16.21', b: '4249' },
      { dstAddr: '172.31.9.12', b: '100' },
    ],
  );
  assert.deepEqual(run('filter protocol=17 | stats count(*) by srcAddr', flows), [
    { srcAddr: '172.31.9.69', 'count(*)': '1' },
  ]);
  assert.deepEqual(run('filter logStatus="SKIPDATA" | fields interfaceId', flows), [
    { interfaceId: 'eni-11111111aaaaaaaaa' },
  ]);
  const queries = [
    '1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -',
    '1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com AAAA SERVFAIL TCP IAD12 192.168.3.1 192.168.222.0/24',
  ];
  assert.deepEqual(run('filter responseCode="SERVFAIL" | stats count(*) by queryName', queries), [
    { queryName: 'example.com', 'count(*)': '1' },
  ]);
});

test('the first JSON in a line of a function is found', () => {
  const line = '2026-01-01T00:00:00.000Z\t3f1c9d1e-5b6a-4c7d-8e9f-0a1b2c3d4e5f\tINFO\tgot {"a":{"b":"}x"}} and {"c":1}';
  assert.deepEqual(run('fields a.b, c', [line], true), [{ 'a.b': '}x' }]);
  assert.deepEqual(run('fields a.b, c', [line]), [{}]);
  assert.deepEqual(run('fields a.b, c', ['{{{ "never" } closed'], true), [{}]);
});

test('maps are nothing to functions of texts, and equal to nothing', () => {
  const parsed = 'fields jsonParse(@message) as m | display toupper(m) as t, m = m as e, m != "x" as d, m.a as a';
  assert.deepEqual(run(parsed, ['{"a":1}']), [{ e: '0', d: '0', a: '1' }]);
});

test('over time, in ranges, and by instants', () => {
  const messages = [1, 7, 8].map((n) => JSON.stringify({ n }));
  assert.deepEqual(run('stats count_over_time(*) as c, sum_over_time(n) as s by bin(1h)', messages.slice(1)), [
    { 'bin(1h)': '2026-01-01 00:00:00.000', c: '1', s: '7' },
    { 'bin(1h)': '2025-12-31 23:00:00.000', c: '1', s: '8' },
  ]);
  assert.deepEqual(run('stats count(*) as c by histogram(n, 5)', messages), [
    { 'histogram(n, 5)': '0', c: '1' },
    { 'histogram(n, 5)': '5', c: '2' },
  ]);
  assert.deepEqual(run('stats earliest(@timestamp) as a, max(@timestamp) as b', messages), [
    { a: String(NOW - 2 * MINUTE), b: String(NOW) },
  ]);
});
