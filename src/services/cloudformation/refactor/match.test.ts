import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matched, type Written } from './match.ts';

const one = (place: string, type = 'Q', properties: Written['properties'] = {}): Written => {
  const [stackName = '', logicalId = ''] = place.split('.');
  return { stackName, logicalId, type, properties };
};
const at = ({ stackName, logicalId }: { stackName: string; logicalId: string }) => `${stackName}.${logicalId}`;

function moves(before: Written[], after: Written[], given: [string, string][] = []) {
  const found = matched(
    before,
    after,
    given.map(([from, to]) => ({ from: one(from), to: one(to) })),
  );
  return {
    moves: found.moves.map(({ from, to, isGiven }) => `${at(from)} → ${at(to)}${isGiven ? ' as given' : ''}`),
    gone: found.gone.map(at),
    fresh: found.fresh.map(at),
  };
}

test('what is in its place is no move', () => {
  assert.deepEqual(moves([one('a.X'), one('a.Y')], [one('a.X'), one('a.Y')]), { moves: [], gone: [], fresh: [] });
});

test('the same name in another stack, the same properties, the only one of its type', () => {
  const before = [one('a.X'), one('a.Y', 'Q', { n: 1 }), one('a.Z', 'Q', { n: 2 }), one('a.T', 'T')];
  const after = [one('b.X'), one('b.P', 'Q', { n: '1' }), one('a.R', 'Q', { n: 3 }), one('b.S', 'T')];
  assert.deepEqual(moves(before, after), {
    moves: ['a.X → b.X', 'a.Y → b.P', 'a.T → b.S', 'a.Z → a.R'],
    gone: [],
    fresh: [],
  });
});

test('what might be several has to be given', () => {
  const before = [one('a.X'), one('a.Y')];
  const after = [one('b.P'), one('b.R')];
  assert.deepEqual(moves(before, after), { moves: [], gone: ['a.X', 'a.Y'], fresh: ['b.P', 'b.R'] });
  assert.deepEqual(moves(before, after, [['a.X', 'b.R']]), {
    moves: ['a.X → b.R as given', 'a.Y → b.P'],
    gone: [],
    fresh: [],
  });
});

test('two may change places, if that is given', () => {
  const both = [one('a.X'), one('b.X')];
  assert.deepEqual(
    moves(both, both, [
      ['a.X', 'b.X'],
      ['b.X', 'a.X'],
    ]).moves,
    ['a.X → b.X as given', 'b.X → a.X as given'],
  );
});
