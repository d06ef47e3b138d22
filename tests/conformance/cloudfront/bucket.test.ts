/** A distribution before a bucket of S3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { startTestCloud } from '../../support/cloud.ts';
import { allowDistribution, bucketOrigin, configOf, distribute } from './support.ts';

test('a bucket is read through its distribution alone, as the bucket policy says', async () => {
  await using cloud = await startTestCloud();
  const { s3, origin } = await bucketOrigin(cloud, { 'index.html': 'hello', 'a/b.txt': 'deep' });
  const { ask, arn, id } = await distribute(cloud, configOf(origin, { DefaultRootObject: 'index.html' }));
  const denied = await ask('/index.html');
  assert.equal(denied.status, 403);
  assert.match(denied.text, /AccessDenied/);
  assert.equal(denied.headers['x-cache'], 'Error from cloudfront');
  await allowDistribution(s3, arn);
  // The refusal is kept for ten seconds.
  assert.equal((await ask('/index.html')).status, 403);
  await cloud.advance(10_000);
  const first = await ask('/index.html');
  assert.deepEqual([first.status, first.text, first.headers['x-cache']], [200, 'hello', 'Miss from cloudfront']);
  assert.equal(first.headers['content-type'], 'text/plain');
  assert.equal(first.headers['x-amz-request-id'], undefined);
  assert.match(String(first.headers['x-amz-cf-id']), /^[\w-]{54}==$/);
  assert.equal(first.headers['x-amz-cf-pop'], 'IAD50-C1');
  assert.match(String(first.headers.via), /^1\.1 d\w{13}\.cloudfront\.net \(CloudFront\)$/);
  await cloud.advance(5_000);
  const second = await ask('/');
  assert.deepEqual([second.text, second.headers['x-cache'], second.headers.age], ['hello', 'Hit from cloudfront', '5']);
  const { port } = new URL(cloud.url);
  const byPath = await fetch(`http://localhost:${port}/_aws/cloudfront/${id}/a/b.txt`);
  assert.equal(await byPath.text(), 'deep');
  await s3.send(new DeleteObjectCommand({ Bucket: 'site', Key: 'index.html' }));
  assert.equal((await ask('/index.html')).text, 'hello');
});
