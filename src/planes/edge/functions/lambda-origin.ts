/** The origin that a function of Lambda@Edge has chosen. Source: CloudFront Developer Guide, "Lambda@Edge event structure", its fields of `origin` that can be written. */
import { isIP } from 'node:net';
import { SECOND } from '#kernel/base';
import type { EdgeOrigin } from '#kernel/contract';
import { Invalid, isDisallowed } from './headers.ts';
import { headersOf, type LambdaOrigin, type LambdaRequest } from './lambda-headers.ts';

const BUCKET_DOMAIN_MAX = 128;
const PATH_MAX = 255;
const PROTOCOLS = new Set<unknown>(['TLSv1.2', 'TLSv1.1', 'TLSv1', 'SSLv3']);

/** The origin as the function changed it; as it was where it said nothing. @throws {Invalid} */
export function lambdaOrigin({ origin, headers: sent }: LambdaRequest, before: EdgeOrigin): EdgeOrigin {
  const { custom, s3 } = origin ?? {};
  const given = custom ?? s3;
  if (given === undefined) return before;
  if (custom !== undefined && s3 !== undefined) throw new Invalid('an origin is of one kind');
  const { domainName: domain = before.domain, path = '' } = given;
  if (typeof domain !== 'string' || !/^\w([\w.-]{0,251}\w)?$/.test(domain)) throw new Invalid('an origin has no name');
  if (typeof path !== 'string' || !/^(\/[\x21-\x7e]*[^/\s])?$/.test(path))
    throw new Invalid("an origin's path can't be used");
  const besides = new Set(headersOf(sent).map(([name]) => name));
  const headers = headersOf(given.customHeaders).map(([name, values]) => {
    const isOwn = before.headers.some(([own]) => own.toLowerCase() === name);
    if ((isDisallowed(name) && !isOwn) || besides.has(name)) throw new Invalid(`${name} can't be set`);
    return [name, values.join(', ')] as const;
  });
  const changed = { ...before, domain, path, headers };
  if (s3 !== undefined) {
    if (domain.length > BUCKET_DOMAIN_MAX || /[A-Z]/.test(domain)) throw new Invalid("a bucket's name can't be used");
    return { ...changed, bucket: bucketOf(s3, before) };
  }
  if (isIP(domain) !== 0 || path.length > PATH_MAX) throw new Invalid("an origin's name or path can't be used");
  return { ...changed, ...reachOf(given, before), bucket: undefined };
}

function bucketOf({ authMethod, region }: LambdaOrigin, { bucket }: EdgeOrigin): NonNullable<EdgeOrigin['bucket']> {
  if (authMethod !== 'none' && authMethod !== 'origin-access-identity') throw new Invalid('authMethod is unknown');
  // Who came with no identity of a bucket's can't have one.
  if (authMethod !== 'none' && (bucket === undefined || typeof region !== 'string' || region === ''))
    throw new Invalid('an identity needs the region of a bucket, and to be there before');
  return { authMethod, region: typeof region === 'string' ? region : (bucket?.region ?? '') };
}

function reachOf(given: LambdaOrigin, before: EdgeOrigin): Partial<EdgeOrigin> {
  const { port, protocol, readTimeout, keepaliveTimeout = 5, sslProtocols = [] } = given;
  if (protocol !== 'http' && protocol !== 'https') throw new Invalid('the protocol is unknown');
  const at = numberOf(port ?? (protocol === 'http' ? 80 : 443));
  if (!Number.isInteger(at) || (at !== 80 && at !== 443 && (at < 1_024 || at > 65_535)))
    throw new Invalid("the port can't be used");
  const seconds = numberOf(readTimeout ?? before.readTimeout / SECOND);
  if (!(seconds >= 1 && seconds <= 180)) throw new Invalid("the time to read can't be used");
  const kept = numberOf(keepaliveTimeout);
  if (!(kept >= 1 && kept <= 180)) throw new Invalid("the time to keep a connection can't be used");
  if (!Array.isArray(sslProtocols) || sslProtocols.some((one) => !PROTOCOLS.has(one)))
    throw new Invalid('a protocol of TLS is unknown');
  const place = { readTimeout: seconds * SECOND };
  return protocol === 'http'
    ? { ...place, protocol: 'http-only', httpPort: at }
    : { ...place, protocol: 'https-only', httpsPort: at };
}

function numberOf(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value);
}
