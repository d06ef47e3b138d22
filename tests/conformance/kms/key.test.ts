/** Keys, their metadata, aliases and policies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, aliasesOf, arnOf, bytes, kmsOf, newKey, refused } from './setup.ts';

test('a new key is symmetric, enabled, and described as AWS describes it', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const { KeyMetadata: made } = await kms.send(new CreateKeyCommand({ Description: 'for tests' }));
  const { KeyMetadata: seen } = await kms.send(new DescribeKeyCommand({ KeyId: made?.KeyId }));
  assert.deepEqual(seen, made);
  const { KeyId = '', CurrentKeyMaterialId, ...rest } = seen ?? {};
  assert.match(KeyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.match(CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    AWSAccountId: ACCOUNT,
    Arn: arnOf(KeyId),
    CreationDate: new Date(START),
    Enabled: true,
    Description: 'for tests',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    MultiRegion: false,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
  });
});

test('a spec that is younger than its old name is told by its new one only', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  for (const KeySpec of ['ML_DSA_65', 'ECC_NIST_EDWARDS25519'] as const) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }));
    const shown = await kms.send(new GetPublicKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    assert.deepEqual([KeyMetadata?.KeySpec, KeyMetadata?.CustomerMasterKeySpec], [KeySpec, undefined]);
    assert.deepEqual([shown.KeySpec, shown.CustomerMasterKeySpec], [KeySpec, undefined]);
  }
});

test('what CreateKey refuses', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const create = (input: object) => kms.send(new CreateKeyCommand(input));
  await refused(
    create({ KeySpec: 'HMAC_256' }),
    'ValidationException',
    'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
  );
  await refused(
    create({ KeySpec: 'RSA_2048', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    'ValidationException',
    'KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec RSA_2048',
  );
  await refused(
    create({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }),
    'UnsupportedOperationException',
    'KeySpec SM2 is not supported in this Region',
  );
});

test('a key is found by id, ARN, alias name and alias ARN, and nothing else', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const id = await newKey(kms);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: id }));
  const describe = (KeyId: string) => kms.send(new DescribeKeyCommand({ KeyId }));
  for (const name of [id, arnOf(id), 'alias/app', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`])
    assert.equal((await describe(name)).KeyMetadata?.KeyId, id);
  const other = '11111111-2222-3333-4444-555555555555';
  await refused(describe(other), 'NotFoundException', `Key '${arnOf(other)}' does not exist`);
  const multi = 'mrk-d3b95762d3b95762d3b95762d3b95762';
  await refused(describe(multi), 'NotFoundException', `Key '${arnOf(multi)}' does not exist`);
  await refused(describe('fake-key-id'), 'NotFoundException', "Invalid keyId 'fake-key-id'");
  await refused(describe('mrk-fake-key-id'), 'NotFoundException', "Invalid keyId 'mrk-fake-key-id'");
  await refused(describe(arnOf('fake-key-id')), 'NotFoundException', 'Invalid keyId fake-key-id');
  await refused(describe(arnOf(id, 'eu-west-1')), 'NotFoundException', 'Invalid arn eu-west-1');
  await refused(
    describe('alias/none'),
    'NotFoundException',
    `Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/none is not found.`,
  );
  await refused(
    kms.send(new DisableKeyCommand({ KeyId: 'alias/app' })),
    'InvalidArnException',
    'Key Aliases are not supported for this operation.',
  );
});

test('aliases: made, pointed elsewhere, listed, removed; names under alias/aws/ are reserved', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const [one, two] = [await newKey(kms), await newKey(kms)];
  const create = (AliasName: string, TargetKeyId = one) => kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
  await create('alias/a');
  await create('alias/b');
  await refused(
    create('alias/a', two),
    'AlreadyExistsException',
    `An alias with the name arn:aws:kms:us-east-1:${ACCOUNT}:alias/a already exists`,
  );
  await refused(
    create('a'),
    'ValidationException',
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );
  await refused(
    create('alias/aws/mine'),
    'NotAuthorizedException',
    'The alias name for a customer managed CMK cannot begin with alias/aws/.',
  );
  await refused(create('alias/a:b'), 'ValidationException', 'alias/a:b contains invalid characters for an alias');
  await refused(create('alias/'), 'InvalidAliasNameException', '');
  await refused(create('alias/c', 'alias/a'), 'ValidationException', 'Aliases must refer to keys. Not aliases');
  await cloud.advance(1_000);
  await kms.send(new UpdateAliasCommand({ AliasName: 'alias/a', TargetKeyId: two }));
  assert.deepEqual(
    (await aliasesOf(kms)).map(({ AliasName, TargetKeyId, LastUpdatedDate }) => [
      AliasName,
      TargetKeyId,
      LastUpdatedDate?.getTime(),
    ]),
    [
      ['alias/a', two, START + 1_000],
      ['alias/b', one, START],
    ],
  );
  const ofTwo = await kms.send(new ListAliasesCommand({ KeyId: two }));
  assert.deepEqual(
    ofTwo.Aliases?.map(({ AliasName }) => AliasName),
    ['alias/a'],
  );
  await kms.send(new DeleteAliasCommand({ AliasName: 'alias/a' }));
  await refused(
    kms.send(new DeleteAliasCommand({ AliasName: 'alias/a' })),
    'NotFoundException',
    `Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/a is not found.`,
  );
});

test('aliases of AWS that have no key yet are listed too, in their place among the others', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/b', TargetKeyId: await newKey(kms) }));
  await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
  const seen: [string | undefined, boolean][] = [];
  let Marker: string | undefined;
  do {
    const page: { Aliases?: { AliasName?: string; TargetKeyId?: string }[]; NextMarker?: string } = await kms.send(
      new ListAliasesCommand({ Limit: 3, Marker }),
    );
    for (const { AliasName, TargetKeyId } of page.Aliases ?? []) seen.push([AliasName, TargetKeyId !== undefined]);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(
    seen.filter(([, used]) => used).map(([name]) => name),
    ['alias/aws/s3', 'alias/b'],
  );
  const names = seen.map(([name]) => name ?? '');
  assert.deepEqual(names, [...new Set(names)].sort());
  for (const name of ['alias/aws/ebs', 'alias/aws/dynamodb', 'alias/aws/sqs']) assert.ok(names.includes(name), name);
});

test('lists come in pages', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const ids = new Set<string>();
  for (let index = 0; index < 5; index += 1) ids.add(await newKey(kms));
  const seen: string[] = [];
  let Marker: string | undefined;
  let pages = 0;
  do {
    const page: { Keys?: { KeyId?: string }[]; NextMarker?: string; Truncated?: boolean } = await kms.send(
      new ListKeysCommand({ Limit: 2, Marker }),
    );
    seen.push(...(page.Keys ?? []).map(({ KeyId }) => KeyId ?? ''));
    assert.equal(page.Truncated, page.NextMarker !== undefined);
    Marker = page.NextMarker;
    pages += 1;
  } while (Marker !== undefined);
  assert.equal(pages, 3);
  assert.deepEqual(new Set(seen), ids);
  assert.equal(seen.length, 5);
  await refused(
    kms.send(new ListKeysCommand({ Marker: 'not one' })),
    'InvalidMarkerException',
    'Could not deserialize marker.',
  );
});

test('a disabled key is not used; its description can be changed', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  await kms.send(new DisableKeyCommand({ KeyId }));
  const encrypt = () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await refused(encrypt(), 'DisabledException', `${arnOf(KeyId)} is disabled.`);
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual([KeyMetadata?.Enabled, KeyMetadata?.KeyState, KeyMetadata?.Description], [false, 'Disabled', 'new']);
  await kms.send(new EnableKeyCommand({ KeyId }));
  assert.equal((await encrypt()).KeyId, arnOf(KeyId));
});

test('the default key policy, another one, and one that would lock everybody out', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const { Policy, PolicyName } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  assert.equal(PolicyName, 'default');
  assert.deepEqual(JSON.parse(Policy ?? ''), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
  assert.deepEqual((await kms.send(new ListKeyPoliciesCommand({ KeyId }))).PolicyNames, ['default']);
  const put = (policy: string, bypass = false) =>
    kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policy, BypassPolicyLockoutSafetyCheck: bypass }));
  const only = (Action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action, Resource: '*' }],
    });
  await refused(
    put(only('kms:Encrypt')),
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  );
  await refused(put('{'), 'MalformedPolicyDocumentException', 'Syntax errors in policy.');
  await put(only('kms:Encrypt'), true);
  await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  // Now not even the account's root may look at it.
  await refused(
    kms.send(new DescribeKeyCommand({ KeyId })),
    'AccessDeniedException',
    `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: kms:DescribeKey on resource: ${arnOf(KeyId)} because no resource-based policy allows the kms:DescribeKey action`,
  );
});

test('there are no custom key stores, and no aliases of AWS but those it has', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const { CustomKeyStores, Truncated } = await kms.send(new DescribeCustomKeyStoresCommand({}));
  assert.deepEqual([CustomKeyStores, Truncated], [[], false]);
  const forged = kms.send(new DescribeCustomKeyStoresCommand({ Marker: '?' }));
  await refused(forged, 'InvalidMarkerException', 'Could not deserialize marker.');
  const store = { CustomKeyStoreId: 'cks-1234567890abcdef0' };
  for (const call of [
    () => kms.send(new DescribeCustomKeyStoresCommand(store)),
    () => kms.send(new DeleteCustomKeyStoreCommand(store)),
    () => kms.send(new CreateKeyCommand({ ...store, Origin: 'AWS_CLOUDHSM' })),
    () => kms.send(new GenerateRandomCommand({ ...store, NumberOfBytes: 1 })),
  ])
    await refused(call(), 'CustomKeyStoreNotFoundException', '');
  for (const name of ['constructor', '__proto__', 'nothing'])
    await refused(
      kms.send(new DescribeKeyCommand({ KeyId: `alias/aws/${name}` })),
      'NotFoundException',
      `Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/aws/${name} is not found.`,
    );
});
