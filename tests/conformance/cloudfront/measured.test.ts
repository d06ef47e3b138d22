/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudFrontClient,
  CreateCachePolicyCommand,
  CreateContinuousDeploymentPolicyCommand,
  CreateFunctionCommand,
  CreateKeyGroupCommand,
  CreateKeyValueStoreCommand,
  CreateOriginAccessControlCommand,
  CreateOriginRequestPolicyCommand,
  CreatePublicKeyCommand,
  CreateResponseHeadersPolicyCommand,
  type KeyValueStoreAssociation,
  type ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { reasons, settled, templateOf } from '../cloudformation/stacks.ts';
import { configOf, customOrigin, distribute, OPTIMIZED } from './support.ts';

type Refusal = Promise<unknown>;

const told = async (answer: Refusal) => {
  const { name, message } = await failure(answer);
  return `${name}: ${message}`;
};
const counted = <T>(...Items: T[]) => ({ Quantity: Items.length, Items });
const TTL =
  'MinTTL, MaxTTL and DefaultTTL should follow order MinTTL less than or equal to DefaultTTL less than or equal to MaxTTL';

test('policies that can’t be', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const NONE = {
    HeadersConfig: { HeaderBehavior: 'none' as const },
    CookiesConfig: { CookieBehavior: 'none' as const },
    QueryStringsConfig: { QueryStringBehavior: 'none' as const },
  };
  const caching = (parameters: object, more: object = {}) =>
    cloudfront.send(
      new CreateCachePolicyCommand({
        CachePolicyConfig: {
          Name: 'p',
          MinTTL: 0,
          ParametersInCacheKeyAndForwardedToOrigin: { EnableAcceptEncodingGzip: false, ...NONE, ...parameters },
          ...more,
        },
      }),
    );
  const asking = (more: object) =>
    cloudfront.send(
      new CreateOriginRequestPolicyCommand({ OriginRequestPolicyConfig: { Name: 'p', ...NONE, ...more } }),
    );
  const answering = (more: Partial<ResponseHeadersPolicyConfig>) =>
    cloudfront.send(new CreateResponseHeadersPolicyCommand({ ResponseHeadersPolicyConfig: { Name: 'p', ...more } }));
  const header = (Header: string) => ({ Header, Value: 'a', Override: true });
  const xss = (more: object) =>
    answering({ SecurityHeadersConfig: { XSSProtection: { Override: true, Protection: true, ...more } } });
  const cases: [Refusal, string][] = [
    [
      caching({
        EnableAcceptEncodingGzip: true,
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: counted('Accept-Encoding') },
      }),
      'The parameter EnableAcceptEncodingGzip cannot be set to true when accept-encoding header is whitelisted in cache policy.',
    ],
    [
      caching({ CookiesConfig: { CookieBehavior: 'whitelist' } }),
      'The parameter Cookies needs to be provided when CookieBehavior is whitelist.',
    ],
    [
      caching({ HeadersConfig: { HeaderBehavior: 'whitelist' } }),
      'The parameter Headers needs to be provided when HeaderBehavior is whitelist.',
    ],
    [
      caching({ HeadersConfig: { HeaderBehavior: 'none', Headers: counted('X-A') } }),
      'The parameter Headers must be empty for provided HeaderBehavior value.',
    ],
    [
      caching({ QueryStringsConfig: { QueryStringBehavior: 'whitelist' } }),
      'The parameter QueryStrings needs to be provided when QueryStringBehavior is whitelist.',
    ],
    [
      caching({}, { Name: 'テスト用' }),
      'The parameter Name contains characters other than alphanumericals, dashes, and underscores.',
    ],
    [caching({}, { MinTTL: 10, DefaultTTL: 9 }), TTL],
    [
      asking({ Name: 'bad name!' }),
      'The parameter Name contains characters other than alphanumericals, dashes, and underscores.',
    ],
    [
      asking({ HeadersConfig: { HeaderBehavior: 'allViewerAndWhitelistCloudFront', Headers: counted('X-A') } }),
      'The parameter Headers contains X-A that is not a valid CloudFront-* header.',
    ],
    [
      asking({ CookiesConfig: { CookieBehavior: 'whitelist' } }),
      'The parameter Cookies needs to be provided when CookieBehavior is whitelist.',
    ],
    [
      answering({ Name: 'bad name!' }),
      'The parameter bad name! contains characters other than alphanumericals, dashes, and underscores.',
    ],
    [
      answering({ CustomHeadersConfig: counted(header('Transfer-Encoding')) }),
      'The parameter CustomHeaders contains Transfer-Encoding that is not allowed.',
    ],
    [
      answering({ CustomHeadersConfig: counted(header('X-A'), header('x-a')) }),
      'The parameter HeaderName : x-a is invalid as it is a duplicate.',
    ],
    [
      answering({ RemoveHeadersConfig: counted({ Header: 'Content-Encoding' }) }),
      'The parameter RemoveHeaders contains Content-Encoding that is not allowed.',
    ],
    [answering({ ServerTimingHeadersConfig: { Enabled: true } }), 'The parameter STH Sampling Rate is required.'],
    [
      xss({ ReportUri: 'https://example.com/', ModeBlock: true }),
      'The parameter X-XSS-Protection cannot contain both Report URI and Mode block.',
    ],
    [
      xss({ ReportUri: 'https://example.com/', Protection: false }),
      'The parameter X-XSS-Protection cannot contain Report URI or Mode block when protection is 0.',
    ],
  ];
  assert.deepEqual(
    await Promise.all(cases.map(([answer]) => told(answer))),
    cases.map(([, text]) => `InvalidArgument: ${text}`),
  );
  const ContentSecurityPolicy = { ContentSecurityPolicy: 'a'.repeat(1_784), Override: true };
  assert.equal(
    await told(answering({ SecurityHeadersConfig: { ContentSecurityPolicy } })),
    'TooLongCSPInResponseHeadersPolicy: Your request contains longer Content Security Policy value in the Response Headers Policy than is allowed.',
  );
});

