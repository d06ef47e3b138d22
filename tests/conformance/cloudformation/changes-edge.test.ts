/** Distributions and what they are made of: each property that can change does, and changes back. */
import { test } from 'node:test';
import { changes, tags } from './changes.ts';

const ref = (Ref: string) => ({ Ref });

const behavior = { TargetOriginId: 'o', ViewerProtocolPolicy: 'allow-all', CachePolicyId: ref('Cache') };
const origin = { Id: 'o', DomainName: 'a.example.com', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } };
const caching = (ttl: number, behaviorOf: string) => ({
  CachePolicyConfig: {
    Name: 'c',
    DefaultTTL: ttl,
    MinTTL: 0,
    MaxTTL: 1_000,
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: ttl > 50,
      CookiesConfig: { CookieBehavior: behaviorOf },
      HeadersConfig: { HeaderBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: behaviorOf },
    },
  },
});

test('CloudFront', () =>
  changes({
    Cache: ['CloudFront::CachePolicy', caching(10, 'none'), caching(100, 'all')],
    Access: [
      'CloudFront::OriginAccessControl',
      {
        OriginAccessControlConfig: {
          Name: 'a',
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'always',
          SigningProtocol: 'sigv4',
        },
      },
      {
        OriginAccessControlConfig: {
          Name: 'a',
          Description: 'd',
          OriginAccessControlOriginType: 's3',
          SigningBehavior: 'no-override',
          SigningProtocol: 'sigv4',
        },
      },
    ],
    Headers: [
      'CloudFront::ResponseHeadersPolicy',
      {
        ResponseHeadersPolicyConfig: {
          Name: 'h',
          CustomHeadersConfig: { Items: [{ Header: 'a', Value: 'b', Override: true }] },
        },
      },
      { ResponseHeadersPolicyConfig: { Name: 'h', ServerTimingHeadersConfig: { Enabled: true, SamplingRate: 50 } } },
    ],
    Function: [
      'CloudFront::Function',
      {
        Name: 'f',
        AutoPublish: true,
        FunctionCode: 'function handler(event) { return event.request; }',
        FunctionConfig: { Comment: 'one', Runtime: 'cloudfront-js-1.0' },
      },
      {
        Name: 'f',
        AutoPublish: true,
        FunctionCode: 'function handler(e) { return e.request; }',
        FunctionConfig: { Comment: 'two', Runtime: 'cloudfront-js-2.0' },
      },
    ],
    Store: ['CloudFront::KeyValueStore', { Name: 's', Comment: 'one' }, { Name: 's', Comment: 'two' }],
    Site: [
      'CloudFront::Distribution',
      {
        DistributionConfig: {
          Enabled: true,
          Comment: 'one',
          DefaultRootObject: 'index.html',
          Origins: [origin],
          DefaultCacheBehavior: behavior,
          CustomErrorResponses: [{ ErrorCode: 404, ResponsePagePath: '/404.html', ResponseCode: 200 }],
        },
        Tags: tags('a=1'),
      },
      {
        DistributionConfig: {
          Enabled: false,
          HttpVersion: 'http2',
          PriceClass: 'PriceClass_100',
          Origins: [origin, { ...origin, Id: 'p', OriginPath: '/p' }],
          OriginGroups: {
            Quantity: 1,
            Items: [
              {
                Id: 'g',
                FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [500] } },
                Members: { Quantity: 2, Items: [{ OriginId: 'o' }, { OriginId: 'p' }] },
              },
            ],
          },
          DefaultCacheBehavior: {
            ...behavior,
            TargetOriginId: 'g',
            Compress: true,
            ResponseHeadersPolicyId: ref('Headers'),
          },
          CacheBehaviors: [{ ...behavior, PathPattern: '/p/*', TargetOriginId: 'p' }],
          Restrictions: { GeoRestriction: { RestrictionType: 'whitelist', Locations: ['DE'] } },
        },
        Tags: tags('b=1'),
      },
    ],
  }));
