/** Whether a distribution can be as it is asked for. */
import type { Ctx } from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import * as errors from '../errors.ts';
import { ALIASES_MAX, BEHAVIORS_MAX, COMMENT_LENGTH_MAX, ORIGINS_MAX, TRIGGERS_MAX } from '../limits.ts';
import { checkBehavior } from './check-behavior.ts';
import { checkGroups, checkOrigin } from './check-origin.ts';
import { checkConnectionFunction } from './connection.ts';
import { checkEncryption } from './encryption.ts';
import { checkMutualTls } from './mutual-tls.ts';
import { isAlias } from './names.ts';
import { checkMode, exampleOf, isTemplate } from './tenancy.ts';
import { checkUnbuilt } from './unbuilt.ts';

/** Errors that the edge can make pages for. Source: CloudFront API Reference, CustomErrorResponse. */
const ERROR_CODES = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const RESPONSE_CODES = [200, 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const CERTIFICATE = /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;
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
  if (new Set(ids).size !== ids.length) throw errors.invalidArgument('The parameter origin ID must be unique.');
  checkGroups(OriginGroups, ids);
  const more = CacheBehaviors?.Items ?? [];
  if (more.length > BEHAVIORS_MAX)
    throw errors.tooMany('TooManyCacheBehaviors', 'cache behaviors for the distribution');
  const patterns = more.map(({ PathPattern }) => PathPattern);
  if (new Set(patterns).size !== patterns.length)
    throw errors.invalidArgument('The parameter path pattern must be unique.');
  for (const [index, behavior] of [DefaultCacheBehavior, ...more].entries()) {
    checkBehavior(behavior, index === 0 ? 'defaultCacheBehavior' : `cacheBehaviors.items.${index}.member`, config, ctx);
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
  if (config.Staging === true && (config.Aliases?.Quantity ?? 0) > 0)
    throw errors.invalidArgument('The parameter Aliases is set for a staging distribution.');
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
      throw errors.invalidArgument(
        'Your request must specify both ResponsePagePath and ResponseCode together or none of them.',
      );
    if (hasCode && !RESPONSE_CODES.includes(Number(ResponseCode))) throw errors.badResponseCode();
    if (hasPath && !/^\/[\x21-\x7e]{0,4000}$/.test(ResponsePagePath)) throw errors.badRelativePath();
    if (ErrorCachingMinTTL < 0) throw errors.invalidArgument('The parameter ErrorCachingMinTTL is not valid.');
  }
  const geo = Restrictions?.GeoRestriction;
  if (geo !== undefined && (geo.RestrictionType === 'none') !== (geo.Quantity === 0)) throw errors.badGeoRestriction();
  if ((geo?.Items ?? []).some((code) => !isCountry(code))) throw errors.badLocation();
}
