import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const Bucket = 'signed-links';
const Key = 'docs/a b+c.txt';

/** A client of a user whose key exists, so that its signatures are checked. */
async function signer(cloud: TestCloud): Promise<S3Client> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'signer' }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'signer',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
      }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'signer' }));
  const s3 = cloud.client(S3Client, {
    forcePathStyle: true,
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  } as never);
  await s3.send(new CreateBucketCommand({ Bucket }));
  return s3;
}

test('presigned URLs put and get; a changed one is refused', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentType: 'text/plain' }), {
    expiresIn: 60,
  });
  assert.equal(
    (await fetch(put, { method: 'PUT', body: 'signed', headers: { 'content-type': 'text/plain' } })).status,
    200,
  );
  const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key, ResponseContentType: 'text/csv' }), {
    expiresIn: 60,
  });
  const got = await fetch(get);
  assert.deepEqual([got.status, await got.text(), got.headers.get('content-type')], [200, 'signed', 'text/csv']);
  const forged = await fetch(get.replace('a%20b', 'a%20x'));
  assert.equal(forged.status, 403);
  assert.match(
    await forged.text(),
    /<Code>SignatureDoesNotMatch<\/Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.<\/Message>/,
  );
  assert.equal((await fetch(put, { method: 'DELETE' })).status, 403);
  assert.equal((await fetch(get.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'))).status, 400);
});

test('a presigned URL ends', async () => {
  await using cloud = await startTestCloud({ clock: 'real' });
  const s3 = await signer(cloud);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), {
    expiresIn: 60,
    signingDate: new Date(START - 61_000),
  });
  const late = await fetch(url);
  assert.equal(late.status, 403);
  assert.match(await late.text(), /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/);
});
