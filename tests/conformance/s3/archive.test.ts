/** Archived objects: what can't be read, bringing it back, and Intelligent-Tiering's archive tiers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteBucketIntelligentTieringConfigurationCommand,
  type Event,
  GetBucketIntelligentTieringConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type RestoreRequest,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, START } from '../../support/cloud.ts';
import { bytesOf, type S3Cloud, startS3 } from './setup.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const put = ({ s3, Bucket }: S3Cloud, Key: string, storage: StorageClass, size = 10) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: bytesOf(size), StorageClass: storage }));
async function get({ s3, Bucket }: S3Cloud, Key: string): Promise<Uint8Array | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToByteArray();
}
const head = ({ s3, Bucket }: S3Cloud, Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key }));

async function restore({ s3, Bucket }: S3Cloud, Key: string, Days?: number, Tier?: 'Standard' | 'Bulk' | 'Expedited') {
  const request: RestoreRequest = { Days, ...(Tier !== undefined && { GlacierJobParameters: { Tier } }) };
  const { $metadata } = await s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: request }));
  return $metadata.httpStatusCode;
}

test("what is archived can't be read or copied until it was restored", async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await put(cloud, 'a', 'GLACIER');
  const error = await failure(get(cloud, 'a'));
  assert.equal(error.name, 'InvalidObjectState');
  assert.equal(error.message, "The operation is not valid for the object's storage class");
  assert.equal((error as { StorageClass?: string }).StorageClass, 'GLACIER');
  await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` })), {
    name: 'InvalidObjectState',
    message: "Operation is not valid for the source object's storage class",
  });
  assert.equal((await head(cloud, 'a')).Restore, undefined);
  await put(cloud, 'instant', 'GLACIER_IR');
  assert.equal((await get(cloud, 'instant'))?.length, 10);
});

test('a restore takes the time of its tier, and its copy goes after its days', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await put(cloud, 'a', 'GLACIER');
  await cloud.advance(HOUR);
  assert.equal(await restore(cloud, 'a', 2), 202);
  assert.equal((await head(cloud, 'a')).Restore, 'ongoing-request="true"');
  await assert.rejects(restore(cloud, 'a', 2), {
    name: 'RestoreAlreadyInProgress',
    message: 'Object restore is already in progress',
  });
  await cloud.advance(5 * HOUR - 1);
  await assert.rejects(get(cloud, 'a'), { name: 'InvalidObjectState' });
  await cloud.advance(1);
  assert.deepEqual(await get(cloud, 'a'), bytesOf(10));
  const Restore = 'ongoing-request="false", expiry-date="Sun, 04 Jan 2026 00:00:00 GMT"';
  const shown = await head(cloud, 'a');
  assert.deepEqual([shown.Restore, shown.StorageClass], [Restore, 'GLACIER']);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: ['RestoreStatus'] }));
  assert.deepEqual(listed.Contents?.[0]?.RestoreStatus, {
    IsRestoreInProgress: false,
    RestoreExpiryDate: new Date(START + 3 * DAY),
  });
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a`, StorageClass: 'STANDARD' }));
  assert.equal((await get(cloud, 'b'))?.length, 10);
  assert.equal(await restore(cloud, 'a', 5), 200);
  assert.match((await head(cloud, 'a')).Restore ?? '', /expiry-date="Wed, 07 Jan 2026 00:00:00 GMT"$/);
  await cloud.advance(7 * DAY);
  assert.equal((await head(cloud, 'a')).Restore, undefined);
  await assert.rejects(get(cloud, 'a'), { name: 'InvalidObjectState' });
});

test('each archive has its tiers; a faster one hurries a restore that is under way', async () => {
  await using cloud = await startS3();
  await put(cloud, 'deep', 'DEEP_ARCHIVE');
  await put(cloud, 'a', 'GLACIER');
  await assert.rejects(restore(cloud, 'deep', 1, 'Expedited'), {
    name: 'InvalidArgument',
    message: 'Retrieval option is not supported by this storage class',
  });
  await restore(cloud, 'deep', 1, 'Bulk');
  await restore(cloud, 'a', 1, 'Bulk');
  assert.equal(await restore(cloud, 'a', undefined, 'Expedited'), 200);
  await cloud.advance(5 * MINUTE);
  assert.equal((await get(cloud, 'a'))?.length, 10);
  await cloud.advance(48 * HOUR - 5 * MINUTE - 1);
  await assert.rejects(get(cloud, 'deep'), { name: 'InvalidObjectState' });
  await cloud.advance(1);
  assert.equal((await get(cloud, 'deep'))?.length, 10);
});

test('restores that make no sense are refused', async () => {
  await using cloud = await startS3();
  await put(cloud, 'standard', 'STANDARD');
  await put(cloud, 'a', 'GLACIER');
  await assert.rejects(restore(cloud, 'standard', 1), {
    name: 'InvalidObjectState',
    message: "Restore is not allowed for the object's current storage class",
  });
  await assert.rejects(restore(cloud, 'none', 1), { name: 'NoSuchKey' });
  await assert.rejects(restore(cloud, 'a'), { name: 'MalformedXML' });
  await assert.rejects(restore(cloud, 'a', 0), { name: 'InvalidArgument' });
});

/** Has a queue told of what happens; the records that came are read by what it gives. */
async function listen(cloud: S3Cloud, event: Event) {
  const { s3, Bucket } = cloud;
  const QueueArn = 'arn:aws:sqs:us-east-1:123456789012:happenings';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QueueArn },
    ],
  });
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'happenings', Attributes: { Policy } }));
  const NotificationConfiguration = { QueueConfigurations: [{ QueueArn, Events: [event] }] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration,
      SkipDestinationValidation: true,
    }),
  );
  return async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body = '' }) => JSON.parse(Body).Records[0]);
  };
}

