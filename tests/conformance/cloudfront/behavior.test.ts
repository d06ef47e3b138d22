/** How the edge treats requests and answers, as "Request and response behavior for custom origins" describes it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateResponseHeadersPolicyCommand,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute } from './support.ts';

const legacy = (port: number, headers: string[] = []) =>
  configOf(customOrigin(port), {
    DefaultCacheBehavior: {
      TargetOriginId: 'custom',
      ViewerProtocolPolicy: 'allow-all',
      ForwardedValues: {
        QueryString: false,
        Cookies: { Forward: 'none' },
        Headers: { Quantity: headers.length, ...(headers.length > 0 && { Items: headers }) },
      },
    },
  });

const withPolicy = (config: DistributionConfig, ViewerProtocolPolicy: 'redirect-to-https') => ({
  ...config,
  DefaultCacheBehavior: { ...config.DefaultCacheBehavior, ViewerProtocolPolicy } as typeof config.DefaultCacheBehavior,
});

test('a page of the edge says which request it was', async () => {
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(1_024)));
  const { status, text, headers } = await ask('/');
  assert.equal(status, 502);
  assert.deepEqual([headers.server, headers['content-type']], ['CloudFront', 'text/html']);
  assert.match(text, /<H1>502 ERROR<\/H1>\n<H2>The request could not be satisfied\.<\/H2>/);
  assert.match(text, /\nCloudFront wasn't able to connect to the origin\.\nWe can't connect to the server/);
  assert.ok(text.endsWith(`Request ID: ${headers['x-amz-cf-id']}\n</PRE>\n<ADDRESS>\n</ADDRESS>\n</BODY></HTML>`));
});

test('who reads is sent to https by 301, who writes by 307', async () => {
  await using cloud = await startTestCloud();
  const config = withPolicy(configOf(customOrigin(1_024)), 'redirect-to-https');
  const { ask, address } = await distribute(cloud, config);
  for (const [method, status] of [
    ['GET', 301],
    ['HEAD', 301],
    ['POST', 307],
    ['OPTIONS', 307],
  ] as const) {
    const { status: told, headers } = await ask('/a?b=c', { method });
    assert.deepEqual([told, headers.location], [status, `${address.replace('http', 'https')}/a?b=c`], method);
  }
});

test('an address or a head that is too long is refused', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const status = async (path: string, headers = {}) => (await ask(path, { headers })).status;
  assert.equal(await status(`/?${'a'.repeat(8_000)}`), 200);
  assert.equal(await status(`/?${'a'.repeat(8_192)}`), 413);
  const header = (bytes: number) => ({ 'x-a': 'a'.repeat(bytes / 2), 'x-b': 'b'.repeat(bytes / 2) });
  assert.equal(await status('/', header(14_000)), 200);
  assert.equal(await status(`/?${'a'.repeat(7_000)}`, header(14_000)), 413);
});

test('without policies an origin gets all headers but some', async () => {
  await using origin = await startOrigin((request, response) => response.end(JSON.stringify(request.headers)));
  await using cloud = await startTestCloud();
  const { ask } = await distribute(cloud, legacy(origin.port, ['Accept-Language']));
  await ask('/', {
    headers: {
      accept: 'text/html',
      'accept-language': 'de',
      authorization: 'Basic c2VjcmV0',
      cookie: 'a=b',
      origin: 'https://example.com',
      referer: 'https://example.com/',
      'user-agent': 'test',
      'x-edge-location': 'forged',
      'x-forwarded-proto': 'https',
      'x-http-method-override': 'DELETE',
      'x-own': '1',
      'x-real-ip': '1.1.1.1',
    },
  });
  const { headers = {} } = origin.asked[0] ?? {};
  assert.deepEqual(Object.keys(headers).sort(), [
    'accept-language',
    'connection',
    'host',
    'origin',
    'user-agent',
    'via',
    'x-amz-cf-id',
    'x-forwarded-for',
    'x-own',
  ]);
  assert.equal(headers['user-agent'], 'Amazon CloudFront');
});

test('viewers are told only of headers on which an answer can depend', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { vary: 'Accept-Language, X-Other, Cookie, User-Agent' }).end(),
  );
  await using cloud = await startTestCloud();
  const keyed = await distribute(cloud, legacy(origin.port, ['Accept-Language']));
  assert.equal((await keyed.ask('/')).headers.vary, 'Accept-Language, Cookie');
  const device = await distribute(cloud, legacy(origin.port, ['CloudFront-Is-Mobile-Viewer']));
  assert.equal((await device.ask('/')).headers.vary, 'Cookie, User-Agent');
});

test("viewers do not get what concerns two neighbours alone, nor what the origin says in the edge's name", async () => {
  await using origin = await startOrigin((_, response) =>
    response
      .writeHead(200, {
        connection: 'x-hop, close',
        'x-hop': '1',
        'x-cache': 'Hit',
        'x-amz-cf-pop': 'XXX',
        via: '1.1 origin',
        age: '5',
        'set-cookie': ['a=1', 'b=2'],
        'x-own': '1',
      })
      .end('in'),
  );
  await using cloud = await startTestCloud();
  const { ask, domain } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const { headers } = await ask('/');
  const named = ['x-hop', 'set-cookie', 'x-cache', 'x-amz-cf-pop', 'via', 'age', 'x-own'].map((name) => headers[name]);
  assert.deepEqual(named, [
    undefined,
    undefined,
    'Miss from cloudfront',
    'IAD50-C1',
    `1.1 ${domain} (CloudFront)`,
    undefined,
    '1',
  ]);
});

test('how an answer came about is told to who may know, for a share of the answers', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { vary: 'Accept-Encoding', 'cache-control': 'max-age=60' }).end('in'),
  );
  await using cloud = await startTestCloud();
  const timed = async (Name: string, SamplingRate: number) => {
    const { ResponseHeadersPolicy } = await cloud.client(CloudFrontClient).send(
      new CreateResponseHeadersPolicyCommand({
        ResponseHeadersPolicyConfig: {
          Name,
          ServerTimingHeadersConfig: { Enabled: true, SamplingRate },
          CorsConfig: {
            AccessControlAllowOrigins: { Quantity: 1, Items: ['https://example.com'] },
            AccessControlAllowHeaders: { Quantity: 1, Items: ['*'] },
            AccessControlAllowMethods: { Quantity: 1, Items: ['GET'] },
            AccessControlAllowCredentials: false,
            OriginOverride: true,
          },
        },
      }),
    );
    const config = configOf(customOrigin(origin.port));
    Object.assign(config.DefaultCacheBehavior ?? {}, { ResponseHeadersPolicyId: ResponseHeadersPolicy?.Id });
    return (await distribute(cloud, config)).ask;
  };
  const always = await timed('always', 100);
  const miss = (await always('/')).headers;
  const place = `cdn-pop;desc="IAD50-C1",cdn-rid;desc="${miss['x-amz-cf-id']}"`;
  assert.equal(
    miss['server-timing'],
    `cdn-upstream-layer;desc="EDGE",cdn-upstream-fbl;dur=0,cdn-cache-miss,${place},cdn-downstream-fbl;dur=0`,
  );
  const { headers: hit } = await always('/', { headers: { origin: 'https://example.com' } });
  assert.match(
    String(hit['server-timing']),
    /^cdn-cache-hit,cdn-pop;.*,cdn-hit-layer;desc="EDGE",cdn-downstream-fbl;dur=0$/,
  );
  assert.equal(hit.vary, 'Accept-Encoding, Origin');
  const sometimes = await timed('sometimes', 30);
  const answers = await Promise.all(Array.from({ length: 200 }, () => sometimes('/')));
  const told = answers.filter(({ headers }) => headers['server-timing'] !== undefined).length;
  assert.ok(told > 20 && told < 120, String(told));
  const asked = await Promise.all(
    Array.from({ length: 20 }, () => sometimes('/', { headers: { pragma: 'server-timing' } })),
  );
  assert.ok(asked.every(({ headers }) => headers['server-timing'] !== undefined));
});

test('an origin can be told where a viewer is', async () => {
  await using origin = await startOrigin((_, response) => response.end('in'));
  await using cloud = await startTestCloud();
  const names = ['Country', 'Country-Name', 'Latitude', 'Longitude'].map((name) => `CloudFront-Viewer-${name}`);
  const { ask } = await distribute(cloud, legacy(origin.port, names));
  await ask('/', { headers: { 'x-cloudyard-viewer': '48.86,2.35' } });
  const { headers = {} } = origin.asked[0] ?? {};
  assert.deepEqual(
    names.map((name) => headers[name.toLowerCase()]),
    ['FR', 'France', '48.86000', '2.35000'],
  );
});

test('which errors are kept, and for how long', async () => {
  await using origin = await startOrigin((request, response) => {
    const [status, seconds] = (request.url ?? '').slice(1).split('-');
    response.writeHead(Number(status), seconds === undefined ? {} : { 'cache-control': `max-age=${seconds}` }).end();
  });
  await using cloud = await startTestCloud();
  const { ask } = await distribute(
    cloud,
    configOf(customOrigin(origin.port), {
      CustomErrorResponses: { Quantity: 2, Items: [{ ErrorCode: 403, ErrorCachingMinTTL: 3 }, { ErrorCode: 416 }] },
    }),
  );
  const kept = (path: string, seconds: number) => isKept(cloud, () => ask(path), origin.asked, seconds);
  for (const status of [404, 414, 500, 501, 502, 503, 504])
    assert.deepEqual([await kept(`/${status}`, 9), await kept(`/${status}`, 11)], [true, false], String(status));
  for (const status of [400, 405, 412, 415])
    assert.deepEqual([await kept(`/${status}`, 0), await kept(`/${status}-20`, 19)], [false, true], String(status));
  for (const status of [401, 409, 416, 418, 429]) assert.equal(await kept(`/${status}-20`, 0), false, String(status));
  assert.deepEqual([await kept('/403', 2), await kept('/403', 4)], [true, false]);
  assert.equal(await kept('/416', 0), false);
});

test('which answers are compressed, and how their tags change', async () => {
  const text = 'compress me '.repeat(500);
  await using origin = await startOrigin((request, response) => {
    const [type = '', etag = '', vary] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('|');
    response.writeHead(200, {
      'content-type': type,
      'content-length': text.length,
      ...(etag !== '' && { etag }),
      ...(vary !== undefined && { vary }),
    });
    response.end(text);
  });
  await using cloud = await startTestCloud();
  const config = configOf(customOrigin(origin.port));
  Object.assign(config.DefaultCacheBehavior ?? {}, { Compress: true });
  const { ask } = await distribute(cloud, config);
  const gzipped = async (...parts: string[]) => {
    const path = `/${encodeURIComponent(parts.join('|'))}`;
    const { headers } = await ask(path, { headers: { 'accept-encoding': 'gzip' } });
    return [headers['content-encoding'], headers.etag, headers.vary];
  };
  assert.deepEqual(await gzipped('text/html; charset=utf-8', '"a"'), ['gzip', 'W/"a"', 'Accept-Encoding']);
  assert.deepEqual(await gzipped('APPLICATION/JSON', 'W/"a"'), ['gzip', 'W/"a"', 'Accept-Encoding']);
  assert.deepEqual(await gzipped('application/wasm', 'bad'), ['gzip', undefined, 'Accept-Encoding']);
  assert.deepEqual(await gzipped('text/css', '', 'Cookie'), ['gzip', undefined, 'Cookie, Accept-Encoding']);
  for (const type of ['text/markdown', 'image/x-icon', 'application/manifest+json', 'video/mp4'])
    assert.deepEqual(await gzipped(type, '"a"'), [undefined, '"a"', undefined], type);
  const raw = await distribute(cloud, {
    ...legacy(origin.port, ['Accept-Encoding']),
    DefaultCacheBehavior: { ...legacy(origin.port, ['Accept-Encoding']).DefaultCacheBehavior, Compress: true } as never,
  });
  const { headers } = await raw.ask('/text%2Fhtml', { headers: { 'accept-encoding': 'gzip, deflate' } });
  assert.equal(headers['content-encoding'], undefined);
  assert.equal(origin.asked.at(-1)?.headers['accept-encoding'], 'gzip, deflate');
});

/** Whether what is asked for again some seconds later is not asked of the origin. */
async function isKept(cloud: TestCloud, ask: () => Promise<unknown>, asked: unknown[], seconds: number) {
  // Nothing of before.
  await cloud.advance(60_000);
  await ask();
  const before = asked.length;
  await cloud.advance(seconds * 1_000);
  await ask();
  return asked.length === before;
}
