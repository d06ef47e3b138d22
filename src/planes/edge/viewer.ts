/** What the edge knows of a viewer, in headers for origins, keys and functions. Source: CloudFront Developer Guide, "Add CloudFront request headers". */
import { hash, X509Certificate } from 'node:crypto';
import type { EdgeRequest } from '#kernel/contract';
import type { Spot } from './location.ts';

type Facts = Readonly<Record<string, string | undefined>>;
type Viewed = {
  request: Pick<EdgeRequest, 'sourceIp' | 'secure'> & { certificate?: EdgeRequest['certificate'] };
  spot: Spot;
  headers: Readonly<Record<string, string>>;
};

/** The headers that CloudFront has for origins and keys that ask for them; what a viewer sends under these names is not believed. */
export function factsOf({ request, spot, headers }: Viewed): Facts {
  const agent = headers['user-agent'] ?? '';
  const isTablet = /iPad|Tablet|Android(?!.*Mobile)/i.test(agent);
  const isMobile = !isTablet && /Mobile|iPhone|iPod|Android/i.test(agent);
  const isTv = /SMART-TV|SmartTV|AppleTV|GoogleTV|HbbTV/i.test(agent);
  return {
    ...certificateFacts(request.certificate),
    'cloudfront-viewer-country': spot.country,
    'cloudfront-viewer-country-name': spot.countryName,
    'cloudfront-viewer-latitude': spot.point.latitude.toFixed(5),
    'cloudfront-viewer-longitude': spot.point.longitude.toFixed(5),
    'cloudfront-viewer-address': `${request.sourceIp}:0`,
    'cloudfront-forwarded-proto': request.secure ? 'https' : 'http',
    'cloudfront-viewer-http-version': '1.1',
    'cloudfront-is-mobile-viewer': String(isMobile),
    'cloudfront-is-tablet-viewer': String(isTablet),
    'cloudfront-is-smarttv-viewer': String(isTv),
    'cloudfront-is-desktop-viewer': String(!isMobile && !isTablet && !isTv),
    'cloudfront-is-android-viewer': String(/Android/i.test(agent)),
    'cloudfront-is-ios-viewer': String(/iPhone|iPad|iPod/i.test(agent)),
  };
}

const NOTHING: Facts = {};
const ABSENT: Facts = { 'cloudfront-viewer-cert-present': '0' };
const known = new WeakMap<Uint8Array, Facts>();

/** Source: CloudFront Developer Guide, "Viewer mTLS headers for cache policies and forwarded to origin". */
function certificateFacts(bytes: EdgeRequest['certificate']): Facts {
  if (bytes === undefined) return NOTHING;
  if (bytes === null) return ABSENT;
  let facts = known.get(bytes);
  if (facts === undefined) known.set(bytes, (facts = read(bytes)));
  return facts;
}

function read(bytes: Uint8Array): Facts {
  const shown = new X509Certificate(bytes);
  const time = (date: Date) => date.toISOString().replace('.000Z', 'Z');
  return {
    'cloudfront-viewer-cert-present': '1',
    'cloudfront-viewer-cert-serial-number': shown.serialNumber.toLowerCase().replace(/..(?=.)/g, '$&:'),
    'cloudfront-viewer-cert-issuer': nameOf(shown.issuer),
    'cloudfront-viewer-cert-subject': nameOf(shown.subject),
    'cloudfront-viewer-cert-sha256': hash('sha256', bytes),
    'cloudfront-viewer-cert-validity': `NotBefore=${time(shown.validFromDate)};NotAfter=${time(shown.validToDate)}`,
    'cloudfront-viewer-cert-pem': encodeURIComponent(shown.toString()),
  };
}

/** `CN=a,O=b`: the last part first; a header has no letters beyond ASCII. Source: RFC 2253, 2.1. */
function nameOf(name: string | undefined): string {
  const bytes = Buffer.from((name ?? '').split('\n').reverse().join(','), 'utf8').toString('latin1');
  return bytes.replace(/[^\x20-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
}
