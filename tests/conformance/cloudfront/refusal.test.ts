/** What CloudFront refuses in the words that its users show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CreateDistributionCommand,
  CreateInvalidationCommand,
  type DefaultCacheBehavior,
  type DistributionConfig,
  type ForwardedValues,
  ListTagsForResourceCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, GetBucketAclCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';
import { configOf, customOrigin, distribute, wholeConfig } from './support.ts';

test('an update says everything, in the words that are missed', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { id, etag } = await distribute(cloud, configOf(customOrigin(80)));
  const whole = await wholeConfig(cloud, id);
  const refused = async (change: (config: DistributionConfig) => void) => {
    const config = structuredClone(whole);
    change(config);
    const { name, message } = await failure(
      cloudfront.send(new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig: config })),
    );
    return `${name}: ${message}`;
  };
  const behavior = (member: 'SmoothStreaming' | 'FieldLevelEncryptionId' | 'AllowedMethods') =>
    refused(({ DefaultCacheBehavior: one = {} as never }) => delete one[member]);
  assert.equal(await behavior('SmoothStreaming'), 'InvalidArgument: The parameter SmoothStreaming flag is missing.');
  assert.equal(
    await behavior('FieldLevelEncryptionId'),
    'InvalidArgument: The parameter Field level encryption id is required.',
  );
  assert.match(await behavior('AllowedMethods'), /^InvalidArgument: .* AllowedMethods is required\.$/);
  for (const member of ['OriginReadTimeout', 'OriginKeepaliveTimeout'] as const)
    assert.equal(
      await refused(({ Origins }) => delete Origins?.Items?.[0]?.CustomOriginConfig?.[member]),
      `IllegalUpdate: ${member} is required for updates.`,
    );
  assert.match(await refused((config) => delete config.Logging), /^InvalidArgument: .* Logging is required\.$/);
  const forwarded = { QueryString: false, Cookies: { Forward: 'none' as const } };
  const withoutPolicy = (ForwardedValues: ForwardedValues) =>
    refused(({ DefaultCacheBehavior: one = {} as never }) => {
      delete one.CachePolicyId;
      Object.assign(one, { ForwardedValues });
    });
  assert.equal(await withoutPolicy(forwarded), 'InvalidArgument: The parameter Header settings is required.');
  const MinTTL = 'InvalidArgument: The parameter MinTTL is required.';
  assert.equal(await withoutPolicy({ ...forwarded, Headers: { Quantity: 0 } }), MinTTL);
});

test('what goes with no policy, addresses for names, certificates at once and logs without lists are refused', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'logs' }));
  const refused = async (config: DistributionConfig, by = cloudfront) => {
    const { name, message } = await failure(by.send(new CreateDistributionCommand({ DistributionConfig: config })));
    return `${name}: ${message}`;
  };
  const config = configOf(customOrigin(80));
  const DefaultCacheBehavior = { ...config.DefaultCacheBehavior, MinTTL: 0 } as DefaultCacheBehavior;
  assert.equal(
    await refused({ ...config, DefaultCacheBehavior }),
    'InvalidArgument: The parameter MinTTL cannot be used when a cache policy is associated to the cache behavior.',
  );
  assert.equal(
    await refused(configOf(customOrigin(80, { DomainName: '192.0.2.1' }))),
    'InvalidArgument: The parameter origin name cannot be an IP address.',
  );
  const ViewerCertificate = { CloudFrontDefaultCertificate: true, IAMCertificateId: 'ASCA' };
  assert.equal(
    await refused({ ...config, ViewerCertificate }),
    'InvalidViewerCertificate: You cannot specify more than one of ACMCertificateArn, IAMCertificateId, or CloudFrontDefaultCertificate.',
  );
  const keeping = (Bucket: string) => ({
    ...config,
    Logging: { Enabled: true, IncludeCookies: false, Bucket, Prefix: '' },
  });
  const domain = 'logs.s3.us-east-1.amazonaws.com';
  assert.equal(
    await refused(keeping(domain)),
    `InvalidArgument: The S3 bucket that you specified for CloudFront logs does not enable ACL access: ${domain}`,
  );
  assert.equal(
    await refused(keeping('none.s3.amazonaws.com')),
    "InvalidArgument: The S3 bucket that you specified for CloudFront logs doesn't exist: none.s3.amazonaws.com",
  );
  assert.equal(
    await refused(keeping('logs')),
    'InvalidArgument: The parameter Logging Bucket does not refer to a valid S3 bucket.',
  );
  const credentials = await userWithKey(cloud, 'web', policy(allow('cloudfront:*')));
  assert.match(
    await refused(keeping(domain), cloud.client(CloudFrontClient, { credentials })),
    /^AccessDenied: You don't have permission to access the S3 bucket for CloudFront logs: logs\.s3\..* must grant you FULL_CONTROL\.$/,
  );
});

test('what is refused gives nobody the bucket of its logs', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'logs', ObjectOwnership: 'BucketOwnerPreferred' }));
  const { id, etag } = await distribute(cloud, configOf(customOrigin(80)));
  const DistributionConfig: DistributionConfig = {
    ...(await wholeConfig(cloud, id)),
    CallerReference: 'another',
    Logging: { Enabled: true, IncludeCookies: false, Bucket: 'logs.s3.amazonaws.com', Prefix: '' },
  };
  const update = new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig });
  assert.equal((await failure(cloudfront.send(update))).name, 'IllegalUpdate');
  const { Grants } = await s3.send(new GetBucketAclCommand({ Bucket: 'logs' }));
  assert.equal(Grants?.length, 1);
});

test('what a distribution as a whole can not be', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const refused = async (more: Partial<DistributionConfig>) => {
    const DistributionConfig = configOf(customOrigin(80), more);
    return (await failure(cloudfront.send(new CreateDistributionCommand({ DistributionConfig })))).name;
  };
  const certificate = (SSLSupportMethod: 'vip' | 'sni-only', MinimumProtocolVersion: 'SSLv3' | 'TLSv1.2_2021') => ({
    ViewerCertificate: {
      ACMCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a',
      SSLSupportMethod,
      MinimumProtocolVersion,
    },
  });
  assert.equal(await refused({ Comment: 'a'.repeat(129) }), 'InvalidArgument');
  assert.equal(await refused({ Staging: true, HttpVersion: 'http2and3' }), 'InvalidArgument');
  assert.equal(await refused(certificate('vip', 'TLSv1.2_2021')), 'InvalidMinimumProtocolVersion');
  assert.equal(await refused(certificate('sni-only', 'SSLv3')), 'InvalidProtocolSettings');
  const Restrictions = { GeoRestriction: { RestrictionType: 'whitelist' as const, Quantity: 0 } };
  assert.equal(await refused({ Restrictions }), 'InvalidGeoRestrictionParameter');
  assert.equal(await refused({ Aliases: { Quantity: 1, Items: ['WWW.example.com'] } }), 'InvalidArgument');
  const origin = (CustomOriginConfig: object, CustomHeaders = { Quantity: 0 }) => {
    const { CustomOriginConfig: custom, ...one } = customOrigin(80, { CustomHeaders });
    return { Quantity: 1, Items: [{ ...one, CustomOriginConfig: { ...custom, ...CustomOriginConfig } }] };
  };
  assert.equal(
    await refused({ Origins: origin({ HTTPPort: 22 }) as DistributionConfig['Origins'] }),
    'InvalidArgument',
  );
  const long = { Quantity: 1, Items: [{ HeaderName: 'x-a', HeaderValue: 'a'.repeat(1_784) }] };
  assert.equal(await refused({ Origins: origin({}, long) as DistributionConfig['Origins'] }), 'InvalidArgument');
});

test('tags of what is another account’s are not told', async () => {
  await using cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  const { id } = await distribute(cloud, configOf(customOrigin(80)));
  const Resource = `arn:aws:cloudfront::210987654321:distribution/${id}`;
  assert.equal((await failure(cloudfront.send(new ListTagsForResourceCommand({ Resource })))).name, 'AccessDenied');
});

test('what does not fit the model, and what is no operation, is told in its own words', async () => {
  await using cloud = await startTestCloud();
  const none = { DistributionId: 'E1', InvalidationBatch: undefined as never };
  const refused = await failure(cloud.client(CloudFrontClient).send(new CreateInvalidationCommand(none)));
  assert.deepEqual(
    [refused.name, refused.message, refused.$metadata?.httpStatusCode],
    [
      'MalformedXML',
      "1 validation error detected: Value null at 'invalidationBatch' failed to satisfy constraint: Member must not be null",
      400,
    ],
  );
  const ask = async (method: string, path: string, body = '') => {
    const host = new URL(cloud.url).host;
    const keys = { accessKeyId: '123456789012', secret: 'test' };
    const at = cloud.server.cloud.kernel.clock.now();
    const { headers } = signHeaders({ method, path, headers: { host }, body }, keys, { service: 'cloudfront', at });
    const answer = await fetch(cloud.url + path, { method, headers, ...(body !== '' && { body }) });
    return [answer.status, (await answer.text()).replace(/<RequestId>.*<\/RequestId>/, '')];
  };
  const unknown = [404, '<UnknownOperationException/>\n'];
  assert.deepEqual(await ask('GET', '/2020-05-31/nothing'), unknown);
  assert.deepEqual(await ask('PATCH', '/2020-05-31/distribution'), unknown);
  const [status, text] = await ask('POST', '/2020-05-31/distribution/E1/invalidation', '<InvalidationBatch><Paths>');
  assert.equal(status, 400);
  assert.match(
    String(text),
    /<ErrorResponse xmlns="http:\/\/cloudfront.amazonaws.com\/doc\/2020-05-31\/"><Error><Type>Sender<\/Type><Code>MalformedInput</,
  );
});
