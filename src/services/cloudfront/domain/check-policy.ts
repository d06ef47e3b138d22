/** Whether a response headers policy can be as it is asked for, and what all policies have in common. Source of texts: badmintoncryer/cdk-preflight. */
import type { ResponseHeadersPolicyConfig } from '#models/cloudfront';
import * as errors from '../errors.ts';
import { CSP_LENGTH_MAX, CUSTOM_HEADERS_MAX } from '../limits.ts';

/** Headers that no policy may set. Source: CloudFront Developer Guide, "Response headers policies", Custom headers. */
const HEADERS_REFUSED =
  /^(connection|content-encoding|content-length|expect|host|keep-alive|proxy-.*|trailer|transfer-encoding|upgrade|via|x-accel-.*|x-amz-cf-.*|x-amzn-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A wildcard is for all, or the leftmost part of a domain. Source: as above, Access-Control-Allow-Origin. */
const ORIGIN = /^(\*|([^*]*:\/\/)?(\*\.)?[^*]+)$/;

/** Whether a policy can have the name. */
export function isPolicyName(text: string): boolean {
  return /^[\w-]{1,128}$/.test(text);
}

/** Every Quantity is the number of its Items. */
export function checkItems(...lists: ({ Quantity: number; Items?: unknown[] } | undefined)[]): void {
  for (const list of lists)
    if (list !== undefined && list.Quantity !== (list.Items?.length ?? 0)) throw errors.inconsistentQuantities();
}

/** @throws {ServiceError} what AWS says of it */
export function checkResponseHeaders(config: ResponseHeadersPolicyConfig): void {
  if (!isPolicyName(config.Name)) throw errors.badName(config.Name);
  checkCustom(config);
  checkRemoved(config);
  checkSecurity(config);
  checkCors(config);
  const { Enabled, SamplingRate } = config.ServerTimingHeadersConfig ?? {};
  if (Enabled === true && SamplingRate === undefined)
    throw errors.invalidArgument('The parameter STH Sampling Rate is required.');
  if (SamplingRate !== undefined && (SamplingRate < 0 || SamplingRate > 100))
    throw errors.invalidArgument('The parameter SamplingRate must be between 0 and 100.');
}

function checkCustom({ CustomHeadersConfig: custom }: ResponseHeadersPolicyConfig): void {
  checkItems(custom);
  if ((custom?.Quantity ?? 0) > CUSTOM_HEADERS_MAX)
    throw errors.tooMany(
      'TooManyCustomHeadersInResponseHeadersPolicy',
      'custom headers in the response headers policy',
    );
  const seen = new Set<string>();
  for (const { Header, Value } of custom?.Items ?? []) {
    if (HEADERS_REFUSED.test(Header) || !HEADER_NAME.test(Header) || !/^[\t\x20-\x7e]*$/.test(Value))
      throw errors.invalidArgument(`The parameter CustomHeaders contains ${Header} that is not allowed.`);
    if (seen.has(Header.toLowerCase())) throw errors.duplicateHeader(Header);
    seen.add(Header.toLowerCase());
  }
}

function checkRemoved({ RemoveHeadersConfig: remove }: ResponseHeadersPolicyConfig): void {
  checkItems(remove);
  if ((remove?.Quantity ?? 0) > CUSTOM_HEADERS_MAX)
    throw errors.tooMany(
      'TooManyRemoveHeadersInResponseHeadersPolicy',
      'headers to remove in the response headers policy',
    );
  for (const { Header } of remove?.Items ?? [])
    if (HEADERS_REFUSED.test(Header) || /^warning$/i.test(Header) || !HEADER_NAME.test(Header))
      throw errors.invalidArgument(`The parameter RemoveHeaders contains ${Header} that is not allowed.`);
}

/** Source: as above, Security headers. */
function checkSecurity({ SecurityHeadersConfig: security }: ResponseHeadersPolicyConfig): void {
  const csp = security?.ContentSecurityPolicy?.ContentSecurityPolicy ?? '';
  if (csp.length > CSP_LENGTH_MAX)
    throw errors.thingError(
      'TooLongCSPInResponseHeadersPolicy',
      'Your request contains longer Content Security Policy value in the Response Headers Policy than is allowed.',
    );
  const { Protection = true, ModeBlock = false, ReportUri = '' } = security?.XSSProtection ?? {};
  if (!Protection && (ModeBlock || ReportUri !== ''))
    throw errors.invalidArgument(
      'The parameter X-XSS-Protection cannot contain Report URI or Mode block when protection is 0.',
    );
  if (ModeBlock && ReportUri !== '')
    throw errors.invalidArgument('The parameter X-XSS-Protection cannot contain both Report URI and Mode block.');
  if ([csp, ReportUri].some((text) => !/^[\x20-\x7e]*$/.test(text)))
    throw errors.invalidArgument('The parameter SecurityHeadersConfig contains invalid characters.');
}

function checkCors({ CorsConfig: cors }: ResponseHeadersPolicyConfig): void {
  if (cors === undefined) return;
  const named = [cors.AccessControlAllowHeaders, cors.AccessControlAllowOrigins, cors.AccessControlExposeHeaders];
  checkItems(cors.AccessControlAllowMethods, ...named);
  if (named.some((list) => list?.Items?.some((text) => !/^[\x21-\x7e]+$/.test(text))))
    throw errors.invalidArgument('The parameter CorsConfig contains invalid characters.');
  if (cors.AccessControlAllowOrigins.Items.some((origin) => !ORIGIN.test(origin)))
    throw errors.invalidArgument('The parameter AccessControlAllowOrigins contains a wildcard that is not allowed.');
}
