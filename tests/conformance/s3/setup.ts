/** What the S3 tests share: a cloud with one bucket, and a client that finds it. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

export type S3Cloud = TestCloud & AsyncDisposable & { s3: S3Client; Bucket: string };

/** A cloud with an empty bucket of account 123456789012 in us-east-1. */
export async function startS3(): Promise<S3Cloud> {
  const cloud = await startTestCloud();
  const s3 = clientOf(cloud);
  const Bucket = 'photos-2026';
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Object.assign(cloud, { s3, Bucket });
}

/** A client; `accessKeyId` may be an account. */
export function clientOf(
  cloud: TestCloud,
  accessKeyId = '123456789012',
  options: { region?: string; [option: string]: unknown } = {},
): S3Client {
  return cloud.client(S3Client, {
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: 'test' },
    ...options,
  } as never);
}

/** Bytes that differ everywhere: the same for the same length. */
export function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}
