/** Policies that can't be, and what refers to none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CachePolicyConfig,
  CloudFrontClient,
  CreateCachePolicyCommand,
  CreateOriginRequestPolicyCommand,
  CreateResponseHeadersPolicyCommand,
  DeleteCachePolicyCommand,
  ListDistributionsByCachePolicyIdCommand,
  ListDistributionsByKeyGroupCommand,
  ListDistributionsByOriginRequestPolicyIdCommand,
  ListDistributionsByResponseHeadersPolicyIdCommand,
  type OriginRequestPolicyConfig,
  type ResponseHeadersPolicyConfig,
  UpdateCachePolicyCommand,
} from '@aws-sdk/client-cloudfront';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute, OPTIMIZED } from './support.ts';

const list = (...Items: string[]) => ({ Quantity: Items.length, ...(Items.length > 0 && { Items }) });
const eleven = list(...Array.from({ length: 11 }, (_, at) => `x-${at}`));

test('what AWS has made is neither changed nor removed; who lists the users of nothing is told', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const own = { Id: OPTIMIZED, IfMatch: 'E23ZP02F085DFQ' };
  const update = new UpdateCachePolicyCommand({ ...own, CachePolicyConfig: { Name: 'own', MinTTL: 0 } });
  assert.equal((await failure(cloudfront.send(update))).name, 'IllegalUpdate');
  assert.equal((await failure(cloudfront.send(new DeleteCachePolicyCommand(own)))).name, 'IllegalDelete');
  const none = 'none';
  const refused = [
    cloudfront.send(new ListDistributionsByCachePolicyIdCommand({ CachePolicyId: none })),
    cloudfront.send(new ListDistributionsByOriginRequestPolicyIdCommand({ OriginRequestPolicyId: none })),
    cloudfront.send(new ListDistributionsByResponseHeadersPolicyIdCommand({ ResponseHeadersPolicyId: none })),
    cloudfront.send(new ListDistributionsByKeyGroupCommand({ KeyGroupId: none })),
  ];
  assert.deepEqual(
    (await Promise.all(refused.map(failure))).map(({ name }) => name),
    ['NoSuchCachePolicy', 'NoSuchOriginRequestPolicy', 'NoSuchResponseHeadersPolicy', 'NoSuchResource'],
  );
  const { DistributionIdList } = await cloudfront.send(
    new ListDistributionsByCachePolicyIdCommand({ CachePolicyId: OPTIMIZED }),
  );
  assert.equal(DistributionIdList?.Quantity, 0);
});

test('a policy has names where it picks by them, and not too many', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const none = {
    HeadersConfig: { HeaderBehavior: 'none' as const },
    CookiesConfig: { CookieBehavior: 'none' as const },
    QueryStringsConfig: { QueryStringBehavior: 'none' as const },
  };
  const cache = async (more: Partial<typeof none> | object, ttl: Partial<CachePolicyConfig> = {}) => {
    const parameters = { EnableAcceptEncodingGzip: false, ...none, ...more };
    const config = { Name: 'own', MinTTL: 0, ...ttl, ParametersInCacheKeyAndForwardedToOrigin: parameters };
    return failure(cloudfront.send(new CreateCachePolicyCommand({ CachePolicyConfig: config as CachePolicyConfig })));
  };
  const origin = async (more: object) => {
    const config = { Name: 'own', ...none, ...more } as OriginRequestPolicyConfig;
    return failure(cloudfront.send(new CreateOriginRequestPolicyCommand({ OriginRequestPolicyConfig: config })));
  };
  const headers = (names: object, HeaderBehavior = 'whitelist') => ({
    HeadersConfig: { HeaderBehavior, Headers: names },
  });
  const cookies = (names: object) => ({ CookiesConfig: { CookieBehavior: 'allExcept', Cookies: names } });
  const queries = (names: object) => ({
    QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: names },
  });
  assert.equal((await cache(headers(eleven))).name, 'TooManyHeadersInCachePolicy');
  assert.equal((await cache(cookies(eleven))).name, 'TooManyCookiesInCachePolicy');
  assert.equal((await cache(queries(eleven))).name, 'TooManyQueryStringsInCachePolicy');
  assert.equal((await origin(headers(eleven))).name, 'TooManyHeadersInOriginRequestPolicy');
  assert.equal((await origin(cookies(eleven))).name, 'TooManyCookiesInOriginRequestPolicy');
  assert.equal((await origin(queries(eleven))).name, 'TooManyQueryStringsInOriginRequestPolicy');
  for (const more of [headers(list()), cookies(list()), queries(list())])
    for (const refused of [await cache(more), await origin(more)]) assert.equal(refused.name, 'InvalidArgument');
  const refused = await origin(headers(list('x-a', 'Authorization')));
  assert.equal(refused.message, 'The parameter Headers contains Authorization that is not allowed.');
  const off = { MinTTL: 0, DefaultTTL: 0, MaxTTL: 0 };
  for (const [more, parameter] of [
    [headers(list('x-a')), 'HeaderBehavior'],
    [{ CookiesConfig: { CookieBehavior: 'all' } }, 'CookieBehavior'],
    [{ QueryStringsConfig: { QueryStringBehavior: 'all' } }, 'QueryStringBehavior'],
  ] as const) {
    const { name, message } = await cache(more, off);
    assert.deepEqual(
      [name, message],
      ['InvalidArgument', `The parameter ${parameter} is invalid for policy with caching disabled.`],
    );
  }
});

test('a policy of answers is refused what AWS refuses', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const headers = async (more: Partial<ResponseHeadersPolicyConfig>) => {
    const ResponseHeadersPolicyConfig = { Name: 'own', ...more };
    return (await failure(cloudfront.send(new CreateResponseHeadersPolicyCommand({ ResponseHeadersPolicyConfig }))))
      .name;
  };
  const cors = (origin: string) => ({
    CorsConfig: {
      AccessControlAllowOrigins: { Quantity: 1, Items: [origin] },
      AccessControlAllowHeaders: { Quantity: 1, Items: ['*'] },
      AccessControlAllowMethods: { Quantity: 1, Items: ['ALL' as const] },
      AccessControlAllowCredentials: false,
      OriginOverride: true,
    },
  });
  for (const origin of ['example.*', 'test.*.example.org', 'https://exa*mple.org'])
    assert.equal(await headers(cors(origin)), 'InvalidArgument', origin);
  for (const Header of ['Via', 'Warning', 'X-Amz-Cf-Id', 'content-length'])
    assert.equal(
      await headers({ RemoveHeadersConfig: { Quantity: 1, Items: [{ Header }] } }),
      'InvalidArgument',
      Header,
    );
  const XSSProtection = { Override: true, Protection: true, ModeBlock: true, ReportUri: 'https://example.com' };
  assert.equal(await headers({ SecurityHeadersConfig: { XSSProtection } }), 'InvalidArgument');
  const ContentSecurityPolicy = { Override: true, ContentSecurityPolicy: 'a'.repeat(1_784) };
  assert.equal(
    await headers({ SecurityHeadersConfig: { ContentSecurityPolicy } }),
    'TooLongCSPInResponseHeadersPolicy',
  );
});

test('the edge has its own Server and Date, and what an origin says of its time goes to who has asked it', async () => {
  await using origin = await startOrigin((_, response) =>
    response.writeHead(200, { server: 'own', 'server-timing': 'db;dur=5' }).end('kept'),
  );
  await using cloud = await startTestCloud();
  const { ResponseHeadersPolicy } = await cloud.client(CloudFrontClient).send(
    new CreateResponseHeadersPolicyCommand({
      ResponseHeadersPolicyConfig: {
        Name: 'own',
        RemoveHeadersConfig: { Quantity: 2, Items: [{ Header: 'Server' }, { Header: 'Date' }] },
        ServerTimingHeadersConfig: { Enabled: true, SamplingRate: 0 },
      },
    }),
  );
  const { ask } = await distribute(
    cloud,
    configOf(customOrigin(origin.port), {
      DefaultCacheBehavior: {
        TargetOriginId: 'custom',
        ViewerProtocolPolicy: 'allow-all',
        CachePolicyId: OPTIMIZED,
        ResponseHeadersPolicyId: ResponseHeadersPolicy?.Id,
      },
    }),
  );
  const get = async (viewer: string) => {
    const { headers } = await ask('/', { headers: { pragma: 'server-timing', 'x-cloudyard-viewer': viewer } });
    return headers;
  };
  const miss = await get('CDG');
  assert.deepEqual([miss.server, miss.date], ['CloudFront', new Date(START).toUTCString()]);
  assert.match(String(miss['server-timing']), /cdn-cache-miss,.*,cdn-downstream-fbl;dur=0,db;dur=5$/);
  assert.match(String((await get('CDG'))['server-timing']), /^cdn-cache-hit,.*desc="EDGE",cdn-downstream-fbl;dur=0$/);
  assert.match(String((await get('AMS'))['server-timing']), /^cdn-cache-hit,.*desc="REC",cdn-downstream-fbl;dur=0$/);
});