test('a restore is told when it begins, when it is done, and when its copy goes', async () => {
  await using cloud = await startS3();
  const told = await listen(cloud, 's3:ObjectRestore:*');
  await put(cloud, 'a', 'GLACIER');
  await restore(cloud, 'a', 1);
  await cloud.advance(3 * DAY);
  const records = await told();
  const data = {
    restoreEventData: {
      lifecycleRestorationExpiryTime: '2026-01-03T00:00:00.000Z',
      lifecycleRestoreStorageClass: 'GLACIER',
    },
  };
  assert.deepEqual(
    records.map(({ eventName, eventTime, glacierEventData }) => [eventName, eventTime, glacierEventData]),
    [
      ['ObjectRestore:Post', '2026-01-01T00:00:00.000Z', undefined],
      ['ObjectRestore:Completed', '2026-01-01T05:00:00.000Z', data],
      ['ObjectRestore:Delete', '2026-01-03T00:00:00.000Z', data],
    ],
  );
});

test('Intelligent-Tiering archives what nobody reads, where the bucket says so', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const configuration = {
    Id: 'old',
    Status: 'Enabled' as const,
    Filter: { Prefix: 'old/' },
    Tierings: [
      { Days: 90, AccessTier: 'ARCHIVE_ACCESS' as const },
      { Days: 180, AccessTier: 'DEEP_ARCHIVE_ACCESS' as const },
    ],
  };
  const named = { Bucket, Id: 'old' };
  const configure = (IntelligentTieringConfiguration: typeof configuration) =>
    s3.send(new PutBucketIntelligentTieringConfigurationCommand({ ...named, IntelligentTieringConfiguration }));
  await configure(configuration);
  for (const key of ['old/a', 'old/read', 'old/copied', 'new/a'])
    await put(cloud, key, 'INTELLIGENT_TIERING', 128 * 1_024);
  await put(cloud, 'old/small', 'INTELLIGENT_TIERING');
  await cloud.advance(60 * DAY);
  await get(cloud, 'old/read');
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/old/copied` }));
  await cloud.advance(30 * DAY);
  const error = await failure(get(cloud, 'old/a'));
  assert.deepEqual(
    [error.name, (error as { AccessTier?: string }).AccessTier],
    ['InvalidObjectState', 'ARCHIVE_ACCESS'],
  );
  assert.equal((await head(cloud, 'old/a')).ArchiveStatus, 'ARCHIVE_ACCESS');
  for (const key of ['old/read', 'old/copied', 'old/small', 'new/a']) await get(cloud, key);
  await assert.rejects(s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/old/a` })), {
    name: 'ObjectNotInActiveTierError',
  });
  await assert.rejects(restore(cloud, 'old/a', 1), { name: 'InvalidRequest' });
  assert.equal(await restore(cloud, 'old/a'), 202);
  assert.equal((await head(cloud, 'old/a')).Restore, 'ongoing-request="true"');
  await cloud.advance(5 * HOUR);
  const shown = await head(cloud, 'old/a');
  assert.deepEqual([shown.Restore, shown.ArchiveStatus], [undefined, undefined]);
  await get(cloud, 'old/a');
  await cloud.advance(180 * DAY);
  assert.equal((await head(cloud, 'old/a')).ArchiveStatus, 'DEEP_ARCHIVE_ACCESS');

  const { IntelligentTieringConfiguration } = await s3.send(new GetBucketIntelligentTieringConfigurationCommand(named));
  assert.deepEqual(IntelligentTieringConfiguration, configuration);
  const { IntelligentTieringConfigurationList: list } = await s3.send(
    new ListBucketIntelligentTieringConfigurationsCommand({ Bucket }),
  );
  assert.deepEqual(list, [configuration]);
  const early = { ...configuration, Tierings: [{ Days: 89, AccessTier: 'ARCHIVE_ACCESS' as const }] };
  await assert.rejects(configure(early), { name: 'InvalidAccessTier' });
  await s3.send(new DeleteBucketIntelligentTieringConfigurationCommand(named));
  assert.equal((await head(cloud, 'old/a')).ArchiveStatus, undefined);
  await assert.rejects(s3.send(new GetBucketIntelligentTieringConfigurationCommand(named)), {
    name: 'NoSuchConfiguration',
    message: 'The specified configuration does not exist.',
  });
});

