import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedStep, codeAt, setByCodes, stepOf } from './mfa.ts';

test('codes are those of RFC 6238, appendix B, by their last six digits', () => {
  const seed = Buffer.from('12345678901234567890').toString('base64');
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(codeAt(seed, stepOf(seconds * 1_000)), code);
});

test('a code counts once, up to a minute early or late, in any order', () => {
  const device = { serial: 's', path: '/', name: 'n', seed: 'AAAA', createdAt: 0, tags: {} };
  const now = 1_000_000_000;
  const step = stepOf(now);
  for (const near of [-2, 0, 2]) assert.equal(acceptedStep(device, codeAt('AAAA', step + near), now), step + near);
  for (const far of [-3, 3]) assert.equal(acceptedStep(device, codeAt('AAAA', step + far), now), undefined);
  assert.equal(acceptedStep({ ...device, drift: 3 }, codeAt('AAAA', step + 5), now), step + 5);
  const used = { ...device, usedSteps: [step] };
  assert.equal(acceptedStep(used, codeAt('AAAA', step), now), undefined);
  assert.equal(acceptedStep(used, codeAt('AAAA', step - 1), now), step - 1);
});

test('two codes that follow each other set a device, from some hours around', () => {
  const device = { serial: 's', path: '/', name: 'n', seed: 'AAAA', createdAt: 0, tags: {} };
  const now = 1_000_000_000;
  const present = stepOf(now);
  const set = (row: Parameters<typeof setByCodes>[0], second: number) =>
    setByCodes(row, codeAt('AAAA', second - 1), codeAt('AAAA', second), now)?.drift;
  assert.deepEqual(
    [-999, -998, 1_000, 1_001].map((at) => set(device, present + at)),
    [undefined, -998, 1_000, undefined],
  );
  assert.equal(set({ ...device, drift: 500 }, present + 1_500), 1_500);
  const before = { ...device, lastStep: present };
  assert.deepEqual([set(before, present + 1), set(before, present + 2)], [undefined, 2]);
  assert.equal(setByCodes(device, codeAt('AAAA', present), codeAt('AAAA', present), now), undefined);
});
