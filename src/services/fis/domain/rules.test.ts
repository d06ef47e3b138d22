import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '#kernel/random';
import { readDuration } from './duration.ts';
import { passes } from './filter.ts';
import { circular, due } from './order.ts';
import { readSelection, select } from './selection.ts';

const found = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 30 });

test('a selection takes as many as it says, each once, of what was found, in its order', () => {
  fc.assert(
    fc.property(found, fc.integer({ min: 1, max: 100 }), fc.string(), (all, amount, seed) => {
      const stream = new Random(seed).stream('x');
      const take = (mode: string) => {
        const selection = readSelection(mode);
        assert.ok(selection !== undefined);
        return select(all, selection, (limit) => stream.below(limit));
      };
      for (const [mode, count] of [
        ['ALL', all.length],
        [`COUNT(${amount})`, Math.min(amount, all.length)],
        [`PERCENT(${amount})`, Math.floor((all.length * amount) / 100)],
      ] as const) {
        const taken = take(mode);
        assert.equal(taken.length, count, mode);
        assert.deepEqual(
          taken,
          all.filter((one) => taken.includes(one)),
          'in order, none twice, none that was not found',
        );
      }
    }),
  );
});

test('chance takes each as often as any other', () => {
  const stream = new Random('7').stream('x');
  const all = ['a', 'b', 'c', 'd'];
  const counts = new Map(all.map((one) => [one, 0]));
  for (let turn = 0; turn < 4_000; turn += 1)
    for (const one of select(all, { kind: 'COUNT', amount: 1 }, (limit) => stream.below(limit)))
      counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const [one, count] of counts) assert.ok(count > 850 && count < 1_150, `${one}: ${count} of 4,000`);
});

test('what is no selection mode is none', () => {
  for (const mode of [
    '',
    'all',
    'COUNT',
    'COUNT()',
    'COUNT(0)',
    'COUNT(-1)',
    'PERCENT(101)',
    'PERCENT(1.5)',
    'ALL(1)',
    'COUNT(1) ',
  ])
    assert.equal(readSelection(mode), undefined, mode);
});

test('durations', () => {
  for (const [text, millis] of [
    ['PT1M', 60_000],
    ['PT12H', 43_200_000],
    ['PT1H30M5S', 5_405_000],
    ['P1DT1S', 86_401_000],
    ['P', undefined],
    ['PT', undefined],
    ['P1DT', undefined],
    ['PT1M1H', undefined],
    ['1M', undefined],
    ['PT1.5M', undefined],
    ['PT-1M', undefined],
  ] as const)
    assert.equal(readDuration(text), millis, text);
});

test('filters: all of them, any of their values, any of the values found', () => {
  const role = {
    Path: '/app/',
    Tags: [{ Key: 'a' }, { Key: 'b' }],
    Nested: { Deep: [1, { Value: true }] },
    None: null,
  };
  for (const [path, values, isPassed] of [
    ['Path', ['/app/'], true],
    ['Path', ['/x/', '/app/'], true],
    ['path', ['/app/'], false],
    ['Tags.Key', ['b'], true],
    ['Tags.Key', ['c'], false],
    ['Nested.Deep', ['1'], true],
    ['Nested.Deep.Value', ['true'], true],
    ['Nested', ['[object Object]'], false],
    ['None', ['null'], false],
    ['constructor.name', ['Object'], false],
    ['__proto__', [''], false],
    ['Path.length', ['5'], false],
  ] as const)
    assert.equal(passes(role, [{ path, values: [...values] }]), isPassed, path);
  assert.ok(passes(role, []));
  assert.ok(
    !passes(role, [
      { path: 'Path', values: ['/app/'] },
      { path: 'Path', values: ['/x/'] },
    ]),
  );
});

/** What a name stands for in the order of its first letter can begin; edges only lead back. */
const graph = fc
  .array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    Object.fromEntries(
      rows.map((row, index) => [
        `a${index}`,
        { startAfter: [...new Set(row.filter((other) => other < index).map((other) => `a${other}`))] },
      ]),
    ),
  );

test('actions begin when all before them are over, and each begins', () => {
  fc.assert(
    fc.property(graph, (actions) => {
      assert.equal(circular(actions), undefined);
      const states: { [name: string]: { status: string } } = Object.fromEntries(
        Object.keys(actions).map((name) => [name, { status: 'pending' }]),
      );
      for (let next = due(actions, states); next.length > 0; next = due(actions, states))
        for (const name of next) {
          for (const other of actions[name]?.startAfter ?? []) assert.equal(states[other]?.status, 'completed');
          states[name] = { status: 'completed' };
        }
      assert.ok(Object.values(states).every(({ status }) => status === 'completed'));
    }),
  );
});

test('actions that wait for each other never begin', () => {
  assert.equal(circular({ a: { startAfter: ['b'] }, b: { startAfter: ['a'] } }), 'a');
  assert.equal(circular({ a: {}, b: { startAfter: ['b'] }, c: { startAfter: ['b'] } }), 'b');
  assert.deepEqual(due({ a: { startAfter: ['b'] }, b: {} }, { a: { status: 'pending' }, b: { status: 'failed' } }), []);
});
