import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { PutBucketCorsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startS3 } from './setup.ts';

type Answer = { status: number | undefined; headers: { [name: string]: string | string[] | undefined }; text: string };

/** A request with headers that fetch would not send. */
function send(url: string, method: string, headers: { [name: string]: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('preflights are answered by the rules of the bucket, and answers carry what lets a page see them', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const url = `${cloud.url}/${Bucket}/a`;
  const ask = (origin: string, method: string, headers = '') =>
    send(url, 'OPTIONS', {
      origin,
      'access-control-request-method': method,
      ...(headers !== '' && { 'access-control-request-headers': headers }),
    });
  const disabled = await ask('https://app.example.com', 'PUT');
  assert.equal(disabled.status, 403);
  assert.match(
    disabled.text,
    /<Code>AccessForbidden<\/Code><Message>CORSResponse: CORS is not enabled for this bucket.<\/Message>/,
  );
  const unsaid = await send(url, 'OPTIONS', { origin: 'https://app.example.com' });
  assert.match(unsaid.text, /CORS is not enabled for this bucket.*<Method>OPTIONS<\/Method><ResourceType>BUCKET</);
  await s3.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedMethods: ['PUT', 'GET'],
            AllowedOrigins: ['https://*.example.com'],
            AllowedHeaders: ['x-amz-*', 'content-type'],
            ExposeHeaders: ['ETag'],
            MaxAgeSeconds: 300,
          },
        ],
      },
    }),
  );
  const allowed = await ask('https://app.example.com', 'PUT', 'Content-Type, X-Amz-Date');
  assert.equal(allowed.status, 200);
  assert.deepEqual(
    ['allow-origin', 'allow-methods', 'allow-headers', 'expose-headers', 'max-age', 'allow-credentials'].map(
      (name) => allowed.headers[`access-control-${name}`],
    ),
    ['https://app.example.com', 'PUT, GET', 'content-type, x-amz-date', 'ETag', '300', 'true'],
  );
  for (const refused of [
    await ask('https://evil.com', 'PUT'),
    await ask('https://app.example.com', 'DELETE'),
    await ask('https://app.example.com', 'PUT', 'authorization'),
  ]) {
    assert.equal(refused.status, 403);
    assert.match(refused.text, /This CORS request is not allowed/);
  }
  assert.equal((await send(url, 'OPTIONS', {})).status, 400);
  assert.equal((await send(url, 'OPTIONS', { origin: 'https://app.example.com' })).status, 400);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const plain = await send(url, 'GET', { origin: 'https://app.example.com' });
  assert.deepEqual([plain.status, plain.headers['access-control-allow-origin']], [403, 'https://app.example.com']);
  const other = await send(url, 'GET', { origin: 'https://evil.com' });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('a bucket may stand in the host name', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const answer = await send(`${cloud.url}/a`, 'GET', {
    host: `${Bucket}.s3.us-east-1.amazonaws.com`,
    authorization:
      'AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0',
    'x-amz-date': '20260101T000000Z',
  });
  assert.deepEqual([answer.status, answer.text], [200, 'a']);
});
