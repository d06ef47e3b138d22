/** Object Lock: what can't be deleted, until when, and who may all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure, START } from '../../support/cloud.ts';
import { clientOf, type S3Cloud, send, startS3 } from './setup.ts';

const DAY = 86_400_000;
const Bucket = 'locked-2026';
const DENIED = { name: 'AccessDenied', message: 'Access Denied because object protected by object lock.' };

async function startLocked(): Promise<S3Cloud> {
  const cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return cloud;
}

async function put({ s3 }: S3Cloud, fields: Partial<PutObjectCommandInput> = {}): Promise<string> {
  const { VersionId = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'deed', Body: 'x', ...fields }));
  return VersionId;
}

const inDays = (days: number) => new Date(START + days * DAY);
const erase = ({ s3 }: S3Cloud, VersionId: string, BypassGovernanceRetention = false) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key: 'deed', VersionId, BypassGovernanceRetention }));

test('a request that says nothing of a retention takes none away', async () => {
  await using cloud = await startLocked();
  await put(cloud, { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(1), ChecksumAlgorithm: 'CRC32' });
  const answer = await send(cloud, 'PUT', `/${Bucket}/deed?retention`);
  assert.deepEqual([answer.status, answer.members.Code], [400, 'MalformedXML']);
});

test('a bucket with Object Lock has versions for good', async () => {
  await using cloud = await startLocked();
  const { s3 } = cloud;
  const get = (name: string) => s3.send(new GetObjectLockConfigurationCommand({ Bucket: name }));
  assert.deepEqual((await get(Bucket)).ObjectLockConfiguration, { ObjectLockEnabled: 'Enabled' });
  const suspend = s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
  await assert.rejects(suspend, { name: 'InvalidBucketState' });
  await assert.rejects(get(cloud.Bucket), { name: 'ObjectLockConfigurationNotFoundError' });
  const set = (name: string, DefaultRetention: object) =>
    s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket: name,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } },
      }),
    );
  await assert.rejects(set(cloud.Bucket, { Mode: 'GOVERNANCE', Days: 1 }), { name: 'InvalidBucketState' });
  await assert.rejects(set(Bucket, { Mode: 'GOVERNANCE', Days: 0 }), {
    name: 'InvalidArgument',
    message: 'Default retention period must be a positive integer value.',
  });
  for (const wrong of [{ Days: 1 }, { Mode: 'GOVERNANCE', Days: 1, Years: 1 }])
    await assert.rejects(set(Bucket, wrong), { name: 'MalformedXML' });
  await set(Bucket, { Mode: 'COMPLIANCE', Years: 2 });
  const VersionId = await put(cloud);
  const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'deed', VersionId }));
  assert.deepEqual(Retention, { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.UTC(2028, 0, 1)) });
});

test('compliance holds everybody until its day', async () => {
  await using cloud = await startLocked();
  const VersionId = await put(cloud, { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(2) });
  await assert.rejects(erase(cloud, VersionId), DENIED);
  await assert.rejects(erase(cloud, VersionId, true), DENIED);
  const retain = (Mode: 'GOVERNANCE' | 'COMPLIANCE', days: number) =>
    cloud.s3.send(
      new PutObjectRetentionCommand({
        Bucket,
        Key: 'deed',
        VersionId,
        BypassGovernanceRetention: true,
        Retention: { Mode, RetainUntilDate: inDays(days) },
      }),
    );
  await assert.rejects(retain('COMPLIANCE', 1), DENIED);
  await assert.rejects(retain('GOVERNANCE', 3), DENIED);
  await retain('COMPLIANCE', 3);
  const { DeleteMarker } = await cloud.s3.send(new DeleteObjectCommand({ Bucket, Key: 'deed' }));
  assert.equal(DeleteMarker, true, 'a marker hides it');
  const { Errors } = await cloud.s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'deed', VersionId }] } }),
  );
  assert.deepEqual(Errors, [{ Key: 'deed', VersionId, Code: 'AccessDenied', Message: DENIED.message }]);
  await cloud.advance(3 * DAY - 1_000);
  await assert.rejects(erase(cloud, VersionId), DENIED);
  await cloud.advance(1_000);
  assert.equal((await erase(cloud, VersionId)).VersionId, VersionId);
});

test('governance lets those go past who may and say so', async () => {
  await using cloud = await startLocked();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const permit = (...Action: string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        }),
      }),
    );
  await permit('s3:DeleteObjectVersion');
  const ann = clientOf(cloud, AccessKey?.AccessKeyId, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey },
  });
  const VersionId = await put(cloud, { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(2) });
  const attempt = (BypassGovernanceRetention: boolean) =>
    ann.send(new DeleteObjectCommand({ Bucket, Key: 'deed', VersionId, BypassGovernanceRetention }));
  await assert.rejects(attempt(false), DENIED);
  assert.match((await failure(attempt(true))).message, /s3:BypassGovernanceRetention/);
  await permit('s3:DeleteObjectVersion', 's3:BypassGovernanceRetention');
  await assert.rejects(attempt(false), DENIED);
  assert.equal((await attempt(true)).VersionId, VersionId);
});

test('a legal hold has no end but its own', async () => {
  await using cloud = await startLocked();
  const { s3 } = cloud;
  const VersionId = await put(cloud);
  const hold = () => s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'deed' }));
  await assert.rejects(hold(), {
    name: 'NoSuchObjectLockConfiguration',
    message: 'The specified object does not have a ObjectLock configuration',
  });
  const set = (Status: 'ON' | 'OFF') =>
    s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'deed', VersionId, LegalHold: { Status } }));
  await set('ON');
  assert.deepEqual((await hold()).LegalHold, { Status: 'ON' });
  await cloud.advance(10_000 * DAY);
  await assert.rejects(erase(cloud, VersionId, true), DENIED);
  await set('OFF');
  // A version that once was held tells so, also after its retention has changed.
  const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: inDays(10_001) } as const;
  await s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'deed', VersionId, Retention }));
  const { ObjectLockLegalHoldStatus } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'deed' }));
  assert.equal(ObjectLockLegalHoldStatus, 'OFF');
  await erase(cloud, VersionId, true);
});

test('locks are shown with the object and are not copied', async () => {
  await using cloud = await startLocked();
  const { s3 } = cloud;
  await put(cloud, {
    ObjectLockMode: 'GOVERNANCE',
    ObjectLockRetainUntilDate: inDays(2),
    ObjectLockLegalHoldStatus: 'ON',
  });
  for (const command of [GetObjectCommand, HeadObjectCommand]) {
    const shown = (await s3.send(new command({ Bucket, Key: 'deed' }) as GetObjectCommand)) as object as {
      [member: string]: unknown;
    };
    assert.equal(shown.ObjectLockMode, 'GOVERNANCE');
    assert.deepEqual(shown.ObjectLockRetainUntilDate, inDays(2));
    assert.equal(shown.ObjectLockLegalHoldStatus, 'ON');
  }
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/deed` }));
  assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).ObjectLockMode, undefined);
});

test("locks that can't be are refused", async () => {
  await using cloud = await startLocked();
  await assert.rejects(put(cloud, { ObjectLockMode: 'GOVERNANCE' }), {
    name: 'InvalidArgument',
    message: 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
  });
  await assert.rejects(put(cloud, { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(-1) }), {
    name: 'InvalidArgument',
    message: 'The retain until date must be in the future!',
  });
  await assert.rejects(put(cloud, { Bucket: cloud.Bucket, ObjectLockLegalHoldStatus: 'ON' }), {
    name: 'InvalidRequest',
    message: 'Bucket is missing Object Lock Configuration',
  });
  const unsummed = clientOf(cloud, '123456789012', { requestChecksumCalculation: 'WHEN_REQUIRED' });
  const bare = unsummed.send(new PutObjectCommand({ Bucket, Key: 'deed', Body: 'x', ObjectLockLegalHoldStatus: 'ON' }));
  await assert.rejects(bare, {
    name: 'InvalidRequest',
    message:
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  });
  const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } };
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule };
  await cloud.s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  await assert.rejects(unsummed.send(new PutObjectCommand({ Bucket, Key: 'usual', Body: 'x' })), {
    name: 'InvalidRequest',
    message:
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  });
  const { UploadId } = await unsummed.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: 'x' };
  await assert.rejects(unsummed.send(new UploadPartCommand(part)), {
    name: 'InvalidRequest',
    message: 'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters',
  });
});
