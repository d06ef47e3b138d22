/** What the edge keeps, for how long, and what it asks the origin again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFrontClient, CreateCachePolicyCommand, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, DISABLED, distribute } from './support.ts';

const SECOND = 1_000;
/** AWS's own policy that keeps what the origin says, and no longer. */
const AS_ORIGIN_SAYS = '83da9c7e-98b4-4e11-a168-04f0df8e2c65';

test('copies are revalidated when they are no longer fresh', async () => {
  let body = 'one';
  await using origin = await startOrigin((request, response) => {
    const etag = `"${body}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'cache-control': 'max-age=10' }).end(body);
  });
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const get = async () => {
    const { text, headers } = await ask('/');
    return [text, headers['x-cache'], headers.age];
  };
  assert.deepEqual(await get(), ['one', 'Miss from cloudfront', undefined]);
  await cloud.advance(9 * SECOND);
  assert.deepEqual(await get(), ['one', 'Hit from cloudfront', '9']);
  await cloud.advance(2 * SECOND);
  assert.deepEqual(await get(), ['one', 'RefreshHit from cloudfront', '0']);
  body = 'two';
  await cloud.advance(11 * SECOND);
  assert.deepEqual(await get(), ['two', 'Miss from cloudfront', undefined]);
  assert.equal(origin.asked.length, 3);
});

test('another edge location of the same part of the world is served by the regional cache', async () => {
  await using origin = await startOrigin((_, response) => response.end('kept'));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const from = async (viewer: string) => {
    const { headers } = await ask('/', { headers: { 'x-cloudyard-viewer': viewer } });
    return [headers['x-amz-cf-pop'], headers['x-cache']];
  };
  assert.deepEqual(await from('CDG'), ['CDG50-C1', 'Miss from cloudfront']);
  assert.deepEqual(await from('48.86,2.35'), ['CDG50-C1', 'Hit from cloudfront']);
  assert.deepEqual(await from('AMS'), ['AMS50-C1', 'Miss from cloudfront']);
  assert.equal(origin.asked.length, 1);
  assert.deepEqual(await from('KIX'), ['KIX50-C1', 'Miss from cloudfront']);
  assert.equal(origin.asked.length, 2);
  assert.equal(
    origin.asked.some(({ headers }) => 'x-cloudyard-viewer' in headers),
    false,
  );
});

test('where an origin has a shield, caches of all the world ask it once', async () => {
  await using origin = await startOrigin((_, response) => response.end('kept'));
  await using cloud = await startTestCloud();
  const shielded = (OriginShieldRegion: string) =>
    distribute(cloud, configOf(customOrigin(origin.port, { OriginShield: { Enabled: true, OriginShieldRegion } })));
  assert.equal((await failure(shielded('eu-north-1'))).name, 'InvalidArgument');
  const { ask, id } = await shielded('eu-central-1');
  for (const viewer of ['CDG', 'KIX', 'GRU', 'JFK']) {
    const { text, headers } = await ask('/', { headers: { 'x-cloudyard-viewer': viewer } });
    assert.deepEqual([text, headers['x-cache']], ['kept', 'Miss from cloudfront'], viewer);
  }
  assert.equal(origin.asked.length, 1);
  const InvalidationBatch = { CallerReference: '1', Paths: { Quantity: 1, Items: ['/*'] } };
  await cloud.client(CloudFrontClient).send(new CreateInvalidationCommand({ DistributionId: id, InvalidationBatch }));
  await ask('/', { headers: { 'x-cloudyard-viewer': 'SYD' } });
  assert.equal(origin.asked.length, 2);
});

test('requests for the same object at the same time are one request to the origin', async () => {
  const waiting: (() => void)[] = [];
  await using origin = await startOrigin((_, response) => waiting.push(() => response.end('slow')));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const all = Promise.all([ask('/'), ask('/'), ask('/'), ask('/')]);
  while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
  waiting[0]?.();
  assert.deepEqual(
    (await all).map(({ text }) => text),
    ['slow', 'slow', 'slow', 'slow'],
  );
  assert.equal(origin.asked.length, 1);
});

test('s-maxage goes before max-age, no-store is not kept, and the policy limits both', async () => {
  await using origin = await startOrigin((request, response) => {
    response
      .writeHead(200, { 'cache-control': decodeURIComponent(request.url?.slice(1) ?? '') })
      .end(String(Math.random()));
  });
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { CachePolicy } = await cloudfront.send(
    new CreateCachePolicyCommand({ CachePolicyConfig: { Name: 'short', MinTTL: 0, DefaultTTL: 5, MaxTTL: 20 } }),
  );
  const config = configOf(customOrigin(origin.port));
  config.DefaultCacheBehavior = {
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    CachePolicyId: CachePolicy?.Id ?? '',
  };
  const { ask } = await distribute(cloud, config);
  const isKept = async (directives: string, seconds: number) => {
    const path = `/${encodeURIComponent(directives)}`;
    const { text } = await ask(path);
    await cloud.advance(seconds * SECOND);
    return (await ask(path)).text === text;
  };
  assert.equal(await isKept('max-age=1,s-maxage=10', 9), true);
  assert.equal(await isKept('max-age=1', 2), false);
  assert.equal(await isKept('max-age=100', 19), true);
  assert.equal(await isKept('max-age=99', 21), false);
  assert.equal(await isKept('no-store', 0), false);
  assert.equal(await isKept('private, max-age=60', 0), false);
  assert.equal(await isKept('public', 4), true);
});

test('stale copies are served while they are refreshed, and when the origin fails', async () => {
  let isDown = false;
  let count = 0;
  await using origin = await startOrigin((_, response) => {
    count += 1;
    if (isDown) response.writeHead(503).end('down');
    else
      response
        .writeHead(200, { 'cache-control': 'max-age=10, stale-while-revalidate=30, stale-if-error=100' })
        .end(`${count}`);
  });
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  assert.equal((await ask('/')).text, '1');
  await cloud.advance(15 * SECOND);
  assert.equal((await ask('/')).text, '1');
  await cloud.server.cloud.settle();
  assert.equal((await ask('/')).text, '2');
  isDown = true;
  await cloud.advance(60 * SECOND);
  const saved = await ask('/');
  assert.deepEqual([saved.status, saved.text], [200, '2']);
  await cloud.advance(60 * SECOND);
  assert.equal((await ask('/')).status, 503);
});

test('an invalidation makes the caches forget, with a * at its end all below', async () => {
  await using origin = await startOrigin((request, response) => response.end(`${request.url} ${Math.random()}`));
  await using cloud = await startTestCloud();
  const { ask, id } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const cloudfront = cloud.client(CloudFrontClient);
  const before = await Promise.all(['/a/1', '/a/2', '/b'].map(async (path) => (await ask(path)).text));
  const invalidate = (CallerReference: string, ...Items: string[]) =>
    cloudfront.send(
      new CreateInvalidationCommand({
        DistributionId: id,
        InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } },
      }),
    );
  const { Invalidation, Location } = await invalidate('1', '/a/*');
  assert.equal(Invalidation?.Status, 'InProgress');
  assert.equal(
    Location,
    `https://cloudfront.amazonaws.com/2020-05-31/distribution/${id}/invalidation/${Invalidation?.Id}`,
  );
  const after = await Promise.all(['/a/1', '/a/2', '/b'].map(async (path) => (await ask(path)).text));
  assert.notEqual(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
  assert.equal(after[2], before[2]);
  await invalidate('2', '/b');
  assert.notEqual((await ask('/b')).text, before[2]);
});

test('ranges and conditions are answered from what is kept', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { etag: '"x"', 'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT' }).end('0123456789'),
  );
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const range = async (value: string, more: Record<string, string> = {}) => {
    const { status, text, headers } = await ask('/', { headers: { range: value, ...more } });
    return [status, text, headers['content-range']];
  };
  await ask('/');
  assert.deepEqual(await range('bytes=2-4'), [206, '234', 'bytes 2-4/10']);
  assert.deepEqual(await range('bytes=-3'), [206, '789', 'bytes 7-9/10']);
  assert.deepEqual(await range('bytes=8-'), [206, '89', 'bytes 8-9/10']);
  assert.deepEqual(await range('bytes=10-'), [416, '', 'bytes */10']);
  assert.deepEqual(await range('bytes=0-0,2-3'), [200, '0123456789', undefined]);
  assert.deepEqual(await range('bytes=2-4', { 'if-range': '"y"' }), [200, '0123456789', undefined]);
  assert.equal((await ask('/', { headers: { 'if-none-match': '"x"' } })).status, 304);
  assert.equal((await ask('/', { headers: { 'if-modified-since': 'Thu, 02 Jan 2020 00:00:00 GMT' } })).status, 304);
  const head = await ask('/', { method: 'HEAD' });
  assert.deepEqual(
    [head.status, head.headers['content-length'], head.headers['x-cache']],
    [200, '10', 'Hit from cloudfront'],
  );
  assert.equal(origin.asked.length, 1);
});

