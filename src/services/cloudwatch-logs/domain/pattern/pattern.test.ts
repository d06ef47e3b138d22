import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PatternError } from './condition.ts';
import { matchesGlob } from './glob.ts';
import { parsePattern } from './pattern.ts';

const matching = (pattern: string, ...messages: string[]) => messages.map((one) => parsePattern(pattern).matches(one));

test('terms: all, any, without, phrases, expressions', () => {
  assert.deepEqual(matching('', 'anything'), [true]);
  assert.deepEqual(matching('ERROR 40', 'ERROR 401', '40', 'error 40'), [true, false, false]);
  assert.deepEqual(matching('?ERROR ?WARN', 'a WARN', 'ERROR', 'INFO'), [true, true, false]);
  assert.deepEqual(matching('ERROR -Exiting', 'ERROR', 'ERROR Exiting', 'INFO'), [true, false, false]);
  assert.deepEqual(matching('-INFO', 'ERROR', 'INFO'), [true, false]);
  assert.deepEqual(matching('" "', 'word', 'two words'), [true, true]);
  assert.deepEqual(matching('ERROR ?WARN', 'ERROR', 'WARN'), [true, false]);
  assert.deepEqual(matching('"INTERNAL SERVER" "a\\"b"', 'INTERNAL SERVER a"b', 'INTERNAL'), [true, false]);
  assert.deepEqual(matching('%5\\d{2}|time[ -]?out%'.replace(' ', ''), 'status 503', 'time-out', '49'), [
    true,
    true,
    false,
  ]);
});

test('JSON: selectors, comparisons, and what joins them', () => {
  const event = JSON.stringify({
    eventType: 'UpdateTrail',
    ip: '10.0.1.7',
    count: 12,
    big: 2.5e3,
    no: null,
    yes: true,
    list: ['a', { b: 'x y' }],
    'odd key': 1,
    user: { id: 1, email: 'John.Stiles@example.com' },
  });
  const holds = (condition: string) => parsePattern(`{ ${condition} }`).matches(event);
  for (const yes of [
    '$.eventType = "UpdateTrail"',
    '$.eventType = Update*',
    '$.eventType = *Trail && $.count >= 12',
    '$.ip = 10.0.*',
    '$.ip != 123.123.*',
    '$.big = 2500',
    '$.big > 2.4e3',
    '$.no IS NULL',
    '$.yes IS TRUE',
    '$.gone NOT EXISTS',
    '$.list[0] = "a"',
    '$.list[1].b = "x y"',
    '$.["odd key"] = 1',
    "$['odd key'] = 1",
    '($.user.id = 2 || $.user.id = 1) && ($.user.email = "*@example.com")',
    '$.gone = 1 || $.count = 12 && $.yes IS TRUE',
    '$.eventType = %^Update[A-Z]%',
    '$.count = 1*',
  ])
    assert.equal(holds(yes), true, yes);
  for (const no of [
    '$.eventType = "updateTrail"',
    '$.eventType != "UpdateTrail"',
    '$.gone != "x"',
    '$.gone = "x"',
    '$.no = 1',
    '$.user = 1',
    '$.yes IS FALSE',
    '$.count < 12',
    '$.ip > 3',
    '($.user.id = 1 || $.count = 12) && $.yes IS FALSE',
  ])
    assert.equal(holds(no), false, no);
  assert.deepEqual(matching('{ $.a = 1 }', 'no JSON', '{"a":1', '{"a":1}', '[{"a":1}]'), [false, false, true, false]);
  assert.deepEqual(parsePattern('{ $.count = * && $.user.id > 0 }').extract(event, ['$.ip']), {
    '$.count': '12',
    '$.user.id': '1',
    '$.ip': '10.0.1.7',
  });
});

