/** What origins are asked, and what of their answers is for one viewer alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFrontClient, type ForwardedValues, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { startTestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute } from './support.ts';

const without = (port: number, ForwardedValues: ForwardedValues, more: object = {}) =>
  configOf(customOrigin(port), {
    DefaultCacheBehavior: { TargetOriginId: 'custom', ViewerProtocolPolicy: 'allow-all', ForwardedValues, ...more },
  });

test('all query strings are forwarded where copies are told apart by some', async () => {
  await using origin = await startOrigin((_, response) => response.end('kept'));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(
    cloud,
    without(origin.port, {
      QueryString: true,
      QueryStringCacheKeys: { Quantity: 1, Items: ['color'] },
      Cookies: { Forward: 'none' },
    }),
  );
  const result = async (path: string) => (await ask(path)).headers['x-cache'];
  assert.equal(await result('/a?color=red&size=large'), 'Miss from cloudfront');
  assert.equal(await result('/a?color=red&size=small'), 'Hit from cloudfront');
  assert.equal(await result('/a?color=blue&size=small'), 'Miss from cloudfront');
  assert.deepEqual(
    origin.asked.map(({ url }) => url),
    ['/a?color=red&size=large', '/a?color=blue&size=small'],
  );
});

test('names of cookies that are forwarded may have wildcards; times that are not said follow those that are', async () => {
  await using origin = await startOrigin((_, response) => response.end('kept'));
  await using cloud = await startTestCloud();
  const cookies = { Forward: 'whitelist' as const, WhitelistedNames: { Quantity: 2, Items: ['userid_*', 'a?'] } };
  const config = without(origin.port, { QueryString: false, Cookies: cookies }, { MinTTL: 40_000_000 });
  const { ask, id } = await distribute(cloud, config);
  const { DistributionConfig } = await cloud
    .client(CloudFrontClient)
    .send(new GetDistributionConfigCommand({ Id: id }));
  const { DefaultTTL, MaxTTL } = DistributionConfig?.DefaultCacheBehavior ?? {};
  assert.deepEqual([DefaultTTL, MaxTTL], [40_000_000, 40_000_000]);
  const result = async (cookie: string) => (await ask('/a', { headers: { cookie } })).headers['x-cache'];
  assert.equal(await result('userid_1=x; a1=2; a=3; other=4'), 'Miss from cloudfront');
  assert.equal(await result('userid_1=x; a1=2; a=4; other=5'), 'Hit from cloudfront');
  assert.equal(await result('userid_2=x; a1=2'), 'Miss from cloudfront');
  assert.equal(origin.asked[0]?.headers.cookie, 'a1=2; userid_1=x');
});

test('an origin is told which encodings are told apart, and that others are not wanted', async () => {
  await using origin = await startOrigin((_, response) => response.end('kept'));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const cases: [sent: string | undefined, got: string | undefined][] = [
    ['deflate, gzip;q=0.5, br', 'br,gzip'],
    ['gzip', 'gzip'],
    ['deflate', 'identity'],
    [undefined, undefined],
  ];
  for (const [at, [sent, got]] of cases.entries()) {
    await ask(`/${at}`, sent === undefined ? {} : { headers: { 'accept-encoding': sent } });
    assert.equal(origin.asked.at(-1)?.headers['accept-encoding'], got, String(sent));
  }
});

test('cookies that an origin does not want to be kept are for the first viewer alone', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { 'cache-control': 'no-cache="Set-Cookie", max-age=60', 'set-cookie': 'a=b' }).end('kept'),
  );
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, without(origin.port, { QueryString: false, Cookies: { Forward: 'all' } }));
  const get = async (viewer = 'CDG') => {
    const { headers } = await ask('/', { headers: { 'x-cloudyard-viewer': viewer } });
    return [headers['x-cache'], headers['set-cookie']];
  };
  assert.deepEqual(await get(), ['Miss from cloudfront', ['a=b']]);
  assert.deepEqual(await get(), ['Hit from cloudfront', undefined]);
  assert.deepEqual(await get('AMS'), ['Miss from cloudfront', undefined]);
  assert.equal(origin.asked.length, 1);
});

test('of what comes in chunks who asks for a range first gets all', async () => {
  await using origin = await startOrigin((_, response) => {
    response.write('01234');
    setImmediate(() => response.end('56789'));
  });
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const range = async () => {
    const { status, text } = await ask('/', { headers: { range: 'bytes=2-4' } });
    return [status, text];
  };
  assert.deepEqual(await range(), [200, '0123456789']);
  assert.deepEqual(await range(), [206, '234']);
});
