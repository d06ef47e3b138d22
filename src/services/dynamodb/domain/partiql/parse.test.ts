import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '#kernel/contract';
import { compareTexts } from '../value.ts';
import { parseStatement } from './parse.ts';
import { prepare } from './prepare.ts';

const words = fc.constantFrom(
  ...'SELECT INSERT UPDATE DELETE FROM INTO VALUE SET REMOVE WHERE RETURNING ORDER BY ASC DESC AND OR NOT IN BETWEEN IS MISSING NULL true EXISTS ALL OLD NEW MODIFIED begins_with contains size list_append set_add attribute_type'.split(
    ' ',
  ),
  ...[
    '"t"',
    '"a"."b"',
    'x',
    '#y',
    "'it''s'",
    "'",
    '"',
    '1',
    '-2.5e3',
    '<<',
    '>>',
    '<',
    '>=',
    '<>',
    '!=',
    '=',
    '(',
    ')',
  ],
  ...['[', ']', '{', '}', ',', '.', ':', '*', '?', '+', '-', ';', '`', '--', '\n', '\\', '\u{1f600}'],
);

test('whatever the text is: a statement or a refusal', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 60 }).map((list) => list.join(' ')),
    fc.array(words, { maxLength: 40 }).map((list) => `SELECT * FROM "t" WHERE ${list.join(' ')}`),
    fc.array(words, { maxLength: 40 }).map((list) => `UPDATE "t" SET ${list.join(' ')} WHERE id = 'a'`),
  );
  fc.assert(
    fc.property(text, (statement) => {
      try {
        parseStatement(statement);
      } catch (error) {
        assert.ok(error instanceof ServiceError);
        assert.equal(error.code, 'ValidationException');
      }
    }),
    { numRuns: 3_000, seed: 5 },
  );
});

test('nesting is bounded, however deep the text goes', () => {
  for (const [open, close, around] of [
    ['(', ')', ['SELECT * FROM t WHERE ', ' a = 1 ']],
    ['NOT ', '', ['SELECT * FROM t WHERE ', ' a = 1 ']],
    ['[', ']', ["INSERT INTO t VALUE {'a': ", '']],
    ["{'a':", '}', ["INSERT INTO t VALUE {'a': ", '1']],
    ['size(', ')', ['SELECT * FROM t WHERE ', 'a']],
    ['list_append(a, ', ')', ['UPDATE t SET a = ', 'a']],
  ] as const) {
    const text = around[0] + open.repeat(2_000) + around[1] + close.repeat(2_000);
    assert.throws(() => parseStatement(text), /nested too deeply/);
  }
});

test('long chains are read without recursion', () => {
  const chain = Array.from({ length: 600 }, () => 'a=1').join(' AND ');
  assert.equal(parseStatement(`SELECT * FROM t WHERE ${chain}`).statement.kind, 'select');
});

/** A value and the PartiQL literal of it. */
const literal = fc.letrec<{ value: [object, string] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string().map((text): [object, string] => [{ S: text }, `'${text.replaceAll("'", "''")}'`]),
    fc.integer().map((number): [object, string] => [{ N: String(number) }, String(number)]),
    fc.boolean().map((flag): [object, string] => [{ BOOL: flag }, String(flag)]),
    fc.constant<[object, string]>([{ NULL: true }, 'null']),
    fc
      .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 })
      // Sets are kept in order.
      .map((set): [object, string] => [
        { SS: set.toSorted(compareTexts) },
        `<<${set.map((one) => `'${one.replaceAll("'", "''")}'`)}>>`,
      ]),
    fc
      .array(tie('value'), { maxLength: 3 })
      .map((list): [object, string] => [{ L: list.map(([one]) => one) }, `[${list.map(([, text]) => text)}]`]),
    fc
      .uniqueArray(fc.tuple(fc.string(), tie('value')), { maxLength: 3, selector: ([name]) => name })
      .map((members): [object, string] => [
        { M: Object.fromEntries(members.map(([name, [one]]) => [name, one])) },
        `{${members.map(([name, [, text]]) => `'${name.replaceAll("'", "''")}': ${text}`)}}`,
      ]),
  ),
})).value;

test('a literal means the value it was written from', () => {
  fc.assert(
    fc.property(literal, ([value, text]) => {
      const { statement } = prepare(`INSERT INTO "t" VALUE {'a': ${text}}`);
      assert.ok(statement.kind === 'insert');
      assert.deepEqual(statement.item([]).M?.a, value);
    }),
    { seed: 3 },
  );
});

test('refusals in AWS words', () => {
  const refusal = (text: string, parameters: object[] = []) => {
    try {
      prepare(text, parameters as never);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`no refusal of ${text}`);
  };
  const malformed = "Statement wasn't well formed, can't be processed: ";
  assert.equal(refusal('DROP TABLE x'), `${malformed}Expected data manipulation`);
  assert.equal(refusal('INSERT INTO t (a) VALUES (1)'), `${malformed}Unexpected term`);
  assert.equal(refusal('INSERT INTO t VALUES (1)'), `${malformed}Unexpected keyword`);
  assert.equal(refusal('SELECT * FROM t LIMIT 1'), `${malformed}Unexpected token after expression`);
  assert.equal(refusal('SELECT COUNT(*) FROM t'), 'Unexpected path component at 1:8:5');
  assert.equal(refusal('SELECT * FROM ""'), 'Path component cannot be an empty string');
  assert.equal(refusal('SELECT * FROM t WHERE a = ?'), "Number of parameters in request and statement don't match.");
  assert.equal(
    refusal("DELETE FROM t WHERE a = 'x' RETURNING MODIFIED OLD *"),
    'Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.',
  );
});
