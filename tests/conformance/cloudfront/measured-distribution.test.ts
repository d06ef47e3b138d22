/** Refusals of distributions in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CacheBehavior,
  CloudFrontClient,
  CreateDistributionCommand,
  CreateDistributionWithTagsCommand,
  type DistributionConfig,
  type Method,
  type Origin,
  type OriginGroup,
} from '@aws-sdk/client-cloudfront';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { configOf, customOrigin } from './support.ts';

const told = async (answer: Promise<unknown>) => {
  const { name, message } = await failure(answer);
  return `${name}: ${message}`;
};

const BEHAVIOR = configOf(customOrigin(80)).DefaultCacheBehavior as CacheBehavior;
const counted = <T>(...Items: T[]) => ({ Quantity: Items.length, Items });
const methods = (...Items: Method[]) => counted(...Items);
const behaving = (more: object): Partial<DistributionConfig> => ({ DefaultCacheBehavior: { ...BEHAVIOR, ...more } });
const from = (more: Partial<Origin>): Partial<DistributionConfig> => ({ Origins: counted(customOrigin(80, more)) });
const through = (more: object): Partial<DistributionConfig> => {
  const origin = customOrigin(80);
  return from({ CustomOriginConfig: { ...origin.CustomOriginConfig, ...more } as Origin['CustomOriginConfig'] });
};
const group = (Id: string, member: string, code = 500): Partial<DistributionConfig> => ({
  Origins: counted(customOrigin(80), customOrigin(80, { Id: 'b' })),
  OriginGroups: counted<OriginGroup>({
    Id,
    FailoverCriteria: { StatusCodes: counted(code) },
    Members: counted({ OriginId: 'custom' }, { OriginId: member }),
  }),
});
const without = { CachePolicyId: undefined };
const forwarding = { ...without, ForwardedValues: { QueryString: false, Cookies: { Forward: 'none' as const } } };
const lambda = (EventType: string, account = '123456789012', version = 1) => ({
  LambdaFunctionARN: `arn:aws:lambda:us-east-1:${account}:function:f:${version}`,
  EventType,
});
const ORP = '216adef6-5c7f-47e4-b989-5492eafa07d3';
const TTL =
  'MinTTL, MaxTTL and DefaultTTL should follow order MinTTL less than or equal to DefaultTTL less than or equal to MaxTTL';

const DISTRIBUTIONS: [Partial<DistributionConfig>, string][] = [
  [
    behaving({ AllowedMethods: { ...methods('GET', 'HEAD', 'POST'), CachedMethods: methods('GET', 'HEAD') } }),
    'InvalidArgument: The parameter AllowedMethods is invalid (must be: [HEAD, GET] or [HEAD, GET, OPTIONS] or [HEAD, DELETE, POST, GET, OPTIONS, PUT, PATCH]).',
  ],
  [
    behaving({ AllowedMethods: { ...methods('GET', 'HEAD'), CachedMethods: methods('GET', 'HEAD', 'OPTIONS') } }),
    'InvalidArgument: The parameter CachedMethods OPTIONS does not exists in AllowedMethods.',
  ],
  [
    { CacheBehaviors: counted({ ...BEHAVIOR, PathPattern: '/a' }, { ...BEHAVIOR, PathPattern: '/a' }) },
    'InvalidArgument: The parameter path pattern must be unique.',
  ],
  [
    behaving({ TargetOriginId: 'none' }),
    'NoSuchOrigin: One or more of your cache behavior target origins or origin groups do not exist.',
  ],
  [behaving(without), 'InvalidArgument: The parameter ForwardedValues is required.'],
  [
    behaving({ ...forwarding, OriginRequestPolicyId: ORP }),
    'InvalidArgument: The parameter Origin request policy cannot be attached without a cache policy.',
  ],
  [behaving({ ...forwarding, MinTTL: 100, DefaultTTL: 99, MaxTTL: 99 }), `InvalidTTLOrder: ${TTL}`],
  [
    behaving({ FieldLevelEncryptionId: 'C1' }),
    'NoSuchFieldLevelEncryptionConfig: The specified field level encryption config does not exist.',
  ],
  [
    behaving({
      FunctionAssociations: counted({
        FunctionARN: 'arn:aws:cloudfront::111122223333:function/f',
        EventType: 'viewer-request',
      }),
    }),
    'InvalidFunctionAssociation: The parameter FunctionAssociationArn is invalid; cross-AWS account resource sharing is not enabled for this feature.',
  ],
  [
    behaving({
      FunctionAssociations: counted({
        FunctionARN: 'arn:aws:cloudfront::123456789012:function/f',
        EventType: 'origin-request',
      }),
    }),
    "MalformedXML: 1 validation errors detected: Value 'origin-request' at 'distributionConfig.defaultCacheBehavior.functionAssociations.items.1.member.eventType' failed to satisfy constraint: Member must satisfy value set: [viewer-request, viewer-response]",
  ],
  [
    behaving({
      LambdaFunctionAssociations: counted(lambda('viewer-request'), lambda('viewer-request', '123456789012', 2)),
    }),
    `InvalidLambdaFunctionAssociation: The event type of a function association must be unique in the cache behavior. Event type viewer-request cannot be associated with two functions: ${lambda('').LambdaFunctionARN} and ${lambda('', '123456789012', 2).LambdaFunctionARN}`,
  ],
  [
    behaving({
      LambdaFunctionAssociations: counted({ ...lambda('viewer-response', '111122223333'), IncludeBody: true }),
    }),
    'InvalidLambdaFunctionAssociation: The CloudFront distribution under account 123456789012 cannot be associated with a Lambda function under a different account: 111122223333. Function: arn:aws:lambda:us-east-1:111122223333:function:f:1',
  ],
  [
    behaving({
      TrustedSigners: { Enabled: true, ...counted('self') },
      TrustedKeyGroups: { Enabled: true, ...counted('a') },
    }),
    "InvalidArgument: The parameter TrustedSigners|KeyGroups Both can't be enabled in cache behavior.",
  ],
  [
    behaving({ TrustedSigners: { Enabled: true, ...counted('1234-5678-9012') } }),
    'InvalidArgument: The parameter Trusted Signers must contain a valid AWS account number: 12 digits with no spaces.',
  ],
  [
    { ...behaving({ GrpcConfig: { Enabled: true } }), HttpVersion: 'http1.1' },
    'InvalidArgument: The parameter gRPC only supports HTTP/2.',
  ],
  [behaving({ GrpcConfig: { Enabled: true } }), 'InvalidArgument: The parameter gRPC only supports the POST method.'],
  [{ CustomErrorResponses: counted({ ErrorCode: 418 }) }, 'InvalidErrorCode: The parameter ErrorCode is invalid.'],
  [
    { CustomErrorResponses: counted({ ErrorCode: 404, ResponseCode: '200', ResponsePagePath: 'a.html' }) },
    'InvalidRelativePath: The parameter ResponsePagePath is invalid.',
  ],
  [
    { Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', ...counted('japan') } } },
    'InvalidLocationCode: Your request contains one or more invalid location codes.',
  ],
  [
    { Restrictions: { GeoRestriction: { RestrictionType: 'none', ...counted('JP') } } },
    'InvalidGeoRestrictionParameter: Your request contains invalid Restriction parameters.',
  ],
  [from({ ConnectionAttempts: 4 }), 'InvalidArgument: The parameter Origin connection attempts out of range: [1,3].'],
  [from({ ConnectionTimeout: 11 }), 'InvalidArgument: The parameter Origin connection timeout out of range: [1,10].'],
  [
    from({ CustomHeaders: counted({ HeaderName: 'Host', HeaderValue: 'a' }) }),
    'InvalidArgument: The parameter HeaderName : Host is not allowed.',
  ],
  [
    from({ CustomHeaders: counted({ HeaderName: 'x-a', HeaderValue: 'a' }, { HeaderName: 'X-A', HeaderValue: 'b' }) }),
    'InvalidArgument: The parameter HeaderName : X-A is invalid as it is a duplicate.',
  ],
  [
    from({ OriginPath: 'a' }),
    'InvalidArgument: The parameter originPath contains one or more parameters that are not valid.',
  ],
  [from({ OriginShield: { Enabled: true } }), 'InvalidArgument: The parameter region null does not exist!.'],
  [
    from({ OriginShield: { Enabled: true, OriginShieldRegion: 'us-west-1' } }),
    'InvalidArgument: The parameter region us-west-1 does not exist!.',
  ],
  [through({ HTTPPort: 1_023 }), 'InvalidArgument: The parameter origin port is not within allowed range.'],
  [
    through({ OriginKeepaliveTimeout: 301 }),
    'InvalidOriginKeepaliveTimeout: Your request of setting originKeepaliveTimeout is not within the valid range.',
  ],
  [
    through({ OriginReadTimeout: 0 }),
    'InvalidOriginReadTimeout: Your request of setting originReadTimeout is not within the valid range.',
  ],
  [
    { Origins: counted(customOrigin(80), customOrigin(80)) },
    'InvalidArgument: The parameter origin ID must be unique.',
  ],
  [
    group('custom', 'b'),
    'InvalidArgument: The parameter OriginGroups includes origin group IDs that are also origin IDs: [custom]. Origin group IDs and origin IDs must be unique for a distribution.',
  ],
  [
    group('g', 'typo'),
    "InvalidArgument: The parameter Members has one or more origins [typo] for origin group g that aren't valid.",
  ],
  [
    group('g', 'b', 418),
    'InvalidArgument: The parameter StatusCodes cannot include [418] status codes for an origin group. Valid status codes are the following: [400, 403, 404, 416, 429, 500, 502, 503, 504].',
  ],
  [
    { Staging: true, Aliases: counted('www.example.com') },
    'InvalidArgument: The parameter Aliases is set for a staging distribution.',
  ],
  [
    {
      ViewerCertificate: {
        ACMCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a',
        SSLSupportMethod: 'sni-only',
        MinimumProtocolVersion: 'SSLv3',
      },
    },
    'InvalidProtocolSettings: The parameter ViewerCertificate The specified distribution is configured for SNI and the minimum SSL protocol version is specified as SSLv3. You cannot specify both.',
  ],
  [
    { WebACLId: 'arn:aws:wafv2:us-east-1:123456789012:regional/webacl/app/a' },
    'InvalidWebACLId: Only global scoped ARNs are supported arn:aws:wafv2:us-east-1:123456789012:regional/webacl/app/a',
  ],
];

test('distributions that can’t be', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  for (const [more, text] of DISTRIBUTIONS) {
    const DistributionConfig = configOf(customOrigin(80), more);
    assert.equal(await told(cloudfront.send(new CreateDistributionCommand({ DistributionConfig }))), text);
  }
});

test('values that there are not are answered with those that there are, in AWS’s order', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const refused = async (more: object) => {
    const DistributionConfigWithTags = {
      DistributionConfig: configOf(customOrigin(80), more),
      Tags: { Items: [] },
    };
    const command = new CreateDistributionWithTagsCommand({ DistributionConfigWithTags });
    return (await failure(cloudfront.send(command))).message;
  };
  const unfit = (value: string, at: string, known: string) =>
    `1 validation error detected: Value '${value}' at 'distributionConfigWithTags.distributionConfig.${at}' failed to satisfy constraint: Member must satisfy enum value set: [${known}]`;
  assert.equal(
    await refused({ HttpVersion: 'http4' }),
    unfit('http4', 'httpVersion', 'http2and3, http2, http3, http1.1'),
  );
  assert.equal(
    await refused({ PriceClass: 'PriceClass_150' }),
    unfit('PriceClass_150', 'priceClass', 'PriceClass_100, PriceClass_200, PriceClass_All, None'),
  );
  assert.equal(
    await refused(behaving({ ViewerProtocolPolicy: 'http-only' })),
    unfit('http-only', 'defaultCacheBehavior.viewerProtocolPolicy', 'redirect-to-https, https-only, allow-all'),
  );
  assert.equal(
    await refused(through({ OriginProtocolPolicy: 'https' })),
    unfit(
      'https',
      'origins.items.1.member.customOriginConfig.originProtocolPolicy',
      'https-only, http-only, match-viewer',
    ),
  );
});
