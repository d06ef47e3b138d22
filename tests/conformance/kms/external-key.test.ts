/** Keys in external key stores. Source: KMS Developer Guide, "External key stores", "Create a KMS key in external key stores". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  type KMSClient,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { type Asked, CREDENTIAL, startXksProxy } from '../../support/xks-proxy.ts';
import { connect, externalKey, newExternalKey, newStore } from './external.ts';
import { ACCOUNT, arnOf, bytes, iamAllow, kmsOf, newKey, refused, text, userOf } from './setup.ts';

const EncryptionContext = { project: 'nile', department: 'marketing' };
const operationOf = ({ body }: Asked) => (body.requestMetadata as { kmsOperation: string }).kmsOperation;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

test('encrypts twice: by its own material, and that by the external key', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key } = await externalKey(cloud, proxy);
  proxy.asked.length = 0;
  const sealed = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('hello'), EncryptionContext }));
  assert.deepEqual([sealed.KeyId, sealed.EncryptionAlgorithm], [arnOf(key), 'SYMMETRIC_DEFAULT']);
  const CiphertextBlob = sealed.CiphertextBlob;
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual([text(opened.Plaintext), opened.KeyId, opened.KeyMaterialId], ['hello', arnOf(key), undefined]);

  const [encrypted, decrypted] = proxy.asked;
  assert.deepEqual([encrypted?.api, decrypted?.api, encrypted?.key], ['encrypt', 'decrypt', 'one']);
  const { requestMetadata, plaintext, ...rest } = encrypted?.body ?? {};
  assert.deepEqual(
    { ...(requestMetadata as object), kmsRequestId: '' },
    { awsPrincipalArn: ROOT, kmsKeyArn: arnOf(key), kmsOperation: 'Encrypt', kmsRequestId: '' },
  );
  assert.equal((requestMetadata as { kmsRequestId: string }).kmsRequestId, sealed.$metadata.requestId);
  assert.deepEqual(
    { ...rest, additionalAuthenticatedData: undefined },
    {
      encryptionAlgorithm: 'AES_GCM',
      ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
      additionalAuthenticatedData: undefined,
    },
  );
  const context = text(Buffer.from(String(rest.additionalAuthenticatedData), 'base64'));
  assert.match(context, /department.*marketing.*project.*nile/);
  // What leaves KMS is a ciphertext already, and can't be decrypted by KMS alone.
  const inner = Buffer.from(String(plaintext), 'base64');
  assert.equal(inner.includes('hello'), false);
  const alone = kms.send(new DecryptCommand({ CiphertextBlob: inner, EncryptionContext }));
  await refused(alone, 'InvalidCiphertextException', '');
  assert.deepEqual(proxy.asked.map(operationOf), ['Encrypt', 'Decrypt']);
});

test('gives data keys, re-encrypts to and from other keys, and takes the largest plaintext', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const open = async (CiphertextBlob: Uint8Array | undefined, KeyId?: string) =>
    Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, KeyId }))).Plaintext ?? []);

  const data = await kms.send(new GenerateDataKeyCommand({ KeyId: key, KeySpec: 'AES_256' }));
  assert.deepEqual([data.Plaintext?.length, data.KeyMaterialId], [32, undefined]);
  assert.ok((await open(data.CiphertextBlob)).equals(data.Plaintext ?? Buffer.alloc(0)));
  const hidden = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: key, NumberOfBytes: 1_024 }));
  assert.equal((await open(hidden.CiphertextBlob, key)).length, 1_024);
  const large = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.alloc(4_096, 'x') }));
  assert.equal((await open(large.CiphertextBlob)).length, 4_096);

  proxy.addKey('two');
  const [other, local] = [await newExternalKey(kms, store, 'two'), await newKey(kms)];
  for (const [from, to] of [
    [key, other],
    [other, local],
    [local, key],
    [key, key],
  ] as const) {
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: from, Plaintext: bytes('moved') }));
    const moved = await kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: to }));
    assert.deepEqual([moved.SourceKeyId, moved.KeyId], [arnOf(from), arnOf(to)]);
    const materials = [moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId].map((id) => id !== undefined);
    assert.deepEqual(materials, [from === local, to === local]);
    assert.equal(text(await open(moved.CiphertextBlob)), 'moved');
  }
  assert.deepEqual([...new Set(proxy.asked.map(operationOf))].sort(), [
    'ConnectCustomKeyStore',
    'CreateCustomKeyStore',
    'CreateKey',
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncrypt',
  ]);
});

test('a dry run ends before the proxy is asked; a wrong context and another key are refused', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key } = await externalKey(cloud, proxy);
  const sealed = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x'), EncryptionContext }));
  const { CiphertextBlob } = sealed;
  proxy.asked.length = 0;
  const other = await newKey(kms);
  const calls = {
    Encrypt: () => kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x'), DryRun: true })),
    Decrypt: () => kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, DryRun: true })),
    GenerateDataKey: () => kms.send(new GenerateDataKeyCommand({ KeyId: key, KeySpec: 'AES_256', DryRun: true })),
    ReEncrypt: () =>
      kms.send(
        new ReEncryptCommand({
          CiphertextBlob,
          SourceEncryptionContext: EncryptionContext,
          DestinationKeyId: other,
          DryRun: true,
        }),
      ),
  };
  for (const [name, call] of Object.entries(calls))
    assert.equal((await failure(call())).name, 'DryRunOperationException', name);
  assert.deepEqual(proxy.asked, []);
  await refused(
    kms.send(new DecryptCommand({ CiphertextBlob })),
    'KMSInvalidStateException',
    'The external key store proxy rejected the request because the specified ciphertext or additional authenticated data is corrupted, missing, or otherwise invalid.',
  );
  await refused(
    kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: other })),
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
});

test('its metadata name the store and the external key', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: key }));
  assert.deepEqual(KeyMetadata, {
    AWSAccountId: ACCOUNT,
    KeyId: key,
    Arn: arnOf(key),
    CreationDate: new Date(START + 5 * 60_000),
    Enabled: true,
    Description: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'EXTERNAL_KEY_STORE',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
    CustomKeyStoreId: store,
    XksKeyConfiguration: { Id: 'one' },
  });
});

test('CreateKey refuses what no key in an external key store can be', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, store } = await externalKey(cloud, proxy);
  proxy.addKey('two');
  proxy.addKey('short', { spec: 'AES_128' });
  proxy.addKey('off', { status: 'DISABLED' });
  proxy.addKey('half', { usage: ['ENCRYPT', 'SIGN'] });
  const good = { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: store, XksKeyId: 'two' } as const;
  const cases: [CreateKeyCommandInput, string, RegExp?][] = [
    [{ ...good, XksKeyId: 'one' }, 'XksKeyAlreadyInUseException'],
    [{ ...good, XksKeyId: 'none' }, 'XksKeyNotFoundException', /could not find the external key\.$/],
    [
      { ...good, XksKeyId: 'short' },
      'XksKeyInvalidConfigurationException',
      /^The key spec of the external key must be AES_256\. The key spec of specified external key is AES_128\.$/,
    ],
    [
      { ...good, XksKeyId: 'off' },
      'XksKeyInvalidConfigurationException',
      /^The status of the external key must be ENABLED\. The status of specified external key is DISABLED\.$/,
    ],
    [
      { ...good, XksKeyId: 'half' },
      'XksKeyInvalidConfigurationException',
      /^The key usage of the external key must include ENCRYPT and DECRYPT\. .* ENCRYPT, SIGN\.$/,
    ],
    [{ ...good, CustomKeyStoreId: 'cks-0' }, 'CustomKeyStoreNotFoundException'],
    [{ ...good, CustomKeyStoreId: undefined }, 'ValidationException'],
    [{ ...good, XksKeyId: undefined }, 'ValidationException'],
    [{ ...good, Origin: undefined }, 'ValidationException'],
    [{ Origin: 'EXTERNAL', CustomKeyStoreId: store }, 'ValidationException'],
    [{ ...good, MultiRegion: true }, 'UnsupportedOperationException'],
    [{ ...good, KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, 'UnsupportedOperationException'],
    [{ ...good, KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }, 'UnsupportedOperationException'],
    [{ ...good, KeyUsage: 'SIGN_VERIFY' }, 'ValidationException'],
    [{ Origin: 'AWS_CLOUDHSM' }, 'UnsupportedOperationException'],
  ];
  for (const [input, code, message = /./] of cases) {
    const error = await failure(kms.send(new CreateKeyCommand(input)));
    assert.equal(error.name, code, JSON.stringify(input));
    assert.match(error.message, message);
  }
  await newExternalKey(kms, store, 'two');
});

test('what needs material of another kind is refused', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId, store } = await externalKey(cloud, proxy);
  const refusal = `${arnOf(KeyId)} origin is EXTERNAL_KEY_STORE which is not valid for this operation.`;
  const calls = [
    () => kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    () => kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    () => kms.send(new EnableKeyRotationCommand({ KeyId })),
    () => kms.send(new RotateKeyOnDemandCommand({ KeyId })),
    () => kms.send(new GetKeyRotationStatusCommand({ KeyId })),
    () =>
      kms.send(
        new GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      ),
  ];
  for (const call of calls) await refused(call(), 'UnsupportedOperationException', refusal);
  const random = (CustomKeyStoreId: string) =>
    failure(kms.send(new GenerateRandomCommand({ NumberOfBytes: 8, CustomKeyStoreId })));
  assert.equal((await random(store)).name, 'UnsupportedOperationException');
  assert.equal((await random('cks-0')).name, 'CustomKeyStoreNotFoundException');
});

/** Source: Developer Guide, "Key states of AWS KMS keys", the state Unavailable. */
test('a key whose store is disconnected is unavailable, and comes back as it was', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId, store } = await externalKey(cloud, proxy);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
  assert.deepEqual(await stateOf(kms, KeyId), ['Unavailable', false]);
  const calls = [
    () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })),
    () => kms.send(new DecryptCommand({ CiphertextBlob })),
    () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    () => kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId })),
  ];
  for (const call of calls) await refused(call(), 'KMSInvalidStateException', `${arnOf(KeyId)} is unavailable.`);
  await kms.send(new DisableKeyCommand({ KeyId }));
  assert.deepEqual(await stateOf(kms, KeyId), ['Unavailable', false]);
  await connect(cloud, kms, store);
  assert.deepEqual(await stateOf(kms, KeyId), ['Disabled', false]);
  await refused(kms.send(new DecryptCommand({ CiphertextBlob })), 'DisabledException', `${arnOf(KeyId)} is disabled.`);
  await kms.send(new EnableKeyCommand({ KeyId }));
  assert.equal(text((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
  assert.deepEqual(await stateOf(kms, KeyId), ['PendingDeletion', false]);
});

async function stateOf(kms: KMSClient, KeyId: string) {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  return [KeyMetadata?.KeyState, KeyMetadata?.Enabled];
}

test('policies see its origin; the proxy hears who asks', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key } = await externalKey(cloud, proxy);
  const local = await newKey(kms);
  const bound = { StringEquals: { 'kms:KeyOrigin': 'EXTERNAL_KEY_STORE' } };
  const alice = await userOf(cloud, 'alice', iamAllow('kms:Encrypt', bound));
  proxy.asked.length = 0;
  await alice.kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }));
  const denied = alice.kms.send(new EncryptCommand({ KeyId: local, Plaintext: bytes('x') }));
  assert.equal((await failure(denied)).name, 'AccessDeniedException');
  assert.deepEqual(
    proxy.asked.map(({ body }) => (body.requestMetadata as { awsPrincipalArn: string }).awsPrincipalArn),
    [alice.arn],
  );
});

