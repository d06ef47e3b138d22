/** Imported key material: wrapped outside by OpenSSL, imported, expired, deleted, imported again, rotated. */
import assert from 'node:assert/strict';
import {
  constants,
  createCipheriv,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import {
  type AlgorithmSpec,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
  ListKeyRotationsCommand,
  ReplicateKeyCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';
import { DAY } from '#kernel/base';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf, bytes, kmsOf, newKey, refused, text } from './setup.ts';

const FOREVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const external = (kms: KMSClient) => newKey(kms, { Origin: 'EXTERNAL' });

/** Wraps material as the owner of a key would, outside. */
function wrapFor(publicKey: Uint8Array | undefined, algorithm: AlgorithmSpec, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey ?? []), type: 'spki', format: 'der' });
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  const oaep = (data: Uint8Array) => publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, data);
  if (algorithm.startsWith('RSAES')) return oaep(material);
  const aes = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('A65959A6', 'hex'));
  return Buffer.concat([oaep(aes), cipher.update(material), cipher.final()]);
}

async function importInto(
  kms: KMSClient,
  KeyId: string,
  material: Uint8Array,
  input: Partial<ImportKeyMaterialCommandInput> = FOREVER,
  WrappingAlgorithm: AlgorithmSpec = 'RSAES_OAEP_SHA_256',
  WrappingKeySpec: WrappingKeySpec = 'RSA_2048',
) {
  const { ImportToken, PublicKey } = await kms.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec }),
  );
  const EncryptedKeyMaterial = wrapFor(PublicKey, WrappingAlgorithm, material);
  return kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...input }));
}

const stateOf = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

