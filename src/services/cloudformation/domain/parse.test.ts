import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from './parse.ts';

const readOf = (text: string) => parseTemplate(`Value: ${text}\n`).Value;

test('plain texts of YAML are what CloudFormation takes them for', () => {
  for (const text of ['true', 'Yes', 'YES', 'on', 'On']) assert.equal(readOf(text), true, text);
  for (const text of ['False', 'no', 'NO', 'off']) assert.equal(readOf(text), false, text);
  for (const [text, number] of [
    ['0', 0],
    ['-12', -12],
    ['1.10', 1.1],
    ['2.0', 2],
    ['1e3', 1_000],
    ['123456789012', 123_456_789_012],
  ] as const)
    assert.equal(readOf(text), number, text);
  for (const text of [
    'N',
    'y',
    '012345670123',
    '0777',
    '0x1A2B',
    '0b1010',
    '0o17',
    '1:30',
    '.inf',
    '.nan',
    '+12065550100',
    '2012-10-17',
    '1_000',
    '123456789012345678901',
  ])
    assert.equal(readOf(text), text, text);
  for (const text of ['', '~', 'null']) assert.equal(readOf(text), null, text);
  for (const text of ["'yes'", '"12"']) assert.equal(readOf(text), text.slice(1, -1), text);
});

test('short forms of functions stand for their long ones, in and around each other', () => {
  assert.deepEqual(readOf('!GetAtt Queue.Outputs.Name'), { 'Fn::GetAtt': ['Queue', 'Outputs.Name'] });
  assert.deepEqual(readOf('!Join ["-", [!Ref A, 1, yes]]'), { 'Fn::Join': ['-', [{ Ref: 'A' }, 1, true]] });
  assert.deepEqual(readOf('!Sub 012'), { 'Fn::Sub': '012' });
});

test('of a member that is there twice the last counts', () => {
  assert.deepEqual(parseTemplate('Queue: { Type: A }\nQueue: { Type: B }\n'), { Queue: { Type: 'B' } });
});

test('in brackets, braces and quotes it does not matter how far in a line is', () => {
  const text = [
    'Role: # with [ a bracket',
    "  Note: don't count [ this",
    '  Text: |',
    "    'one [ of a block",
    '     {',
    '  Policy: {"Version": 1,',
    '  "Statement": [{ Sid: a,',
    'Action: ["x:*",',
    '!Ref B ] # }',
    '}]',
    '  }',
    "  Document: !Sub '{",
    "  it''s: \"",
    "}'",
    '  - no: list',
  ];
  const read = parseTemplate(`${text.slice(0, -1).join('\n')}\n  Last: !!int 86400\n`);
  assert.deepEqual(read, {
    Role: {
      Note: "don't count [ this",
      Text: "'one [ of a block\n {\n",
      Policy: { Version: 1, Statement: [{ Sid: 'a', Action: ['x:*', { Ref: 'B' }] }] },
      Document: { 'Fn::Sub': '{ it\'s: " }' },
      Last: 86_400,
    },
  });
  assert.throws(() => parseTemplate(text.join('\n')), /YAML not well-formed. \(line 15, column/);
});
