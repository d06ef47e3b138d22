/** Distributions as the API knows them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CopyDistributionCommand,
  CreateCachePolicyCommand,
  CreateContinuousDeploymentPolicyCommand,
  CreateDistributionCommand,
  CreateDistributionWithTagsCommand,
  DeleteCachePolicyCommand,
  DeleteDistributionCommand,
  type DistributionConfig,
  type ForwardedValues,
  GetCachePolicyCommand,
  GetDistributionCommand,
  GetDistributionConfigCommand,
  ListCachePoliciesCommand,
  ListDistributionsByCachePolicyIdCommand,
  ListDistributionsCommand,
  ListTagsForResourceCommand,
  type Method,
  type Origin,
  UpdateCachePolicyCommand,
  UpdateDistributionCommand,
  UpdateDistributionWithStagingConfigCommand,
} from '@aws-sdk/client-cloudfront';
import { certificateFor } from '../../support/certificates.ts';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { startOrigin } from './origin.ts';
import { configOf, customOrigin, distribute, OPTIMIZED, wholeConfig } from './support.ts';

test('a distribution is given back as it was put, with the defaults of AWS', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const given = configOf(customOrigin(80));
  const { Distribution, ETag, Location } = await cloudfront.send(
    new CreateDistributionCommand({ DistributionConfig: given }),
  );
  assert.match(Distribution?.Id ?? '', /^E[A-Z0-9]{13}$/);
  assert.equal(Location, `https://cloudfront.amazonaws.com/2020-05-31/distribution/${Distribution?.Id}`);
  assert.equal(Distribution?.Status, 'InProgress');
  assert.equal(Distribution?.ARN, `arn:aws:cloudfront::123456789012:distribution/${Distribution?.Id}`);
  const { DistributionConfig, ETag: same } = await cloudfront.send(
    new GetDistributionConfigCommand({ Id: Distribution?.Id }),
  );
  assert.equal(same, ETag);
  assert.deepEqual(DistributionConfig, {
    ...given,
    Aliases: { Quantity: 0 },
    DefaultRootObject: '',
    Origins: {
      Quantity: 1,
      Items: [
        {
          ...customOrigin(80),
          OriginPath: '',
          CustomHeaders: { Quantity: 0 },
          CustomOriginConfig: {
            HTTPPort: 80,
            HTTPSPort: 443,
            OriginProtocolPolicy: 'http-only',
            OriginSslProtocols: { Quantity: 3, Items: ['TLSv1', 'TLSv1.1', 'TLSv1.2'] },
            OriginReadTimeout: 30,
            OriginKeepaliveTimeout: 5,
          },
          ConnectionAttempts: 3,
          ConnectionTimeout: 10,
          OriginShield: { Enabled: false },
          OriginAccessControlId: '',
        },
      ],
    },
    OriginGroups: { Quantity: 0 },
    DefaultCacheBehavior: {
      TargetOriginId: 'custom',
      ViewerProtocolPolicy: 'allow-all',
      CachePolicyId: OPTIMIZED,
      TrustedSigners: { Enabled: false, Quantity: 0 },
      TrustedKeyGroups: { Enabled: false, Quantity: 0 },
      AllowedMethods: { Quantity: 2, Items: ['HEAD', 'GET'], CachedMethods: { Quantity: 2, Items: ['HEAD', 'GET'] } },
      SmoothStreaming: false,
      Compress: false,
      LambdaFunctionAssociations: { Quantity: 0 },
      FunctionAssociations: { Quantity: 0 },
      FieldLevelEncryptionId: '',
      GrpcConfig: { Enabled: false },
    },
    CacheBehaviors: { Quantity: 0 },
    CustomErrorResponses: { Quantity: 0 },
    Logging: { Enabled: false, IncludeCookies: false, Bucket: '', Prefix: '' },
    PriceClass: 'PriceClass_All',
    ViewerCertificate: {
      CloudFrontDefaultCertificate: true,
      SSLSupportMethod: 'vip',
      MinimumProtocolVersion: 'TLSv1',
      CertificateSource: 'cloudfront',
    },
    Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    WebACLId: '',
    HttpVersion: 'http2',
    IsIPV6Enabled: false,
    ContinuousDeploymentPolicyId: '',
    Staging: false,
  });
  await cloud.advance(2_000);
  const { Distribution: later } = await cloudfront.send(new GetDistributionCommand({ Id: Distribution?.Id }));
  assert.equal(later?.Status, 'Deployed');
  const again = await failure(cloudfront.send(new CreateDistributionCommand({ DistributionConfig: given })));
  assert.equal(again.name, 'DistributionAlreadyExists');
  assert.match(again.message, new RegExp(`Already exists: ${Distribution?.Id}$`));
});

test('a distribution is changed and deleted by who has seen it, once it is disabled', async () => {
  await using origin = await startOrigin((_, response) => response.end('here'));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { id, etag, ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const config = await wholeConfig(cloud, id);
  const name = async (command: Promise<unknown>) => {
    const error = await failure(command);
    return [error.name, error.$metadata?.httpStatusCode];
  };
  const update = (IfMatch: string | undefined, more: Partial<DistributionConfig>) =>
    cloudfront.send(new UpdateDistributionCommand({ Id: id, IfMatch, DistributionConfig: { ...config, ...more } }));
  assert.deepEqual(await name(update(undefined, {})), ['InvalidIfMatchVersion', 400]);
  assert.deepEqual(await name(update('EOTHER', {})), ['PreconditionFailed', 412]);
  assert.deepEqual(await name(update(etag, { CallerReference: 'other' })), ['IllegalUpdate', 400]);
  assert.deepEqual(await name(cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: etag }))), [
    'DistributionNotDisabled',
    409,
  ]);
  assert.deepEqual(await name(cloudfront.send(new GetDistributionCommand({ Id: 'ENONE' }))), [
    'NoSuchDistribution',
    404,
  ]);
  assert.equal((await ask('/')).text, 'here');
  const { ETag } = await update(etag, { Enabled: false });
  assert.equal((await ask('/')).status, 403);
  await cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: ETag }));
  assert.equal((await ask('/')).status, 404);
  const { DistributionList } = await cloudfront.send(new ListDistributionsCommand({}));
  assert.deepEqual([DistributionList?.Quantity, DistributionList?.IsTruncated], [0, false]);
});

test('a distribution with tenants has no settings of one without, is updated as it is read, and listed', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const DistributionConfig = configOf(customOrigin(80), {
    ConnectionMode: 'tenant-only',
    TenantConfig: { ParameterDefinitions: [] },
    ViewerCertificate: {
      ACMCertificateArn: await certificateFor(cloud, '*.example.com'),
      SSLSupportMethod: 'sni-only',
    },
  });
  const { Distribution, ETag } = await cloudfront.send(new CreateDistributionCommand({ DistributionConfig }));
  const made = Distribution?.DistributionConfig;
  const own = ['Aliases', 'PriceClass', 'IsIPV6Enabled', 'ContinuousDeploymentPolicyId', 'Staging'];
  const names = Object.keys({ ...made, ...made?.DefaultCacheBehavior });
  assert.deepEqual(
    [...own, 'TrustedSigners', 'SmoothStreaming'].filter((name) => names.includes(name)),
    [],
  );
  assert.equal(made?.ViewerCertificate?.MinimumProtocolVersion, 'TLSv1.2_2021');
  await cloudfront.send(
    new UpdateDistributionCommand({ Id: Distribution?.Id, IfMatch: ETag, DistributionConfig: made }),
  );
  const { DistributionList } = await cloudfront.send(new ListDistributionsCommand({}));
  const [shown] = DistributionList?.Items ?? [];
  assert.deepEqual(
    [shown?.HttpVersion, shown?.PriceClass, shown?.Aliases?.Quantity, shown?.IsIPV6Enabled],
    ['HTTP2', 'PriceClass_All', 0, false],
  );
});

test('what can not be is refused with the words of AWS; what is not built says so', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const base = configOf(customOrigin(80));
  const behavior = base.DefaultCacheBehavior ?? { TargetOriginId: '', ViewerProtocolPolicy: 'allow-all' };
  const refused = async (more: Partial<DistributionConfig>) => {
    const { name } = await failure(
      cloudfront.send(new CreateDistributionCommand({ DistributionConfig: { ...base, ...more } })),
    );
    return name;
  };
  assert.equal(await refused({ DefaultCacheBehavior: { ...behavior, TargetOriginId: 'none' } }), 'NoSuchOrigin');
  assert.equal(await refused({ Aliases: { Quantity: 2, Items: ['www.example.com'] } }), 'InconsistentQuantities');
  assert.equal(await refused({ Aliases: { Quantity: 1, Items: ['www.example.com'] } }), 'InvalidViewerCertificate');
  assert.equal(await refused({ DefaultRootObject: '/index.html' }), 'InvalidDefaultRootObject');
  assert.equal(
    await refused({ CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 418 }] } }),
    'InvalidErrorCode',
  );
  for (const code of ['france', 'QQ', 'ZZ'])
    assert.equal(
      await refused({ Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Quantity: 1, Items: [code] } } }),
      'InvalidLocationCode',
    );
  assert.equal(await refused({ DefaultCacheBehavior: { ...behavior, CachePolicyId: 'none' } }), 'NoSuchCachePolicy');
  assert.equal(
    await refused({ DefaultCacheBehavior: { ...behavior, OriginRequestPolicyId: 'none' } }),
    'NoSuchOriginRequestPolicy',
  );
  assert.equal(await refused({ WebACLId: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b' }), 'NotImplemented');
  assert.equal(
    await refused({ Origins: { Quantity: 1, Items: [customOrigin(80, { OriginShield: { Enabled: true } })] } }),
    'InvalidArgument',
  );
  const two = { Quantity: 2, Items: ['a', 'b'].map((Id) => customOrigin(80, { Id })) };
  const group = (...ids: string[]) => ({
    Quantity: 1,
    Items: [
      {
        Id: 'group',
        FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [500] } },
        Members: { Quantity: ids.length, Items: ids.map((OriginId) => ({ OriginId })) },
      },
    ],
  });
  const writing = {
    Quantity: 7,
    Items: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'] as Method[],
    CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] as Method[] },
  };
  const grouped = { ...behavior, TargetOriginId: 'group' };
  const DefaultCacheBehavior = { ...grouped, AllowedMethods: writing };
  assert.equal(await refused({ Origins: two, OriginGroups: group('a', 'b'), DefaultCacheBehavior }), 'InvalidArgument');
  const { CachePolicyId: _, ...bare } = behavior;
  const forwarded = (values: Partial<ForwardedValues>, more: Partial<DistributionConfig> = {}) =>
    refused({
      DefaultCacheBehavior: {
        ...bare,
        ForwardedValues: { QueryString: true, Cookies: { Forward: 'none' }, ...values },
      },
      ...more,
    });
  const names = (count: number) => ({ Quantity: count, Items: Array.from({ length: count }, (_, at) => `x-${at}`) });
  assert.equal(await forwarded({ Cookies: { Forward: 'whitelist' } }), 'InvalidForwardCookies');
  assert.equal(await forwarded({ Headers: names(11) }), 'TooManyHeadersInForwardedValues');
  assert.equal(await forwarded({ QueryStringCacheKeys: names(11) }), 'TooManyQueryStringParameters');
  const bucket = { Id: 'custom', DomainName: 'a.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } };
  const Host = { Quantity: 1, Items: ['Host'] };
  assert.equal(
    await forwarded({ Headers: Host }, { Origins: { Quantity: 1, Items: [bucket] } }),
    'InvalidHeadersForS3Origin',
  );
  for (const [member, name] of [
    ['OriginReadTimeout', 'InvalidOriginReadTimeout'],
    ['OriginKeepaliveTimeout', 'InvalidOriginKeepaliveTimeout'],
  ] as const) {
    const origin = customOrigin(80);
    Object.assign(origin.CustomOriginConfig ?? {}, { [member]: 301 });
    assert.equal(await refused({ Origins: { Quantity: 1, Items: [origin] } }), name);
  }
  assert.equal(await refused({ ContinuousDeploymentPolicyId: 'none' }), 'InvalidArgument');
  for (const value of ['x\r\ny: z', 'x\u0000'])
    assert.equal(
      await refused({
        Origins: {
          Quantity: 1,
          Items: [
            customOrigin(80, { CustomHeaders: { Quantity: 1, Items: [{ HeaderName: 'a', HeaderValue: value }] } }),
          ],
        },
      }).catch(() => 'InvalidArgument'),
      'InvalidArgument',
    );
});

test('aliases lead to their distribution, each to one', async () => {
  await using origin = await startOrigin((_, response) => response.end('aliased'));
  await using cloud = await startTestCloud();
  const certificate = {
    ACMCertificateArn: await certificateFor(cloud, 'www.example.com', '*.example.org'),
    SSLSupportMethod: 'sni-only' as const,
  };
  const aliased = (...Items: string[]) =>
    configOf(customOrigin(origin.port), { Aliases: { Quantity: Items.length, Items }, ViewerCertificate: certificate });
  await distribute(cloud, aliased('www.example.com', '*.example.org'));
  const ask = async (host: string) => (await visit(cloud.url, { headers: { host } })).text;
  assert.equal(await ask('www.example.com'), 'aliased');
  assert.equal(await ask('A.Example.org'), 'aliased');
  assert.notEqual(await ask('other.example.com'), 'aliased');
  const error = await failure(distribute(cloud, aliased('www.example.com')));
  assert.equal(error.name, 'CNAMEAlreadyExists');
});

test('policies: AWS has some, others are made; what is in use stays', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { CachePolicyList } = await cloudfront.send(new ListCachePoliciesCommand({ Type: 'managed' }));
  assert.deepEqual(CachePolicyList?.Items?.map(({ CachePolicy }) => CachePolicy?.CachePolicyConfig?.Name).sort(), [
    'Managed-Amplify',
    'Managed-CachingDisabled',
    'Managed-CachingOptimized',
    'Managed-CachingOptimizedForUncompressedObjects',
    'Managed-Elemental-MediaPackage',
    'Managed-UseOriginCacheControlHeaders',
    'Managed-UseOriginCacheControlHeaders-QueryStrings',
  ]);
  const { CachePolicy } = await cloudfront.send(new GetCachePolicyCommand({ Id: OPTIMIZED }));
  assert.deepEqual([CachePolicy?.CachePolicyConfig?.MinTTL, CachePolicy?.CachePolicyConfig?.DefaultTTL], [1, 86_400]);
  const CachePolicyConfig = { Name: 'own', MinTTL: 0 };
  const made = await cloudfront.send(new CreateCachePolicyCommand({ CachePolicyConfig }));
  const Id = made.CachePolicy?.Id ?? '';
  assert.equal(
    (await failure(cloudfront.send(new CreateCachePolicyCommand({ CachePolicyConfig })))).name,
    'CachePolicyAlreadyExists',
  );
  const { ETag } = await cloudfront.send(
    new UpdateCachePolicyCommand({ Id, IfMatch: made.ETag, CachePolicyConfig: { Name: 'own', MinTTL: 5 } }),
  );
  const config = configOf(customOrigin(80));
  Object.assign(config.DefaultCacheBehavior ?? {}, { CachePolicyId: Id });
  const { id } = await distribute(cloud, config);
  const { DistributionIdList } = await cloudfront.send(
    new ListDistributionsByCachePolicyIdCommand({ CachePolicyId: Id }),
  );
  assert.deepEqual(DistributionIdList?.Items, [id]);
  const inUse = await failure(cloudfront.send(new DeleteCachePolicyCommand({ Id, IfMatch: ETag })));
  assert.equal(inUse.name, 'CachePolicyInUse');
});

test('tags come with a distribution', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { Distribution } = await cloudfront.send(
    new CreateDistributionWithTagsCommand({
      DistributionConfigWithTags: {
        DistributionConfig: configOf(customOrigin(80)),
        Tags: { Items: [{ Key: 'team', Value: 'web' }] },
      },
    }),
  );
  const { Tags } = await cloudfront.send(new ListTagsForResourceCommand({ Resource: Distribution?.ARN }));
  assert.deepEqual(Tags?.Items, [{ Key: 'team', Value: 'web' }]);
});

test('a staging distribution gets the requests with the header that the policy names', async () => {
  await using origin = await startOrigin((request, response) => response.end(request.url));
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { id, etag, ask } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const config = await wholeConfig(cloud, id);
  const copy = await cloudfront.send(
    new CopyDistributionCommand({ PrimaryDistributionId: id, IfMatch: etag, Staging: true, CallerReference: 'copy' }),
  );
  const staging = copy.Distribution;
  const changed = {
    ...config,
    CallerReference: 'copy',
    Staging: true,
    Origins: { Quantity: 1, Items: [{ ...config.Origins?.Items?.[0], OriginPath: '/next' } as Origin] },
  };
  await cloudfront.send(
    new UpdateDistributionCommand({ Id: staging?.Id, IfMatch: copy.ETag, DistributionConfig: changed }),
  );
  const { ContinuousDeploymentPolicy } = await cloudfront.send(
    new CreateContinuousDeploymentPolicyCommand({
      ContinuousDeploymentPolicyConfig: {
        StagingDistributionDnsNames: { Quantity: 1, Items: [staging?.DomainName ?? ''] },
        Enabled: true,
        TrafficConfig: { Type: 'SingleHeader', SingleHeaderConfig: { Header: 'aws-cf-cd-next', Value: 'yes' } },
      },
    }),
  );
  await cloudfront.send(
    new UpdateDistributionCommand({
      Id: id,
      IfMatch: etag,
      DistributionConfig: { ...config, ContinuousDeploymentPolicyId: ContinuousDeploymentPolicy?.Id ?? '' },
    }),
  );
  assert.equal((await ask('/a')).text, '/a');
  assert.equal((await ask('/a', { headers: { 'aws-cf-cd-next': 'yes' } })).text, '/next/a');
  const { ETag: now } = await cloudfront.send(new GetDistributionConfigCommand({ Id: id }));
  const unknown = { ...config, ContinuousDeploymentPolicyId: 'none' };
  const missing = new UpdateDistributionCommand({ Id: id, IfMatch: now, DistributionConfig: unknown });
  assert.equal((await failure(cloudfront.send(missing))).name, 'NoSuchContinuousDeploymentPolicy');
  const { ETag: seen } = await cloudfront.send(new GetDistributionConfigCommand({ Id: staging?.Id }));
  // Promoted, it is all there is: the policy is off.
  await cloudfront.send(
    new UpdateDistributionWithStagingConfigCommand({
      Id: id,
      StagingDistributionId: staging?.Id,
      IfMatch: `${now}, ${seen}`,
    }),
  );
  assert.equal((await ask('/b')).text, '/next/b');
  const off = { ...changed, Enabled: false };
  const { ETag: last } = await cloudfront.send(
    new UpdateDistributionCommand({ Id: staging?.Id, IfMatch: seen, DistributionConfig: off }),
  );
  const used = new DeleteDistributionCommand({ Id: staging?.Id, IfMatch: last });
  assert.equal((await failure(cloudfront.send(used))).name, 'StagingDistributionInUse');
});