test('long bodies flow while they are kept, and ranges of them are read from the file', async () => {
  const long = Buffer.alloc(5_000_000, 'abcdefghij');
  await using origin = await startOrigin((_, response) => response.end(long));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const first = await ask('/long');
  assert.ok(first.body.equals(long));
  assert.ok(first.pieces > 1);
  await cloud.server.cloud.settle();
  const again = await ask('/long');
  assert.equal(again.headers['x-cache'], 'Hit from cloudfront');
  assert.ok(again.body.equals(long));
  assert.equal((await ask('/long', { headers: { range: 'bytes=3000001-3000003' } })).text, 'bcd');
  assert.equal(origin.asked.length, 1);
});

test('text is compressed once for each encoding; without caching nothing is kept', async () => {
  const text = 'compress me '.repeat(500);
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': text.length, etag: '"e"' }).end(text),
  );
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port));
  config.DefaultCacheBehavior = {
    ...config.DefaultCacheBehavior,
    TargetOriginId: 'custom',
    ViewerProtocolPolicy: 'allow-all',
    Compress: true,
  };
  config.CacheBehaviors = {
    Quantity: 1,
    Items: [
      { PathPattern: '/live/*', TargetOriginId: 'custom', ViewerProtocolPolicy: 'allow-all', CachePolicyId: DISABLED },
    ],
  };
  const { ask } = await distribute(cloud, config);
  const with_ = async (encoding: string) => {
    const { headers, body } = await ask('/', { headers: { 'accept-encoding': encoding } });
    return [headers['content-encoding'], headers.etag, body.length < text.length];
  };
  assert.deepEqual(await with_('gzip'), ['gzip', 'W/"e"', true]);
  assert.deepEqual(await with_('br, gzip'), ['br', 'W/"e"', true]);
  assert.deepEqual(await with_('br;q=0, gzip'), ['gzip', 'W/"e"', true]);
  assert.deepEqual(await with_('identity'), [undefined, '"e"', false]);
  const before = origin.asked.length;
  await ask('/live/1');
  await ask('/live/1');
  assert.equal(origin.asked.length, before + 2);
});

