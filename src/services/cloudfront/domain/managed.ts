/** Policies that AWS has made for everyone. Source: CloudFront Developer Guide, "Use managed cache policies", "… origin request policies", "… response headers policies". */
import type { ThingRow } from '../state.ts';
import { MANAGED_HEADERS } from './managed-headers.ts';

const DAY = 86_400;
const YEAR = 31_536_000;

type Pick = string | readonly string[];

function headers(pick: Pick) {
  if (typeof pick === 'string') return { HeaderBehavior: pick };
  return { HeaderBehavior: 'whitelist', Headers: { Quantity: pick.length, Items: [...pick] } };
}

function query(pick: Pick) {
  if (typeof pick === 'string') return { QueryStringBehavior: pick };
  return { QueryStringBehavior: 'whitelist', QueryStrings: { Quantity: pick.length, Items: [...pick] } };
}

type Cache = {
  id: string;
  name: string;
  comment: string;
  ttl: readonly [min: number, normal: number, max: number];
  gzip?: boolean;
  brotli?: boolean;
  headers?: Pick;
  cookies?: string;
  query?: Pick;
};

const ORIGIN_OVERRIDES = ['host', 'origin', 'x-http-method-override', 'x-http-method', 'x-method-override'];

const CACHE: readonly Cache[] = [
  {
    id: '658327ea-f89d-4fab-a63d-7e88639e58f6',
    name: 'Managed-CachingOptimized',
    comment: 'Default policy when CF compression is enabled',
    ttl: [1, DAY, YEAR],
    gzip: true,
    brotli: true,
  },
  {
    id: 'b2884449-e4de-46a7-ac36-70bc7f1ddd6d',
    name: 'Managed-CachingOptimizedForUncompressedObjects',
    comment: 'Default policy when compression is disabled',
    ttl: [1, DAY, YEAR],
  },
  {
    id: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    name: 'Managed-CachingDisabled',
    comment: 'Policy with caching disabled',
    ttl: [0, 0, 0],
  },
  {
    id: '08627262-05a9-4f76-9ded-b50ca2e3a84f',
    name: 'Managed-Elemental-MediaPackage',
    comment: 'Policy for Elemental MediaPackage Origin',
    ttl: [0, DAY, YEAR],
    gzip: true,
    headers: ['origin'],
    query: ['aws.manifestfilter', 'start', 'end', 'm'],
  },
  {
    id: '2e54312d-136d-493c-8eb9-b001f22f67d2',
    name: 'Managed-Amplify',
    comment: 'Policy for Amplify Origin',
    ttl: [2, 2, 600],
    gzip: true,
    brotli: true,
    headers: ['Authorization', 'CloudFront-Viewer-Country', 'Host'],
    cookies: 'all',
    query: 'all',
  },
  {
    id: '83da9c7e-98b4-4e11-a168-04f0df8e2c65',
    name: 'Managed-UseOriginCacheControlHeaders',
    comment: 'Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.',
    ttl: [0, 0, YEAR],
    gzip: true,
    brotli: true,
    headers: ORIGIN_OVERRIDES,
    cookies: 'all',
  },
  {
    id: '4cc15a8a-d715-48a4-82b8-cc0b614638fe',
    name: 'Managed-UseOriginCacheControlHeaders-QueryStrings',
    comment:
      'Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.',
    ttl: [0, 0, YEAR],
    gzip: true,
    brotli: true,
    headers: ORIGIN_OVERRIDES,
    cookies: 'all',
    query: 'all',
  },
];

type Origin = {
  id: string;
  name: string;
  comment: string;
  headers: Pick;
  more?: readonly string[];
  cookies?: string;
  query?: string;
};

const CLOUDFRONT_HEADERS = [
  'CloudFront-Forwarded-Proto',
  'CloudFront-Is-Android-Viewer',
  'CloudFront-Is-Desktop-Viewer',
  'CloudFront-Is-IOS-Viewer',
  'CloudFront-Is-Mobile-Viewer',
  'CloudFront-Is-SmartTV-Viewer',
  'CloudFront-Is-Tablet-Viewer',
  'CloudFront-Viewer-Address',
  'CloudFront-Viewer-ASN',
  'CloudFront-Viewer-City',
  'CloudFront-Viewer-Country',
  'CloudFront-Viewer-Country-Name',
  'CloudFront-Viewer-Country-Region',
  'CloudFront-Viewer-Country-Region-Name',
  'CloudFront-Viewer-Http-Version',
  'CloudFront-Viewer-Latitude',
  'CloudFront-Viewer-Longitude',
  'CloudFront-Viewer-Metro-Code',
  'CloudFront-Viewer-Postal-Code',
  'CloudFront-Viewer-Time-Zone',
  'CloudFront-Viewer-TLS',
];

