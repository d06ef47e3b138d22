/** A distribution before a bucket of S3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateOriginAccessControlCommand,
  GetOriginAccessControlCommand,
  UpdateOriginAccessControlCommand,
} from '@aws-sdk/client-cloudfront';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { allowDistribution, bucketOrigin, configOf, customOrigin, distribute } from './support.ts';

test('a bucket is read through its distribution alone, as the bucket policy says', async () => {
  await using cloud = await startTestCloud();
  const { s3, origin } = await bucketOrigin(cloud, { 'index.html': 'hello', 'a/b.txt': 'deep' });
  const { ask, arn, id } = await distribute(cloud, configOf(origin, { DefaultRootObject: 'index.html' }));
  const denied = await ask('/index.html');
  assert.equal(denied.status, 403);
  // Services hear no reason.
  assert.match(denied.text, /<Code>AccessDenied<.Code><Message>Access Denied<.Message>/);
  assert.equal(denied.headers['x-cache'], 'Error from cloudfront');
  await allowDistribution(s3, arn);
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
  await cloud.advance(86_400_000);
  const renewed = await ask('/index.html');
  assert.deepEqual(
    [renewed.text, renewed.headers['x-cache'], renewed.headers['content-type'], renewed.headers['content-length']],
    ['hello', 'RefreshHit from cloudfront', 'text/plain', '5'],
  );
  await s3.send(new DeleteObjectCommand({ Bucket: 'site', Key: 'index.html' }));
  assert.equal((await ask('/index.html')).text, 'hello');
});

test('an origin access control for a service that is not here can be made, but no origin can have it', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const config = {
    Name: 'media',
    SigningProtocol: 'sigv4',
    SigningBehavior: 'always',
    OriginAccessControlOriginType: 'mediapackagev2',
  } as const;
  const { OriginAccessControl, ETag } = await cloudfront.send(
    new CreateOriginAccessControlCommand({ OriginAccessControlConfig: config }),
  );
  const Id = OriginAccessControl?.Id ?? '';
  const origin = customOrigin(80, { OriginAccessControlId: Id });
  const refused = await failure(distribute(cloud, configOf(origin)));
  assert.equal(refused.$metadata?.httpStatusCode, 501);
  assert.match(refused.message, /origin access control for mediapackagev2/);
  const OriginAccessControlConfig = { ...config, OriginAccessControlOriginType: 's3' } as const;
  await cloudfront.send(new UpdateOriginAccessControlCommand({ Id, IfMatch: ETag, OriginAccessControlConfig }));
  const { ETag: IfMatch } = await cloudfront.send(new GetOriginAccessControlCommand({ Id }));
  const bucket = {
    Id: 'site',
    DomainName: 'site.s3.us-east-1.amazonaws.com',
    S3OriginConfig: { OriginAccessIdentity: '' },
    OriginAccessControlId: Id,
  };
  await distribute(cloud, configOf(bucket));
  const back = new UpdateOriginAccessControlCommand({ Id, IfMatch, OriginAccessControlConfig: config });
  assert.equal((await failure(cloudfront.send(back))).$metadata?.httpStatusCode, 501);
});
