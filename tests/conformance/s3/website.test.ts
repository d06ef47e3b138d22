/** Static websites: pages, redirects and errors as browsers get them, and their configuration. */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { test } from 'node:test';
import {
  DeleteBucketWebsiteCommand,
  DeletePublicAccessBlockCommand,
  GetBucketWebsiteCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  type WebsiteConfiguration,
} from '@aws-sdk/client-s3';
import { type S3Cloud, startS3 } from './setup.ts';

type Page = { status: number | undefined; headers: IncomingHttpHeaders; body: string };

const DASH = 's3-website-us-east-1.amazonaws.com';

/** What a browser gets at an address of the website's host. */
function browse(
  { url, Bucket }: S3Cloud,
  path: string,
  { endpoint = DASH, method = 'GET', headers = {} }: { endpoint?: string; method?: string; headers?: object } = {},
): Promise<Page> {
  const { promise, resolve, reject } = Promise.withResolvers<Page>();
  const { hostname, port } = new URL(url);
  const host = Bucket === '' ? endpoint : `${Bucket}.${endpoint}`;
  const sent = request({ hostname, port, path, method, headers: { host, ...headers } }, (answer) => {
    let body = '';
    answer.setEncoding('utf8');
    answer.on('data', (piece: string) => (body += piece));
    answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

const configure = ({ s3, Bucket }: S3Cloud, WebsiteConfiguration: WebsiteConfiguration) =>
  s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));

async function open({ s3, Bucket }: S3Cloud, Action = 's3:GetObject', what = '/*'): Promise<void> {
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const lets = { Effect: 'Allow', Principal: '*', Action, Resource: `arn:aws:s3:::${Bucket}${what}` };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [lets] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

function put({ s3, Bucket }: S3Cloud, Key: string, Body: string, more: object = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html', ...more }));
}

test('a website serves its pages on every form of its host', async () => {
  await using cloud = await startS3();
  await open(cloud);
  await configure(cloud, { IndexDocument: { Suffix: 'index.html' } });
  await put(cloud, 'index.html', 'home');
  await put(cloud, 'docs/index.html', 'docs');
  for (const endpoint of [
    DASH,
    's3-website.us-east-1.amazonaws.com',
    's3-website-us-east-1.localhost:80',
    's3-website.localhost',
  ])
    assert.deepEqual(
      await browse(cloud, '/', { endpoint }).then(({ status, body }) => [status, body]),
      [200, 'home'],
      endpoint,
    );
  const elsewhere = await browse(cloud, '/', { endpoint: 's3-website.eu-west-1.amazonaws.com' });
  assert.deepEqual([elsewhere.status, elsewhere.headers['x-amz-error-code']], [400, 'IncorrectEndpoint']);
  assert.match(elsewhere.body, /<li>Endpoint: .*\.s3-website-us-east-1\.amazonaws\.com<\/li>/);
  const docs = await browse(cloud, '/docs/');
  assert.deepEqual([docs.status, docs.body, docs.headers['content-type']], [200, 'docs', 'text/html']);
  const folder = await browse(cloud, '/docs');
  assert.deepEqual([folder.status, folder.headers.location], [302, '/docs/']);
  const head = await browse(cloud, '/', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '4']);
  assert.equal(head.headers.server, 'AmazonS3');
  assert.ok(head.headers['x-amz-id-2']);
  const same = await browse(cloud, '/', { headers: { 'if-none-match': head.headers.etag } });
  assert.deepEqual([same.status, same.body], [304, '']);
  const part = await browse(cloud, '/', { headers: { range: 'bytes=1-2' } });
  assert.deepEqual([part.status, part.body], [206, 'om']);
});

test('errors are pages; the website may have its own', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  const none = await browse(cloud, '/');
  assert.equal(none.status, 404);
  assert.match(none.body, /<li>Code: NoSuchWebsiteConfiguration<\/li>/);
  await configure(cloud, { IndexDocument: { Suffix: 'index.html' } });
  const closed = await browse(cloud, '/a&b');
  assert.equal(closed.status, 403);
  assert.equal(closed.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(closed.headers['x-amz-error-code'], 'AccessDenied');
  assert.match(
    closed.body,
    /^<html>\n<head><title>403 Forbidden<\/title><\/head>\n<body>\n<h1>403 Forbidden<\/h1>\n<ul>\n<li>Code: AccessDenied<\/li>\n<li>Message: Access Denied<\/li>\n<li>RequestId: /,
  );
  await open(cloud, 's3:ListBucket', '');
  assert.equal((await browse(cloud, '/a&b')).status, 403);
  await open(cloud);
  const missing = await browse(cloud, '/a&b');
  assert.equal(missing.status, 404);
  assert.match(
    missing.body,
    /<li>Code: NoSuchKey<\/li>\n<li>Message: The specified key does not exist\.<\/li>\n<li>Key: a&amp;b<\/li>/,
  );
  await configure(cloud, { IndexDocument: { Suffix: 'index.html' }, ErrorDocument: { Key: 'sorry.html' } });
  const broken = await browse(cloud, '/nothing');
  assert.equal(broken.status, 404);
  assert.match(
    broken.body,
    /<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document<\/h3>\n<ul>\n<li>Code: NoSuchKey/,
  );
  await put(cloud, 'sorry.html', 'sorry');
  const own = await browse(cloud, '/nothing');
  assert.deepEqual([own.status, own.body, own.headers['content-type']], [404, 'sorry', 'text/html']);
  const method = await browse(cloud, '/', { method: 'PUT' });
  assert.deepEqual([method.status, method.headers['x-amz-error-code']], [405, 'MethodNotAllowed']);
  const other = await browse({ ...cloud, Bucket: `${Bucket}-other` } as S3Cloud, '/');
  assert.deepEqual([other.status, other.headers['x-amz-error-code']], [404, 'NoSuchBucket']);
  assert.equal(other.headers['x-amz-error-detail-bucketname'], `${Bucket}-other`);
  assert.equal(other.headers['x-amzn-requestid'], undefined);
});

test("who names no bucket is sent to AWS's page about S3", async () => {
  await using cloud = await startS3();
  for (const path of ['/', '/docs/a.html']) {
    const { status, headers } = await browse({ ...cloud, Bucket: '' } as S3Cloud, path);
    assert.deepEqual(
      [status, headers.location, headers['x-amz-error-code'], headers['x-amz-error-message'], headers.server],
      [301, 'https://aws.amazon.com/s3/', 'WebsiteRedirect', 'Request does not contain a bucket name.', 'AmazonS3'],
    );
  }
});

test('requests are sent elsewhere by rules, by the object, or all of them', async () => {
  await using cloud = await startS3();
  const { Bucket } = cloud;
  await open(cloud);
  await configure(cloud, {
    IndexDocument: { Suffix: 'index.html' },
    RoutingRules: [
      { Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'new/' } },
      { Condition: { KeyPrefixEquals: 'one' }, Redirect: { ReplaceKeyWith: 'two', HttpRedirectCode: '307' } },
      {
        Condition: { HttpErrorCodeReturnedEquals: '404' },
        Redirect: { HostName: 'example.com', Protocol: 'https', ReplaceKeyPrefixWith: 'missing/' },
      },
    ],
  });
  await put(cloud, 'moved', 'gone', { WebsiteRedirectLocation: 'http://example.com/there' });
  const moves = async (path: string) => {
    const { status, headers } = await browse(cloud, path);
    return [status, headers.location];
  };
  assert.deepEqual(await moves('/old/a%20b'), [301, `http://${Bucket}.${DASH}/new/a%20b`]);
  assert.deepEqual(await moves('/one'), [307, `http://${Bucket}.${DASH}/two`]);
  assert.deepEqual(await moves('/nothing'), [301, 'https://example.com/missing/nothing']);
  assert.deepEqual(await moves('/moved'), [301, 'http://example.com/there']);
  await configure(cloud, { RedirectAllRequestsTo: { HostName: 'example.org', Protocol: 'https' } });
  assert.deepEqual(await moves('/any/thing'), [301, 'https://example.org/any/thing']);
});

