/** What conditions of policies see of calls to KMS, and which policies and grants it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  CreateKeyCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, bytes, document, iamAllow, kmsOf, newKey, refused, userOf } from './setup.ts';

const GRANTEE = `arn:aws:iam::${ACCOUNT}:root`;
const denied = async (call: Promise<unknown>) => assert.equal((await failure(call)).name, 'AccessDeniedException');

/** Grants that let the role decrypt within such constraints. */
const granting =
  (KeyId: string) =>
  (Constraints?: CreateGrantCommandInput['Constraints']): CreateGrantCommand =>
    new CreateGrantCommand({ KeyId, GranteePrincipal: GRANTEE, Operations: ['Decrypt'], Constraints });

test('who must constrain grants by their context can’t leave the constraint empty', async () => {
  await using cloud = await startTestCloud();
  const grant = granting(await newKey(kmsOf(cloud)));
  const type = { StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextEquals' } };
  const { kms } = await userOf(cloud, 'ann', iamAllow('kms:CreateGrant', type));
  await kms.send(grant({ EncryptionContextEquals: { team: 'a' } }));
  await kms.send(grant({ EncryptionContextSubset: {}, EncryptionContextEquals: { team: 'b' } }));
  await denied(kms.send(grant({ EncryptionContextEquals: {} })));
  await denied(kms.send(grant({ EncryptionContextSubset: { team: 'a' } })));
  await denied(kms.send(grant()));
});

test('conditions on the encryption context see that of a grant’s constraint', async () => {
  await using cloud = await startTestCloud();
  const grant = granting(await newKey(kmsOf(cloud)));
  const context = {
    StringEquals: { 'kms:EncryptionContext:team': 'a' },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['team', 'stage'] },
  };
  const { kms } = await userOf(cloud, 'ann', iamAllow('kms:CreateGrant', context));
  await kms.send(grant({ EncryptionContextSubset: { team: 'a' } }));
  await kms.send(grant({ EncryptionContextEquals: { team: 'a', stage: 'x' } }));
  await denied(kms.send(grant({ EncryptionContextSubset: { team: 'b' } })));
  await denied(kms.send(grant({ EncryptionContextEquals: { team: 'a', other: 'x' } })));
  await denied(kms.send(grant()));
});

test('conditions on the algorithm see those of both sides of ReEncrypt', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }));
  const rsa = made.KeyMetadata?.KeyId ?? '';
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const plain = { KeyId: rsa, Plaintext: bytes('x'), EncryptionAlgorithm } as const;
  const { CiphertextBlob } = await kms.send(new EncryptCommand(plain));
  const from = { CiphertextBlob, SourceKeyId: rsa, SourceEncryptionAlgorithm: EncryptionAlgorithm } as const;
  const algorithm = { StringEquals: { 'kms:EncryptionAlgorithm': EncryptionAlgorithm } };
  const ann = await userOf(cloud, 'ann', iamAllow('kms:ReEncrypt*', algorithm));
  const within = { DestinationKeyId: rsa, DestinationEncryptionAlgorithm: EncryptionAlgorithm } as const;
  await ann.kms.send(new ReEncryptCommand({ ...from, ...within }));
  await denied(ann.kms.send(new ReEncryptCommand({ ...from, DestinationKeyId: await newKey(kms) })));
});

test('kms:PrimaryRegion is the Region that is to be primary, not the one that is', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const made = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
  const KeyId = made.KeyMetadata?.Arn ?? '';
  for (const ReplicaRegion of ['us-west-2', 'eu-west-1'])
    await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion }));
  await cloud.advance(60_000);
  const west = { StringEquals: { 'kms:PrimaryRegion': 'us-west-2' } };
  const ann = await userOf(cloud, 'ann', iamAllow('kms:UpdatePrimaryRegion', west));
  await denied(ann.kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' })));
  await ann.kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'us-west-2' }));
});

test('kms:MultiRegionKeyType is that of the key that is made: a primary by CreateKey, a replica by ReplicateKey', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const type = (is: string) => ({ StringEquals: { 'kms:MultiRegionKeyType': is } });
  const ann = await userOf(cloud, 'ann', iamAllow('kms:CreateKey', type('PRIMARY')), iamAllow('kms:ReplicateKey'));
  const bob = await userOf(cloud, 'bob', iamAllow('kms:CreateKey', type('REPLICA')), iamAllow('kms:ReplicateKey'));
  await denied(ann.kms.send(new CreateKeyCommand({})));
  await denied(bob.kms.send(new CreateKeyCommand({ MultiRegion: true })));
  const KeyId = await newKey(ann.kms, { MultiRegion: true });
  await denied(ann.kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' })));
  await bob.kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  assert.equal(
    (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.MultiRegionConfiguration?.ReplicaKeys?.length,
    1,
  );
});

test('a constraint has up to eight pairs, and values of up to 384 characters', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const grant = granting(KeyId);
  const pairs = (many: number) => Object.fromEntries(Array.from({ length: many }, (_, at) => [`k${at}`, 'v']));
  await kms.send(grant({ EncryptionContextEquals: pairs(8) }));
  await kms.send(grant({ EncryptionContextSubset: { k: 'v'.repeat(384) } }));
  for (const constraint of [pairs(9), { k: 'v'.repeat(385) }])
    assert.equal((await failure(kms.send(grant({ EncryptionContextEquals: constraint })))).name, 'ValidationException');
  assert.equal((await kms.send(new ListGrantsCommand({ KeyId }))).Grants?.length, 2);
});

test('ForAllValues on a key of one value, which allows what has none, is refused', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const mine = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' };
  const put = (Condition: object) =>
    kms.send(new PutKeyPolicyCommand({ KeyId, Policy: document(mine, { ...mine, Condition }) }));
  const said = (what: string) =>
    `Using the ForAllValues set operator with a single-valued condition key matches requests without the specified ${what} or with an unspecified ${what}. To fix, remove ForAllValues.`;
  await refused(
    put({ 'ForAllValues:StringEquals': { 'kms:EncryptionContext:team': 'a' } }),
    'MalformedPolicyDocumentException',
    `OverlyPermissiveCondition:EncryptionContext: ${said('encryption context')}`,
  );
  await refused(
    put({ 'ForAllValues:StringLike': { 'aws:RequestTag/team': 'a' } }),
    'MalformedPolicyDocumentException',
    `OverlyPermissiveCondition: ${said('tag')}`,
  );
  await put({ StringEquals: { 'kms:EncryptionContext:team': 'a' } });
  await put({ 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['team'] } });
});

test('a statement of a key policy without Resource has no effect', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const ann = await userOf(cloud, 'ann');
  const mine = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' };
  const { Resource, ...theirs } = { ...mine, Principal: { AWS: ann.arn }, Action: 'kms:Encrypt' };
  const encrypt = () => ann.kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  const Policy = document(mine, theirs);
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  await denied(encrypt());
  assert.equal((await kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy, Policy);
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: document(mine, { ...theirs, Resource }) }));
  await encrypt();
  const { Resource: _, ...none } = mine;
  await refused(
    kms.send(new PutKeyPolicyCommand({ KeyId, Policy: document(none) })),
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  );
});
