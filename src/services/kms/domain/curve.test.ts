import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import { signDigest, verifyDigest } from './curve.ts';
import { signPrehashed, verifyPrehashed } from './ed25519ph.ts';
import { signPkcs1, signPss, verifyPkcs1, verifyPss } from './rsa-digest.ts';

const message = Buffer.from('a message');
const flipped = (bytes: Uint8Array, at = bytes.length - 1) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

describe('ECDSA over digests agrees with OpenSSL over messages', () => {
  for (const [curve, hash] of [
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-521', 'sha512'],
    ['secp256k1', 'sha256'],
    ['P-256', 'sha512'],
  ] as const) {
    test(`${curve} ${hash}`, () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
      for (let round = 0; round < 8; round += 1) {
        const text = Buffer.concat([message, Buffer.from([round])]);
        const digest = createHash(hash).update(text).digest();
        const ours = signDigest(curve, privateKey, digest);
        assert.ok(verify(hash, text, publicKey, ours));
        const theirs = sign(hash, text, privateKey);
        assert.ok(verifyDigest(curve, publicKey, digest, theirs));
        assert.ok(!verifyDigest(curve, publicKey, flipped(digest, 0), theirs));
        assert.ok(!verifyDigest(curve, publicKey, digest, flipped(theirs)));
        assert.ok(!verifyDigest(curve, publicKey, digest, Buffer.concat([theirs, Buffer.from([0])])));
      }
      assert.ok(!verifyDigest(curve, publicKey, message, Buffer.alloc(0)));
    });
  }
});

describe('RSA over digests agrees with OpenSSL over messages', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    const digest = createHash(hash).update(message).digest();
    test(`PKCS #1 v1.5 ${hash}`, () => {
      assert.ok(verify(hash, message, publicKey, signPkcs1(privateKey, hash, digest)));
      const theirs = sign(hash, message, privateKey);
      assert.ok(verifyPkcs1(publicKey, hash, digest, theirs));
      assert.ok(!verifyPkcs1(publicKey, hash, flipped(digest), theirs));
      assert.ok(!verifyPkcs1(publicKey, hash, digest, flipped(theirs)));
    });
    test(`PSS ${hash}`, () => {
      const pss = { padding: 6, saltLength: digest.length };
      assert.ok(verify(hash, message, { key: publicKey, ...pss }, signPss(privateKey, hash, digest)));
      const theirs = sign(hash, message, { key: privateKey, ...pss });
      assert.ok(verifyPss(publicKey, hash, digest, theirs));
      assert.ok(!verifyPss(publicKey, hash, flipped(digest), theirs));
      assert.ok(!verifyPss(publicKey, hash, digest, flipped(theirs)));
      assert.ok(!verifyPss(publicKey, hash, digest, theirs.subarray(1)));
    });
  }
});

describe('Ed25519ph', () => {
  // Source: RFC 8032, 7.3.
  const seed = '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42';
  const expected =
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406';
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
  const key = createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
  const digest = createHash('sha512').update('abc').digest();

  test("signs RFC 8032's message as that says", () => {
    assert.equal(signPrehashed(key, digest).toString('hex'), expected);
  });

  test('verifies what is signed and nothing else', () => {
    const signature = Buffer.from(expected, 'hex');
    const publicKey = createPublicKey(key);
    assert.ok(verifyPrehashed(publicKey, digest, signature));
    assert.ok(!verifyPrehashed(publicKey, flipped(digest), signature));
    assert.ok(!verifyPrehashed(publicKey, digest, flipped(signature)));
    assert.ok(!verifyPrehashed(publicKey, digest, flipped(signature, 3)));
    assert.ok(!verifyPrehashed(publicKey, digest, sign(null, digest, key)));
    const { privateKey, publicKey: other } = generateKeyPairSync('ed25519');
    assert.ok(verifyPrehashed(other, digest, signPrehashed(privateKey, digest)));
    assert.ok(!verifyPrehashed(other, digest, signature));
  });
});
