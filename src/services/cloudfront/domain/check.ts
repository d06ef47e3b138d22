/** Whether a distribution can be as it is asked for. */
import type { Ctx } from '#kernel/contract';
import type { DistributionConfig, Origin, OriginAccessControlConfig, OriginGroups } from '#models/cloudfront';
import * as errors from '../errors.ts';
import {
  ALIASES_MAX,
  BEHAVIORS_MAX,
  COMMENT_LENGTH_MAX,
  KEEPALIVE_SECONDS_MAX,
  ORIGIN_GROUPS_MAX,
  ORIGIN_HEADER_LENGTH_MAX,
  ORIGIN_HEADERS_LENGTH_MAX,
  ORIGIN_HEADERS_MAX,
  ORIGIN_SECONDS_MAX,
  ORIGINS_MAX,
  TRIGGERS_MAX,
} from '../limits.ts';
import { things } from '../state.ts';
import { checkBehavior } from './check-behavior.ts';
import { checkConnectionFunction } from './connection.ts';
import { checkEncryption } from './encryption.ts';
import { checkMutualTls } from './mutual-tls.ts';
import { bucketOf, isAlias, isDomainName, isFunctionUrl, isOriginPath } from './names.ts';
import { checkMode, exampleOf, isTemplate } from './tenancy.ts';
import { checkSigning, checkUnbuilt } from './unbuilt.ts';

/** Errors that the edge can make pages for. Source: CloudFront API Reference, CustomErrorResponse. */
const ERROR_CODES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const RESPONSE_CODES = [200, 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const CERTIFICATE = /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;
/** Source: CloudFront Developer Guide, "Choosing the AWS Region for Origin Shield". */
const SHIELD_REGIONS: readonly string[] = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'me-central-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
];
/** Headers that an origin's own may not be. Source: CloudFront Developer Guide, "Custom headers that CloudFront can't add to origin requests". */
const ORIGIN_HEADERS_REFUSED =
  /^(cache-control|connection|content-length|cookie|host|if-.*|max-forwards|pragma|proxy-.*|range|request-range|te|trailer|transfer-encoding|upgrade|via|x-amz-.*|x-edge-.*|x-real-ip)$/i;

/** @throws {ServiceError} what AWS says of it */
export function checkConfig(config: DistributionConfig, ctx: Ctx): void {
  checkQuantities(config);
  checkUnbuilt(config);
  checkMode(config);
  checkMutualTls(config, ctx);
  checkConnectionFunction(config, ctx);
  checkWhole(config);
  const { Origins, OriginGroups, CacheBehaviors, DefaultCacheBehavior } = config;
  if (Origins.Items.length > ORIGINS_MAX) throw errors.tooMany('TooManyOrigins', 'origins for the distribution');
  for (const origin of Origins.Items) checkOrigin(isTemplate(config) ? exampleOf(origin) : origin, ctx);
  const ids = Origins.Items.map(({ Id }) => Id);
  if (new Set(ids).size !== ids.length) throw errors.invalidArgument('The parameter Origin Id must be unique.');
  checkGroups(OriginGroups, ids);
  const more = CacheBehaviors?.Items ?? [];
  if (more.length > BEHAVIORS_MAX)
    throw errors.tooMany('TooManyCacheBehaviors', 'cache behaviors for the distribution');
  const patterns = more.map(({ PathPattern }) => PathPattern);
  if (new Set(patterns).size !== patterns.length)
    throw errors.invalidArgument('The parameter PathPattern contains duplicate values.');
  for (const behavior of [DefaultCacheBehavior, ...more]) {
    checkBehavior(behavior, config, ctx);
    checkEncryption(behavior, config, ctx);
  }
  const triggers = [DefaultCacheBehavior, ...more].map((one) => one.LambdaFunctionAssociations?.Quantity ?? 0);
  if (triggers.reduce((sum, count) => sum + count, 0) > TRIGGERS_MAX)
    throw errors.thingError(
      'TooManyLambdaFunctionAssociations',
      'Your request contains more Lambda@Edge function associations than are allowed per distribution.',
    );
  checkRest(config);
}

