/** Signatures, authentication codes and shared secrets, checked outside by OpenSSL. */
import assert from 'node:assert/strict';
import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import {
  DecapsulateCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  GenerateDataKeyPairCommand,
  GenerateMacCommand,
  GetKeyLastUsageCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  type MessageType,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { START, startTestCloud } from '../../support/cloud.ts';
import { arnOf, bytes, kmsOf, newKey, refused } from './setup.ts';

const MESSAGE = bytes('sign this');

async function publicKeyOf(kms: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), type: 'spki', format: 'der' });
}

/** Whether OpenSSL takes the signature for one of the message. */
function holdsOutside(algorithm: SigningAlgorithmSpec, key: KeyObject, signature: Uint8Array): boolean {
  const hash = algorithm.startsWith('E') || algorithm.startsWith('R') ? algorithm.replace(/^.*SHA_/, 'sha') : undefined;
  if (algorithm === 'ED25519_SHA_512' || algorithm === 'ML_DSA_SHAKE_256') return verify(null, MESSAGE, key, signature);
  const pss = { key, padding: 6, saltLength: -1 };
  return verify(hash, MESSAGE, algorithm.startsWith('RSASSA_PSS') ? pss : key, signature);
}

const CASES: readonly [spec: KeySpec, algorithms: readonly SigningAlgorithmSpec[], digest: boolean][] = [
  [
    'RSA_2048',
    [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ],
    true,
  ],
  ['RSA_3072', ['RSASSA_PSS_SHA_256'], true],
  ['ECC_NIST_P256', ['ECDSA_SHA_256'], true],
  ['ECC_NIST_P384', ['ECDSA_SHA_384'], true],
  ['ECC_NIST_P521', ['ECDSA_SHA_512'], true],
  ['ECC_SECG_P256K1', ['ECDSA_SHA_256'], true],
  ['ECC_NIST_EDWARDS25519', ['ED25519_SHA_512'], false],
  ['ML_DSA_44', ['ML_DSA_SHAKE_256'], false],
  ['ML_DSA_65', ['ML_DSA_SHAKE_256'], false],
  ['ML_DSA_87', ['ML_DSA_SHAKE_256'], false],
];

for (const [KeySpec, algorithms, digestible] of CASES) {
  test(`${KeySpec}: what KMS signs, OpenSSL verifies with the public key, and KMS too`, async () => {
    await using cloud = await startTestCloud();
    const kms = kmsOf(cloud);
    const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
    const key = await publicKeyOf(kms, KeyId);
    for (const SigningAlgorithm of algorithms) {
      const hash = SigningAlgorithm.replace(/^.*SHA_/, 'sha');
      const kinds: MessageType[] = digestible ? ['RAW', 'DIGEST'] : ['RAW'];
      for (const MessageType of kinds) {
        const Message = MessageType === 'RAW' ? MESSAGE : createHash(hash).update(MESSAGE).digest();
        const signed = await kms.send(new SignCommand({ KeyId, Message, MessageType, SigningAlgorithm }));
        assert.deepEqual([signed.KeyId, signed.SigningAlgorithm], [arnOf(KeyId), SigningAlgorithm]);
        const Signature = signed.Signature ?? new Uint8Array();
        assert.ok(holdsOutside(SigningAlgorithm, key, Signature), `${SigningAlgorithm} ${MessageType}`);
        const check = (input: object) =>
          kms.send(new VerifyCommand({ KeyId, Message, MessageType, SigningAlgorithm, Signature, ...input }));
        assert.equal((await check({})).SignatureValid, true);
        const other = Buffer.from(Message);
        other[0] = (other[0] ?? 0) ^ 1;
        await refused(check({ Message: other }), 'KMSInvalidSignatureException', '');
        await refused(check({ Signature: bytes('none') }), 'KMSInvalidSignatureException', '');
      }
      if (digestible)
        await refused(
          kms.send(new SignCommand({ KeyId, Message: MESSAGE, MessageType: 'DIGEST', SigningAlgorithm })),
          'ValidationException',
          `Digest is invalid length for algorithm ${SigningAlgorithm}.`,
        );
    }
  });
}

test('Ed25519 signs digests by an algorithm of its own, and messages by another', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
  const Message = createHash('sha512').update(MESSAGE).digest();
  const input = { KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ED25519_PH_SHA_512' } as const;
  const { Signature } = await kms.send(new SignCommand(input));
  assert.equal(Signature?.length, 64);
  assert.equal((await kms.send(new VerifyCommand({ ...input, Signature }))).SignatureValid, true);
  await refused(
    kms.send(new SignCommand({ ...input, MessageType: 'RAW' })),
    'ValidationException',
    'Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.',
  );
  await refused(
    kms.send(new SignCommand({ ...input, SigningAlgorithm: 'ED25519_SHA_512' })),
    'ValidationException',
    'Message type DIGEST is incompatible with algorithm ED25519_SHA_512.',
  );
});

