import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonFault } from './json-fault.ts';

const EXPECTED = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const SOURCE = 'Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)';

test('what is no JSON is told in the words of AWS’s parser, and where', () => {
  const place = (column: number, line = 1) => `\n at [${SOURCE}; line: ${line}, column: ${column}]`;
  const faults: [text: string, fault: string][] = [
    ['test data', `Unrecognized token 'test': was expecting ${EXPECTED}${place(6)}`],
    ["'test'", `Unexpected character (''' (code 39)): expected a valid value ${EXPECTED}${place(1)}`],
    ['{cli: 1}', `Unexpected character ('c' (code 99)): was expecting double-quote to start field name${place(2)}`],
    [
      '{\n "a": "{"b":1}"}',
      `Unexpected character ('b' (code 98)): was expecting comma to separate Object entries${place(10, 2)}`,
    ],
    ['\x9b', `Unexpected character ((CTRL-CHAR, code 155)): expected a valid value ${EXPECTED}${place(1)}`],
    ['1\x84', `Unexpected character ((CTRL-CHAR, code 132)): Expected space separating root-level values${place(2)}`],
    [
      '------Web',
      `Unexpected character ('-' (code 45)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value${place(2)}`,
    ],
    [
      '{"a":1',
      `Unexpected end-of-input: expected close marker for Object (start marker at [${SOURCE}; line: 1, column: 1])${place(7)}`,
    ],
  ];
  for (const [text, fault] of faults) assert.equal(jsonFault(Buffer.from(text, 'latin1')), fault);
  for (const text of ['{"a":1}', ' 1 ', '-1', '"é"']) assert.equal(jsonFault(Buffer.from(text)), undefined);
});
