import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './query.ts';
import { Row } from './row.ts';
import { Run } from './run.ts';

const NOW = Date.UTC(2026, 0, 1);
const SPAN = { from: NOW, to: NOW + 1 };

/** A query that has seen messages. */
function run(text: string, messages: readonly string[]): Run {
  const query = new Run(parseQuery(text, NOW, SPAN), 10, SPAN);
  const rest = { ingestedAt: NOW, streamName: 's', log: '1:g', pointer: () => 'p', isLambda: false };
  for (const message of messages) query.take(new Row({ timestamp: NOW, message, ...rest }));
  return query;
}

test('comments are no part of a name, and a number sign in quotes is no comment', () => {
  const text = 'fields @message # all of it\n  , strlen("a#b") # its length\n| limit 1';
  const [cells] = run(text, ['a']).end();
  assert.deepEqual(
    cells?.map(({ field, value }) => [field, value]),
    [
      ['@message', 'a'],
      ['strlen("a#b")', '3'],
      ['@ptr', 'p'],
    ],
  );
});

test('events are counted that pass the filters before their groups', () => {
  const messages = [1, 2, 3, 3].map((n) => JSON.stringify({ n }));
  const query = run('filter n > 1 | stats count(*) as c by n | filter c > 1', messages);
  assert.equal(query.end().length, 1);
  assert.equal(query.matched, 3);
});
