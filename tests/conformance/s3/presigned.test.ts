import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { startS3 } from './setup.ts';

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
  const lives = async (seconds: string) => {
    const answer = await fetch(get.replace('X-Amz-Expires=60', seconds));
    assert.equal(answer.status, 400);
    return /<Code>AuthorizationQueryParametersError<\/Code><Message>(.*?)</.exec(await answer.text())?.[1];
  };
  assert.equal(
    await lives('X-Amz-Expires=604801'),
    'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
  );
  assert.equal(await lives('X-Amz-Expires=-1'), 'X-Amz-Expires must be non-negative');
  assert.equal(await lives('X-Amz-Expires=soon'), 'X-Amz-Expires should be a number');
  assert.match((await lives('x=y')) ?? '', /requires the X-Amz-Algorithm.* and X-Amz-Expires parameters/);
});

test('what signers put into the query counts as headers, checksums apart', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const Key = 'hoisted';
  const asked = { Bucket, Key, Tagging: 'a=b&c=d', StorageClass: 'STANDARD_IA' as const, Metadata: { by: 'ann' } };
  const url = await getSignedUrl(s3, new PutObjectCommand(asked));
  assert.match(url, /x-amz-meta-by=ann&.*x-amz-storage-class=STANDARD_IA&x-amz-tagging=a%3Db%26c%3Dd/);
  assert.equal((await fetch(url, { method: 'PUT', body: 'x' })).status, 200);
  const { StorageClass, Metadata, TagCount } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  assert.deepEqual([StorageClass, Metadata, TagCount], ['STANDARD_IA', { by: 'ann' }, 2]);
});

/** The members of an error's document. */
async function membersOf(answer: Response): Promise<{ [name: string]: string }> {
  const found = [...(await answer.text()).matchAll(/<([\w-]+)>([^<]*)<\/\1>/g)];
  return Object.fromEntries(found.map(([, name, value]) => [name, value]));
}

test('who signs wrongly hears what should have been signed', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  const { accessKeyId } = await s3.config.credentials();
  const request = { method: 'GET', path: `/${Bucket}`, headers: { host: new URL(cloud.url).host } };
  const ask = (headers: { [name: string]: string }) => fetch(cloud.url + request.path, { headers });
  const { headers, signature, time } = signHeaders(request, { accessKeyId, secret: 'other' }, { service: 's3' });
  const told = await membersOf(await ask(headers));
  const hash = createHash('sha256').update('').digest('hex');
  const signed = 'host;x-amz-content-sha256;x-amz-date';
  const lines = [`host:${request.headers.host}`, `x-amz-content-sha256:${hash}`, `x-amz-date:${time}`];
  const canonical = ['GET', request.path, '', ...lines, '', signed, hash].join('\n');
  assert.deepEqual(
    [told.Code, told.AWSAccessKeyId, told.SignatureProvided, told.CanonicalRequest],
    ['SignatureDoesNotMatch', accessKeyId, signature, canonical],
  );
  const text = told.StringToSign ?? '';
  assert.equal(text.split('\n').at(-1), createHash('sha256').update(canonical).digest('hex'));
  assert.equal(Buffer.from((told.StringToSignBytes ?? '').replaceAll(' ', ''), 'hex').toString(), text);
  assert.match(told.CanonicalRequestBytes ?? '', /^47 45 54 0a /);
  const hashed = async (value: string | undefined) => {
    const { 'x-amz-content-sha256': _, ...rest } = headers;
    const { Code, Message, ArgumentValue } = await membersOf(
      await ask(value === undefined ? rest : { ...rest, 'x-amz-content-sha256': value }),
    );
    return [Code, Message?.slice(0, 61), ArgumentValue];
  };
  assert.deepEqual(await hashed(undefined), [
    'InvalidRequest',
    'Missing required header for this request: x-amz-content-sha256'.slice(0, 61),
    undefined,
  ]);
  assert.deepEqual(await hashed('none'), [
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD'.slice(0, 61),
    'none',
  ]);
});

test('a body that is not the one whose hash was signed is told with both hashes', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  const { accessKeyId, secretAccessKey: secret } = await s3.config.credentials();
  const request = { method: 'PUT', path: `/${Bucket}/a`, headers: { host: new URL(cloud.url).host }, body: 'meant' };
  const { headers } = signHeaders(request, { accessKeyId, secret }, { service: 's3' });
  const told = await membersOf(await fetch(cloud.url + request.path, { method: 'PUT', headers, body: 'other' }));
  const sha = (text: string) => createHash('sha256').update(text).digest('hex');
  assert.deepEqual(
    [told.Code, told.ClientComputedContentSHA256, told.S3ComputedContentSHA256],
    ['XAmzContentSHA256Mismatch', sha('meant'), sha('other')],
  );
});

/** The status of a request whose headers are sent as they are written: a name for each value. */
const statusOf = (url: string, headers: { [name: string]: string | string[] }) =>
  new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    request.end();
  });

test('a header that is sent in several lines is signed as one with a comma and no space, as the SDK for Java does', async () => {
  await using cloud = await startTestCloud();
  const s3 = await signer(cloud);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  const { accessKeyId, secretAccessKey: secret } = await s3.config.credentials();
  const name = 'x-amz-object-attributes';
  const ask = (signed: string, sent: string | string[]) => {
    const headers = { host: new URL(cloud.url).host, [name]: signed };
    const request = { method: 'GET', path: `/${Bucket}/a`, query: 'attributes=', headers };
    const made = signHeaders(request, { accessKeyId, secret }, { service: 's3' });
    return statusOf(`${cloud.url}${request.path}?attributes`, { ...made.headers, [name]: sent });
  };
  assert.equal(await ask('ETag,ObjectSize', ['ETag', 'ObjectSize']), 200);
  assert.equal(await ask('ETag, ObjectSize', 'ETag, ObjectSize'), 200);
  assert.equal(await ask('ETag, ObjectSize', ['ETag', 'ObjectSize']), 403);
  assert.equal(await ask('ObjectSize,ETag', ['ETag', 'ObjectSize']), 403);
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
  const { ServerTime, RequestId: _, HostId: __, ...told } = await membersOf(late);
  assert.deepEqual(told, {
    Code: 'AccessDenied',
    Message: 'Request has expired',
    'X-Amz-Expires': '60',
    Expires: '2025-12-31T23:59:59Z',
  });
  assert.match(ServerTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const { accessKeyId, secretAccessKey: secret } = await s3.config.credentials();
  const request = { method: 'GET', path: `/${Bucket}`, headers: { host: new URL(cloud.url).host } };
  const { headers } = signHeaders(request, { accessKeyId, secret }, { service: 's3', at: START - 3_600_000 });
  const skewed = await membersOf(await fetch(cloud.url + request.path, { headers }));
  assert.deepEqual(
    [skewed.Code, skewed.RequestTime, skewed.MaxAllowedSkewMilliseconds],
    ['RequestTimeTooSkewed', '20251231T230000Z', '900000'],
  );
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