test('configurations are checked, shown and taken away', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const get = () => s3.send(new GetBucketWebsiteCommand({ Bucket }));
  const none = {
    name: 'NoSuchWebsiteConfiguration',
    message: 'The specified bucket does not have a website configuration',
  };
  await assert.rejects(get(), none);
  const refused = (name: string, message: string | RegExp, website: WebsiteConfiguration) =>
    assert.rejects(configure(cloud, website), { name, message });
  const IndexDocument = { Suffix: 'index.html' };
  await refused(
    'InvalidArgument',
    'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
    {},
  );
  await refused('InvalidArgument', 'The IndexDocument Suffix is not well formed', { IndexDocument: { Suffix: 'a/b' } });
  await refused('InvalidRequest', 'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.', {
    IndexDocument,
    RedirectAllRequestsTo: { HostName: 'example.com' },
  });
  await refused('InvalidRequest', /^The provided HTTP redirect code \(200\) is not valid\./, {
    IndexDocument,
    RoutingRules: [{ Redirect: { HttpRedirectCode: '200', HostName: 'x' } }],
  });
  await refused('InvalidRequest', 'You can only define ReplaceKeyPrefix or ReplaceKey but not both.', {
    IndexDocument,
    RoutingRules: [{ Redirect: { ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' } }],
  });
  const website = {
    IndexDocument,
    ErrorDocument: { Key: 'error.html' },
    RoutingRules: [{ Condition: { KeyPrefixEquals: 'a' }, Redirect: { HostName: 'example.com' } }],
  };
  await configure(cloud, website);
  const { $metadata: _, ...shown } = await get();
  assert.deepEqual(shown, website);
  await s3.send(new DeleteBucketWebsiteCommand({ Bucket }));
  await assert.rejects(get(), none);
});
