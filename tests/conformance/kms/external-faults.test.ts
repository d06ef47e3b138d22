/** What becomes of a proxy's faults. Source: KMS Developer Guide, "Troubleshooting external key stores"; aws/aws-kms-xksproxy-api-spec, "Error codes". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateCustomKeyStoreCommand,
  DecryptCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
} from '@aws-sdk/client-kms';
import { LocalAuthority } from '#main/authority';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { sumOf } from '../../support/metrics.ts';
import { ProxyError, startXksProxy, type XksProxy } from '../../support/xks-proxy.ts';
import { connect, connectionOf, externalKey, newExternalKey, newStore, settingsOf } from './external.ts';
import { bytes, kmsOf, refused, text } from './setup.ts';

/** What is answered by cryptography (its text), by CreateKey and by CreateCustomKeyStore, and the code of a connection that fails. */
type Outcome = [text: RegExp, creating: string, managing: string, connecting: string];

const STATE = 'CustomKeyStoreInvalidStateException';
const [INVALID, CONFIGURATION] = ['XksProxyInvalidResponseException', 'XksProxyInvalidConfigurationException'];
const UNREACHABLE = 'XksProxyUriUnreachableException';

const ANSWERED: { readonly [name: string]: readonly [status: number, ...Outcome] } = {
  AccessDeniedException: [403, /denied access to the operation/, STATE, CONFIGURATION, 'XKS_PROXY_ACCESS_DENIED'],
  AuthenticationFailedException: [
    401,
    /could not authenticate AWS KMS/,
    STATE,
    'XksProxyIncorrectAuthenticationCredentialException',
    'INVALID_CREDENTIALS',
  ],
  InvalidUriPathException: [404, /invalid URI path/, STATE, CONFIGURATION, 'XKS_PROXY_INVALID_CONFIGURATION'],
  KeyNotFoundException: [
    404,
    /could not find the external key/,
    'XksKeyNotFoundException',
    INVALID,
    'XKS_PROXY_INVALID_RESPONSE',
  ],
  InvalidStateException: [
    400,
    /is not enabled in the external key manager/,
    'XksKeyInvalidConfigurationException',
    CONFIGURATION,
    'XKS_PROXY_NOT_REACHABLE',
  ],
  InvalidKeyUsageException: [
    400,
    /does not support the requested operation/,
    'XksKeyInvalidConfigurationException',
    INVALID,
    'XKS_PROXY_INVALID_RESPONSE',
  ],
  UnsupportedOperationException: [
    501,
    /does not support the requested cryptographic operation/,
    STATE,
    INVALID,
    'XKS_PROXY_INVALID_RESPONSE',
  ],
  ThrottlingException: [429, /very high request rate/, STATE, UNREACHABLE, 'XKS_PROXY_NOT_REACHABLE'],
  DependencyTimeoutException: [503, /in the time allotted/, STATE, UNREACHABLE, 'XKS_PROXY_TIMED_OUT'],
  InternalException: [
    500,
    /cannot communicate with the external key manager/,
    STATE,
    INVALID,
    'XKS_PROXY_NOT_REACHABLE',
  ],
  ValidationException: [400, /cannot interpret the response/, STATE, INVALID, 'XKS_PROXY_INVALID_RESPONSE'],
  WhateverException: [400, /cannot interpret the response/, STATE, INVALID, 'XKS_PROXY_INVALID_RESPONSE'],
};