const ALL = { Quantity: 3, Items: ['GET', 'HEAD', 'OPTIONS'] } as const;

test('OPTIONS is kept by itself, where it is kept', async () => {
  await using origin = await startOrigin((request, response) =>
    response.end(`${request.method} ${origin.asked.length}`),
  );
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port));
  const methods = { ...ALL, Items: [...ALL.Items] };
  Object.assign(config.DefaultCacheBehavior ?? {}, { AllowedMethods: { ...methods, CachedMethods: methods } });
  const { ask } = await distribute(cloud, config);
  const text = async (method: string) => (await ask('/', { method })).text;
  assert.deepEqual([await text('GET'), await text('OPTIONS')], ['GET 1', 'OPTIONS 2']);
  assert.deepEqual([await text('OPTIONS'), await text('GET')], ['OPTIONS 2', 'GET 1']);
});

test('what is not kept flows through as the origin gave it, or in the part that was asked for', async () => {
  await using origin = await startOrigin((request, response) => {
    const length = { 'content-length': 10, etag: '"x"' };
    response.writeHead(200, request.url === '/once' ? { ...length, 'cache-control': 'no-store' } : length);
    response.end('0123456789');
  });
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port));
  Object.assign(config.DefaultCacheBehavior ?? {}, { CachePolicyId: AS_ORIGIN_SAYS });
  config.CacheBehaviors = {
    Quantity: 1,
    Items: [
      { PathPattern: '/live', TargetOriginId: 'custom', ViewerProtocolPolicy: 'allow-all', CachePolicyId: DISABLED },
    ],
  };
  const { ask } = await distribute(cloud, config);
  const get = async (path: string, headers: Record<string, string>) => {
    const { status, text, headers: told } = await ask(path, { headers });
    return [status, text, told['content-range']];
  };
  // This origin knows no ranges and no conditions.
  assert.deepEqual(await get('/live', { range: 'bytes=2-4' }), [200, '0123456789', undefined]);
  assert.deepEqual(await get('/live', { 'if-none-match': '"x"' }), [200, '0123456789', undefined]);
  assert.equal(origin.asked[0]?.headers.range, 'bytes=2-4');
  assert.deepEqual(await get('/once', { range: 'bytes=2-4' }), [206, '234', 'bytes 2-4/10']);
  assert.deepEqual(await get('/once', { range: 'bytes=-2' }), [206, '89', 'bytes 8-9/10']);
  assert.deepEqual(await get('/once', { 'if-none-match': '"x"' }), [304, '', undefined]);
});

test('cookies in another order are the same cookies', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.headers.cookie));
  await using cloud = await startTestCloud();
  const { CachePolicy } = await cloud.client(CloudFrontClient).send(
    new CreateCachePolicyCommand({
      CachePolicyConfig: {
        Name: 'cookies',
        MinTTL: 1,
        ParametersInCacheKeyAndForwardedToOrigin: {
          EnableAcceptEncodingGzip: false,
          HeadersConfig: { HeaderBehavior: 'none' },
          CookiesConfig: { CookieBehavior: 'all' },
          QueryStringsConfig: { QueryStringBehavior: 'none' },
        },
      },
    }),
  );
  const config = configOf(customOrigin(origin.port));
  Object.assign(config.DefaultCacheBehavior ?? {}, { CachePolicyId: CachePolicy?.Id });
  const { ask } = await distribute(cloud, config);
  for (const cookie of ['b=2; a=1', 'a=1; b=2'])
    assert.equal((await ask('/', { headers: { cookie } })).text, 'a=1; b=2', cookie);
  assert.equal(origin.asked.length, 1);
});
