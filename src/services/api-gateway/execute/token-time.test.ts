import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { DAY, HOUR, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { verifiedInTime } from './token-time.ts';

const ISSUED = Date.UTC(2026, 0, 1);

test('a token lasts as long as its issuer meant, on the cloud’s clock or since that showed what the machine’s did', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = createLocalJWKSet({ keys: [await exportJWK(publicKey)] });
  const token = await new SignJWT({ iat: ISSUED / SECOND, exp: (ISSUED + HOUR) / SECOND })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(privateKey);
  const isGood = (now: number, ahead: number) => {
    const ctx = { now, shownAt: (machine: number) => machine + ahead } as Ctx;
    const verified = verifiedInTime(token, keys, {}, ctx);
    return verified.then(() => true).catch(({ code, claim }) => `${code} ${claim}`);
  };
  const late = 'ERR_JWT_EXPIRED exp';
  assert.deepEqual([await isGood(ISSUED + 10, 0), await isGood(ISSUED + HOUR, 0)], [true, late]);
  // It was issued when the clock had been turned by a day, which then is turned by two hours.
  assert.equal(await isGood(ISSUED + DAY + 10, DAY), true);
  assert.equal(await isGood(ISSUED + DAY + 2 * HOUR, DAY), late);
  // The cloud's clock is a day behind.
  assert.equal(await isGood(ISSUED - DAY + 10, -DAY), true);
  assert.equal(await isGood(ISSUED - DAY + 10, 0), 'ERR_JWT_CLAIM_VALIDATION_FAILED iat');
});
