import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  CreateSessionCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  PutPublicAccessBlockCommand,
  RenameObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { startDirectory } from './directory-setup.ts';

const DAY = 86_400_000;
const shown = async (promise: Promise<unknown>) => {
  const { name, message, $metadata } = await failure(promise);
  return [$metadata?.httpStatusCode, name, message];
};

test('What directory buckets do not have is refused', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const Key = 'a';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b' }));
  const PublicAccessBlockConfiguration = { BlockPublicAcls: true };
  assert.deepEqual(await shown(s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))), [
    400,
    'InvalidArgument',
    'PublicAccessBlockConfiguration is not valid, expected CreateBucketConfiguration',
  ]);
  assert.deepEqual((await shown(s3.send(new GetBucketVersioningCommand({ Bucket })))).slice(0, 2), [
    405,
    'MethodNotAllowed',
  ]);
  const put = (more: object) => shown(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b', ...more })));
  assert.deepEqual(await put({ ContentMD5: 'kuuayTGbTnYGR7eNRS6n5A==' }), [
    501,
    'NotImplemented',
    'This bucket does not support Content Md5 header.',
  ]);
  assert.equal((await put({ Tagging: 'a=b' }))[0], 501);
  assert.equal((await put({ ObjectLockLegalHoldStatus: 'ON' }))[0], 501);
  assert.deepEqual((await put({ StorageClass: 'STANDARD' })).slice(0, 2), [400, 'InvalidStorageClass']);
  assert.equal((await put({ ACL: 'public-read' }))[1], 'AccessControlListNotSupported');
  assert.equal((await put({ ServerSideEncryption: 'aws:kms:dsse' }))[0], 400);
  assert.equal((await shown(s3.send(new GetObjectTaggingCommand({ Bucket, Key }))))[0], 501);
  const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
  assert.equal((await shown(s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }))))[0], 501);
  const VersionId = '0123456789012345678901234567890a';
  assert.equal((await shown(s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))))[0], 501);
  await s3.send(new GetObjectCommand({ Bucket, Key, VersionId: 'null' }));
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'b', StorageClass: 'EXPRESS_ONEZONE' }));
  await s3.send(new CreateBucketCommand({ Bucket: 'general' }));
  const rename = new RenameObjectCommand({ Bucket: 'general', Key, RenameSource: 'b' });
  assert.equal((await shown(s3.send(rename)))[1], 'MethodNotAllowed');
  assert.equal((await shown(s3.send(new CreateSessionCommand({ Bucket: 'general' }))))[1], 'MethodNotAllowed');
  const express = new PutObjectCommand({ Bucket: 'general', Key, Body: 'b', StorageClass: 'EXPRESS_ONEZONE' });
  assert.equal((await shown(s3.send(express)))[1], 'InvalidStorageClass');
});

test('A bucket has one KMS key for all its life, and objects are under it', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const kms = cloud.client(KMSClient);
  const keyOf = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const [key, other] = [await keyOf(), await keyOf()];
  const asking = { Bucket, Key: 'a', Body: 'b', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key } as const;
  assert.equal((await shown(s3.send(new PutObjectCommand(asking))))[0], 400);
  const preset = (KMSMasterKeyID?: string, SSEAlgorithm: 'aws:kms' | 'AES256' = 'aws:kms') =>
    s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, ...(KMSMasterKeyID && { KMSMasterKeyID }) } }],
        },
      }),
    );
  await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'b' }));
  assert.equal((await shown(preset()))[0], 400);
  assert.equal((await shown(preset('alias/aws/s3')))[0], 501);
  await preset(key.split('/')[1]);
  const kept = (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration;
  assert.deepEqual(kept?.Rules, [
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
      BucketKeyEnabled: true,
    },
  ]);
  assert.equal((await shown(preset(other)))[0], 400);
  const contextOf = (context: object) => Buffer.from(JSON.stringify(context)).toString('base64');
  const bound = { 'aws:s3express:arn': `arn:aws:s3express:us-east-1:123456789012:bucket/${Bucket}` };
  const inContext = (context: object) =>
    s3.send(new CreateSessionCommand({ Bucket, SSEKMSEncryptionContext: contextOf(context) }));
  await inContext(bound);
  assert.equal((await shown(inContext({ ...bound, more: 'x' })))[0], 400);
  const session = await s3.send(new CreateSessionCommand({ Bucket }));
  assert.deepEqual(
    [session.ServerSideEncryption, session.SSEKMSKeyId, session.BucketKeyEnabled],
    ['aws:kms', key, true],
  );
  await cloud.advance(300_000);
  const everything = { Principal: { AWS: '123456789012' }, Resource: '*' };
  const Condition = { StringNotEquals: { 'kms:EncryptionContext:aws:s3express:arn': bound['aws:s3express:arn'] } };
  const Statement = [
    { Effect: 'Allow', Action: 'kms:*', ...everything },
    { Effect: 'Deny', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], ...everything, Condition },
  ];
  await kms.send(new PutKeyPolicyCommand({ KeyId: key, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'sealed', Body: 'text' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'sealed', Body: ' more', WriteOffsetBytes: 4 }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'sealed' }));
  assert.deepEqual([got.ServerSideEncryption, got.SSEKMSKeyId, got.BucketKeyEnabled], ['aws:kms', key, true]);
  assert.equal(await got.Body?.transformToString(), 'text more');
  await s3.send(new RenameObjectCommand({ Bucket, Key: 'renamed', RenameSource: 'sealed' }));
  const renamed = await s3.send(new GetObjectCommand({ Bucket, Key: 'renamed' }));
  assert.equal(await renamed.Body?.transformToString(), 'text more');
  const mixed = new PutObjectCommand({ Bucket, Key: 'plain', Body: 'b', WriteOffsetBytes: 1 });
  assert.equal((await shown(s3.send(mixed)))[1], 'EncryptionTypeMismatch');
  const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/renamed` };
  const copied = await s3.send(new CopyObjectCommand({ ...copy, ServerSideEncryption: 'AES256' }));
  assert.equal(copied.ServerSideEncryption, 'AES256');
  const wrong = new CopyObjectCommand({ ...copy, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: other });
  assert.equal((await shown(s3.send(wrong)))[0], 400);
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
  assert.equal((await shown(preset(other)))[0], 400);
  await preset(undefined, 'AES256');
  await preset(key);
});

test('Lifecycle rules expire objects and end uploads', async () => {
  await using cloud = await startDirectory();
  const { s3, Bucket } = cloud;
  const Rules = [
    {
      ID: 'all',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 3 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  assert.equal((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules?.[0]?.ID, 'all');
  const transitions = [{ ...Rules[0], Transitions: [{ Days: 1, StorageClass: 'GLACIER' as const }] }];
  const moving = new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: { Rules: transitions as never },
  });
  assert.equal((await shown(s3.send(moving)))[0], 501);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'logs/a', Body: 'b' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'b' }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'logs/large' }));
  await s3.send(new UploadPartCommand({ Bucket, Key: 'logs/large', UploadId, PartNumber: 1, Body: 'x' }));
  await cloud.advance(4 * DAY);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    ['kept'],
  );
  assert.equal((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads, undefined);
  assert.equal((await failure(s3.send(new HeadObjectCommand({ Bucket, Key: 'logs/a' })))).name, 'NotFound');
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
});