test('what Sign refuses', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const ec = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const hmac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const sign = (KeyId: string, SigningAlgorithm: SigningAlgorithmSpec) =>
    kms.send(new SignCommand({ KeyId, Message: MESSAGE, SigningAlgorithm }));
  await refused(
    sign(ec, 'ECDSA_SHA_384'),
    'InvalidKeyUsageException',
    'Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.',
  );
  await refused(
    sign(hmac, 'ECDSA_SHA_256'),
    'InvalidKeyUsageException',
    `${arnOf(hmac)} key usage is GENERATE_VERIFY_MAC which is not valid for Sign.`,
  );
  await refused(kms.send(new GetPublicKeyCommand({ KeyId: hmac })), 'UnsupportedOperationException', '');
  const mlDsa = await newKey(kms, { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' });
  const signAs = (MessageType: MessageType) =>
    kms.send(
      new SignCommand({
        KeyId: mlDsa,
        Message: Buffer.alloc(64),
        MessageType,
        SigningAlgorithm: 'ML_DSA_SHAKE_256',
      }),
    );
  // Source: recorded from AWS.
  await refused(
    signAs('DIGEST'),
    'ValidationException',
    'Message type DIGEST is incompatible with key spec ML_DSA_44.',
  );
  await refused(
    signAs('EXTERNAL_MU'),
    'UnsupportedOperationException',
    'Cloudyard signs messages by ML-DSA, but no EXTERNAL_MU: use the message type RAW.',
  );
});

test('authentication codes', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  for (const size of ['224', '256', '384', '512'] as const) {
    const MacAlgorithm = `HMAC_SHA_${size}` as const;
    const KeyId = await newKey(kms, { KeySpec: `HMAC_${size}`, KeyUsage: 'GENERATE_VERIFY_MAC' });
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message: MESSAGE, MacAlgorithm }));
    assert.equal(Mac?.length, Number(size) / 8);
    const check = (input: object) =>
      kms.send(new VerifyMacCommand({ KeyId, Message: MESSAGE, MacAlgorithm, Mac, ...input }));
    assert.equal((await check({})).MacValid, true);
    await refused(check({ Message: bytes('another') }), 'KMSInvalidMacException', '');
    await refused(check({ Mac: bytes('short') }), 'KMSInvalidMacException', '');
    const wrong = size === '512' ? 'HMAC_SHA_256' : 'HMAC_SHA_512';
    await refused(
      check({ MacAlgorithm: wrong }),
      'InvalidKeyUsageException',
      `Algorithm ${wrong} is incompatible with key spec HMAC_${size}.`,
    );
  }
});

test('a secret derived with a peer is the one the peer derives', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  for (const [KeySpec, namedCurve] of [
    ['ECC_NIST_P256', 'P-256'],
    ['ECC_NIST_P384', 'P-384'],
    ['ECC_NIST_P521', 'P-521'],
  ] as const) {
    const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'KEY_AGREEMENT' });
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const PublicKey = publicKey.export({ type: 'spki', format: 'der' });
    const derive = (key: Uint8Array) =>
      kms.send(new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: key }));
    const derived = await derive(PublicKey);
    const theirs = diffieHellman({ privateKey, publicKey: await publicKeyOf(kms, KeyId) });
    assert.ok(theirs.equals(derived.SharedSecret ?? Buffer.alloc(0)));
    assert.deepEqual([derived.KeyOrigin, derived.KeyAgreementAlgorithm], ['AWS_KMS', 'ECDH']);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    for (const bad of [bytes('no key'), stranger.export({ type: 'spki', format: 'der' })])
      await refused(derive(bad), 'ValidationException', '');
  }
});

test('ML-KEM: what one side encapsulates, the other opens', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const EncapsulationAlgorithm = 'ML_KEM';
  for (const KeySpec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
    const KeyId = await newKey(kms, { KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
    const key = await publicKeyOf(kms, KeyId);
    const outside = encapsulate(key);
    const open = (SharedSecretCiphertextBlob: Uint8Array | undefined) =>
      kms.send(new DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }));
    assert.ok(outside.sharedKey.equals((await open(outside.ciphertext)).SharedSecret ?? Buffer.alloc(0)));
    const inside = await kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }));
    assert.deepEqual((await open(inside.SharedSecretCiphertextBlob)).SharedSecret, inside.SharedSecret);
    await refused(open(bytes('none')), 'InvalidCiphertextException', '');
  }
  const symmetric = await newKey(kms);
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId: symmetric, KeyPairSpec: 'ML_KEM_768' }));
  const der = (part: Uint8Array | undefined) => Buffer.from(part ?? []);
  const { sharedKey, ciphertext } = encapsulate({ key: der(pair.PublicKey), type: 'spki', format: 'der' });
  const opened = decapsulate({ key: der(pair.PrivateKeyPlaintext), type: 'pkcs8', format: 'der' }, ciphertext);
  assert.ok(opened.equals(sharedKey));
});

test('the last use of a key is remembered', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const usage = () => kms.send(new GetKeyLastUsageCommand({ KeyId }));
  const before = await usage();
  assert.deepEqual(
    [before.KeyId, before.KeyLastUsage, before.TrackingStartDate?.getTime(), before.KeyCreationDate?.getTime()],
    [KeyId, undefined, START, START],
  );
  await cloud.advance(60_000);
  const { $metadata } = await kms.send(
    new GenerateMacCommand({ KeyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }),
  );
  const { KeyLastUsage } = await usage();
  assert.deepEqual(
    [KeyLastUsage?.Operation, KeyLastUsage?.Timestamp?.getTime(), KeyLastUsage?.KmsRequestId],
    ['GenerateMac', START + 60_000, $metadata.requestId],
  );
});
