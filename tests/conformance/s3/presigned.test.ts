import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
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

test('URLs of Signature Version 2, as the AWS CLI and boto3 make them in us-east-1', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'old' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'x', ServerSideEncryption: 'aws:kms' }));
  const { accessKeyId, secretAccessKey } = await s3.config.credentials();
  const link = (key: string, expires: number, asked: { [name: string]: string } = {}) => {
    const extra = Object.entries(asked).map(([name, value]) => `${name}=${value}`);
    const resource = `/${Bucket}/${key}${extra.length === 0 ? '' : `?${extra.join('&')}`}`;
    const signature = createHmac('sha1', secretAccessKey).update(`GET\n\n\n${expires}\n${resource}`).digest('base64');
    const query = new URLSearchParams({
      AWSAccessKeyId: accessKeyId,
      Signature: signature,
      Expires: String(expires),
      ...asked,
    });
    return `${cloud.url}/${Bucket}/${key}?${query}`;
  };
  const soon = Math.floor(Date.now() / 1_000) + 600;
  assert.equal(await (await fetch(link('plain', soon))).text(), 'old');
  const typed = await fetch(link('plain', soon, { 'response-content-type': 'text/csv' }));
  assert.deepEqual([typed.status, typed.headers.get('content-type')], [200, 'text/csv']);
  const codeOf = async (url: string) => /<Code>(.*?)</.exec(await (await fetch(url)).text())?.[1];
  assert.equal(await codeOf(link('plain', soon).replace('/plain', '/secret')), 'SignatureDoesNotMatch');
  assert.equal(await codeOf(link('plain', soon).replace(String(soon), String(soon + 1))), 'SignatureDoesNotMatch');
  assert.equal(await codeOf(link('plain', START / 1_000 - 1)), 'AccessDenied');
  assert.equal(await codeOf(link('secret', soon)), 'InvalidArgument');
});

test('what curl sends without a type, so that it seems to be a form, is stored as it is', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  const { accessKeyId, secretAccessKey } = await s3.config.credentials();
  const type = 'application/x-www-form-urlencoded';
  const expires = String(Math.floor(Date.now() / 1_000) + 600);
  const signed = `PUT\n\n${type}\n${expires}\n/${Bucket}/notes`;
  const Signature = createHmac('sha1', secretAccessKey).update(signed).digest('base64');
  const query = new URLSearchParams({ AWSAccessKeyId: accessKeyId, Signature, Expires: expires });
  const put = (url: string) => fetch(url, { method: 'PUT', body: 'a=1&b', headers: { 'content-type': type } });
  const stored = await put(`${cloud.url}/${Bucket}/notes?${query}`);
  assert.equal(stored.status, 200, await stored.text());
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'notes' }));
  assert.equal(await Body?.transformToString(), 'a=1&b');
  assert.match(await (await put(`${cloud.url}/${Bucket}/notes`)).text(), /<Error><Code>AccessDenied</);
});

test('a body whose length nobody says is not taken', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }));
  const put = await fetch(url, { method: 'PUT', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit);
  assert.equal(put.status, 501);
  assert.match(await put.text(), /<Code>NotImplemented<\/Code>.*<Header>Transfer-Encoding<\/Header>/);
});
