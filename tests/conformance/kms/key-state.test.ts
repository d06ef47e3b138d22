/** What each key state refuses. Source: KMS Developer Guide, "Key states of AWS KMS keys", the table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  type KMSClient,
  ListGrantsCommand,
  ListKeyPoliciesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf, bytes, kmsOf, newKey } from './setup.ts';

const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' }],
});

/** A key, another one that is enabled, and something each of them encrypted, where it could. */
type World = { kms: KMSClient; KeyId: string; other: string; blob: Uint8Array | undefined; otherBlob: Uint8Array };
type Operation = (world: World) => Promise<unknown>;

const OPERATIONS = {
  CreateAlias: ({ kms, KeyId }) => kms.send(new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: KeyId })),
  CreateGrant: ({ kms, KeyId }) =>
    kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: ROOT, Operations: ['Encrypt'] })),
  Decrypt: ({ kms, blob }) => kms.send(new DecryptCommand({ CiphertextBlob: blob })),
  DescribeKey: ({ kms, KeyId }) => kms.send(new DescribeKeyCommand({ KeyId })),
  DisableKey: ({ kms, KeyId }) => kms.send(new DisableKeyCommand({ KeyId })),
  DisableKeyRotation: ({ kms, KeyId }) => kms.send(new DisableKeyRotationCommand({ KeyId })),
  EnableKey: ({ kms, KeyId }) => kms.send(new EnableKeyCommand({ KeyId })),
  EnableKeyRotation: ({ kms, KeyId }) => kms.send(new EnableKeyRotationCommand({ KeyId })),
  Encrypt: ({ kms, KeyId }) => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })),
  GenerateDataKey: ({ kms, KeyId }) => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyWithoutPlaintext: ({ kms, KeyId }) =>
    kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
  GenerateDataKeyPair: ({ kms, KeyId }) =>
    kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
  GenerateDataKeyPairWithoutPlaintext: ({ kms, KeyId }) =>
    kms.send(new GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
  GetKeyPolicy: ({ kms, KeyId }) => kms.send(new GetKeyPolicyCommand({ KeyId })),
  GetKeyRotationStatus: ({ kms, KeyId }) => kms.send(new GetKeyRotationStatusCommand({ KeyId })),
  GetParametersForImport: ({ kms, KeyId }) =>
    kms.send(
      new GetParametersForImportCommand({
        KeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    ),
  ListGrants: ({ kms, KeyId }) => kms.send(new ListGrantsCommand({ KeyId })),
  ListKeyPolicies: ({ kms, KeyId }) => kms.send(new ListKeyPoliciesCommand({ KeyId })),
  ListResourceTags: ({ kms, KeyId }) => kms.send(new ListResourceTagsCommand({ KeyId })),
  PutKeyPolicy: ({ kms, KeyId }) => kms.send(new PutKeyPolicyCommand({ KeyId, Policy: POLICY })),
  ReEncryptFrom: ({ kms, blob, other }) =>
    kms.send(new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: other })),
  ReEncryptTo: ({ kms, otherBlob, KeyId }) =>
    kms.send(new ReEncryptCommand({ CiphertextBlob: otherBlob, DestinationKeyId: KeyId })),
  RotateKeyOnDemand: ({ kms, KeyId }) => kms.send(new RotateKeyOnDemandCommand({ KeyId })),
  ScheduleKeyDeletion: ({ kms, KeyId }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
  TagResource: ({ kms, KeyId }) => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
  UntagResource: ({ kms, KeyId }) => kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] })),
  UpdateKeyDescription: ({ kms, KeyId }) => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'd' })),
} satisfies { [name: string]: Operation };

type Name = keyof typeof OPERATIONS;

/** How a state is reached, what it refuses in its own words, and what is refused for another reason. */
type State = {
  name: string;
  external?: true;
  enter(world: World): Promise<unknown>;
  refusal: readonly [code: string, ending: string];
  refused: readonly Name[];
  else?: { readonly [name in Name]?: readonly [code: string, ending: string] };
};

const CRYPTOGRAPHY = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
] as const;
const NOT_IMPORTED = [
  'UnsupportedOperationException',
  'origin is AWS_KMS which is not valid for this operation.',
] as const;
const IMPORTED = [
  'UnsupportedOperationException',
  'origin is EXTERNAL which is not valid for this operation.',
] as const;

const STATES: readonly State[] = [
  {
    name: 'Disabled',
    enter: OPERATIONS.DisableKey,
    refusal: ['DisabledException', 'is disabled.'],
    refused: [...CRYPTOGRAPHY, 'CreateGrant', 'EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand'],
    else: { GetParametersForImport: NOT_IMPORTED },
  },
  {
    name: 'PendingDeletion',
    enter: OPERATIONS.ScheduleKeyDeletion,
    refusal: ['KMSInvalidStateException', 'is pending deletion.'],
    refused: [
      ...CRYPTOGRAPHY,
      'CreateAlias',
      'CreateGrant',
      'DisableKey',
      'DisableKeyRotation',
      'EnableKey',
      'EnableKeyRotation',
      'RotateKeyOnDemand',
      'ScheduleKeyDeletion',
      'TagResource',
      'UntagResource',
      'UpdateKeyDescription',
    ],
    else: { GetParametersForImport: NOT_IMPORTED },
  },
  {
    name: 'PendingImport',
    external: true,
    enter: async () => {},
    refusal: ['KMSInvalidStateException', 'is pending import.'],
    // A key without material has encrypted nothing: Decrypt and ReEncryptFrom have nothing to ask it.
    refused: [
      ...CRYPTOGRAPHY.filter((name) => name !== 'Decrypt' && name !== 'ReEncryptFrom'),
      'CreateGrant',
      'DisableKey',
      'EnableKey',
      'RotateKeyOnDemand',
    ],
    else: { EnableKeyRotation: IMPORTED, DisableKeyRotation: IMPORTED },
  },
];

for (const state of STATES) {
  test(`${state.name}: what a key in this state does, and how it refuses the rest`, async () => {
    await using cloud = await startTestCloud();
    const kms = kmsOf(cloud);
    const other = await newKey(kms);
    const seal = async (KeyId: string) =>
      (await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }))).CiphertextBlob ?? new Uint8Array();
    const otherBlob = await seal(other);
    for (const name of Object.keys(OPERATIONS) as Name[]) {
      if (state.external && (name === 'Decrypt' || name === 'ReEncryptFrom')) continue;
      const KeyId = await newKey(kms, state.external ? { Origin: 'EXTERNAL' } : {});
      const world = { kms, KeyId, other, otherBlob, blob: state.external ? undefined : await seal(KeyId) };
      await state.enter(world);
      const expected = state.refused.includes(name) ? state.refusal : state.else?.[name];
      const outcome = await OPERATIONS[name](world).then(
        () => undefined,
        (error: Error) => [error.name, error.message],
      );
      const wanted = expected === undefined ? undefined : [expected[0], `${arnOf(KeyId)} ${expected[1]}`];
      assert.deepEqual(outcome, wanted, `${name} on a key that is ${state.name}`);
    }
  });
}
