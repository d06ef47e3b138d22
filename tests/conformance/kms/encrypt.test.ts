/** Encrypting: by symmetric keys, by RSA keys, data keys; across keys, accounts and contexts. */
import assert from 'node:assert/strict';
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetPublicKeyCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import { arnOf, bytes, kmsOf, newKey, refused, text } from './setup.ts';

test('what is encrypted is decrypted without naming the key, and only in its context', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const EncryptionContext = { purpose: 'test', n: '1' };
  const sealed = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('secret'), EncryptionContext }));
  assert.equal(sealed.KeyId, arnOf(KeyId));
  assert.equal(sealed.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
  const { CiphertextBlob = new Uint8Array() } = sealed;
  assert.ok(!Buffer.from(CiphertextBlob).includes('secret'));
  const reordered = { n: '1', purpose: 'test' };
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: reordered }));
  assert.equal(text(opened.Plaintext), 'secret');
  assert.equal(opened.KeyId, arnOf(KeyId));
  const open = (input: object) => kms.send(new DecryptCommand({ CiphertextBlob, ...input }));
  await refused(open({}), 'InvalidCiphertextException', '');
  await refused(open({ EncryptionContext: { ...EncryptionContext, n: '2' } }), 'InvalidCiphertextException', '');
  const changed = Buffer.from(CiphertextBlob);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await refused(open({ EncryptionContext, CiphertextBlob: changed }), 'InvalidCiphertextException', '');
  await refused(open({ EncryptionContext, CiphertextBlob: bytes('rubbish') }), 'InvalidCiphertextException', '');
  await refused(
    open({ EncryptionContext, KeyId: await newKey(kms) }),
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
});

test('plaintext is at most 4096 bytes', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const full = Buffer.alloc(4_096, 7);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: full }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
  assert.ok(full.equals(Plaintext ?? Buffer.alloc(0)));
  await refused(
    kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4_097) })),
    'ValidationException',
    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  );
});

test('ReEncrypt changes key and context without showing the plaintext', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const [one, two] = [await newKey(kms), await newKey(kms)];
  const before = await kms.send(
    new EncryptCommand({ KeyId: one, Plaintext: bytes('x'), EncryptionContext: { a: '1' } }),
  );
  const after = await kms.send(
    new ReEncryptCommand({
      CiphertextBlob: before.CiphertextBlob,
      SourceEncryptionContext: { a: '1' },
      DestinationKeyId: two,
      DestinationEncryptionContext: { b: '2' },
    }),
  );
  assert.deepEqual([after.SourceKeyId, after.KeyId], [arnOf(one), arnOf(two)]);
  const opened = await kms.send(
    new DecryptCommand({ CiphertextBlob: after.CiphertextBlob, EncryptionContext: { b: '2' }, KeyId: two }),
  );
  assert.equal(text(opened.Plaintext), 'x');
});

test('dry runs: what would have been done is said and not done', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  const would = 'The request would have succeeded, but the DryRun option is set.';
  const DryRunModifiers = ['IGNORE_CIPHERTEXT' as const];
  for (const command of [
    new EncryptCommand({ KeyId, Plaintext: bytes('x'), DryRun: true }),
    new DecryptCommand({ CiphertextBlob, DryRun: true }),
    new DecryptCommand({ KeyId, DryRun: true, DryRunModifiers }),
    new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId, DryRun: true }),
    new ReEncryptCommand({ SourceKeyId: KeyId, DestinationKeyId: KeyId, DryRun: true, DryRunModifiers }),
  ])
    await refused(kms.send(command as EncryptCommand), 'DryRunOperationException', would);
  await refused(
    kms.send(new DecryptCommand({ CiphertextBlob: bytes('rubbish'), DryRun: true })),
    'InvalidCiphertextException',
    '',
  );
  await refused(
    kms.send(new DecryptCommand({ KeyId })),
    'ValidationException',
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  );
});

test('data keys: their plaintext is what their ciphertext holds', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: { a: '1' } }));
  assert.equal(made.Plaintext?.length, 32);
  const opened = await kms.send(
    new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: { a: '1' } }),
  );
  assert.deepEqual(opened.Plaintext, made.Plaintext);
  assert.equal(opened.KeyMaterialId, made.KeyMaterialId);
  const hidden = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 7 }));
  const shown = await kms.send(new DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }));
  assert.equal(shown.Plaintext?.length, 7);
  for (const input of [{ KeyId }, { KeyId, KeySpec: 'AES_128', NumberOfBytes: 16 } as const])
    await refused(
      kms.send(new GenerateDataKeyCommand(input)),
      'ValidationException',
      'Please specify either number of bytes or key spec.',
    );
  await refused(
    kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun: true })),
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  );
});