/** A cloud, and a key and its store, before a proxy that then begins to misbehave. */
async function trouble(begin: (proxy: XksProxy) => void | Promise<void>, [message, ...codes]: Outcome): Promise<void> {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key, store } = await externalKey(cloud, proxy);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }));
  proxy.addKey('two');
  const settings = { ...settingsOf(proxy, 'second'), XksProxyUriPath: '/example/kms/xks/v1' };
  await begin(proxy);
  const calls = [
    () => kms.send(new EncryptCommand({ KeyId: key, Plaintext: bytes('x') })),
    () => kms.send(new DecryptCommand({ CiphertextBlob })),
    () => kms.send(new GenerateDataKeyCommand({ KeyId: key, KeySpec: 'AES_256' })),
  ];
  for (const call of calls) {
    const error = await failure(call());
    assert.equal(error.name, 'KMSInvalidStateException');
    assert.match(error.message, message);
  }
  const [creating, managing, connecting] = codes;
  assert.equal((await failure(newExternalKey(kms, store, 'two'))).name, creating);
  const elsewhere = kmsOf(cloud, undefined, 'eu-west-1');
  assert.equal((await failure(elsewhere.send(new CreateCustomKeyStoreCommand(settings)))).name, managing);
  await kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store }));
  await connect(cloud, kms, store);
  assert.equal(await connectionOf(kms, store), `FAILED ${connecting}`);
}

for (const [name, [status, ...outcome]] of Object.entries(ANSWERED))
  test(`the proxy answers ${name}`, () =>
    trouble((proxy) => {
      proxy.interfere = () => {
        throw new ProxyError(status, name);
      };
    }, outcome));

test('the proxy is down', () =>
  trouble((proxy) => proxy.stop(), [/cannot communicate with/, STATE, UNREACHABLE, 'XKS_PROXY_NOT_REACHABLE']));

test('the proxy is silent', () =>
  trouble(
    (proxy) => {
      proxy.interfere = () => undefined;
    },
    [/did not respond in time/, STATE, UNREACHABLE, 'XKS_PROXY_TIMED_OUT'],
  ));

test('the proxy answers no JSON, nothing, too much, or something else', async () => {
  for (const answer of ['<html>', '', '[]', '"x"', '{}', 'x'.repeat(100_000)])
    await trouble(
      (proxy) => {
        proxy.interfere = () => answer;
      },
      [/cannot interpret the response/, STATE, INVALID, 'XKS_PROXY_INVALID_RESPONSE'],
    );
});

test('the proxy lies: about lengths, its hash, the tag, or the plaintext', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId } = await externalKey(cloud, proxy);
  const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  const { CiphertextBlob } = await encrypt();
  const flipped = (text: unknown) => {
    const data = Buffer.from(String(text), 'base64');
    data[0] = (data[0] ?? 0) ^ 1;
    return data.toString('base64');
  };
  const MALFORMED = /cannot interpret the response from the external key store proxy/;
  const lies: { [member: string]: (value: unknown) => unknown } = {
    ciphertext: flipped,
    authenticationTag: flipped,
    initializationVector: flipped,
    ciphertextMetadata: flipped,
    ciphertextDataIntegrityValue: () => undefined,
  };
  const others: typeof lies = {
    ciphertext: () => 'AAAA',
    authenticationTag: () => 'AAAA',
    initializationVector: () => 'AAAA',
    ciphertextMetadata: () => Buffer.alloc(21).toString('base64'),
    ciphertextDataIntegrityValue: () => 'no base64!',
  };
  for (const set of [lies, others])
    for (const [member, lie] of Object.entries(set)) {
      proxy.interfere = (_, answer) => ({ ...answer, [member]: lie(answer[member]) });
      assert.match((await failure(encrypt())).message, MALFORMED, member);
    }
  const decrypt = () => kms.send(new DecryptCommand({ CiphertextBlob }));
  proxy.interfere = () => ({ plaintext: 'AAAA' });
  assert.match((await failure(decrypt())).message, MALFORMED);
  proxy.interfere = (_, answer) => ({ plaintext: flipped(answer.plaintext) });
  await refused(
    decrypt(),
    'KMSInvalidStateException',
    'The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.',
  );
  proxy.interfere = (_, answer) => answer;
  assert.equal(text((await decrypt()).Plaintext), 'x');
});

