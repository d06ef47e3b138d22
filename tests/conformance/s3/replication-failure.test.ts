/** Copies that can not be made, and what is told of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  ACCOUNT,
  COPY,
  configure,
  head,
  keepVersions,
  keys,
  makeBucket,
  makeRole,
  policy,
  put,
  rule,
  settle,
} from './replications.ts';
import { startS3 } from './setup.ts';

test('why a copy could not be made is told', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const QueueArn = `arn:aws:sqs:us-east-1:${ACCOUNT}:told`;
  const open = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:*', Resource: QueueArn };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy(open) } }));
  const reason = async () => {
    await settle(cloud);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 43_200 }));
    return JSON.parse(Messages?.[0]?.Body ?? '{}').Records?.[0].replicationEventData.failureReason;
  };
  await keepVersions(s3, Bucket);
  await makeBucket(s3, COPY);
  const kms = cloud.client(KMSClient);
  const [own, other] = await Promise.all([1, 2].map(() => kms.send(new CreateKeyCommand({}))));
  const NotificationConfiguration = {
    QueueConfigurations: [{ QueueArn, Events: ['s3:Replication:OperationFailedReplication' as const] }],
  };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration,
      SkipDestinationValidation: true,
    }),
  );
  const watched = (ReplicaKmsKeyID: string) =>
    rule({
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Enabled' },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: {
        Bucket: `arn:aws:s3:::${COPY}`,
        EncryptionConfiguration: { ReplicaKmsKeyID },
        Metrics: { Status: 'Enabled' },
      },
    });
  await configure(s3, Bucket, watched(other?.KeyMetadata?.Arn ?? ''));
  await put(s3, Bucket, 'a');
  assert.equal(await reason(), 'AssumeRoleNotPermitted');
  await makeRole(cloud, ['s3:ReplicateObject', 'kms:*']);
  await put(s3, Bucket, 'a');
  assert.equal(await reason(), 'SrcGetObjectNotPermitted');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  assert.equal(await reason(), 'DstDelObjNotPermitted');
  const allow = (Action: string[]) =>
    new PutRolePolicyCommand({
      RoleName: 'replicator',
      PolicyName: 'all',
      PolicyDocument: policy({ Effect: 'Allow', Action, Resource: '*' }),
    });
  const iam = cloud.client(IAMClient);
  await iam.send(allow(['s3:GetObjectVersionForReplication']));
  await put(s3, Bucket, 'a');
  assert.equal(await reason(), 'DstPutObjectNotPermitted');
  await iam.send(allow(['s3:*', 'kms:*']));
  const sealed = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: own?.KeyMetadata?.KeyId };
  await kms.send(new DisableKeyCommand({ KeyId: other?.KeyMetadata?.KeyId }));
  await put(s3, Bucket, 'a', sealed);
  assert.equal(await reason(), 'DstKmsKeyInvalidState');
  await configure(s3, Bucket, watched(`arn:aws:kms:us-east-1:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`));
  await put(s3, Bucket, 'a', sealed);
  assert.equal(await reason(), 'DstKmsKeyNotFound');
  await s3.send(new PutBucketVersioningCommand({ Bucket: COPY, VersioningConfiguration: { Status: 'Suspended' } }));
  await put(s3, Bucket, 'a');
  assert.equal(await reason(), 'DstBucketUnversioned');
});

test('a bucket with Object Lock has no copies in one without', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  const Bucket = 'locked-2026';
  await makeRole(cloud);
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await makeBucket(s3, COPY);
  await configure(s3, Bucket, rule());
  await put(s3, Bucket, 'a');
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'a')).ReplicationStatus, 'FAILED');
  assert.deepEqual(await keys(s3, COPY), []);
  const Filter = { ObjectSizeGreaterThan: 1 };
  const Rules = [
    { ID: 'cold', Status: 'Enabled' as const, Filter, Transitions: [{ Days: 0, StorageClass: 'GLACIER' as const }] },
  ];
  await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  await cloud.advance(72 * 3_600_000);
  assert.equal((await head(s3, Bucket, 'a')).StorageClass, undefined, 'rules wait for the copy');
});

test('a role that may not, or is not there, makes no copy', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await keepVersions(s3, Bucket);
  await makeBucket(s3, COPY);
  await configure(s3, Bucket, rule());
  await put(s3, Bucket, 'a');
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'a')).ReplicationStatus, 'FAILED');
  await makeRole(cloud, ['s3:GetObjectVersionForReplication', 's3:PutObject']);
  await put(s3, Bucket, 'b');
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'b')).ReplicationStatus, 'FAILED');
  assert.deepEqual(await keys(s3, COPY), []);
});
