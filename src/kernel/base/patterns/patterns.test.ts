import { deepEqual, equal, throws } from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, type Json, JsonTextError, matches, PatternError, placeIn, readEvent, readPattern } from './index.ts';

const meets = (pattern: object, event: Json) => {
  const read = eventOf(event);
  return read !== undefined && matches(readPattern(JSON.stringify(pattern)), read);
};

/** What is said of a text that is no pattern, and of where. */
function refusal(text: string): string {
  try {
    readPattern(text, { anythingBut: ['prefix'] });
  } catch (error) {
    if (error instanceof JsonTextError) return error.message + placeIn(text, error.offset, 'x');
    if (error instanceof PatternError)
      return error.message + (error.offset === undefined ? '' : placeIn(text, error.offset, 'x'));
    throw error;
  }
  throw new Error(`${text} is a pattern`);
}

describe('patterns', () => {
  it('compares values exactly, by type, and numbers by value', () => {
    equal(meets({ a: ['x', 1, true, null] }, { a: 'x' }), true);
    equal(meets({ a: ['x', 1, true, null] }, { a: null }), true);
    equal(meets({ a: [1] }, { a: '1' }), false);
    equal(meets({ a: ['1'] }, { a: 1 }), false);
    equal(meets({ a: [300] }, { a: 3e2 }), true);
    equal(meets({ a: ['x'] }, {}), false);
    equal(meets({ a: ['x'], b: ['y'] }, { a: 'x', b: 'z' }), false);
  });

  it('compares texts by their ends, without case, and by wildcards', () => {
    const a = (test: object, value: Json) => meets({ a: [test] }, { a: value });
    equal(a({ prefix: 'ab' }, 'abc'), true);
    equal(a({ prefix: 'ab' }, 'xab'), false);
    equal(a({ prefix: { 'equals-ignore-case': 'AB' } }, 'abc'), true);
    equal(a({ suffix: 'bc' }, 'abc'), true);
    equal(a({ suffix: { 'equals-ignore-case': 'BC' } }, 'abc'), true);
    equal(a({ 'equals-ignore-case': 'ÄB' }, 'äb'), true);
    equal(a({ prefix: '1' }, 12), false);
    for (const [pattern, value, expected] of [
      ['*', '', true],
      ['a*', 'a', true],
      ['a*c', 'abbc', true],
      ['a*c', 'abbd', false],
      ['a*a', 'a', false],
      ['*a*b*', 'xxaxxbxx', true],
      ['*ab*ab', 'ab', false],
      ['\\*a', '*a', true],
      ['\\*a', 'ba', false],
      ['\\\\*', '\\x', true],
    ] as const)
      equal(a({ wildcard: pattern }, value), expected, `${pattern} ${value}`);
  });

  it('compares numbers by ranges and addresses by blocks', () => {
    const a = (test: object, value: Json) => meets({ a: [test] }, { a: value });
    equal(a({ numeric: ['=', 5] }, 5.0), true);
    equal(a({ numeric: ['>', 0, '<=', 5] }, 0), false);
    equal(a({ numeric: ['>', 0, '<=', 5] }, 5), true);
    equal(a({ numeric: ['<', -1.5] }, -2), true);
    equal(a({ numeric: ['<', 5] }, '4'), false);
    equal(a({ cidr: '10.0.0.0/24' }, '10.0.0.255'), true);
    equal(a({ cidr: '10.0.0.0/24' }, '10.0.1.0'), false);
    equal(a({ cidr: '10.0.0.0/24' }, '::ffff:10'), false);
    equal(a({ cidr: '2001:db8::/32' }, '2001:db8:1::1'), true);
    equal(a({ cidr: '2001:db8::/32' }, '2001:db9::'), false);
  });

  it('takes anything but what is named, and of an array any such element', () => {
    const a = (test: Json, value: Json) => meets({ a: [{ 'anything-but': test }] }, { a: value });
    equal(a('x', 'y'), true);
    equal(a(['x', 'y'], 'y'), false);
    equal(a(5, '5'), true);
    equal(a('x', null), true);
    equal(a('x', ['x', 'y']), true);
    equal(a({ prefix: 'x' }, 'xy'), false);
    equal(a({ suffix: ['x', 'y'] }, 'ay'), false);
    equal(a({ wildcard: '*x*' }, 'axb'), false);
    equal(a({ 'equals-ignore-case': ['X'] }, 'x'), false);
    equal(meets({ a: [{ 'anything-but': 'x' }] }, { b: 1 }), false);
  });

  it('asks whether there is a value', () => {
    equal(meets({ a: [{ exists: true }] }, { a: null }), true);
    equal(meets({ a: [{ exists: true }] }, { a: {} }), false);
    equal(meets({ a: [{ exists: false }] }, { b: 1 }), true);
    equal(meets({ a: [{ exists: false }] }, { a: 1 }), false);
    equal(meets({ a: { b: [{ exists: false }] } }, {}), true);
    equal(meets({ a: [{ exists: false }] }, { a: { b: 1 } }), true);
    equal(meets({ a: [{ exists: false }, 'x'] }, { a: 'x' }), true);
  });

  it('finds names inside objects, with dots or without', () => {
    const events: Json[] = [{ a: { b: { c: 'x' } } }, { 'a.b.c': 'x' }, { 'a.b': { c: 'x' } }, { a: { 'b.c': 'x' } }];
    for (const event of events) {
      equal(meets({ 'a.b.c': ['x'] }, event), true);
      equal(meets({ a: { 'b.c': ['x'] } }, event), true);
      equal(meets({ a: { b: { c: ['y'] } } }, event), false);
    }
  });

  it('takes what lies in one array from one element of it', () => {
    const pattern = { records: { name: ['x'], key: [{ prefix: 'k' }] } };
    equal(meets(pattern, { records: [{ name: 'x', key: 'k1' }] }), true);
    equal(meets(pattern, { records: [[{ name: 'y' }, { name: 'x', key: 'k1' }]] }), true);
    equal(
      meets(pattern, {
        records: [
          { name: 'x', key: 'a' },
          { name: 'y', key: 'k1' },
        ],
      }),
      false,
    );
    equal(meets({ a: ['x'] }, { a: ['y', 'x'] }), true);
    equal(meets({ a: { b: ['x'] }, c: { d: ['y'] } }, { a: [{ b: 'x' }], c: [{ d: 'z' }, { d: 'y' }] }), true);
  });

  it('combines alternatives with what is said beside them', () => {
    const pattern = { s: ['x'], $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }], t: ['y'] };
    deepEqual(
      readPattern(JSON.stringify(pattern)).alternatives.map((one) => [...one.keys()].join()),
      ['s,a,t', 's,b,c,t', 's,b,d,t'],
    );
    equal(meets(pattern, { s: 'x', t: 'y', a: 1 }), true);
    equal(meets(pattern, { s: 'x', t: 'y', b: 2, d: 4 }), true);
    equal(meets(pattern, { s: 'x', t: 'y', b: 2 }), false);
    equal(meets(pattern, { s: 'z', t: 'y', a: 1 }), false);
  });

  it('says what is wrong, and where, as recorded from AWS', () => {
    for (const [text, said, column] of [
      ['{"key":[["value"]]}', 'Match value must be String, number, true, false, or null', 10],
      ['{"key":[{"wrong-operator":true}]}', 'Unrecognized match type wrong-operator', 31],
      ['{"key":[{"suffix":"value","prefix":"value2"}]}', 'Only one key allowed in match expression', 37],
      ['{"key":[]}', 'Empty arrays are not allowed', 10],
      ['{"key":[{"suffix":100}]}', 'suffix match pattern must be a string', 22],
      ['{"key":{"suffix":"value"}}', '"suffix" must be an object or an array', 19],
      ['{"key":[{"suffix":[]}]}', 'suffix match pattern must be a string', 20],
      ['{"key":[{"cidr":["bad-filter"]}]}', 'prefix match pattern must be a string', 18],
      ['{"key":[{"numeric":[]}]}', 'Invalid member in numeric match: ]', 22],
      ['{"key":[{"numeric":["operator"]}]}', 'Unrecognized numeric range operator: operator', 32],
      ['{"key":[{"numeric":[1,"<="]}]}', 'Invalid member in numeric match: 1', 22],
      ['{"key":[{"numeric":["=","000"]}]}', 'Value of equals must be numeric', 26],
      ['{"key":[{"numeric":[">="]}]}', 'Value of >= must be numeric', 26],
      ['{"key":[{"numeric":["<",100,">",10]}]}', 'Too many elements in numeric expression', 30],
      ['{"key":[{"numeric":[">=",1,">",2]}]}', 'Bad numeric range operator: >', 31],
      ['{"key":[{"numeric":[">",3,"<",1]}]}', 'Bottom must be less than top', 33],
      ['{"key":[{"numeric":[">",20,"<="]}]}', 'Value of <= must be numeric', 33],
      ['{"key":[{"numeric":[">",20,30]}]}', 'Bad value in numeric range: 30', 30],
      ['{"key":[{"numeric":[">",20,"test"]}]}', 'Bad numeric range operator: test', 34],
      ['{"key":[{"numeric":[">",20,"<","30"]}]}', 'Value of < must be numeric', 33],
      ['{"key":[{"numeric":[">",20,"<",30,"<",50]}]}', 'Too many terms in numeric range expression', 36],
      ['{"key":[{"exists":null}]}', 'exists match pattern must be either true or false.', 23],
      ['{"key":[{"exists":"no"}]}', 'exists match pattern must be either true or false.', 20],
      ['{"key":[{"anything-but":{"suffix":"test"}}]}', 'Unsupported anything-but pattern: suffix', 36],
      ['{"key":[{"anything-but":{"prefix":false}}]}', 'prefix match pattern must be a string', 40],
      ['["a"]', 'Filter is not an object', 2],
      ['{key:[]}', "Unexpected character ('k' (code 107)): was expecting double-quote to start field name", 2],
      [
        'nonsense here',
        "Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        9,
      ],
      ['{"a":{}}', 'Empty objects are not allowed', 8],
    ] as const)
      equal(refusal(text), `${said}\n at [Source: x; line: 1, column: ${column}]`, text);
    equal(refusal('{"key":[{"cidr":"bad"}]}'), "Malformed CIDR, one '/' required");
    equal(refusal('{"key":[{"cidr":"bad-/64x"}]}'), 'Malformed CIDR, mask bits must be an integer');
    equal(refusal('{"key":[{"cidr":"xx.11.xx/8"}]}'), 'Nonstandard IP address: xx.11.xx');
    equal(refusal('{"a":\n [{"wildcard":"a**"}]}').split('\n')[0], 'Consecutive wildcard characters at pos 2');
  });

  it('ends in time whatever is written', () => {
    const stars = readPattern(JSON.stringify({ a: [{ wildcard: `${'a*'.repeat(5_000)}b` }] }));
    const value = readEvent(JSON.stringify({ a: 'a'.repeat(200_000) }));
    equal(value !== undefined && matches(stars, value), false);
    equal(readEvent(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), undefined);
    throws(() => readPattern(`{"a":${'{"a":'.repeat(2_000)}`), { name: 'JsonTextError', message: /nesting depth/ });
    const many = `{${Array.from({ length: 30 }, (_, index) => `"x${index}":{"$or":[{"a":[1]},{"b":[1]}]}`).join()}}`;
    throws(() => readPattern(many), { name: 'PatternError', message: 'Rule is too complex' });
    throws(() => readPattern(`{"${'a.'.repeat(2_000)}a":[1]}`), { name: 'PatternError' });
    const wide = { r: Array.from({ length: 20_000 }, (_, index) => ({ a: index, b: -index })) };
    equal(meets({ r: { a: [{ numeric: ['>=', 0] }], b: [{ numeric: ['>', 0] }] } }, wide), false);
  });
});
