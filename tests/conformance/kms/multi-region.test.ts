/** Multi-Region keys: one id and material in several Regions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { DAY } from '#kernel/base';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf, bytes, kmsOf, newKey, refused, text } from './setup.ts';

const metadata = async (kms: KMSClient, KeyId: string) =>
  (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

test('a replica has the same id and material and decrypts what the primary encrypted', async () => {
  await using cloud = await startTestCloud();
  const [here, there] = [kmsOf(cloud), kmsOf(cloud, ACCOUNT, 'eu-west-1')];
  const KeyId = await newKey(here, { MultiRegion: true, Description: 'ours' });
  assert.match(KeyId, /^mrk-[0-9a-f]{32}$/);
  assert.deepEqual((await metadata(here, KeyId))?.MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: arnOf(KeyId), Region: 'us-east-1' },
    ReplicaKeys: [],
  });
  const replicate = (input: object = {}) =>
    here.send(
      new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1', Tags: [{ TagKey: 'a', TagValue: 'b' }], ...input }),
    );
  const { ReplicaKeyMetadata, ReplicaPolicy, ReplicaTags } = await replicate();
  assert.equal(ReplicaKeyMetadata?.CurrentKeyMaterialId, undefined);
  assert.deepEqual(
    [
      ReplicaKeyMetadata?.Arn,
      ReplicaKeyMetadata?.KeyState,
      ReplicaKeyMetadata?.Enabled,
      ReplicaKeyMetadata?.Description,
    ],
    [arnOf(KeyId, 'eu-west-1'), 'Creating', false, ''],
  );
  assert.deepEqual(ReplicaKeyMetadata?.MultiRegionConfiguration, {
    MultiRegionKeyType: 'REPLICA',
    PrimaryKey: { Arn: arnOf(KeyId), Region: 'us-east-1' },
    ReplicaKeys: [{ Arn: arnOf(KeyId, 'eu-west-1'), Region: 'eu-west-1' }],
  });
  assert.deepEqual(ReplicaTags, [{ TagKey: 'a', TagValue: 'b' }]);
  assert.equal((await there.send(new GetKeyPolicyCommand({ KeyId }))).Policy, ReplicaPolicy);
  const { CiphertextBlob } = await here.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  const decrypt = () => there.send(new DecryptCommand({ CiphertextBlob }));
  await refused(decrypt(), 'KMSInvalidStateException', `${arnOf(KeyId, 'eu-west-1')} is creating.`);
  await cloud.advance(2_000);
  const opened = await decrypt();
  assert.deepEqual([text(opened.Plaintext), opened.KeyId], ['x', arnOf(KeyId, 'eu-west-1')]);
  const plain = await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-central-1' }));
  assert.equal(plain.ReplicaTags, undefined);
  await refused(replicate(), 'AlreadyExistsException', `Key ${arnOf(KeyId, 'eu-west-1')} already exists`);
  // What is not shared stays each Region's own.
  await here.send(new DisableKeyCommand({ KeyId }));
  assert.equal(text((await decrypt()).Plaintext), 'x');
  assert.deepEqual((await here.send(new ListResourceTagsCommand({ KeyId }))).Tags, []);
  const single = await newKey(here);
  await refused(
    here.send(new ReplicateKeyCommand({ KeyId: single, ReplicaRegion: 'eu-west-1' })),
    'UnsupportedOperationException',
    `${arnOf(single)} is not a multi-region primary key.`,
  );
});

test('rotation is set at the primary and reaches every Region, wherever the primary is', async () => {
  await using cloud = await startTestCloud();
  const [here, there] = [kmsOf(cloud), kmsOf(cloud, ACCOUNT, 'eu-west-1')];
  const KeyId = await newKey(here, { MultiRegion: true });
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  await cloud.advance(2_000);
  await refused(
    there.send(new EnableKeyRotationCommand({ KeyId })),
    'UnsupportedOperationException',
    `${arnOf(KeyId, 'eu-west-1')} is not a multi-region primary key.`,
  );
  await here.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  assert.equal((await there.send(new GetKeyRotationStatusCommand({ KeyId }))).RotationPeriodInDays, 90);
  const materials = async () =>
    Promise.all([here, there].map(async (kms) => (await metadata(kms, KeyId))?.CurrentKeyMaterialId));
  const [before] = await materials();
  await cloud.advance(90 * DAY);
  const [mine, theirs] = await materials();
  assert.ok(mine === theirs && mine !== before);
  await here.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' }));
  assert.deepEqual(
    [(await metadata(here, KeyId))?.KeyState, (await metadata(there, KeyId))?.KeyState],
    ['Updating', 'Updating'],
  );
  await here.send(new EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await cloud.advance(2_000);
  const moved = await metadata(there, KeyId);
  assert.deepEqual(
    [moved?.KeyState, moved?.MultiRegionConfiguration?.MultiRegionKeyType, moved?.MultiRegionConfiguration?.PrimaryKey],
    ['Enabled', 'PRIMARY', { Arn: arnOf(KeyId, 'eu-west-1'), Region: 'eu-west-1' }],
  );
  await cloud.advance(90 * DAY);
  const [after, alsoAfter] = await materials();
  assert.ok(after === alsoAfter && after !== mine);
});

test('a primary moves only between Regions where the key is enabled', async () => {
  await using cloud = await startTestCloud();
  const [here, there] = [kmsOf(cloud), kmsOf(cloud, ACCOUNT, 'eu-west-1')];
  const KeyId = await newKey(here, { MultiRegion: true });
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  await cloud.advance(2_000);
  const move = () => here.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' }));
  await there.send(new DisableKeyCommand({ KeyId }));
  await refused(move(), 'DisabledException', `${arnOf(KeyId, 'eu-west-1')} is disabled.`);
  await there.send(new EnableKeyCommand({ KeyId }));
  await here.send(new DisableKeyCommand({ KeyId }));
  await refused(move(), 'DisabledException', `${arnOf(KeyId)} is disabled.`);
  await here.send(new EnableKeyCommand({ KeyId }));
  await move();
});

test('a primary is deleted after its replicas', async () => {
  await using cloud = await startTestCloud();
  const [here, there] = [kmsOf(cloud), kmsOf(cloud, ACCOUNT, 'eu-west-1')];
  const KeyId = await newKey(here, { MultiRegion: true });
  await here.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  await cloud.advance(2_000);
  const waiting = await here.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.deepEqual([waiting.KeyState, waiting.DeletionDate], ['PendingReplicaDeletion', undefined]);
  await cloud.advance(30 * DAY);
  const still = await metadata(here, KeyId);
  assert.deepEqual([still?.KeyState, still?.PendingDeletionWindowInDays], ['PendingReplicaDeletion', 7]);
  await there.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await cloud.advance(7 * DAY);
  await refused(
    there.send(new DescribeKeyCommand({ KeyId })),
    'NotFoundException',
    `Key '${arnOf(KeyId, 'eu-west-1')}' does not exist`,
  );
  const begun = await metadata(here, KeyId);
  assert.deepEqual([begun?.KeyState, begun?.MultiRegionConfiguration?.ReplicaKeys], ['PendingDeletion', []]);
  await cloud.advance(7 * DAY);
  await refused(
    here.send(new DescribeKeyCommand({ KeyId })),
    'NotFoundException',
    `Key '${arnOf(KeyId)}' does not exist`,
  );
});