test('what comes to an archive tier is told, once for each tier', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const told = await listen(cloud, 's3:IntelligentTiering');
  await put(cloud, 'before', 'INTELLIGENT_TIERING', 128 * 1_024);
  const IntelligentTieringConfiguration = {
    Id: 'all',
    Status: 'Enabled' as const,
    Tierings: [
      { Days: 90, AccessTier: 'ARCHIVE_ACCESS' as const },
      { Days: 180, AccessTier: 'DEEP_ARCHIVE_ACCESS' as const },
    ],
  };
  await s3.send(
    new PutBucketIntelligentTieringConfigurationCommand({ Bucket, Id: 'all', IntelligentTieringConfiguration }),
  );
  await put(cloud, 'small', 'INTELLIGENT_TIERING');
  await put(cloud, 'warm', 'STANDARD', 128 * 1_024);
  await cloud.advance(10 * DAY);
  await put(cloud, 'after', 'INTELLIGENT_TIERING', 128 * 1_024);
  const shown = async () =>
    (await told()).map(({ eventName, eventVersion, eventTime, s3: about, intelligentTieringEventData: data }) => [
      eventName,
      eventVersion,
      eventTime.slice(0, 10),
      about.object.key,
      data.destinationAccessTier,
    ]);
  await cloud.advance(79 * DAY);
  assert.deepEqual(await shown(), []);
  // A queue forgets within days.
  const after = async (days: number) => {
    await cloud.advance(days * DAY);
    return shown();
  };
  const name = ['IntelligentTiering', '2.3'];
  assert.deepEqual(await after(2), [[...name, '2026-04-01', 'before', 'ARCHIVE_ACCESS']]);
  assert.deepEqual(await after(10), [[...name, '2026-04-11', 'after', 'ARCHIVE_ACCESS']]);
  assert.deepEqual(await after(79), [[...name, '2026-06-30', 'before', 'DEEP_ARCHIVE_ACCESS']]);
  assert.deepEqual(await after(10), [[...name, '2026-07-10', 'after', 'DEEP_ARCHIVE_ACCESS']]);
  assert.deepEqual(await after(200), []);
});
