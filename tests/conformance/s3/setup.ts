/** What the S3 tests share: a cloud with one bucket, and a client that finds it. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';

export type S3Cloud = TestCloud & AsyncDisposable & { s3: S3Client; Bucket: string };

/** A cloud with an empty bucket of account 123456789012 in us-east-1. */
export async function startS3(options?: Parameters<typeof startTestCloud>[0]): Promise<S3Cloud> {
  const cloud = await startTestCloud(options);
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

/** An answer as it came: `members` are those of an error's document. */
export type Sent = { status: number; headers: Headers; text: string; members: { [name: string]: string } };

/** Sends a request that no SDK would make, in the name of account 123456789012. */
export async function send(
  cloud: TestCloud,
  method: string,
  path: string,
  options: { headers?: { [name: string]: string }; body?: string } = {},
): Promise<Sent> {
  const claim = 'Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const headers = { authorization: `AWS4-HMAC-SHA256 ${claim}`, 'x-amz-date': '20260101T000000Z', ...options.headers };
  const answer = await fetch(cloud.url + path, { method, headers, body: options.body ?? null });
  const text = await answer.text();
  const found = [...text.matchAll(/<([\w-]+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value]);
  const { RequestId: _, HostId: __, ...members } = Object.fromEntries(found);
  return { status: answer.status, headers: answer.headers, text, members };
}

/** An IAM user of the bucket's account with this policy. */
export async function userOf(cloud: TestCloud, name: string, statement: object): Promise<S3Client> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: name,
      PolicyName: 'own',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return cloud.client(S3Client, {
    forcePathStyle: true,
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  } as never);
}
