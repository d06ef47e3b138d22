// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conditionsHold } from './conditions.ts';
import type { Context } from './document.ts';
import { parsePolicy } from './parse.ts';

type Block = Record<string, Record<string, unknown>>;
type Given = Record<string, string | readonly string[]>;

function holds(block: Block, given: Given, version = '2012-10-17', Effect = 'Allow'): boolean {
  const statement = { Effect, Principal: '*', Action: 'a:b', Condition: block };
  const policy = parsePolicy(JSON.stringify({ Version: version, Statement: statement }), 'resource');
  const context: Context = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), value]));
  return conditionsHold(policy.statements[0]?.conditions ?? [], context);
}

const KEY = 'aws:k';

/** One key: operator, the policy's values, the request's value (undefined: missing), whether the condition holds. */
const CASES: [operator: string, wanted: unknown, given: string | readonly string[] | undefined, expected: boolean][] = [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', ['b', 'a'], 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', 'a*', 'a*', true],
  ['StringNotEquals', ['a', 'b'], 'a', false],
  ['StringNotEquals', ['a', 'b'], 'c', true],
  ['StringEqualsIgnoreCase', 'aB', 'Ab', true],
  ['StringNotEqualsIgnoreCase', 'aB', 'Ab', false],
  ['StringEqualsIgnoreCase', 'ος', 'ΟΣ', true],
  ['StringEqualsIgnoreCase', 'ſ', 'S', false],
  ['StringLike', '?', '𐐀', false],
  ['StringLike', '??', '𐐀', true],
  ['StringLike', 'a*c?', 'abbcd', true],
  ['StringLike', '', '', true],
  ['StringLike', 'A*', 'ab', false],
  ['StringNotLike', ['a*', 'b*'], 'bx', false],
  ['StringNotLike', ['a*', 'b*'], 'cx', true],
  ['NumericEquals', '10', '10.0', true],
  ['NumericEquals', 10, '10', true],
  ['NumericEquals', '10', 'ten', false],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '10', '9.5', true],
  ['NumericLessThan', '10', '10', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '-1', '0', true],
  ['NumericGreaterThanEquals', '10', '9', false],
  ['NumericLessThan', 'ten', '1', false],
  ['DateEquals', '2020-01-01T00:00:00Z', '1577836800', true],
  ['DateEquals', '2020-01-01', '2020-01-01T02:00:00+02:00', true],
  ['DateNotEquals', '2020-01-01', '2020-01-01T00:00:01Z', true],
  ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01.500Z', true],
  ['DateGreaterThan', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', false],
  ['DateGreaterThanEquals', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', true],
  ['DateLessThan', '2020-03-01', '2020-02-29T23:59:59Z', true],
  ['DateLessThanEquals', '1577836800', '2020-01-01T00:00:00Z', true],
  ['DateLessThan', '-292275054', '0', false],
  ['DateEquals', '2020-01-01', 'yesterday', false],
  ['DateNotEquals', '2020-01-01', 'yesterday', true],
  ['DateEquals', '2020-01-01T00:00:00.1239Z', '2020-01-01T00:00:00.123Z', true],
  ['NumericNotEquals', '10', 'ten', true],
  ['NumericEquals', '10', '+010.0', true],
  ['NumericEquals', '10', ' 10', false],
  ['Bool', 'false', 'no', true],
  ['Bool', 'false', '', true],
  ['Bool', 'true', 'yes', false],
  ['Bool', 'true', 'true', true],
  ['Bool', true, 'True', true],
  ['Bool', 'false', 'true', false],
  ['BinaryEquals', 'QmluYXJ5VmFsdWVJbkJhc2U2NA==', 'QmluYXJ5VmFsdWVJbkJhc2U2NA', true],
  ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6', false],
  ['IpAddress', '203.0.113.0/24', '203.0.113.77', true],
  ['IpAddress', '203.0.113.0/24', '203.0.114.1', false],
  ['IpAddress', '203.0.113.7', '203.0.113.7', true],
  ['IpAddress', '203.0.113.7', '203.0.113.8', false],
  ['IpAddress', '0.0.0.0/0', '198.51.100.1', true],
  ['IpAddress', '203.0.113.0/25', '203.0.113.128', false],
  ['IpAddress', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '2001:db8:1234:5678:9::1', true],
  ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
  ['IpAddress', '2001:db8::/33', '2001:db8:7fff::1', true],
  ['IpAddress', '2001:db8::/33', '2001:db8:8000::1', false],
  ['IpAddress', '::1', '0:0:0:0:0:0:0:1', true],
  ['IpAddress', '::/0', '203.0.113.7', false],
  ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', true],
  ['IpAddress', '203.0.113.0/33', '203.0.113.9', false],
  ['IpAddress', '203.0.113.0/24', 'not an address', false],
  ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
  ['NotIpAddress', '203.0.113.0/24', 'not an address', false],
  ['NotIpAddress', '203.0.113.0/33', '203.0.113.9', true],
  ['IpAddress', '203.0.113.0/+024', '203.000.113.009', true],
  ['IpAddress', '203.0.113.9/24', '203.0.113.1', true],
  ['IpAddress', '2001:db8::5/64', '2001:db8::5', false],
  ['IpAddress', '2001:db8::4/127', '2001:db8::5', true],
  ['IpAddress', '::ffff:cb00:7100/120', '203.0.113.9', false],
  ['IpAddress', '203.0.113.0/24', '::ffff:cb00:7109', true],
  ['IpAddress', '::203.0.113.9', '::203.0.113.9', false],
  ['IpAddress', '2001:db8::1', '2001:db8:::1', true],
  ['IpAddress', '2001:db8::1', '2001:db8::1:', true],
  ['IpAddress', '0:2001:db8::1', ':2001:db8::1', true],
  ['IpAddress', '2001:db8::1', '2001::db8::1', false],
  ['NotIpAddress', ['203.0.113.0/24', '198.51.100.0/24'], '198.51.100.1', false],
  // "Condition operators", ARN operators: the documented example, where StringLike matches and ArnLike doesn't.
  [
    'StringLike',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
    true,
  ],
  [
    'ArnLike',
    'arn:aws:someservice:*:111122223333:finance/*',
    'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
    false,
  ],
  ['ArnLike', 'arn:aws:sns:*:123456789012:t*', 'arn:aws:sns:us-east-1:123456789012:topic:sub', true],
  ['ArnEquals', 'arn:aws:sns:*:123456789012:t?pic', 'arn:aws:sns:us-east-1:123456789012:topic', true],
  ['ArnEquals', 'arn:aws:sns:*', 'arn:aws:sns:us-east-1:123456789012:topic', false],
  ['ArnLike', 'arn:aws:iam::*:role/x', 'no arn', false],
  ['ArnNotLike', 'arn:aws:iam::*:role/x', 'no arn', false],
  ['ArnLike', '*', 'arn:aws:iam::1:role/x', true],
  ['ArnLike', '*', 'no arn', false],
  ['ArnNotEquals', 'no arn', 'arn:aws:iam::1:role/x', false],
  ['ArnLike', ['arn:aws:iam::1:role/x', 'no arn'], 'arn:aws:iam::1:role/x', true],
  ['ArnLike', ['no arn', 'arn:aws:iam::1:role/x'], 'arn:aws:iam::1:role/x', false],
  ['ArnNotLike', 'arn:aws:sns:*:123456789012:t*', 'arn:aws:sns:us-east-1:210987654321:t', true],
  ['ArnNotEquals', 'arn:aws:sns:*:123456789012:t*', 'arn:aws:sns:us-east-1:123456789012:t', false],
  // Missing keys: "the condition is false", except for negated operators; IfExists and Null test for presence.
  ['StringEquals', 'a', undefined, false],
  ['StringNotEquals', 'a', undefined, true],
  ['StringNotLike', 'a', undefined, true],
  ['NumericLessThan', '1', undefined, false],
  ['NumericNotEquals', '1', undefined, true],
  ['DateNotEquals', '2020-01-01', undefined, true],
  ['Bool', 'false', undefined, false],
  ['BinaryEquals', 'QQ==', undefined, false],
  ['IpAddress', '0.0.0.0/0', undefined, false],
  ['NotIpAddress', '0.0.0.0/0', undefined, true],
  ['ArnNotLike', '*', undefined, true],
  ['StringEqualsIfExists', 'a', undefined, true],
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringNotEqualsIfExists', 'a', undefined, true],
  ['BoolIfExists', 'true', undefined, true],
  ['BoolIfExists', 'true', 'false', false],
  ['Null', 'true', undefined, true],
  ['Null', 'true', 'a', false],
  ['Null', 'false', 'a', true],
  ['Null', false, undefined, false],
  ['Null', 'true', [], true],
  // "Set operators for multivalued context keys".
  ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
  ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
  ['ForAllValues:StringEquals', ['a', 'b'], [], true],
  ['ForAllValues:StringEquals', ['a', 'b'], '', false],
  ['ForAllValues:StringEquals', ['a', ''], '', true],
  ['ForAllValues:StringEquals', ['a', 'b'], undefined, true],
  ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'd'], true],
  ['ForAllValues:StringNotEquals', ['a', 'b'], ['c', 'a'], false],
  ['ForAllValues:StringLike', 'Created*', ['CreatedBy', 'CreatedAt'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'd'], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], [], false],
  ['ForAnyValue:StringEquals', ['a', 'b'], undefined, false],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], undefined, false],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
  ['ForAnyValue:StringEqualsIfExists', ['a'], undefined, false],
  ['ForAllValues:StringNotEqualsIfExists', ['a'], undefined, true],
  ['StringEquals', 'a', ['b', 'a'], false],
  ['StringNotEquals', 'a', ['b', 'a'], false],
  ['StringNotEquals', 'a', ['b', 'c'], false],
  ['StringEquals', 'a', ['a'], false],
  ['StringNotEquals', 'a', ['b'], false],
  ['StringNotEqualsIfExists', 'a', ['b'], false],
  ['Null', 'false', [''], true],
  ['StringEquals', [], 'a', false],
  ['StringNotEquals', [], 'a', false],
  ['StringNotEquals', [], undefined, false],
  ['StringNotEqualsIfExists', [], undefined, true],
  ['stringequals', 'a', 'a', true],
];

