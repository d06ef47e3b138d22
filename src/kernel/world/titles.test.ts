import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REGIONS } from './regions.ts';
import { regionTitle } from './titles.ts';

test('every Region has a name in words', () => {
  for (const [region, title] of [
    ['us-east-1', 'US East (N. Virginia)'],
    ['eu-central-1', 'Europe (Frankfurt)'],
    ['ca-west-1', 'Canada West (Calgary)'],
    ['il-central-1', 'Israel (Tel Aviv)'],
    ['xx-nowhere-1', 'xx-nowhere-1'],
  ] as const)
    assert.equal(regionTitle(region), title);
  for (const region of REGIONS.keys()) assert.match(regionTitle(region), /^[A-Z].* \(.+\)$/, region);
});
