import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TookTooLong } from '#kernel/base';
import { compileSchema, SchemaError } from './schema.ts';

function told(schema: object, body: unknown): string | undefined {
  return compileSchema(JSON.stringify(schema), () => undefined)(body, JSON.stringify(body).length);
}

for (const [pattern, fits, not] of [
  ['^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', '123e4567-e89b-12d3-a456-426614174000', 'x'],
  ['^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$', '2026-11-21T10:40:35Z', '2026'],
  ['^[a-z0-9]+(-[a-z0-9]+)*$', 'a-slug', 'a--slug'],
  ['^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$', 'some.body+else@mail.example.com', 'nobody'],
  ['^(?=.*[A-Z])(?=.*\\d).{8,}$', 'Passw0rd', 'password'],
] as const)
  test(`patterns that people use are tried: ${pattern}`, () => {
    assert.equal(told({ pattern }, fits), undefined);
    assert.equal(told({ pattern }, not), `[ECMA 262 regex "${pattern}" does not match input string "${not}"]`);
  });

for (const [schema, body, wanted] of [
  [
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    'array must not contain duplicate elements',
  ],
  [{ uniqueItems: true }, [1, '1', [1], { a: 1 }], undefined],
  [{ minProperties: 2 }, { a: 1 }, 'object has too few properties (found 1 but schema requires at least 2)'],
  [{ not: { type: 'string' } }, 'a', 'instance matched a schema which it should not have'],
  [{ minimum: 1, exclusiveMinimum: true }, 1, 'numeric instance is not strictly greater than the required minimum 1'],
] as const)
  test(`${JSON.stringify(schema)} of ${JSON.stringify(body)}`, () => {
    assert.equal(told(schema, body), wanted && `[${wanted}]`);
  });

test('many items are told apart without comparing each to each', () => {
  const items = Array.from({ length: 100_000 }, (_, id) => ({ id }));
  assert.equal(told({ uniqueItems: true }, items), undefined);
});

test('a body with a million faults is told of one', () => {
  const body = Array.from({ length: 1_000_000 }, () => 1);
  assert.equal(
    told({ items: { type: 'string' } }, body),
    '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
  );
});

test('a check that would not end is given up: by its patterns, or by branches within branches', () => {
  assert.throws(() => told({ pattern: 'a+b' }, 'a'.repeat(500_000)), TookTooLong);
  const branch = { properties: { a: { $ref: '#' } }, required: ['a'] };
  const deep = JSON.parse(`${'{"a":'.repeat(60)}{}${'}'.repeat(60)}`);
  assert.throws(() => told({ anyOf: [branch, branch] }, deep), TookTooLong);
});

test('a schema that can not be used is none', () => {
  assert.throws(() => compileSchema('{"pattern": "("}', () => undefined), SchemaError);
  assert.throws(() => compileSchema('{"$ref": "#/none"}', () => undefined), SchemaError);
});
