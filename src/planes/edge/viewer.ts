/** What the edge knows of a viewer, in headers for origins, keys and functions. Source: CloudFront Developer Guide, "Add CloudFront request headers". */
import type { EdgeRequest } from '#kernel/contract';
import type { Spot } from './location.ts';

type Viewed = { request: EdgeRequest; spot: Spot; headers: Readonly<Record<string, string>> };

/** The headers that CloudFront has for origins and keys that ask for them; what a viewer sends under these names is not believed. */
export function factsOf({ request, spot, headers }: Viewed): Readonly<Record<string, string | undefined>> {
  const agent = headers['user-agent'] ?? '';
  const isTablet = /iPad|Tablet|Android(?!.*Mobile)/i.test(agent);
  const isMobile = !isTablet && /Mobile|iPhone|iPod|Android/i.test(agent);
  const isTv = /SMART-TV|SmartTV|AppleTV|GoogleTV|HbbTV/i.test(agent);
  return {
    'cloudfront-viewer-country': spot.country,
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