test('functions, stores, keys and deployments that can’t be', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const calling = (Runtime: string, ...stores: KeyValueStoreAssociation[]) =>
    cloudfront.send(
      new CreateFunctionCommand({
        Name: 'f',
        FunctionConfig: { Comment: '', Runtime: Runtime as never, KeyValueStoreAssociations: counted(...stores) },
        FunctionCode: Buffer.from('function handler(event) { return event.request; }'),
      }),
    );
  const store = {
    KeyValueStoreARN: 'arn:aws:cloudfront::123456789012:key-value-store/11111111-2222-3333-4444-555555555555',
  };
  const staged = (...names: string[]) =>
    cloudfront.send(
      new CreateContinuousDeploymentPolicyCommand({
        ContinuousDeploymentPolicyConfig: {
          Enabled: true,
          StagingDistributionDnsNames: counted(...names),
          TrafficConfig: {
            Type: 'SingleWeight',
            SingleWeightConfig: { Weight: 0.1, SessionStickinessConfig: { IdleTTL: 601, MaximumTTL: 600 } },
          },
        },
      }),
    );
  const { domain } = await distribute(cloud, configOf(customOrigin(80), { Staging: true }));
  const cases: [Refusal, string][] = [
    [
      calling('cloudfront-js-2.0', store, store),
      'The parameter KeyValueStoreAssociations is invalid; too many KeyValueStore associations per Function.',
    ],
    [
      calling('cloudfront-js-1.0', store),
      "The parameter KeyValueStoreAssociations is invalid; 'cloudfront-js-2.0' runtime and later support KeyValueStore associations.",
    ],
    [
      cloudfront.send(
        new CreateKeyValueStoreCommand({
          Name: 's',
          ImportSource: { SourceType: 'S3', SourceARN: 'arn:aws:s3:::bucket' },
        }),
      ),
      'The parameter SourceARN is invalid.',
    ],
    [
      cloudfront.send(
        new CreateKeyGroupCommand({ KeyGroupConfig: { Name: 'g', Items: ['1', '2', '3', '4', '5', '6'] } }),
      ),
      'The specified CloudFront public key does not exist in key group.',
    ],
    [
      cloudfront.send(
        new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: 'r', Name: 'k', EncodedKey: 'no key' } }),
      ),
      'Your request contains empty/invalid/out of limits RSA Encoded Key',
    ],
    [staged('a.cloudfront.net'), 'The parameter StagingDistributionDnsNames is not a default CloudFront domain name.'],
    [staged(domain, domain), 'The parameter StagingDistributionDnsNames contains more than one staging distribution.'],
    [staged(domain), 'The parameter Maximum TTL must be larger than Inactive Session TTL.'],
  ];
  assert.deepEqual(
    await Promise.all(cases.map(([answer]) => told(answer))),
    cases.map(([, text]) => `InvalidArgument: ${text}`),
  );
});

