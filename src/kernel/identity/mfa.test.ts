import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedStep, codeAt, stepOf } from './mfa.ts';

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

test('a code counts once, and half a minute early or late', () => {
  const device = { serial: 's', path: '/', name: 'n', seed: 'AAAA', createdAt: 0, tags: {} };
  const now = 1_000_000_000;
  const step = stepOf(now);
  for (const near of [-1, 0, 1]) assert.equal(acceptedStep(device, codeAt('AAAA', step + near), now), step + near);
  for (const far of [-2, 2]) assert.equal(acceptedStep(device, codeAt('AAAA', step + far), now), undefined);
  assert.equal(acceptedStep({ ...device, lastStep: step }, codeAt('AAAA', step), now), undefined);
});
