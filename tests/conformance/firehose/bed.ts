/** What tests of Firehose share: a role, a bucket, streams, and what came into the bucket. */
import {
  CreateDeliveryStreamCommand,
  type CreateDeliveryStreamCommandInput,
  FirehoseClient,
  PutRecordBatchCommand,
  PutRecordCommand,
} from '@aws-sdk/client-firehose';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { TestCloud } from '../../support/cloud.ts';
import { functionRole } from '../../support/functions.ts';

export const BUCKET = 'lake';
export const BUCKET_ARN = `arn:aws:s3:::${BUCKET}`;
export const ACCOUNT = '123456789012';

export type Bed = {
  cloud: TestCloud;
  firehose: FirehoseClient;
  s3: S3Client;
  role: string;
  /** Makes a stream to the bucket. */
  create(
    name: string,
    extended?: Partial<CreateDeliveryStreamCommandInput['ExtendedS3DestinationConfiguration']>,
    more?: Partial<CreateDeliveryStreamCommandInput>,
  ): Promise<string>;
  put(name: string, ...texts: string[]): Promise<void>;
  /** Objects of the bucket, by key, as text. */
  objects(prefix?: string): Promise<Map<string, string>>;
  bytes(key: string): Promise<Buffer>;
};

/** A role that Firehose may assume, allowed `actions` on everything; its ARN. */
export const firehoseRole = (cloud: TestCloud, actions: readonly string[], name = 'hose'): Promise<string> =>
  functionRole(cloud, actions, name, ['firehose.amazonaws.com']);

/** Opens the bed in a cloud. */
export async function makeBed(cloud: TestCloud): Promise<Bed> {
  const firehose = cloud.client(FirehoseClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const role = await firehoseRole(cloud, ['s3:*', 'lambda:*', 'logs:*', 'kms:*', 'secretsmanager:*']);
  const bytes = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  return {
    cloud,
    firehose,
    s3,
    role,
    bytes,
    async create(name, extended = {}, more = {}) {
      const { DeliveryStreamARN } = await firehose.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: name,
          ExtendedS3DestinationConfiguration: {
            RoleARN: role,
            BucketARN: BUCKET_ARN,
            BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
            ...extended,
          },
          ...more,
        }),
      );
      return DeliveryStreamARN ?? '';
    },
    async put(name, ...texts) {
      const [first = ''] = texts;
      if (texts.length === 1)
        await firehose.send(new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: Buffer.from(first) } }));
      else
        await firehose.send(
          new PutRecordBatchCommand({
            DeliveryStreamName: name,
            Records: texts.map((text) => ({ Data: Buffer.from(text) })),
          }),
        );
    },
    async objects(prefix = '') {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
      const found = new Map<string, string>();
      for (const { Key = '' } of Contents) found.set(Key, (await bytes(Key)).toString('utf8'));
      return found;
    },
  };
}
