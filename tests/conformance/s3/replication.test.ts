/** Replication: what reaches the other bucket, as which role, and how its state is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectTaggingCommand,
  type ReplicationRule,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  COPY,
  configure,
  head,
  keepVersions,
  keys,
  makeBucket,
  makeRole,
  OTHER,
  policy,
  put,
  Role,
  rule,
  settle,
  startPair,
} from './replications.ts';
import { bytesOf, clientOf, type S3Cloud, startS3 } from './setup.ts';

test('an object reaches the other Region with its version id, metadata and tags', async () => {
  await using cloud = await startPair();
  const { s3, Bucket, there } = cloud;
  const more = { Metadata: { a: 'b' }, ContentType: 'text/plain', Tagging: 'x=1' };
  const { VersionId, ETag } = await put(s3, Bucket, 'a', more);
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'a')).ReplicationStatus, 'COMPLETED');
  const copy = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'a', VersionId }));
  assert.equal(await copy.Body?.transformToString(), 'body of a');
  assert.deepEqual(
    [copy.ReplicationStatus, copy.VersionId, copy.ETag, copy.Metadata, copy.ContentType],
    ['REPLICA', VersionId, ETag, { a: 'b' }, 'text/plain'],
  );
  const tags = () => there.send(new GetObjectTaggingCommand({ Bucket: COPY, Key: 'a' }));
  assert.deepEqual((await tags()).TagSet, [{ Key: 'x', Value: '1' }]);
  await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [{ Key: 'y', Value: '2' }] } }));
  await settle(cloud);
  assert.deepEqual((await tags()).TagSet, [{ Key: 'y', Value: '2' }]);
  assert.deepEqual(await keys(there, COPY), ['a']);
});

test('filters choose, what was there before stays, deletes of versions never follow', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await makeRole(cloud);
  await keepVersions(s3, Bucket);
  await makeBucket(s3, COPY);
  await put(s3, Bucket, 'in/before');
  await configure(
    s3,
    Bucket,
    rule({ ID: 'prefix', Filter: { Prefix: 'in/' }, DeleteMarkerReplication: { Status: 'Enabled' } }),
    rule({ ID: 'tag', Priority: 2, Filter: { Tag: { Key: 'copy', Value: 'yes' } } }),
    rule({ ID: 'off', Priority: 3, Status: 'Disabled' }),
  );
  await put(s3, Bucket, 'in/a');
  await put(s3, Bucket, 'in/b');
  await put(s3, Bucket, 'out/a');
  await put(s3, Bucket, 'out/tagged', { Tagging: 'copy=yes' });
  await put(s3, Bucket, 'in/cold', { StorageClass: 'GLACIER' });
  await settle(cloud);
  assert.deepEqual(await keys(s3, COPY), ['in/a', 'in/b', 'out/tagged']);
  assert.equal((await head(s3, Bucket, 'out/a')).ReplicationStatus, undefined);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/a' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'out/tagged' }));
  const { VersionId } = await head(s3, Bucket, 'in/b');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/b', VersionId }));
  await settle(cloud);
  assert.deepEqual(await keys(s3, COPY), ['in/a', 'in/a!', 'in/b', 'out/tagged']);
});

test('two buckets that replicate to each other do so once, and find versions of both by their ids', async () => {
  await using cloud = await startPair();
  const { s3, Bucket, there } = cloud;
  await configure(there, COPY, rule({ Destination: { Bucket: `arn:aws:s3:::${Bucket}` } }));
  const here = await put(s3, Bucket, 'k', { Body: 'here' });
  await settle(cloud);
  const back = await put(there, COPY, 'k', { Body: 'there' });
  await settle(cloud);
  const again = await put(s3, Bucket, 'k', { Body: 'again' });
  await settle(cloud);
  for (const [client, bucket] of [
    [s3, Bucket],
    [there, COPY],
  ] as const) {
    assert.deepEqual(await keys(client, bucket), ['k', 'k', 'k']);
    for (const [{ VersionId }, body] of [
      [here, 'here'],
      [back, 'there'],
      [again, 'again'],
    ] as const) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', VersionId }));
      assert.equal(await Body?.transformToString(), body);
    }
  }
  assert.equal((await head(there, COPY, 'k')).VersionId, again.VersionId);
});

test('another account takes copies in where its policy lets the role, and may own them', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await makeRole(cloud);
  await keepVersions(s3, Bucket);
  const theirs = clientOf(cloud, OTHER);
  await makeBucket(theirs, COPY);
  const Destination = {
    Bucket: `arn:aws:s3:::${COPY}`,
    Account: OTHER,
    AccessControlTranslation: { Owner: 'Destination' as const },
    StorageClass: 'STANDARD_IA' as const,
  };
  await configure(s3, Bucket, rule({ Destination }));
  await put(s3, Bucket, 'refused');
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'refused')).ReplicationStatus, 'FAILED');
  const Policy = policy({
    Effect: 'Allow',
    Principal: { AWS: Role },
    Action: ['s3:ReplicateObject', 's3:ObjectOwnerOverrideToBucketOwner'],
    Resource: `arn:aws:s3:::${COPY}/*`,
  });
  await theirs.send(new PutBucketPolicyCommand({ Bucket: COPY, Policy }));
  await put(s3, Bucket, 'taken');
  await settle(cloud);
  assert.equal((await head(s3, Bucket, 'taken')).ReplicationStatus, 'COMPLETED');
  assert.deepEqual(await keys(theirs, COPY), ['taken']);
  assert.equal((await head(theirs, COPY, 'taken')).StorageClass, 'STANDARD_IA');
});

test('what a KMS key encrypts is copied where the rule says under which key', async () => {
  await using cloud = await startPair();
  const { s3, Bucket, there } = cloud;
  const key = async (region: string) => {
    const { KeyMetadata } = await cloud.client(KMSClient, { region }).send(new CreateKeyCommand({}));
    return KeyMetadata?.Arn ?? '';
  };
  const [own, other] = [await key('us-east-1'), await key('eu-central-1')];
  const sealed = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: own };
  await put(s3, Bucket, 'not', sealed);
  await configure(
    s3,
    Bucket,
    rule({
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: { Bucket: `arn:aws:s3:::${COPY}`, EncryptionConfiguration: { ReplicaKmsKeyID: other } },
    }),
  );
  await put(s3, Bucket, 'sealed', sealed);
  await settle(cloud);
  assert.deepEqual(await keys(there, COPY), ['sealed']);
  const copy = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'sealed' }));
  assert.deepEqual([copy.SSEKMSKeyId, await copy.Body?.transformToString()], [other, 'body of sealed']);
});

test("a copy is encrypted as its source is, with the permissions of AWS's example", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await makeRole(cloud, ['s3:GetObjectVersionForReplication', 's3:ReplicateObject', 'kms:Decrypt', 'kms:Encrypt']);
  await keepVersions(s3, Bucket);
  await makeBucket(s3, COPY);
  const kms = cloud.client(KMSClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.Arn ?? '';
  const usual = { SSEAlgorithm: 'aws:kms' as const, KMSMasterKeyID: KeyId };
  const ServerSideEncryptionConfiguration = { Rules: [{ ApplyServerSideEncryptionByDefault: usual }] };
  await s3.send(new PutBucketEncryptionCommand({ Bucket: COPY, ServerSideEncryptionConfiguration }));
  const Destination = { Bucket: `arn:aws:s3:::${COPY}`, EncryptionConfiguration: { ReplicaKmsKeyID: KeyId } };
  const SourceSelectionCriteria = { SseKmsEncryptedObjects: { Status: 'Enabled' as const } };
  await configure(s3, Bucket, rule({ SourceSelectionCriteria, Destination }));
  const { ETag } = await put(s3, Bucket, 'plain');
  await put(s3, Bucket, 'sealed', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId });
  await settle(cloud);
  const plain = await head(s3, COPY, 'plain');
  assert.deepEqual([plain.ServerSideEncryption, plain.ETag], ['AES256', ETag]);
  const sealed = await s3.send(new GetObjectCommand({ Bucket: COPY, Key: 'sealed' }));
  assert.deepEqual([sealed.SSEKMSKeyId, await sealed.Body?.transformToString()], [KeyId, 'body of sealed']);
});

test('a copy whose changes do not reach its source says so; when they do, it is a replica again', async () => {
  await using cloud = await startPair();
  const { s3, Bucket, there } = cloud;
  const back = (Status: 'Enabled' | 'Disabled') =>
    rule({
      SourceSelectionCriteria: { ReplicaModifications: { Status } },
      Destination: { Bucket: `arn:aws:s3:::${Bucket}` },
    });
  await configure(there, COPY, back('Enabled'));
  const { VersionId } = await put(s3, Bucket, 'a');
  await settle(cloud);
  const tag = async (Value: string) => {
    await there.send(
      new PutObjectTaggingCommand({ Bucket: COPY, Key: 'a', Tagging: { TagSet: [{ Key: 'k', Value }] } }),
    );
    await settle(cloud);
    return (await head(there, COPY, 'a')).ReplicationStatus;
  };
  assert.equal(await tag('1'), 'REPLICA');
  const iam = cloud.client(IAMClient);
  const PolicyDocument = policy({ Effect: 'Deny', Action: 's3:ReplicateTags', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'replicator', PolicyName: 'none', PolicyDocument }));
  assert.equal(await tag('2'), 'FAILED');
  const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'a', VersionId }));
  assert.deepEqual(TagSet, [{ Key: 'k', Value: '1' }]);
});

test('a multipart object keeps its parts', async () => {
  await using cloud = await startPair();
  const { s3, Bucket, there } = cloud;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
  const Parts = [];
  for (const [index, size] of [5 * 1_024 ** 2, 10].entries()) {
    const part = { Bucket, Key: 'big', UploadId, PartNumber: index + 1, Body: bytesOf(size) };
    const { ETag } = await s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: index + 1, ETag });
  }
  const whole = { Bucket, Key: 'big', UploadId, MultipartUpload: { Parts } };
  const { ETag } = await s3.send(new CompleteMultipartUploadCommand(whole));
  await settle(cloud);
  const part = await there.send(new GetObjectCommand({ Bucket: COPY, Key: 'big', PartNumber: 2 }));
  assert.deepEqual(await part.Body?.transformToByteArray(), bytesOf(10));
  assert.deepEqual([part.ETag, part.PartsCount], [ETag, 2]);
});

test('configurations are checked, shown and taken away', async () => {
  await using cloud = await startS3();
  const { s3, Bucket }: S3Cloud = cloud;
  const get = () => s3.send(new GetBucketReplicationCommand({ Bucket }));
  const none = {
    name: 'ReplicationConfigurationNotFoundError',
    message: 'The replication configuration was not found',
  };
  await assert.rejects(get(), none);
  const refused = (message: string, ...rules: ReplicationRule[]) =>
    assert.rejects(configure(s3, Bucket, ...rules), { name: 'InvalidRequest', message });
  await refused("Versioning must be 'Enabled' on the bucket to apply a replication configuration", rule());
  await keepVersions(s3, Bucket);
  await refused('Destination bucket must exist.', rule());
  await s3.send(new CreateBucketCommand({ Bucket: COPY }));
  await refused('Destination bucket must have versioning enabled.', rule());
  await keepVersions(s3, COPY);
  const schema = (what: string) =>
    `${what} must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.`;
  await refused(
    schema('DeleteMarkerReplication').replace('must be specified', 'cannot be used'),
    rule({ Filter: undefined, Prefix: '', Priority: undefined }),
  );
  await refused(schema('Priority'), rule({ Priority: undefined }));
  await refused(schema('DeleteMarkerReplication'), rule({ DeleteMarkerReplication: undefined }));
  await refused(
    'Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.',
    rule({ Filter: { Tag: { Key: 'a', Value: 'b' } }, DeleteMarkerReplication: { Status: 'Enabled' } }),
  );
  await refused(
    'SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.',
    rule({
      Destination: { Bucket: `arn:aws:s3:::${COPY}`, EncryptionConfiguration: { ReplicaKmsKeyID: 'alias/x' } },
    }),
  );
  await assert.rejects(configure(s3, Bucket, rule(), rule({ Priority: 2 })), {
    name: 'InvalidArgument',
    message: 'Rule Id must be unique',
  });
  await configure(s3, Bucket, rule());
  assert.deepEqual((await get()).ReplicationConfiguration, { Role, Rules: [rule()] });
  const Suspended = { Bucket, VersioningConfiguration: { Status: 'Suspended' as const } };
  await assert.rejects(s3.send(new PutBucketVersioningCommand(Suspended)), { name: 'InvalidBucketState' });
  await s3.send(new DeleteBucketReplicationCommand({ Bucket }));
  await assert.rejects(get(), none);
});