describe('condition operators', () => {
  for (const [operator, wanted, given, expected] of CASES) {
    test(`${operator} ${JSON.stringify(wanted)} on ${JSON.stringify(given)}: ${expected}`, () => {
      assert.equal(holds({ [operator]: { [KEY]: wanted } }, given === undefined ? {} : { [KEY]: given }), expected);
    });
  }

  test('a value that is no ARN denies what is asked with one, and allows nothing', () => {
    for (const operator of ['ArnLike', 'ArnNotLike']) {
      const block = { [operator]: { [KEY]: 'no arn' } };
      const given = { [KEY]: 'arn:aws:iam::1:role/x' };
      assert.deepEqual([holds(block, given), holds(block, given, '2012-10-17', 'Deny')], [false, true]);
      assert.equal(holds(block, { [KEY]: 'none' }, '2012-10-17', 'Deny'), false);
    }
  });

  test('operators and keys are joined by and, and keys ignore case', () => {
    const block = { StringEquals: { 'aws:A': 'x', 'aws:B': 'y' }, Bool: { 'AWS:C': 'true' } };
    assert.equal(holds(block, { 'aws:a': 'x', 'AWS:B': 'y', 'aws:c': 'true' }), true);
    assert.equal(holds(block, { 'aws:a': 'x', 'aws:b': 'n', 'aws:c': 'true' }), false);
    assert.equal(holds(block, { 'aws:a': 'x', 'aws:b': 'y' }), false);
  });
});

