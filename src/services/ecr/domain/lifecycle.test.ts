import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY } from '#kernel/base';
import { expiring, rulesOf } from './lifecycle.ts';

const NOW = 100 * DAY;
const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: 'expire' } });
const tagged = (...tagPrefixList: string[]) => ({ tagStatus: 'tagged', tagPrefixList });
const policyOf = (...selections: object[]) =>
  JSON.stringify({ rules: selections.map((selection, index) => rule(index + 1, selection)) });
const COUNT = { countType: 'imageCountMoreThan', countNumber: 1 };
const days = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });

/** Images by their letters: how many days ago they were pushed, and their tags. */
type Images = { [letter: string]: readonly [days: number, ...tags: string[]] };

function gone(images: Images, ...selections: object[]): string {
  const all = Object.entries(images).map(([digest, [age, ...tags]]) => ({ digest, tags, pushedAt: NOW - age * DAY }));
  return expiring(rulesOf(policyOf(...selections)), all, NOW)
    .map(({ image, priority }) => `${image.digest}${priority}`)
    .toSorted()
    .join(' ');
}

test('examples of the ECR User Guide, "Examples of lifecycle policies"', () => {
  const several: Images = { A: [10, 'beta-1', 'prod-1'], B: [9, 'beta-2', 'prod-2'], C: [8, 'beta-3'] };
  const [prod, beta] = [
    { ...tagged('prod'), ...COUNT },
    { ...tagged('beta'), ...COUNT },
  ];
  assert.equal(gone(several, prod, beta), 'A1');
  assert.equal(gone(several, beta, prod), 'A1 B1');
  const both: Images = {
    A: [12, 'alpha-1'],
    B: [11, 'beta-1'],
    C: [10, 'alpha-2', 'beta-2'],
    D: [4, 'alpha-3'],
    E: [3, 'beta-3'],
    F: [2, 'alpha-4', 'beta-4'],
  };
  assert.equal(gone(both, { ...tagged('alpha', 'beta'), ...days(5) }), 'C1');
  const more: Images = {
    A: [10, 'alpha-1', 'beta-1', 'gamma-1'],
    B: [9, 'alpha-2', 'beta-2'],
    C: [8, 'alpha-3', 'beta-3'],
  };
  assert.equal(gone(more, { ...tagged('alpha', 'beta'), ...COUNT }), 'A1 B1');
  const any = { tagStatus: 'any', ...COUNT };
  assert.equal(gone({ A: [4, 'alpha-1'], B: [3, 'beta-1'], C: [2], D: [1, 'alpha-2'] }, any), 'A1 B1 C1');
  const all: Images = { A: [4, 'alpha-1', 'beta-1'], B: [3], C: [2, 'alpha-2'], D: [1, 'git hash'], E: [0.9] };
  assert.equal(gone(all, { ...tagged('alpha'), ...COUNT }, { tagStatus: 'untagged', ...days(1) }, any), 'A1 B2 D3');
});

test('rules that can not stand together are refused', () => {
  const untagged = { tagStatus: 'untagged', ...COUNT };
  for (const [why, ...selections] of [
    [/Only one rule can select Untagged images per storage class/, untagged, { ...untagged, ...days(3) }],
    [
      /two or more rules have the same tagPrefixList/,
      { ...tagged('a', 'b'), ...COUNT },
      { ...tagged('b', 'a'), ...days(3) },
    ],
    [/Rule for tagStatus=ANY must have the lowest priority/, { tagStatus: 'any', ...COUNT }, untagged],
  ] as const)
    assert.throws(() => rulesOf(policyOf(...selections)), why);
});