/** Source: CloudFront Developer Guide, "Values that you specify …", Security policy and Comment; "Quotas and other considerations for continuous deployment". */
function checkWhole(config: DistributionConfig): void {
  const { Comment, ContinuousDeploymentPolicyId: policy = '', HttpVersion = '', ViewerCertificate } = config;
  if (Comment.length > COMMENT_LENGTH_MAX) throw errors.invalidArgument('The parameter Comment is too long.');
  if ((policy !== '' || config.Staging === true) && /http3|and3/.test(HttpVersion))
    throw errors.invalidArgument('Continuous deployment is not supported for a distribution that supports HTTP/3.');
  const { CloudFrontDefaultCertificate, SSLSupportMethod, MinimumProtocolVersion: oldest } = ViewerCertificate ?? {};
  if (CloudFrontDefaultCertificate === true || oldest === undefined) return;
  const isOld = oldest === 'SSLv3' || oldest === 'TLSv1';
  if ((SSLSupportMethod === 'vip' && !isOld) || (SSLSupportMethod === 'sni-only' && oldest === 'SSLv3'))
    throw errors.badProtocolVersion();
}

/** Every Quantity in it is the number of its Items. */
function checkQuantities(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const { Quantity, Items } = value as { Quantity?: number; Items?: unknown[] };
  if (typeof Quantity === 'number' && Quantity !== (Items?.length ?? 0)) throw errors.inconsistentQuantities();
  for (const one of Object.values(value)) checkQuantities(one);
}

function checkOrigin(origin: Origin, ctx: Ctx): void {
  const {
    DomainName,
    OriginPath = '',
    S3OriginConfig,
    CustomOriginConfig,
    OriginAccessControlId,
    CustomHeaders,
  } = origin;
  if (/^\d+(\.\d+){3}$/.test(DomainName))
    throw errors.invalidArgument('The parameter origin name cannot be an IP address.');
  if (!isDomainName(DomainName)) throw errors.invalidArgument('The parameter origin name must be a domain name.');
  if (!isOriginPath(OriginPath)) throw errors.invalidArgument('The parameter OriginPath is not valid.');
  if ((S3OriginConfig === undefined) === (CustomOriginConfig === undefined))
    throw errors.invalidOrigin('An origin must have either an S3OriginConfig or a CustomOriginConfig.');
  if (S3OriginConfig !== undefined && bucketOf(DomainName) === undefined)
    throw errors.invalidArgument('The parameter Origin DomainName does not refer to a valid S3 bucket.');
  const headers = CustomHeaders?.Items ?? [];
  if (headers.length > ORIGIN_HEADERS_MAX)
    throw errors.tooMany('TooManyOriginCustomHeaders', 'custom headers for the origin');
  for (const { HeaderName, HeaderValue } of headers)
    if (
      !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(HeaderName) ||
      !/^[\t\x20-\x7e]*$/.test(HeaderValue) ||
      ORIGIN_HEADERS_REFUSED.test(HeaderName)
    )
      throw errors.invalidArgument('The parameter HeaderName contains a value that is not allowed.');
  // Source: CloudFront Developer Guide, "Quotas", Quotas on headers.
  const lengths = headers.map(({ HeaderName, HeaderValue }) => HeaderName.length + HeaderValue.length);
  if (
    headers.some(({ HeaderValue }) => HeaderValue.length > ORIGIN_HEADER_LENGTH_MAX) ||
    lengths.reduce((sum, length) => sum + length, 0) > ORIGIN_HEADERS_LENGTH_MAX
  )
    throw errors.invalidArgument('The parameter HeaderValue is too long.');
  checkAccess(DomainName, OriginAccessControlId, S3OriginConfig?.OriginAccessIdentity, ctx);
  const { ConnectionAttempts = 3, ConnectionTimeout = 10, OriginShield } = origin;
  if (OriginShield?.Enabled === true && !SHIELD_REGIONS.includes(OriginShield.OriginShieldRegion ?? ''))
    throw errors.invalidArgument('The parameter OriginShieldRegion is not valid.');
  if (ConnectionAttempts < 1 || ConnectionAttempts > 3)
    throw errors.invalidArgument('The parameter ConnectionAttempts must be between 1 and 3.');
  if (ConnectionTimeout < 1 || ConnectionTimeout > 10)
    throw errors.invalidArgument('The parameter ConnectionTimeout must be between 1 and 10.');
  const { HTTPPort = 80, HTTPSPort = 443 } = CustomOriginConfig ?? {};
  for (const [name, port] of Object.entries({ HTTPPort, HTTPSPort }))
    if (port !== 80 && port !== 443 && (port < 1_024 || port > 65_535))
      throw errors.invalidArgument(`The parameter ${name} must be 80, 443 or between 1024 and 65535.`);
  const { OriginReadTimeout: read = 30, OriginKeepaliveTimeout: keep = 5 } = CustomOriginConfig ?? {};
  if (read < 1 || read > ORIGIN_SECONDS_MAX) throw errors.badReadTimeout();
  if (keep < 1 || keep > KEEPALIVE_SECONDS_MAX) throw errors.badKeepaliveTimeout();
}