test('material is imported by each way of wrapping it, and the key works with it', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  for (const algorithm of [
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
    'RSA_AES_KEY_WRAP_SHA_1',
    'RSA_AES_KEY_WRAP_SHA_256',
  ] as const) {
    const KeyId = await external(kms);
    const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
    await refused(encrypt(), 'KMSInvalidStateException', `${arnOf(KeyId)} is pending import.`);
    const imported = await importInto(kms, KeyId, randomBytes(32), FOREVER, algorithm, 'RSA_3072');
    assert.equal(imported.KeyId, arnOf(KeyId));
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    assert.deepEqual(
      [KeyMetadata?.KeyState, KeyMetadata?.Origin, KeyMetadata?.ExpirationModel, KeyMetadata?.CurrentKeyMaterialId],
      ['Enabled', 'EXTERNAL', 'KEY_MATERIAL_DOES_NOT_EXPIRE', imported.KeyMaterialId],
    );
    const { CiphertextBlob } = await encrypt();
    assert.equal(text((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
  }
});

test('keys of other kinds take material of their kind only, and are then what it is', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const hmac = await newKey(kms, { Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  await refused(importInto(kms, hmac, randomBytes(31)), 'IncorrectKeyMaterialException', '');
  const secret = randomBytes(32);
  await importInto(kms, hmac, secret);
  const { Mac } = await kms.send(
    new GenerateMacCommand({ KeyId: hmac, Message: bytes('m'), MacAlgorithm: 'HMAC_SHA_256' }),
  );
  assert.ok(
    createHmac('sha256', secret)
      .update('m')
      .digest()
      .equals(Mac ?? Buffer.alloc(0)),
  );

  const ec = await newKey(kms, { Origin: 'EXTERNAL', KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const pkcs8 = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve });
  const other = pkcs8('P-384').privateKey.export({ type: 'pkcs8', format: 'der' });
  await refused(importInto(kms, ec, other), 'IncorrectKeyMaterialException', '');
  const { privateKey, publicKey } = pkcs8('P-256');
  await importInto(kms, ec, privateKey.export({ type: 'pkcs8', format: 'der' }));
  const { Signature } = await kms.send(
    new SignCommand({ KeyId: ec, Message: bytes('m'), SigningAlgorithm: 'ECDSA_SHA_256' }),
  );
  assert.ok(verify('sha256', bytes('m'), publicKey, Signature ?? new Uint8Array()));

  const rsa = await newKey(kms, { Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  const long = await newKey(kms, { Origin: 'EXTERNAL', KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' });
  for (const [KeyId, spec] of [
    [rsa, 'RSA_2048'],
    [long, 'ECC_NIST_P521'],
  ] as const)
    await refused(
      kms.send(
        new GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      ),
      'UnsupportedOperationException',
      `Wrapping algorithm RSAES_OAEP_SHA_256 is not supported for key spec ${spec}.`,
    );
  const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  await importInto(kms, rsa, der, FOREVER, 'RSA_AES_KEY_WRAP_SHA_256');
  const signed = await kms.send(
    new SignCommand({ KeyId: rsa, Message: bytes('m'), SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }),
  );
  assert.ok(verify('sha256', bytes('m'), pair.publicKey, signed.Signature ?? new Uint8Array()));
});

test('material expires at its instant; only the same can be imported again', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await external(kms);
  const material = randomBytes(32);
  const ValidTo = new Date(START + 10 * DAY);
  await importInto(kms, KeyId, material, { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual([KeyMetadata?.ExpirationModel, KeyMetadata?.ValidTo], ['KEY_MATERIAL_EXPIRES', ValidTo]);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await cloud.advance(10 * DAY - 1);
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  await cloud.advance(1);
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  const decrypt = () => kms.send(new DecryptCommand({ CiphertextBlob }));
  await refused(decrypt(), 'KMSInvalidStateException', `${arnOf(KeyId)} is pending import.`);
  await refused(importInto(kms, KeyId, randomBytes(32)), 'IncorrectKeyMaterialException', '');
  const again = await importInto(kms, KeyId, material);
  assert.equal(text((await decrypt()).Plaintext), 'x');
  const deleted = await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  assert.deepEqual([deleted.KeyId, deleted.KeyMaterialId], [arnOf(KeyId), again.KeyMaterialId]);
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  await importInto(kms, KeyId, material);
  await cloud.advance(400 * DAY);
  assert.equal(text((await decrypt()).Plaintext), 'x');
});

test('what an import refuses', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const [KeyId, other, own] = [await external(kms), await external(kms), await newKey(kms)];
  const parameters = (key: string) =>
    kms.send(
      new GetParametersForImportCommand({
        KeyId: key,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    );
  await refused(
    parameters(own),
    'UnsupportedOperationException',
    `${arnOf(own)} origin is AWS_KMS which is not valid for this operation.`,
  );
  const { ImportToken, PublicKey, ParametersValidTo } = await parameters(KeyId);
  assert.equal(ParametersValidTo?.getTime(), START + DAY);
  const EncryptedKeyMaterial = wrapFor(PublicKey, 'RSAES_OAEP_SHA_256', randomBytes(32));
  const load = (input: object) =>
    kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...FOREVER, ...input }));
  await refused(
    load({ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }),
    'ValidationException',
    'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
  );
  await refused(load({ KeyId: other }), 'InvalidImportTokenException', '');
  await refused(load({ ImportToken: bytes('none') }), 'InvalidImportTokenException', '');
  await refused(load({ EncryptedKeyMaterial: randomBytes(256) }), 'InvalidCiphertextException', '');
  await cloud.advance(DAY);
  await refused(load({}), 'ExpiredImportTokenException', '');
  await refused(
    kms.send(new EnableKeyRotationCommand({ KeyId: (await importInto(kms, KeyId, randomBytes(32))).KeyId })),
    'UnsupportedOperationException',
    `${arnOf(KeyId)} origin is EXTERNAL which is not valid for this operation.`,
  );
});

test('new imported material waits until it is rotated to', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await external(kms);
  const first = await importInto(kms, KeyId, randomBytes(32));
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('old') }));
  const rotate = () => kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  await refused(
    rotate(),
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arnOf(KeyId)}.`,
  );
  const next = randomBytes(32);
  const second = await importInto(kms, KeyId, next, {
    ...FOREVER,
    ImportType: 'NEW_KEY_MATERIAL',
    KeyMaterialDescription: 'second',
  });
  assert.notEqual(second.KeyMaterialId, first.KeyMaterialId);
  const third = await failure(importInto(kms, KeyId, randomBytes(32), { ...FOREVER, ImportType: 'NEW_KEY_MATERIAL' }));
  assert.match(
    third.message,
    new RegExp(
      `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${KeyId}, because another key material \\(id: ${second.KeyMaterialId}\\) is pending rotation.$`,
    ),
  );
  const list = async () =>
    (await kms.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }))).Rotations?.map(
      (one) => [one.KeyMaterialId, one.KeyMaterialState, one.ImportState, one.KeyMaterialDescription],
    );
  assert.deepEqual(await list(), [
    [first.KeyMaterialId, 'CURRENT', 'IMPORTED', undefined],
    [second.KeyMaterialId, 'PENDING_ROTATION', 'IMPORTED', 'second'],
  ]);
  await rotate();
  assert.deepEqual(await list(), [
    [first.KeyMaterialId, 'NON_CURRENT', 'IMPORTED', undefined],
    [second.KeyMaterialId, 'CURRENT', 'IMPORTED', 'second'],
  ]);
  assert.equal(text((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'old');
  await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: first.KeyMaterialId }));
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
});

test('a multi-Region key rotates to new imported material once every Region has it', async () => {
  await using cloud = await startTestCloud();
  const [here, there] = [kmsOf(cloud), kmsOf(cloud, ACCOUNT, 'eu-west-1')];
  const KeyId = await newKey(here, { Origin: 'EXTERNAL', MultiRegion: true });
  const first = randomBytes(32);
  await importInto(here, KeyId, first);
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  await cloud.advance(2_000);
  assert.equal(await stateOf(there, KeyId), 'PendingImport');
  await refused(importInto(there, KeyId, randomBytes(32)), 'IncorrectKeyMaterialException', '');
  await importInto(there, KeyId, first);
  const { CiphertextBlob } = await here.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  assert.equal(text((await there.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');

  const second = randomBytes(32);
  const { KeyMaterialId } = await importInto(here, KeyId, second, { ...FOREVER, ImportType: 'NEW_KEY_MATERIAL' });
  const states = async () =>
    (await here.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }))).Rotations?.map(
      ({ KeyMaterialState }) => KeyMaterialState,
    );
  assert.deepEqual(await states(), ['CURRENT', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION']);
  const rotate = () => here.send(new RotateKeyOnDemandCommand({ KeyId }));
  await refused(
    rotate(),
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arnOf(KeyId)}.`,
  );
  await importInto(there, KeyId, second, { ...FOREVER, ImportType: 'EXISTING_KEY_MATERIAL' });
  assert.deepEqual(await states(), ['CURRENT', 'PENDING_ROTATION']);
  await rotate();
  const current = await Promise.all(
    [here, there].map(
      async (kms) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId,
    ),
  );
  assert.deepEqual(current, [KeyMaterialId, KeyMaterialId]);
  assert.equal(text((await there.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
});
