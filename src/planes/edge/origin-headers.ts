/** The headers that an origin gets. Source: CloudFront Developer Guide, "Request and response behavior for custom origins", "Add CloudFront request headers". */
import type { EdgeOrigin } from '#kernel/contract';
import { VIEWER_HEADER } from '#kernel/world';
import type { Entry } from './cache.ts';

import { encodingFor, pickCookies } from './select.ts';
import { OF_COPY, type Transit } from './transit.ts';
import { factsOf } from './viewer.ts';

/** Between two neighbours only (RFC 9110, 7.6.1), or what the edge says itself. */
const NEVER = new Set([
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-amz-cf-id',
  'x-forwarded-for',
  VIEWER_HEADER,
]);
/** What the edge says itself, if anybody. */
const EDGE_OWN = /^(cloudfront|x-edge)-/;
/** Describe the body, and go with it. */
const OF_BODY = ['content-type', 'content-encoding', 'content-language', 'content-md5'];
const WRITING = new Set(['PUT', 'POST', 'PATCH', 'DELETE']);

/** @param stale a copy to be brought up to date */
export function originHeaders(t: Transit, origin: EdgeOrigin, stale: Entry | undefined): Record<string, string> {
  const { behavior, headers } = t;
  const { forward, spec, isCached } = behavior;
  const own = factsOf(t);
  const sent: Record<string, string> = {};
  const dropped = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || NEVER.has(name) || dropped.has(name) || name.startsWith(':')) continue;
    if (EDGE_OWN.test(name) || OF_COPY.includes(name)) continue;
    if (forward.headers.picks(name) || OF_BODY.includes(name)) sent[name] = value;
  }
  for (const name of forward.headers.names)
    if (own[name] !== undefined && forward.headers.picks(name)) sent[name] = own[name];
  if (WRITING.has(t.method) && headers.authorization !== undefined) sent.authorization = headers.authorization;
  // Deviation: of what the origin does not let be kept a range is fetched whole, where AWS asks for the range.
  if (!isCached || !isKept(t)) for (const name of OF_COPY) if (headers[name] !== undefined) sent[name] = headers[name];
  if (stale?.etag !== undefined) sent['if-none-match'] = stale.etag;
  else if (stale?.lastModified !== undefined) sent['if-modified-since'] = stale.lastModified;
  if (spec.encodings.length > 0) {
    const encoding = encodingFor(headers['accept-encoding'], spec.encodings);
    if (encoding !== '') sent['accept-encoding'] = encoding;
    // Source: CloudFront Developer Guide, "Understand cache policies", Compression support.
    else if (headers['accept-encoding'] !== undefined && !spec.isLegacy) sent['accept-encoding'] = 'identity';
    else delete sent['accept-encoding'];
  } else if (isCached && !forward.headers.picks('accept-encoding')) delete sent['accept-encoding'];
  const cookies = pickCookies(headers.cookie, forward.cookies);
  if (cookies !== '') sent.cookie = cookies;
  if (!forward.headers.picks('user-agent')) sent['user-agent'] = 'Amazon CloudFront';
  sent.host = origin.host ?? (forward.headers.picks('host') ? (headers.host ?? origin.domain) : hostOf(origin));
  sent.via = viaOf(t.compiled.spec.hop, headers.via);
  sent['x-amz-cf-id'] = t.id;
  sent['x-forwarded-for'] =
    headers['x-forwarded-for'] === undefined
      ? t.request.sourceIp
      : `${headers['x-forwarded-for']}, ${t.request.sourceIp}`;
  for (const [name, value] of origin.headers) sent[name.toLowerCase()] = value;
  return sent;
}

function isKept({ behavior, method }: Transit): boolean {
  return behavior.cachedMethods.has(method);
}

function hostOf({ domain, protocol, httpPort, httpsPort }: EdgeOrigin): string {
  if (protocol === 'http-only' && httpPort !== 80) return `${domain}:${httpPort}`;
  if (protocol === 'https-only' && httpsPort !== 443) return `${domain}:${httpsPort}`;
  return domain;
}

/** What each hop adds. */
export function viaOf(hop: string, before?: string): string {
  const own = `1.1 ${hop} (CloudFront)`;
  return before === undefined ? own : `${before}, ${own}`;
}
