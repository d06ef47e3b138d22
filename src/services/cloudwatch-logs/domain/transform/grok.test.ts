import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrokError, grokked, readGrok } from './grok.ts';

const found = (match: string, text: string) => {
  const pairs = grokked(readGrok(match), text);
  return pairs && Object.fromEntries(pairs);
};

test('each form finds what AWS says that it does', () => {
  for (const [name, text, rest] of [
    ['USERNAME', 'user123.name-TEST', {}],
    ['INT', '-456', {}],
    ['BASE10NUM', '-0.67', {}],
    ['BASE16NUM', '+0xA1B2', {}],
    ['NONNEGINT', '007', {}],
    ['WORD', 'user_123', {}],
    ['UUID', '550e8400-e29b-41d4-a716-446655440000', {}],
    ['URN', 'urn:isbn:0451450523', {}],
    ['ARN', 'arn:aws:iam:us-east-1:123456789012:user/johndoe', {}],
    ['CISCOMAC', '0123.4567.89AB', {}],
    ['WINDOWSMAC', '01-23-45-67-89-AB', {}],
    ['MAC', '01:23:45:67:89:AB', {}],
    ['IPV6', '2001:db8:3333:4444:5555:6666:7777:8888', {}],
    ['IPV6', '::ffff:10.0.0.1', {}],
    ['IPV6', 'fe80::1', {}],
    ['IP', '192.168.0.1', {}],
    ['HOST', 'server-01.internal-network.local', {}],
    ['IPORHOST', '2001:db8:3333:4444:5555:6666:7777:8888', {}],
    ['HOSTPORT', '192.168.1.1:8080', { PORT: '8080' }],
    ['URIHOST', 'example.com:443', { port: '443' }],
    ['UNIXPATH', '/search?q=regex', {}],
    ['WINPATH', 'C:\\Users\\John\\file.txt', {}],
    ['TTY', '/dev/tty1', {}],
    ['URIPROTO', 'web+transformer', {}],
    ['URIPATHPARAM', '/category/product?id=12345&color=red', {}],
    ['URI', 'https://user:password@example.com/path/to?param1=value1&param2=value2', {}],
    ['MONTH', 'January', {}],
    ['SECOND', '30:5', {}],
    ['DATE_EU', '1.01.24', {}],
    ['ISO8601_TIMEZONE', '-530', {}],
    ['TIMESTAMP_ISO8601', '2023-05-15T14:30:00+05:30', {}],
    ['TIMESTAMP_ISO8601', '23-5-1T1:25Z', {}],
    ['DATESTAMP', '29-11-2024 14:30:00', {}],
    ['DATESTAMP_RFC822', 'Mon January 15 2023 14:30:00 PST', {}],
    ['DATESTAMP_RFC2822', 'Monday, 15 Jan 23 14:30:00 Z', {}],
    ['DATESTAMP_OTHER', 'Mon May 15 14:30:00 PST 2023', {}],
    ['DATESTAMP_EVENTLOG', '20230515143000', {}],
    ['LOGLEVEL', 'WARNING', {}],
    ['LOGLEVEL', 'Error', {}],
    ['HTTPDATE', '23/Nov/2024:14:30:00 +0640', {}],
    ['SYSLOGTIMESTAMP', 'Nov 29 14:30:00', {}],
    ['SYSLOGPROG', 'user.profile/page[1234]', { program: 'user.profile/page', pid: '1234' }],
    ['SYSLOGFACILITY', '<13.6>', { facility: '13', priority: '6' }],
  ] as const)
    assert.deepEqual(found(`%{${name}:x}$`, text), { x: text, ...rest }, name);
});

test('forms together, by names and paths', () => {
  assert.deepEqual(
    found(
      '%{NUMBER:version} %{HOSTNAME:hostname} %{NOTSPACE:status} %{QUOTEDSTRING:logMsg}',
      '293750 server-01.internal-network.local OK "[Thread-000] token generated"',
    ),
    {
      version: '293750',
      hostname: 'server-01.internal-network.local',
      status: 'OK',
      logMsg: '[Thread-000] token generated',
    },
  );
  assert.deepEqual(found('%{GREEDYDATA:x} %{GREEDYDATA:y}', 'abc def ghi'), { x: 'abc def', y: 'ghi' });
  assert.equal(found('%{INT:n}', 'none'), undefined);
});

test('logs of Apache, NGINX and syslog', () => {
  const line = '127.0.0.1 - - [03/Aug/2023:12:34:56 +0000] "GET /page.html HTTP/1.1" 200 1234';
  const apache = {
    request: '/page.html',
    http_method: 'GET',
    status_code: 200,
    http_version: '1.1',
    response_size: 1234,
    remote_host: '127.0.0.1',
    timestamp: '2023-08-03T12:34:56Z',
  };
  assert.deepEqual(found('%{APACHE_ACCESS_LOG}', line), apache);
  assert.deepEqual(found('%{APACHE_ACCESS_LOG} %{GREEDYDATA:rest}', `${line} more`), { ...apache, rest: 'more' });
  assert.deepEqual(found('%{NGINX_ACCESS_LOG}', `${line.replace('- -', '- Foo')} "https://a/" "curl"`), {
    ...apache,
    auth_user: 'Foo',
    referrer: 'https://a/',
    agent: 'curl',
  });
  assert.deepEqual(found('%{SYSLOG5424}', '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [a@1 k="v"][b@1 c="d"]'), {
    pri: 165,
    version: 1,
    timestamp: '2003-10-11T22:14:15.003Z',
    hostname: 'host',
    app: 'app',
    msg_id: 'ID47',
    structured_data: 'a@1 k="v"',
    message: '[b@1 c="d"]',
  });
});

test('what is no pattern', () => {
  const refused = (match: string) => {
    try {
      readGrok(match);
    } catch (error) {
      assert.ok(error instanceof GrokError);
      return error.message;
    }
    return undefined;
  };
  assert.equal(refused('%{NONE:x}'), "No definition for key 'NONE' found");
  assert.equal(refused('%{INT:x:int}'), 'Grok patterns do not support type conversions.');
  assert.equal(refused('plain'), 'The match has no grok pattern.');
  assert.equal(refused('%{INT}'.repeat(21)), 'At most 20 grok patterns are allowed.');
  assert.equal(refused('%{IP}'.repeat(6)), 'Too many grok patterns of the type IP.');
  assert.match(String(refused('%{DATA}%{DATA}%{DATA}%{SPACE}%{SPACE}%{URI}')), /5 times together/);
  for (const match of ['%{APACHE_ACCESS_LOG} %{SYSLOG5424}', '%{NGINX_ACCESS_LOG} %{INT:n}', '%{DATA:x} %{SYSLOG5424}'])
    assert.match(String(refused(match)), /^A common log pattern stands first/);
});

test('any text is matched soon', () => {
  const grok = readGrok('%{IPORHOST:a} %{URIPATHPARAM:b} %{DATA:c} %{URI:d} %{GREEDYDATA:e}');
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '.', ':', '/', ' ', '1', '?'), maxLength: 300 }), (text) => {
      grokked(grok, text);
    }),
    { numRuns: 200 },
  );
});