test('the trail tells which store and which external key were used, also of what was refused', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }));
  await proxy.stop();
  await failure(kms.send(new DecryptCommand({ CiphertextBlob })));
  await kms.send(new EncryptCommand({ KeyId: await newKey(kms), Plaintext: bytes('x') }));
  await cloud.advance(60_000);
  const { Events = [] } = await cloud.client(CloudTrailClient).send(new LookupEventsCommand({}));
  const told = Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent))
    .filter(({ eventName }) => /^(Encrypt|Decrypt|\w+CustomKeyStore)$/.test(eventName))
    .map(({ eventName, errorCode, additionalEventData }) => [eventName, errorCode, additionalEventData]);
  const used = { customKeyStoreId: store, xksKeyId: 'one' };
  assert.deepEqual(told, [
    ['Encrypt', undefined, undefined],
    ['Decrypt', 'KMSInvalidStateException', used],
    ['Encrypt', undefined, used],
    ['ConnectCustomKeyStore', undefined, { customKeyStoreName: 'store' }],
    ['CreateCustomKeyStore', undefined, undefined],
  ]);
  const made = Events.find(({ EventName }) => EventName === 'CreateCustomKeyStore')?.CloudTrailEvent ?? '{}';
  const { requestParameters, responseElements } = JSON.parse(made);
  assert.deepEqual(responseElements, { customKeyStoreId: store });
  assert.equal(JSON.stringify(requestParameters).includes(CREDENTIAL.RawSecretAccessKey), false);
});

test('the external key is free again when its KMS key is deleted', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId, store } = await externalKey(cloud, proxy);
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  const taken = failure(newExternalKey(kms, store, 'one'));
  assert.equal((await taken).name, 'XksKeyAlreadyInUseException');
  await cloud.advance(7 * 86_400_000);
  assert.notEqual(await newExternalKey(kms, store, 'one'), KeyId);
});

test('another account has stores and keys of its own, behind the same external key', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key } = await externalKey(cloud, proxy);
  const others = kmsOf(cloud, '222222222222');
  const store = await newStore(others, proxy);
  await connect(cloud, others, store);
  const other = await newExternalKey(others, store, 'one');
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }));
  await refused(
    others.send(new DecryptCommand({ CiphertextBlob, KeyId: other })),
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
});