function checkAccess(domain: string, oac: string | undefined, oai: string | undefined, ctx: Ctx): void {
  if (oac !== undefined && oac !== '') {
    if (oai !== undefined && oai !== '') throw errors.oacAndOai();
    const row = ctx.store.get(things, { kind: 'oac', id: oac });
    if (row === undefined) throw errors.badOac();
    const control = row.config as OriginAccessControlConfig;
    checkSigning(control);
    const { OriginAccessControlOriginType: type } = control;
    if (type === 's3' ? bucketOf(domain) === undefined : !isFunctionUrl(domain)) throw errors.badOacDomain();
  }
  if (oai === undefined || oai === '') return;
  const id = /^origin-access-identity\/cloudfront\/(\w+)$/.exec(oai)?.[1];
  if (id === undefined || ctx.store.get(things, { kind: 'oai', id }) === undefined) throw errors.badOai();
}

function checkGroups(groups: OriginGroups | undefined, origins: readonly string[]): void {
  const items = groups?.Items ?? [];
  if (items.length > ORIGIN_GROUPS_MAX)
    throw errors.tooMany('TooManyOriginGroupsPerDistribution', 'origin groups for the distribution');
  for (const { Members, FailoverCriteria } of items) {
    if (Members.Items.some(({ OriginId }) => !origins.includes(OriginId))) throw errors.noSuchOrigin();
    if (
      FailoverCriteria.StatusCodes.Items.some((code) => ![400, 403, 404, 416, 429, 500, 502, 503, 504].includes(code))
    )
      throw errors.invalidArgument('The parameter StatusCodes contains a value that is not allowed.');
  }
}

const COUNTRIES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Whether a code of two letters is known; that of no country, ZZ, has a name as well. */
function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && code !== 'ZZ' && COUNTRIES.of(code) !== undefined;
}

function checkRest(config: DistributionConfig): void {
  const { Aliases, ViewerCertificate, DefaultRootObject = '', CustomErrorResponses, Restrictions } = config;
  const aliases = Aliases?.Items ?? [];
  if (aliases.length > ALIASES_MAX) throw errors.tooMany('TooManyDistributionCNAMEs', 'CNAMEs for the distribution');
  if (aliases.some((alias) => !isAlias(alias)))
    throw errors.invalidArgument('The parameter CNAME contains one or more parameters that are not valid.');
  if (aliases.length > 0 && ViewerCertificate?.CloudFrontDefaultCertificate === true) throw errors.needsCertificate();
  const arn = ViewerCertificate?.ACMCertificateArn;
  if (arn !== undefined && !CERTIFICATE.test(arn)) throw errors.badCertificate();
  if (DefaultRootObject.startsWith('/') || !/^[\w\-.*$/~"'&;+=@!]{0,255}$/.test(DefaultRootObject))
    throw errors.badRootObject();
  for (const { ErrorCode, ResponseCode, ResponsePagePath, ErrorCachingMinTTL = 0 } of CustomErrorResponses?.Items ??
    []) {
    if (!ERROR_CODES.includes(ErrorCode)) throw errors.badErrorCode();
    const hasPath = ResponsePagePath !== undefined && ResponsePagePath !== '';
    const hasCode = ResponseCode !== undefined && ResponseCode !== '';
    if (hasPath !== hasCode)
      throw errors.invalidArgument('ResponseCode and ResponsePagePath must both be set or both be empty.');
    if (hasCode && !RESPONSE_CODES.includes(Number(ResponseCode))) throw errors.badResponseCode();
    if (hasPath && !/^\/[\x21-\x7e]{0,4000}$/.test(ResponsePagePath)) throw errors.badRelativePath();
    if (ErrorCachingMinTTL < 0) throw errors.invalidArgument('The parameter ErrorCachingMinTTL is not valid.');
  }
  const geo = Restrictions?.GeoRestriction;
  if (geo !== undefined && (geo.RestrictionType === 'none') !== (geo.Quantity === 0)) throw errors.badGeoRestriction();
  if ((geo?.Items ?? []).some((code) => !isCountry(code))) throw errors.badLocation();
}
