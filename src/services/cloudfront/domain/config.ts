/** A distribution's configuration with AWS's defaults, as GetDistributionConfig gives it back. Source: answers recorded from AWS. */
import type {
  CacheBehavior,
  CustomOriginConfig,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
  ViewerCertificate,
} from '#models/cloudfront';
import { certificatesAtOnce } from '../errors.ts';

const CACHED_METHODS = ['HEAD', 'GET'] as const;
const NONE = { Quantity: 0 };

/** The whole configuration, from what was given. */
export function completeConfig(given: DistributionConfig): DistributionConfig {
  const { Logging, ConnectionMode } = given;
  const isTemplate = ConnectionMode === 'tenant-only';
  const completeBehavior = isTemplate ? sharedBehavior : ownBehavior;
  return {
    ...given,
    ...(!isTemplate && ownDefaults(given)),
    DefaultRootObject: given.DefaultRootObject ?? '',
    Origins: { ...given.Origins, Items: given.Origins.Items.map(completeOrigin) },
    OriginGroups: given.OriginGroups ?? NONE,
    DefaultCacheBehavior: completeBehavior(given.DefaultCacheBehavior),
    CacheBehaviors: {
      Quantity: given.CacheBehaviors?.Quantity ?? 0,
      ...(given.CacheBehaviors?.Items !== undefined && {
        Items: given.CacheBehaviors.Items.map((one) => ({
          ...completeBehavior(one),
          PathPattern: one.PathPattern,
        })),
      }),
    },
    CustomErrorResponses: given.CustomErrorResponses ?? NONE,
    Logging: {
      Enabled: Logging?.Enabled ?? false,
      IncludeCookies: Logging?.IncludeCookies ?? false,
      Bucket: Logging?.Bucket ?? '',
      Prefix: Logging?.Prefix ?? '',
    },
    ViewerCertificate: completeCertificate(given.ViewerCertificate, isTemplate ? 'TLSv1.2_2021' : 'TLSv1'),
    Restrictions: given.Restrictions ?? { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    WebACLId: given.WebACLId ?? '',
    HttpVersion: given.HttpVersion ?? 'http2',
  };
}

/** What a distribution with tenants has not. Source: AWS CLI Command Reference, examples of create-distribution. */
const ownDefaults = (given: DistributionConfig) => ({
  Aliases: given.Aliases ?? NONE,
  PriceClass: given.PriceClass ?? 'PriceClass_All',
  IsIPV6Enabled: given.IsIPV6Enabled ?? false,
  ContinuousDeploymentPolicyId: given.ContinuousDeploymentPolicyId ?? '',
  Staging: given.Staging ?? false,
});

function completeOrigin(given: Origin): Origin {
  const custom = given.CustomOriginConfig;
  return {
    ...given,
    OriginPath: given.OriginPath ?? '',
    CustomHeaders: given.CustomHeaders ?? NONE,
    ...(custom !== undefined && { CustomOriginConfig: completeCustom(custom) }),
    ConnectionAttempts: given.ConnectionAttempts ?? 3,
    ConnectionTimeout: given.ConnectionTimeout ?? 10,
    OriginShield: given.OriginShield ?? { Enabled: false },
    OriginAccessControlId: given.OriginAccessControlId ?? '',
  };
}

function completeCustom(given: CustomOriginConfig): CustomOriginConfig {
  return {
    ...given,
    OriginSslProtocols: given.OriginSslProtocols ?? { Quantity: 3, Items: ['TLSv1', 'TLSv1.1', 'TLSv1.2'] },
    OriginReadTimeout: given.OriginReadTimeout ?? 30,
    OriginKeepaliveTimeout: given.OriginKeepaliveTimeout ?? 5,
  };
}

/** With what a distribution with tenants has not: trusted signers and smooth streaming. */
function ownBehavior<Behavior extends DefaultCacheBehavior | CacheBehavior>(given: Behavior): Behavior {
  return {
    ...sharedBehavior(given),
    TrustedSigners: given.TrustedSigners ?? { Enabled: false, Quantity: 0 },
    SmoothStreaming: given.SmoothStreaming ?? false,
  };
}

function sharedBehavior<Behavior extends DefaultCacheBehavior | CacheBehavior>(given: Behavior): Behavior {
  const { AllowedMethods } = given;
  const cached = { Quantity: 2, Items: [...CACHED_METHODS] };
  return {
    ...given,
    TrustedKeyGroups: given.TrustedKeyGroups ?? { Enabled: false, Quantity: 0 },
    AllowedMethods:
      AllowedMethods === undefined
        ? { Quantity: 2, Items: [...CACHED_METHODS], CachedMethods: cached }
        : { ...AllowedMethods, CachedMethods: AllowedMethods.CachedMethods ?? cached },
    Compress: given.Compress ?? false,
    LambdaFunctionAssociations: given.LambdaFunctionAssociations ?? NONE,
    FunctionAssociations: given.FunctionAssociations ?? NONE,
    FieldLevelEncryptionId: given.FieldLevelEncryptionId ?? '',
    GrpcConfig: given.GrpcConfig ?? { Enabled: false },
    ...(given.ForwardedValues !== undefined && {
      ForwardedValues: {
        ...given.ForwardedValues,
        Headers: given.ForwardedValues.Headers ?? NONE,
        QueryStringCacheKeys: given.ForwardedValues.QueryStringCacheKeys ?? NONE,
      },
      ...completeTimes(given),
    }),
  };
}

/** What is not said follows what is. Source: CloudFront Developer Guide, "Values that you specify …", Maximum TTL and Default TTL. */
function completeTimes({ MinTTL = 0, DefaultTTL = Math.max(86_400, MinTTL), MaxTTL }: DefaultCacheBehavior) {
  return { MinTTL, DefaultTTL, MaxTTL: MaxTTL ?? Math.max(31_536_000, DefaultTTL) };
}

/** @throws {ServiceError} InvalidViewerCertificate */
function completeCertificate(
  given: ViewerCertificate | undefined,
  oldest: 'TLSv1' | 'TLSv1.2_2021',
): ViewerCertificate {
  const { ACMCertificateArn, IAMCertificateId, CloudFrontDefaultCertificate } = given ?? {};
  const isOwn = CloudFrontDefaultCertificate === true || undefined;
  if ([ACMCertificateArn, IAMCertificateId, isOwn].filter((one) => one !== undefined).length > 1)
    throw certificatesAtOnce();
  if (given?.ACMCertificateArn !== undefined)
    return {
      ...given,
      CloudFrontDefaultCertificate: false,
      SSLSupportMethod: given.SSLSupportMethod ?? 'sni-only',
      MinimumProtocolVersion: given.MinimumProtocolVersion ?? oldest,
      Certificate: given.ACMCertificateArn,
      CertificateSource: 'acm',
    };
  if (given?.IAMCertificateId !== undefined)
    return {
      ...given,
      CloudFrontDefaultCertificate: false,
      Certificate: given.IAMCertificateId,
      CertificateSource: 'iam',
    };
  return {
    CloudFrontDefaultCertificate: true,
    SSLSupportMethod: 'vip',
    MinimumProtocolVersion: 'TLSv1',
    CertificateSource: 'cloudfront',
  };
}
