/** CloudFront's types of CloudFormation. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  DescribeKeyValueStoreCommand,
  GetDistributionCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud } from '../../support/cloud.ts';
import { visit } from '../../support/traffic.ts';
import { create, expectNoDrift, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from './origin.ts';

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });
const PEM = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

function template(port: number, changed: boolean): string {
  const query = { QueryStringBehavior: 'whitelist', QueryStrings: changed ? ['a', 'b'] : ['a'] };
  return templateOf(
    {
      Cache: {
        Type: 'AWS::CloudFront::CachePolicy',
        Properties: {
          CachePolicyConfig: {
            Name: 'cache',
            MinTTL: '0',
            DefaultTTL: 60,
            MaxTTL: 600,
            ParametersInCacheKeyAndForwardedToOrigin: {
              EnableAcceptEncodingGzip: 'true',
              HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['X-Version'] },
              CookiesConfig: { CookieBehavior: 'none' },
              QueryStringsConfig: query,
            },
          },
        },
      },
      Forward: {
        Type: 'AWS::CloudFront::OriginRequestPolicy',
        Properties: {
          OriginRequestPolicyConfig: {
            Name: 'forward',
            HeadersConfig: { HeaderBehavior: 'none' },
            CookiesConfig: { CookieBehavior: 'all' },
            QueryStringsConfig: { QueryStringBehavior: 'none' },
          },
        },
      },
      Headers: {
        Type: 'AWS::CloudFront::ResponseHeadersPolicy',
        Properties: {
          ResponseHeadersPolicyConfig: {
            Name: 'headers',
            CustomHeadersConfig: { Items: [{ Header: 'X-Stack', Value: changed ? 'two' : 'one', Override: true }] },
          },
        },
      },
      Control: {
        Type: 'AWS::CloudFront::OriginAccessControl',
        Properties: {
          OriginAccessControlConfig: {
            Name: 'control',
            SigningBehavior: 'always',
            SigningProtocol: 'sigv4',
            OriginAccessControlOriginType: 's3',
          },
        },
      },
      Identity: {
        Type: 'AWS::CloudFront::CloudFrontOriginAccessIdentity',
        Properties: { CloudFrontOriginAccessIdentityConfig: { Comment: changed ? 'two' : 'one' } },
      },
      Key: {
        Type: 'AWS::CloudFront::PublicKey',
        Properties: { PublicKeyConfig: { CallerReference: 'key', Name: 'key', EncodedKey: PEM } },
      },
      Keys: {
        Type: 'AWS::CloudFront::KeyGroup',
        Properties: { KeyGroupConfig: { Name: 'keys', Items: [{ Ref: 'Key' }] } },
      },
      Store: {
        Type: 'AWS::CloudFront::KeyValueStore',
        Properties: {
          Name: 'store',
          Comment: changed ? 'two' : 'one',
          ImportSource: { SourceType: 'S3', SourceArn: 'arn:aws:s3:::imports/pairs.json' },
          Tags: [{ Key: 'team', Value: changed ? 'two' : 'one' }],
        },
      },
      Function: {
        Type: 'AWS::CloudFront::Function',
        Properties: {
          Name: changed ? 'rewriting' : 'rewrite',
          AutoPublish: true,
          Tags: [{ Key: 'team', Value: 'edge' }],
          FunctionCode: `function handler(event) { event.request.uri = '/${changed ? 'two' : 'one'}'; return event.request; }`,
          FunctionConfig: {
            Comment: '',
            Runtime: 'cloudfront-js-2.0',
            KeyValueStoreAssociations: [{ KeyValueStoreARN: att('Store', 'Arn') }],
          },
        },
      },
      Site: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: 'true',
            Origins: [
              {
                Id: 'web',
                DomainName: 'localhost',
                CustomOriginConfig: { HTTPPort: port, OriginProtocolPolicy: 'http-only' },
                OriginCustomHeaders: [{ HeaderName: 'X-From', HeaderValue: 'edge' }],
              },
              {
                Id: 'files',
                DomainName: 'files.s3.amazonaws.com',
                S3OriginConfig: {},
                OriginAccessControlId: { Ref: 'Control' },
              },
            ],
            DefaultCacheBehavior: {
              TargetOriginId: 'web',
              ViewerProtocolPolicy: 'allow-all',
              AllowedMethods: ['GET', 'HEAD', 'OPTIONS'],
              CachedMethods: ['GET', 'HEAD'],
              CachePolicyId: { Ref: 'Cache' },
              OriginRequestPolicyId: { Ref: 'Forward' },
              ResponseHeadersPolicyId: { Ref: 'Headers' },
              FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: att('Function', 'FunctionARN') }],
            },
            CacheBehaviors: [
              {
                PathPattern: '/private/*',
                TargetOriginId: 'web',
                ViewerProtocolPolicy: 'allow-all',
                TrustedKeyGroups: [{ Ref: 'Keys' }],
                ForwardedValues: { QueryString: false },
              },
            ],
            CustomErrorResponses: [{ ErrorCode: 404, ResponseCode: 200, ResponsePagePath: '/index.html' }],
            Restrictions: { GeoRestriction: { RestrictionType: 'blacklist', Locations: ['AQ'] } },
          },
          Tags: [{ Key: 'team', Value: changed ? 'two' : 'one' }],
        },
      },
      Metrics: {
        Type: 'AWS::CloudFront::MonitoringSubscription',
        Properties: {
          DistributionId: { Ref: 'Site' },
          MonitoringSubscription: {
            RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus: 'Enabled' },
          },
        },
      },
    },
    {
      Outputs: { Domain: { Value: att('Site', 'DomainName') }, User: { Value: att('Identity', 'S3CanonicalUserId') } },
    },
  );
}

test('a stack makes a distribution with all that it refers to, changes it in place, and takes it away', async () => {
  await using origin = await startOrigin((request, response) =>
    response.end(`${request.url} ${request.headers['x-from']}`),
  );
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'imports' }));
  const Body = JSON.stringify({ data: [{ key: 'a', value: 'b' }] });
  await s3.send(new PutObjectCommand({ Bucket: 'imports', Key: 'pairs.json', Body }));
  await create(cloud, 'site', template(origin.port, false));
  const before = await physicalIds(cloud, 'site');
  const { Domain = '', User = '' } = await outputs(cloud, 'site');
  assert.match(Domain, /^d\w{13}\.cloudfront\.net$/);
  assert.match(User, /^[0-9a-f]{96}$/);
  const ask = (path: string) => visit(cloud.url + path, { headers: { host: Domain } });
  const first = await ask('/?a=1&c=2');
  assert.deepEqual([first.text, first.headers['x-stack']], ['/one?a=1 edge', 'one']);
  assert.equal((await ask('/private/a')).status, 403);
  const labels = { Resource: before.Function };
  await cloudfront.send(new UntagResourceCommand({ ...labels, TagKeys: { Items: ['team'] } }));
  await assert.rejects(expectNoDrift(cloud, 'site'), /AWS::CloudFront::Function/);
  await cloudfront.send(new TagResourceCommand({ ...labels, Tags: { Items: [{ Key: 'team', Value: 'edge' }] } }));
  const Id = before.Site ?? '';
  const { Distribution } = await cloudfront.send(new GetDistributionCommand({ Id }));
  const { Restrictions, CacheBehaviors, CustomErrorResponses } = Distribution?.DistributionConfig ?? {};
  assert.deepEqual(Restrictions?.GeoRestriction, { RestrictionType: 'blacklist', Quantity: 1, Items: ['AQ'] });
  assert.deepEqual(CacheBehaviors?.Items?.[0]?.TrustedKeyGroups, { Enabled: true, Quantity: 1, Items: [before.Keys] });
  assert.equal(CustomErrorResponses?.Items?.[0]?.ResponseCode, '200');
  await update(cloud, 'site', template(origin.port, true));
  const after = await physicalIds(cloud, 'site');
  assert.notEqual(after.Function, before.Function);
  assert.deepEqual({ ...after, Function: '' }, { ...before, Function: '' });
  const second = await ask('/?a=1&b=2');
  assert.deepEqual([second.text, second.headers['x-stack']], ['/two?a=1&b=2 edge', 'two']);
  const { Tags } = await cloudfront.send(new ListTagsForResourceCommand({ Resource: Distribution?.ARN }));
  assert.deepEqual(Tags?.Items, [{ Key: 'team', Value: 'two' }]);
  const { KeyValueStore } = await cloudfront.send(new DescribeKeyValueStoreCommand({ Name: 'store' }));
  const ofStore = await cloudfront.send(new ListTagsForResourceCommand({ Resource: KeyValueStore?.ARN }));
  assert.deepEqual(ofStore.Tags?.Items, [{ Key: 'team', Value: 'two' }]);
  await remove(cloud, 'site');
  assert.equal((await ask('/')).status, 404);
});
