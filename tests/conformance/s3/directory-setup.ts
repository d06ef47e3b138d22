/** What the tests of directory buckets share. */
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { clientOf } from './setup.ts';

export type DirectoryCloud = TestCloud & AsyncDisposable & { s3: S3Client; Bucket: string };

export const ZONE = 'use1-az4';

/** How a directory bucket is asked for. */
export const directory = (Bucket: string, zone = ZONE) =>
  new CreateBucketCommand({
    Bucket,
    CreateBucketConfiguration: {
      Location: { Type: 'AvailabilityZone', Name: zone as never },
      Bucket: { Type: 'Directory', DataRedundancy: 'SingleAvailabilityZone' },
    },
  });

/** A client that puts buckets into paths: of a host with a name it would make another name, which not every machine resolves. */
export const expressClient = (cloud: TestCloud, account?: string, options: { [option: string]: unknown } = {}) =>
  clientOf(cloud, account, { endpoint: cloud.url.replace('localhost', '127.0.0.1'), ...options });

/** A cloud with an empty directory bucket of account 123456789012; its client opens sessions by itself. */
export async function startDirectory(options: Parameters<typeof startTestCloud>[0] = {}): Promise<DirectoryCloud> {
  const cloud = await startTestCloud(options);
  const s3 = expressClient(cloud);
  const Bucket = `photos--${ZONE}--x-s3`;
  try {
    await s3.send(directory(Bucket));
  } catch (error) {
    await cloud.close();
    throw error;
  }
  return Object.assign(cloud, { s3, Bucket });
}
