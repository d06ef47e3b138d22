/** What becomes of a key with time: states, rotation, deletion; tags. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { DAY } from '#kernel/base';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, aliasesOf, arnOf, bytes, kmsOf, newKey, refused, text } from './setup.ts';

const sealedBy = async (kms: KMSClient, KeyId: string, plain: string) =>
  (await kms.send(new EncryptCommand({ KeyId, Plaintext: bytes(plain) }))).CiphertextBlob ?? new Uint8Array();
const opened = async (kms: KMSClient, CiphertextBlob: Uint8Array) =>
  text((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext);
const currentOf = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.CurrentKeyMaterialId;

test('a key that is to be deleted can do nothing, comes back disabled, and in the end goes with its aliases', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/gone', TargetKeyId: KeyId }));
  await kms.send(
    new CreateGrantCommand({ KeyId, GranteePrincipal: `arn:aws:iam::${ACCOUNT}:root`, Operations: ['Encrypt'] }),
  );
  const blob = await sealedBy(kms, KeyId, 'x');
  const schedule = (PendingWindowInDays?: number) =>
    kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));
  for (const days of [6, 31])
    await refused(schedule(days), 'ValidationException', 'PendingWindowInDays must be between 7 and 30');
  await refused(
    kms.send(new CancelKeyDeletionCommand({ KeyId })),
    'KMSInvalidStateException',
    `${arnOf(KeyId)} is not pending deletion.`,
  );
  const first = await schedule();
  assert.deepEqual(
    [first.KeyId, first.KeyState, first.PendingWindowInDays, first.DeletionDate?.getTime()],
    [arnOf(KeyId), 'PendingDeletion', 30, START + 30 * DAY],
  );
  const pending = `${arnOf(KeyId)} is pending deletion.`;
  for (const call of [
    () => schedule(7),
    () => kms.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') })),
    () => kms.send(new DecryptCommand({ CiphertextBlob: blob })),
    () => kms.send(new EnableKeyCommand({ KeyId })),
    () => kms.send(new DisableKeyCommand({ KeyId })),
    () => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: '' })),
    () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
    () => kms.send(new CreateAliasCommand({ AliasName: 'alias/more', TargetKeyId: KeyId })),
    () => kms.send(new EnableKeyRotationCommand({ KeyId })),
  ])
    await refused(call(), 'KMSInvalidStateException', pending);
  assert.equal((await kms.send(new CancelKeyDeletionCommand({ KeyId }))).KeyId, arnOf(KeyId));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual([KeyMetadata?.KeyState, KeyMetadata?.DeletionDate], ['Disabled', undefined]);
  await cloud.advance(31 * DAY);
  await kms.send(new EnableKeyCommand({ KeyId }));
  assert.equal(await opened(kms, blob), 'x');
  await schedule(7);
  await cloud.advance(7 * DAY - 1);
  assert.equal((await kms.send(new ListKeysCommand({}))).Keys?.length, 1);
  await cloud.advance(1);
  assert.deepEqual((await kms.send(new ListKeysCommand({}))).Keys, []);
  assert.deepEqual(await aliasesOf(kms), []);
  await refused(
    kms.send(new DescribeKeyCommand({ KeyId })),
    'NotFoundException',
    `Key '${arnOf(KeyId)}' does not exist`,
  );
  await refused(
    kms.send(new DecryptCommand({ CiphertextBlob: blob })),
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );
});

test('a key rotates by its period; what was encrypted before is still decrypted', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const status = () => kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal((await status()).KeyRotationEnabled, false);
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const enabled = await status();
  assert.deepEqual(
    [enabled.KeyRotationEnabled, enabled.RotationPeriodInDays, enabled.NextRotationDate?.getTime()],
    [true, 90, START + 90 * DAY],
  );
  const materials = [await currentOf(kms, KeyId)];
  const blobs = [await sealedBy(kms, KeyId, 'first')];
  await cloud.advance(90 * DAY);
  materials.push(await currentOf(kms, KeyId));
  blobs.push(await sealedBy(kms, KeyId, 'second'));
  await cloud.advance(90 * DAY);
  materials.push(await currentOf(kms, KeyId));
  assert.equal(new Set(materials).size, 3);
  assert.deepEqual(await Promise.all(blobs.map((blob) => opened(kms, blob))), ['first', 'second']);
  const list = async (IncludeKeyMaterial: 'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY') =>
    (await kms.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial }))).Rotations?.map((one) => [
      one.KeyMaterialId,
      one.KeyMaterialState,
      one.RotationType,
      one.RotationDate?.getTime(),
    ]);
  const rotations = [
    [materials[1], 'NON_CURRENT', 'AUTOMATIC', START + 90 * DAY],
    [materials[2], 'CURRENT', 'AUTOMATIC', START + 180 * DAY],
  ];
  assert.deepEqual(await list('ROTATIONS_ONLY'), rotations);
  assert.deepEqual(await list('ALL_KEY_MATERIAL'), [[materials[0], 'NON_CURRENT', undefined, undefined], ...rotations]);
  await kms.send(new DisableKeyRotationCommand({ KeyId }));
  await cloud.advance(200 * DAY);
  assert.equal(await currentOf(kms, KeyId), materials[2]);
});

test('a disabled key rotates when it is enabled again', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  await kms.send(new EnableKeyRotationCommand({ KeyId }));
  const before = await currentOf(kms, KeyId);
  await kms.send(new DisableKeyCommand({ KeyId }));
  await cloud.advance(400 * DAY);
  assert.equal(await currentOf(kms, KeyId), before);
  await kms.send(new EnableKeyCommand({ KeyId }));
  assert.notEqual(await currentOf(kms, KeyId), before);
  const { NextRotationDate } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(NextRotationDate?.getTime(), START + 730 * DAY);
});

test('no key rotates on demand within 20 minutes of an automatic rotation', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const rotate = () => kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  await cloud.advance(90 * DAY - 21 * 60_000);
  await rotate();
  await cloud.advance(60_000);
  assert.equal((await failure(rotate())).name, 'ConflictException');
  await cloud.advance(20 * 60_000);
  await rotate();
});

test('a key rotates on demand 25 times, and only a symmetric one', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms);
  const blob = await sealedBy(kms, KeyId, 'old');
  const rotate = () => kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  for (let index = 0; index < 25; index += 1) assert.equal((await rotate()).KeyId, arnOf(KeyId));
  await refused(
    rotate(),
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arnOf(KeyId)}`,
  );
  assert.equal(await opened(kms, blob), 'old');
  const page = await kms.send(new ListKeyRotationsCommand({ KeyId, Limit: 20 }));
  assert.deepEqual([page.Rotations?.length, page.Truncated], [20, true]);
  const rest = await kms.send(new ListKeyRotationsCommand({ KeyId, Limit: 20, Marker: page.NextMarker }));
  assert.deepEqual([rest.Rotations?.length, rest.Truncated], [5, false]);
  const hmac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  await refused(kms.send(new EnableKeyRotationCommand({ KeyId: hmac })), 'UnsupportedOperationException', '');
});

test('tags', async () => {
  await using cloud = await startTestCloud();
  const kms = kmsOf(cloud);
  const KeyId = await newKey(kms, { Tags: [{ TagKey: 'b', TagValue: '1' }] });
  const tag = (...pairs: [string, string][]) =>
    kms.send(new TagResourceCommand({ KeyId, Tags: pairs.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) }));
  await tag(['a', '2'], ['b', '3']);
  const list = async (input: object = {}) => {
    const page = await kms.send(new ListResourceTagsCommand({ KeyId, ...input }));
    return { tags: page.Tags?.map(({ TagKey, TagValue }) => [TagKey, TagValue]), next: page.NextMarker };
  };
  assert.deepEqual((await list()).tags, [
    ['a', '2'],
    ['b', '3'],
  ]);
  const first = await list({ Limit: 1 });
  assert.deepEqual(first.tags, [['a', '2']]);
  assert.deepEqual((await list({ Limit: 1, Marker: first.next })).tags, [['b', '3']]);
  await refused(tag(['a', '1'], ['a', '2']), 'TagException', 'Duplicate tag keys');
  await refused(tag(['aws:x', '1']), 'TagException', 'Tags beginning with aws: are reserved');
  const many = Array.from({ length: 49 }, (_, index): [string, string] => [`k${index}`, '']);
  await refused(tag(...many), 'TagException', 'Too many tags');
  await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a', 'none'] }));
  assert.deepEqual((await list()).tags, [['b', '3']]);
});