test('a ciphertext that was changed is refused, wherever it was', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key } = await externalKey(cloud, proxy);
  const { CiphertextBlob = new Uint8Array() } = await kms.send(
    new EncryptCommand({ KeyId: key, Plaintext: bytes('x') }),
  );
  for (const at of [1, 2, 20, 30, 56, 57, 67, 70, 90, CiphertextBlob.length - 1]) {
    const changed = Uint8Array.from(CiphertextBlob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const error = await failure(kms.send(new DecryptCommand({ CiphertextBlob: changed, KeyId: key })));
    assert.match(
      error.name,
      /^(InvalidCiphertextException|IncorrectKeyException|KMSInvalidStateException)$/,
      `byte ${at}: ${error.message}`,
    );
  }
  for (const length of [0, 60, 100]) {
    const cut = kms.send(new DecryptCommand({ CiphertextBlob: CiphertextBlob.subarray(0, length), KeyId: key }));
    assert.match((await failure(cut)).name, /Exception$/, `${length} bytes`);
  }
});

test('a proxy that is silent is asked once more, and its answer then counts', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId } = await externalKey(cloud, proxy);
  proxy.asked.length = 0;
  proxy.interfere = (_, answer) => (proxy.asked.length === 1 ? undefined : answer);
  await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  assert.deepEqual(
    proxy.asked.map(({ api }) => api),
    ['encrypt', 'encrypt'],
  );
});

test('speaks TLS with a proxy of this machine, whoever vouches for it, if it is for its name', async () => {
  await using cloud = await startTestCloud();
  const authority = new LocalAuthority(undefined, Date.now);
  const times = { from: Date.now() - 60_000, until: Date.now() + 3_600_000 };
  const issued = (name: string) => authority.issue({ names: [name], key: 'EC_prime256v1', ...times });
  const { certificate: cert, key } = await issued('localhost');
  await using proxy = await startXksProxy({ cert, key });
  const external = await externalKey(cloud, proxy);
  const { CiphertextBlob } = await external.kms.send(
    new EncryptCommand({ KeyId: external.key, Plaintext: bytes('x') }),
  );
  assert.equal(text((await external.kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext), 'x');
  const other = await issued('other.localhost');
  await using untrusted = await startXksProxy({ cert: other.certificate, key: other.key });
  const error = await failure(newStore(kmsOf(cloud, undefined, 'eu-west-1'), untrusted));
  assert.deepEqual([error.name, /cannot establish a TLS connection/.test(error.message)], [CONFIGURATION, true]);
});

test('counts what proxies answer', async () => {
  await using cloud = await startTestCloud();
  await using proxy = await startXksProxy();
  const { kms, key: KeyId, store } = await externalKey(cloud, proxy);
  const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await encrypt();
  await encrypt();
  for (const [status, name] of [
    [429, 'ThrottlingException'],
    [403, 'AccessDeniedException'],
  ] as const) {
    proxy.interfere = () => {
      throw new ProxyError(status, name);
    };
    await failure(encrypt());
  }
  const sum = await sumOf(cloud, 'AWS/KMS');
  const about = {
    CustomKeyStoreId: store,
    KmsOperation: 'Encrypt',
    XksOperation: 'Encrypt',
    KeySpec: 'SYMMETRIC_DEFAULT',
  };
  const errors = (ErrorType: string, ExceptionName: string) =>
    sum('XksProxyErrors', { ...about, ErrorType, ExceptionName });
  assert.deepEqual(
    await Promise.all([
      errors('N/A', 'None'),
      errors('Retryable', 'ThrottlingException'),
      errors('Non-retryable', 'AccessDeniedException'),
      sum('XksProxyLatency', about, 'SampleCount'),
      sum('XksExternalKeyManagerStates', { CustomKeyStoreId: store, XksExternalKeyManagerState: 'Active' }),
    ]),
    [2, 1, 1, 4, 1],
  );
});
