/** Whether origins and groups of them can be as they are asked for. Source of texts whose source is not named: badmintoncryer/cdk-preflight. */
import type { Ctx } from '#kernel/contract';
import type { Origin, OriginAccessControlConfig, OriginCustomHeader, OriginGroups } from '#models/cloudfront';
import * as errors from '../errors.ts';
import {
  KEEPALIVE_SECONDS_MAX,
  ORIGIN_GROUPS_MAX,
  ORIGIN_HEADER_LENGTH_MAX,
  ORIGIN_HEADERS_LENGTH_MAX,
  ORIGIN_HEADERS_MAX,
  ORIGIN_SECONDS_MAX,
} from '../limits.ts';
import { things } from '../state.ts';
import { bucketOf, isDomainName, isFunctionUrl, isOriginPath } from './names.ts';
import { checkSigning } from './unbuilt.ts';

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
export function checkOrigin(origin: Origin, ctx: Ctx): void {
  const { DomainName, OriginPath = '', S3OriginConfig, CustomOriginConfig, OriginAccessControlId } = origin;
  if (/^\d+(\.\d+){3}$/.test(DomainName))
    throw errors.invalidArgument('The parameter origin name cannot be an IP address.');
  if (!isDomainName(DomainName)) throw errors.invalidArgument('The parameter origin name must be a domain name.');
  if (!isOriginPath(OriginPath)) throw errors.badOriginPath();
  if ((S3OriginConfig === undefined) === (CustomOriginConfig === undefined))
    throw errors.invalidOrigin('An origin must have either an S3OriginConfig or a CustomOriginConfig.');
  if (S3OriginConfig !== undefined && bucketOf(DomainName) === undefined)
    throw errors.invalidArgument('The parameter Origin DomainName does not refer to a valid S3 bucket.');
  checkHeaders(origin.CustomHeaders?.Items ?? []);
  checkAccess(DomainName, OriginAccessControlId, S3OriginConfig?.OriginAccessIdentity, ctx);
  const { ConnectionAttempts = 3, ConnectionTimeout = 10, OriginShield } = origin;
  const { Enabled: isShielded, OriginShieldRegion: region = 'null' } = OriginShield ?? {};
  if (isShielded === true && !SHIELD_REGIONS.includes(region))
    throw errors.invalidArgument(`The parameter region ${region} does not exist!.`);
  if (ConnectionAttempts < 1 || ConnectionAttempts > 3)
    throw errors.invalidArgument('The parameter Origin connection attempts out of range: [1,3].');
  if (ConnectionTimeout < 1 || ConnectionTimeout > 10)
    throw errors.invalidArgument('The parameter Origin connection timeout out of range: [1,10].');
  const { HTTPPort = 80, HTTPSPort = 443 } = CustomOriginConfig ?? {};
  for (const port of [HTTPPort, HTTPSPort])
    if (port !== 80 && port !== 443 && (port < 1_024 || port > 65_535))
      throw errors.invalidArgument('The parameter origin port is not within allowed range.');
  const { OriginReadTimeout: read = 30, OriginKeepaliveTimeout: keep = 5 } = CustomOriginConfig ?? {};
  if (read < 1 || read > ORIGIN_SECONDS_MAX) throw errors.badReadTimeout();
  if (keep < 1 || keep > KEEPALIVE_SECONDS_MAX) throw errors.badKeepaliveTimeout();
}

function checkHeaders(headers: readonly OriginCustomHeader[]): void {
  if (headers.length > ORIGIN_HEADERS_MAX)
    throw errors.tooMany('TooManyOriginCustomHeaders', 'custom headers for the origin');
  const seen = new Set<string>();
  for (const { HeaderName: name, HeaderValue: value } of headers) {
    if (ORIGIN_HEADERS_REFUSED.test(name))
      throw errors.invalidArgument(`The parameter HeaderName : ${name} is not allowed.`);
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value))
      throw errors.invalidArgument('The parameter HeaderName contains a value that is not allowed.');
    if (seen.has(name.toLowerCase())) throw errors.duplicateHeader(name);
    seen.add(name.toLowerCase());
  }
  // Source: CloudFront Developer Guide, "Quotas", Quotas on headers.
  const lengths = headers.map(({ HeaderName, HeaderValue }) => HeaderName.length + HeaderValue.length);
  if (
    headers.some(({ HeaderValue }) => HeaderValue.length > ORIGIN_HEADER_LENGTH_MAX) ||
    lengths.reduce((sum, length) => sum + length, 0) > ORIGIN_HEADERS_LENGTH_MAX
  )
    throw errors.invalidArgument('The parameter HeaderValue is too long.');
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

/** Answers for which a group turns to its second origin. */
const FAILOVER_CODES = [400, 403, 404, 416, 429, 500, 502, 503, 504];

/** @param origins their ids */
export function checkGroups(groups: OriginGroups | undefined, origins: readonly string[]): void {
  const items = groups?.Items ?? [];
  if (items.length > ORIGIN_GROUPS_MAX)
    throw errors.tooMany('TooManyOriginGroupsPerDistribution', 'origin groups for the distribution');
  const both = items.map(({ Id }) => Id).filter((id) => origins.includes(id));
  if (both.length > 0)
    throw errors.invalidArgument(
      `The parameter OriginGroups includes origin group IDs that are also origin IDs: [${both.join(', ')}]. Origin group IDs and origin IDs must be unique for a distribution.`,
    );
  for (const { Id, Members, FailoverCriteria } of items) {
    const unknown = Members.Items.map(({ OriginId }) => OriginId).filter((id) => !origins.includes(id));
    if (unknown.length > 0)
      throw errors.invalidArgument(
        `The parameter Members has one or more origins [${unknown.join(', ')}] for origin group ${Id} that aren't valid.`,
      );
    const other = FailoverCriteria.StatusCodes.Items.filter((code) => !FAILOVER_CODES.includes(code));
    if (other.length > 0)
      throw errors.invalidArgument(
        `The parameter StatusCodes cannot include [${other.join(', ')}] status codes for an origin group. Valid status codes are the following: [${FAILOVER_CODES.join(', ')}].`,
      );
  }
}