const ORIGIN: readonly Origin[] = [
  {
    id: '216adef6-5c7f-47e4-b989-5492eafa07d3',
    name: 'Managed-AllViewer',
    comment: 'Policy to forward all parameters in viewer requests',
    headers: 'allViewer',
    cookies: 'all',
    query: 'all',
  },
  {
    id: '33f36d7e-f396-46d9-90e0-52428a34d9dc',
    name: 'Managed-AllViewerAndCloudFrontHeaders-2022-06',
    comment:
      'Policy to forward all parameters in viewer requests and all CloudFront headers that were released through June 2022',
    headers: 'allViewerAndWhitelistCloudFront',
    more: CLOUDFRONT_HEADERS,
    cookies: 'all',
    query: 'all',
  },
  {
    id: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    name: 'Managed-AllViewerExceptHostHeader',
    comment: 'Policy to forward all parameters in viewer requests except for the Host header',
    headers: 'allExcept',
    more: ['Host'],
    cookies: 'all',
    query: 'all',
  },
  {
    id: '59781a5b-3903-41f3-afcb-af62929ccde1',
    name: 'Managed-CORS-CustomOrigin',
    comment: 'Policy for CORS in a custom origin',
    headers: ['origin'],
  },
  {
    id: '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf',
    name: 'Managed-CORS-S3Origin',
    comment: 'Policy for S3 origin with CORS',
    headers: ['origin', 'access-control-request-headers', 'access-control-request-method'],
  },
  {
    id: '775133bc-15f2-49f9-abea-afb2e0bf67d2',
    name: 'Managed-Elemental-MediaTailor-PersonalizedManifests',
    comment: 'Policy for Elemental MediaTailor Origin',
    headers: [
      'origin',
      'access-control-request-headers',
      'x-forwarded-for',
      'access-control-request-method',
      'user-agent',
    ],
    query: 'all',
  },
  {
    id: 'acba4595-bd28-49b8-b9fe-13317c0390fa',
    name: 'Managed-UserAgentRefererHeaders',
    comment: 'Policy to forward user-agent and referer headers to origin',
    headers: ['user-agent', 'referer'],
  },
  {
    id: 'bf0718e1-ba1e-49d1-88b1-f726733018ae',
    name: 'Managed-HostHeaderOnly',
    comment: 'Policy to forward only the Host header',
    headers: ['host'],
  },
];

function row(kind: string, id: string, name: string, config: object): ThingRow {
  // Source: policies of AWS as listed by the API; when they were last modified differs, and means nothing.
  return { kind, id, name, config, etag: 'E23ZP02F085DFQ', createdAt: 0, modifiedAt: 1_609_459_200_000 };
}

const cachePolicies = CACHE.map(({ id, name, comment, ttl, gzip = false, brotli = false, ...pick }) =>
  row('cache-policy', id, name, {
    Comment: comment,
    Name: name,
    MinTTL: ttl[0],
    DefaultTTL: ttl[1],
    MaxTTL: ttl[2],
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: gzip,
      EnableAcceptEncodingBrotli: brotli,
      HeadersConfig: headers(pick.headers ?? 'none'),
      CookiesConfig: { CookieBehavior: pick.cookies ?? 'none' },
      QueryStringsConfig: query(pick.query ?? 'none'),
    },
  }),
);

const originPolicies = ORIGIN.map(({ id, name, comment, more, ...pick }) =>
  row('origin-request-policy', id, name, {
    Comment: comment,
    Name: name,
    HeadersConfig: {
      ...headers(pick.headers),
      ...(more !== undefined && { Headers: { Quantity: more.length, Items: [...more] } }),
    },
    CookiesConfig: { CookieBehavior: pick.cookies ?? 'none' },
    QueryStringsConfig: query(pick.query ?? 'none'),
  }),
);

const headersPolicies = MANAGED_HEADERS.map(({ id, config }) =>
  row('response-headers-policy', id, config.Name, config),
);

const byKind: { readonly [kind: string]: readonly ThingRow[] } = {
  'cache-policy': cachePolicies,
  'origin-request-policy': originPolicies,
  'response-headers-policy': headersPolicies,
};

/** Those of a kind. */
export function managedOf(kind: string): readonly ThingRow[] {
  return byKind[kind] ?? [];
}

/** One of a kind. */
export function findManaged(kind: string, id: string): ThingRow | undefined {
  return managedOf(kind).find((one) => one.id === id);
}
