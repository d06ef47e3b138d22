import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelText } from './label.ts';

test('labels tell how far the first and the last, or the lowest and the highest, lie apart', () => {
  const points = new Map([
    [0, 5],
    [60_000, 2.5],
    [180_000, 10],
    [240_000, 7],
  ]);
  const labelled = { label: 'm', points, properties: {} };
  const template =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own.
    '${FIRST_LAST_RANGE} in ${FIRST_LAST_TIME_RANGE}, ${MIN_MAX_RANGE} in ${MIN_MAX_TIME_RANGE}, ${MAX_TIME_RELATIVE} ago';
  assert.equal(labelText(template, labelled, 300_000), '2 in 4m, 7.5 in 2m, 2m ago');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch's own.
  assert.equal(labelText('${MIN_MAX_RANGE}', { ...labelled, points: new Map() }, 0), '--');
});