test('pairs of data keys work outside', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }));
  const der = (key: Uint8Array | undefined) => Buffer.from(key ?? []);
  const privateKey = createPrivateKey({ key: der(pair.PrivateKeyPlaintext), type: 'pkcs8', format: 'der' });
  const publicKey = createPublicKey({ key: der(pair.PublicKey), type: 'spki', format: 'der' });
  assert.ok(verify('sha256', bytes('m'), publicKey, sign('sha256', bytes('m'), privateKey)));
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }));
  assert.deepEqual(opened.Plaintext, pair.PrivateKeyPlaintext);
  const hidden = await kms.send(
    new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_EDWARDS25519' }),
  );
  assert.ok(!('PrivateKeyPlaintext' in hidden));
  assert.equal(hidden.PublicKey?.length, 44);
});

test('what is encrypted outside with the public key, KMS decrypts', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const { PublicKey, EncryptionAlgorithms, KeySpec } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  assert.deepEqual(EncryptionAlgorithms, ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']);
  assert.equal(KeySpec, 'RSA_2048');
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), type: 'spki', format: 'der' });
  for (const [EncryptionAlgorithm, oaepHash, most] of [
    ['RSAES_OAEP_SHA_1', 'sha1', 214],
    ['RSAES_OAEP_SHA_256', 'sha256', 190],
  ] as const) {
    const CiphertextBlob = publicEncrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
      bytes('outside'),
    );
    const opened = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    assert.equal(text(opened.Plaintext), 'outside');
    const inside = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('inside'), EncryptionAlgorithm }));
    const back = await kms.send(
      new DecryptCommand({ KeyId, CiphertextBlob: inside.CiphertextBlob, EncryptionAlgorithm }),
    );
    assert.equal(text(back.Plaintext), 'inside');
    await refused(
      kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(most + 1), EncryptionAlgorithm })),
      'ValidationException',
      `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ${most} bytes.`,
    );
  }
  await refused(
    kms.send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.alloc(256), EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' })),
    'InvalidCiphertextException',
    '',
  );
  await refused(
    kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })),
    'InvalidKeyUsageException',
    'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
  );
});

test('RSA keys take no encryption context and make no data keys', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const [symmetric, KeyId] = [
    await newKey(kms),
    await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }),
  ];
  const [EncryptionAlgorithm, EncryptionContext, Plaintext] = ['RSAES_OAEP_SHA_256' as const, { a: '1' }, bytes('x')];
  const contextless = (call: Promise<unknown>) =>
    refused(
      call,
      'ValidationException',
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    );
  const under = { KeyId, EncryptionAlgorithm };
  await contextless(kms.send(new EncryptCommand({ ...under, Plaintext, EncryptionContext })));
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ ...under, Plaintext, EncryptionContext: {} }));
  await contextless(kms.send(new DecryptCommand({ ...under, CiphertextBlob, EncryptionContext })));
  const sealed = await kms.send(new EncryptCommand({ KeyId: symmetric, Plaintext }));
  await contextless(
    kms.send(
      new ReEncryptCommand({
        CiphertextBlob: sealed.CiphertextBlob,
        DestinationKeyId: KeyId,
        DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        DestinationEncryptionContext: EncryptionContext,
      }),
    ),
  );
  for (const call of [
    kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
  ])
    await refused(call, 'InvalidKeyUsageException', 'You cannot generate a data key with an asymmetric CMK');
});

test('keys are used as they are meant to be', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  await refused(
    kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })),
    'InvalidKeyUsageException',
    `${arnOf(KeyId)} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  );
});

test('random bytes', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const { Plaintext } = await kms.send(new GenerateRandomCommand({ NumberOfBytes: 1_024 }));
  assert.equal(Plaintext?.length, 1_024);
  await refused(kms.send(new GenerateRandomCommand({})), 'ValidationException', 'NumberOfBytes is required.');
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  await refused(
    kms.send(
      new GenerateRandomCommand({
        NumberOfBytes: 1,
        Recipient: {
          KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
          AttestationDocument: publicKey.export({ type: 'spki', format: 'der' }),
        },
      }),
    ),
    'UnsupportedOperationException',
    'Cloudyard runs no AWS Nitro enclaves: Recipient is not supported, call without it.',
  );
});