describe('policy variables', () => {
  const cases: [operator: string, wanted: string, given: Given, expected: boolean][] = [
    ['StringLike', '${aws:username}/*', { 'aws:k': 'alice/x', 'aws:username': 'alice' }, true],
    ['StringLike', '${AWS:UserName}/*', { 'aws:k': 'bob/x', 'aws:username': 'alice' }, false],
    ['StringEquals', '${aws:PrincipalTag/team}', { 'aws:k': 'red', 'aws:PrincipalTag/Team': 'red' }, true],
    ['StringEqualsIgnoreCase', '${aws:username}', { 'aws:k': 'ALICE', 'aws:username': 'Alice' }, true],
    // A value's own wildcards are literal.
    ['StringLike', '${aws:username}', { 'aws:k': 'alice', 'aws:username': '*' }, false],
    ['StringLike', '${aws:username}', { 'aws:k': '*', 'aws:username': '*' }, true],
    ['StringLike', 'a${*}b${?}${$}', { 'aws:k': 'a*b?$' }, true],
    ['StringLike', 'a${*}b', { 'aws:k': 'axb' }, false],
    // "Specifying default values".
    ['StringEquals', "x-${aws:PrincipalTag/team, 'company-wide'}", { 'aws:k': 'x-company-wide' }, true],
    [
      'StringEquals',
      "x-${aws:PrincipalTag/team, 'company-wide'}",
      { 'aws:k': 'x-y', 'aws:principaltag/team': 'y' },
      true,
    ],
    // "Policy variables with no value": nothing equals them, so negated operators match.
    ['StringEquals', '${aws:username}', { 'aws:k': '${aws:username}' }, false],
    ['StringNotEquals', '${aws:username}', { 'aws:k': 'x' }, true],
    ['StringEquals', "${aws:x, 'a}b'}", { 'aws:k': 'a}b' }, true],
    ['ArnEquals', '${aws:x}', { 'aws:k': 'arn:aws:sns:::t', 'aws:x': 'arn:aws:sns:::t' }, true],
    // A multivalued key can't be a variable.
    ['StringEquals', "${aws:tagkeys, 'x'}", { 'aws:k': 'x', 'aws:tagkeys': ['x'] }, false],
    ['StringEquals', '${aws:tagkeys}', { 'aws:k': 'x', 'aws:tagkeys': ['x'] }, false],
    [
      'ArnLike',
      'arn:aws:iam::111122223333:user/${aws:username}',
      { 'aws:k': 'arn:aws:iam::111122223333:user/a', 'aws:username': 'a' },
      true,
    ],
    ['ArnLike', 'arn:aws:iam::${aws:x}:user/*', { 'aws:k': 'arn:aws:iam::1:user/a', 'aws:x': '1' }, true],
    ['StringEquals', 'open ${ brace', { 'aws:k': 'open ${ brace' }, true],
  ];
  for (const [operator, wanted, given, expected] of cases) {
    test(`${operator} ${wanted} with ${JSON.stringify(given)}: ${expected}`, () => {
      assert.equal(holds({ [operator]: { [KEY]: wanted } }, given), expected);
    });
  }

  test('version 2008-10-17 takes them for plain text', () => {
    const block = { StringEquals: { [KEY]: '${aws:username}' } };
    assert.equal(holds(block, { [KEY]: 'alice', 'aws:username': 'alice' }, '2008-10-17'), false);
    assert.equal(holds(block, { [KEY]: '${aws:username}' }, '2008-10-17'), true);
  });
});