test('space-delimited fields: names, gaps, conditions', () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  for (const yes of [
    '[ip, server, username, timestamp, request, status_code, bytes]',
    '[ip, server, username, timestamp, request =*.html*, status_code = 4*, bytes]',
    '[..., status_code=404 || status_code=410, bytes > 1000]',
    '[ip != 10.*, ...]',
    '[ip, ..., bytes]',
    '[, , , , request=%GET|POST%, , ]',
    '[w1=127.0.0.1 && w1!=*x*, ...]',
    '[..., (status = 404 && status != 5*), bytes]',
  ])
    assert.deepEqual(matching(yes, line), [true], yes);
  for (const no of ['[a, b = Prod]', '[..., status=5*, bytes]', '[ip=10.*, ...]', '[a,b,c,d,e,f,g,h]'])
    assert.deepEqual(matching(no, line), [false], no);
  assert.deepEqual(parsePattern('[ip, ..., request, status, bytes]').extract(line), {
    $ip: '127.0.0.1',
    $2: 'Prod',
    $3: 'frank',
    $4: '10/Oct/2000:13:25:15 -0700',
    $request: 'GET /index.html HTTP/1.0',
    $status: '404',
    $bytes: '1534',
  });
});

test('the last of space-delimited fields has the rest of the line', () => {
  const line = '2026-01-01T00:00:00.000Z\t3f1c9d1e-5b6a-4c7d\tERROR\tit broke  twice\n';
  assert.deepEqual(parsePattern('[timestamp=*Z, request_id="*-*", event]').extract(line), {
    $timestamp: '2026-01-01T00:00:00.000Z',
    $request_id: '3f1c9d1e-5b6a-4c7d',
    $event: 'ERROR\tit broke  twice',
  });
  assert.deepEqual(matching('[timestamp=*Z, request_id="*-*", level=%WARN|ERROR%, event]', line), [true]);
  const first = ['ERROR 500 server', 'WARNING one', 'INFO a', 'ERROR'];
  assert.deepEqual(matching('[w1=ERROR, w2]', ...first), [true, false, false, false]);
  assert.deepEqual(matching('[w1=ERROR || W1=WARNING, w2]', ...first), [true, true, false, false]);
  assert.deepEqual(matching('[w1!=ERROR && w1!=WARNING, w2]', ...first), [false, false, true, false]);
});

test('what is no pattern is told so', () => {
  const said = (pattern: string) => {
    try {
      parsePattern(pattern);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  assert.equal(said('{ $.a = 1'), "If a filter pattern starts with '{' it must end with '}'");
  assert.equal(said('a.b'), "Invalid character(s) in term 'a.b'");
  assert.equal(said('?'), "Invalid character(s) in term '?'");
  assert.equal(said('""'), `Invalid character(s) in term '""'`);
  for (const bad of [
    '{ $.a }',
    '{ $.a = }',
    '{ a = 1 }',
    '{}',
    '{ $.a = 1 && }',
    '{ $.a < "x" }',
    '[a, a]',
    '[..., ...]',
    '[a = ]',
    '%a',
    '%a% %b% %c%',
    '{ ($.a = 1 }',
  ])
    assert.equal(said(bad), 'Invalid filter pattern', bad);
  assert.equal(said('%a!%'), 'Invalid character(s) in term');
});

test('any text is a pattern or is refused, and a pattern takes any message', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '$.a',
    '$',
    '=',
    '!=',
    '&&',
    '||',
    '"',
    '%',
    '*',
    '?',
    '-',
    'x',
    '1',
    ',',
    '...',
    ' ',
    'IS NULL',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), fc.string(), (pieces, message) => {
      try {
        const pattern = parsePattern(pieces.join(''));
        if (pattern.matches(message)) pattern.extract(message);
      } catch (error) {
        assert.ok(error instanceof PatternError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('a value with stars says what the same regular expression says', () => {
  const unit = fc.constantFrom('a', 'b', '*');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 8 }), fc.string({ unit, maxLength: 8 }), (glob, text) => {
      const wanted = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
      assert.equal(matchesGlob(glob, text), wanted.test(text));
    }),
  );
});
