/** MFA delete: nothing goes for good without a code of the owner's root. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { codeAt, mfaDevices, stepOf } from '#kernel/identity';
import { viewOf } from '#kernel/store';
import { START } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, startS3, userOf } from './setup.ts';

const ACCOUNT = '123456789012';
const NEEDED = { name: 'AccessDenied', message: 'Mfa Authentication must be used for this request' };

/** The root itself, whoever calls in other tests. */
const asRoot = (cloud: S3Cloud) =>
  clientOf(cloud, ACCOUNT, { credentials: async () => ({ accessKeyId: ACCOUNT, secretAccessKey: 'test' }) });

/** Gives the root a device; the next `x-amz-mfa` value each time, a minute later. */
async function rootDevice(cloud: S3Cloud): Promise<() => Promise<string>> {
  const iam = cloud.client(IAMClient);
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'safe' }));
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
  const { store } = cloud.server.cloud.kernel;
  const seed = store.transact(
    (tx) => viewOf(() => tx, { account: ACCOUNT, region: '' }).get(mfaDevices, { serial: SerialNumber })?.seed ?? '',
  );
  let step = stepOf(START);
  const [AuthenticationCode1, AuthenticationCode2] = [codeAt(seed, step), codeAt(seed, step + 1)];
  await iam.send(
    new EnableMFADeviceCommand({ UserName: ACCOUNT, SerialNumber, AuthenticationCode1, AuthenticationCode2 }),
  );
  return async () => {
    step += 2;
    await cloud.advance(60_000);
    return `${SerialNumber} ${codeAt(seed, step)}`;
  };
}

test('a bucket with MFA delete gives nothing up without a code', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  const s3 = asRoot(cloud);
  const code = await rootDevice(cloud);
  const set = (VersioningConfiguration: object, MFA?: string) =>
    s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, MFA }));
  const on = { Status: 'Enabled', MFADelete: 'Enabled' };
  await assert.rejects(set(on), NEEDED);
  await assert.rejects(set(on, 'serial 000000'), { name: 'AccessDenied' });
  await set(on, await code());
  const { Status, MFADelete } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
  assert.deepEqual([Status, MFADelete], ['Enabled', 'Enabled']);
  await assert.rejects(set({ Status: 'Suspended' }), NEEDED);

  const put = async () => (await s3.send(new PutObjectCommand({ Bucket, Key: 'deed', Body: 'x' }))).VersionId;
  const [first, second] = [await put(), await put()];
  const erase = (VersionId?: string, MFA?: string) =>
    s3.send(new DeleteObjectCommand({ Bucket, Key: 'deed', VersionId, MFA }));
  await assert.rejects(erase(first), NEEDED);
  const used = await code();
  assert.equal((await erase(first, used)).VersionId, first);
  await assert.rejects(erase(second, used), { name: 'AccessDenied' }, 'a code counts once');
  assert.equal((await erase()).DeleteMarker, true, 'a marker hides and takes nothing away');
  const batch = (MFA?: string) =>
    s3.send(new DeleteObjectsCommand({ Bucket, MFA, Delete: { Objects: [{ Key: 'deed', VersionId: second }] } }));
  await assert.rejects(batch(), NEEDED);
  assert.equal((await batch(await code())).Deleted?.length, 1);
  await set({ Status: 'Suspended', MFADelete: 'Disabled' }, await code());
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).MFADelete, 'Disabled');
});

test('only the root of the owner turns MFA delete on, and not beside lifecycle rules', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  const s3 = asRoot(cloud);
  const code = await rootDevice(cloud);
  const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
  const on = async (MFA: string, by = s3) =>
    by.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, MFA }));
  await assert.rejects(on('000000'), {
    name: 'InvalidArgument',
    message: 'Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}',
  });
  const user = await userOf(cloud, 'ann', { Effect: 'Allow', Action: 's3:*', Resource: '*' });
  await assert.rejects(on(await code(), user), {
    name: 'AccessDenied',
    message: 'This operation may only be performed by the bucket owner',
  });
  const Rules = [{ ID: 'end', Status: 'Enabled' as const, Filter: {}, Expiration: { Days: 1 } }];
  const rules = new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
  await s3.send(rules);
  await assert.rejects(on(await code()), {
    name: 'InvalidBucketState',
    message:
      'Mfa Authentication is not supported on a bucket with lifecycle configuration. Delete lifecycle configuration before enabling Mfa Authentication.',
  });
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  await on(await code());
  await assert.rejects(s3.send(rules), { name: 'InvalidBucketState' });
});