test('handlers say in their own words what they and the service refuse', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const custom = { Id: 'o', DomainName: 'example.com', CustomOriginConfig: { OriginProtocolPolicy: 'https-only' } };
  const distribution = (more: object) => ({
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Enabled: true,
        Origins: [custom],
        DefaultCacheBehavior: { TargetOriginId: 'o', ViewerProtocolPolicy: 'allow-all', CachePolicyId: OPTIMIZED },
        ...more,
      },
    },
  });
  const cases: [object, string, string][] = [
    [
      distribution({ CustomErrorResponses: [{ ErrorCode: 404, ResponseCode: 200 }] }),
      'CustomErrorResponse: Both or neither of ResponseCode and ResponsePagePath must be specified',
      'InvalidRequest',
    ],
    [
      distribution({ Origins: [{ Id: 'o', DomainName: 'example.com' }] }),
      'Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified',
      'InvalidRequest',
    ],
    [
      distribution({ ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' } }),
      'Exactly one of [AcmCertificateArn, CloudFrontDefaultCertificate, IamCertificateId] needs to be specified',
      'InvalidRequest',
    ],
    [
      distribution({
        DefaultCacheBehavior: { TargetOriginId: 'p', ViewerProtocolPolicy: 'allow-all', CachePolicyId: OPTIMIZED },
      }),
      'AWS::CloudFront::Distribution: One or more of your cache behavior target origins or origin groups do not exist.',
      'InvalidRequest',
    ],
    [
      {
        Type: 'AWS::CloudFront::PublicKey',
        Properties: { PublicKeyConfig: { CallerReference: 'r', Name: 'k', EncodedKey: 'no key' } },
      },
      'AWS::CloudFront::PublicKey: Your request contains empty/invalid/out of limits RSA Encoded Key',
      'InvalidRequest',
    ],
  ];
  for (const [index, [resource, text, code]] of cases.entries()) {
    const StackName = `s${index}`;
    await formation.send(new CreateStackCommand({ StackName, TemplateBody: templateOf({ R: resource }) }));
    await settled(cloud, StackName);
    const told = `R: Resource handler returned message: "Invalid request provided: ${text}" (HandlerErrorCode: ${code})`;
    assert.equal((await reasons(cloud, StackName))[0], told);
  }
  const OriginAccessControlConfig = {
    Name: 'c',
    OriginAccessControlOriginType: 's3' as const,
    SigningBehavior: 'always' as const,
    SigningProtocol: 'sigv4' as const,
  };
  await cloud.client(CloudFrontClient).send(new CreateOriginAccessControlCommand({ OriginAccessControlConfig }));
  const control = { Type: 'AWS::CloudFront::OriginAccessControl', Properties: { OriginAccessControlConfig } };
  await formation.send(
    new CreateStackCommand({ StackName: 'taken', TemplateBody: templateOf({ R: control }), DisableValidation: true }),
  );
  await settled(cloud, 'taken');
  assert.equal(
    (await reasons(cloud, 'taken'))[0],
    `R: Resource handler returned message: "Resource of type 'AWS::CloudFront::OriginAccessControl' with identifier 'c' already exists." (HandlerErrorCode: AlreadyExists)`,
  );
  const RealtimeLog = {
    Type: 'AWS::CloudFront::RealtimeLogConfig',
    Properties: {
      Name: 'l',
      SamplingRate: 100,
      Fields: ['timestamp'],
      EndPoints: [
        {
          StreamType: 'Kinesis',
          KinesisStreamConfig: {
            RoleArn: 'arn:aws:iam::111122223333:role/r',
            StreamArn: 'arn:aws:kinesis:us-east-1:111122223333:stream/s',
          },
        },
      ],
    },
  };
  await formation.send(new CreateStackCommand({ StackName: 'other', TemplateBody: templateOf({ R: RealtimeLog }) }));
  await settled(cloud, 'other');
  assert.equal(
    (await reasons(cloud, 'other'))[0],
    `R: Resource handler returned message: "Access denied for operation 'AWS::CloudFront::RealtimeLogConfig'." (HandlerErrorCode: AccessDenied)`,
  );
  const csp = { ContentSecurityPolicy: 'a'.repeat(1_784), Override: true };
  const headers = { Name: 'p', SecurityHeadersConfig: { ContentSecurityPolicy: csp } };
  const R = { Type: 'AWS::CloudFront::ResponseHeadersPolicy', Properties: { ResponseHeadersPolicyConfig: headers } };
  await formation.send(new CreateStackCommand({ StackName: 'long', TemplateBody: templateOf({ R }) }));
  await settled(cloud, 'long');
  assert.equal(
    (await reasons(cloud, 'long'))[0],
    `R: Resource handler returned message: "Limit exceeded for resource of type 'AWS::CloudFront::ResponseHeadersPolicy'. Reason: Your request contains longer Content Security Policy value in the Response Headers Policy than is allowed." (HandlerErrorCode: ServiceLimitExceeded)`,
  );
});
