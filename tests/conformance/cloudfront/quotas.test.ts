/** How much there may be of what an account has, and of what distributions share. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  CloudFrontClient,
  CopyDistributionCommand,
  CreateCachePolicyCommand,
  CreateContinuousDeploymentPolicyCommand,
  CreateDistributionCommand,
  CreateFunctionCommand,
  CreateKeyValueStoreCommand,
  CreateOriginRequestPolicyCommand,
  CreatePublicKeyCommand,
  type DistributionConfig,
  PublishFunctionCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { configOf, customOrigin, distribute, wholeConfig } from './support.ts';

const none = {
  HeadersConfig: { HeaderBehavior: 'none' as const },
  CookiesConfig: { CookieBehavior: 'none' as const },
  QueryStringsConfig: { QueryStringBehavior: 'none' as const },
};
const repeat = async (count: number, make: (at: number) => Promise<unknown>) => {
  for (let at = 0; at < count; at++) await make(at);
};

async function world() {
  const cloud = await startTestCloud();
  const cloudfront = cloud.client(CloudFrontClient);
  let made = 0;
  const create = (config: DistributionConfig) => {
    const DistributionConfig = { ...config, CallerReference: `${++made}` };
    return cloudfront.send(new CreateDistributionCommand({ DistributionConfig }));
  };
  const refused = async (config: DistributionConfig) => (await failure(create(config))).name;
  return { cloud, cloudfront, create, refused, [Symbol.asyncDispose]: cloud.close };
}

const behaving = (more: object, config = configOf(customOrigin(80))): DistributionConfig => ({
  ...config,
  DefaultCacheBehavior: { ...config.DefaultCacheBehavior, ...more } as never,
});

/** The ARN of a published function. */
async function functionOf(cloud: TestCloud): Promise<string> {
  const cloudfront = cloud.client(CloudFrontClient);
  const { ETag: IfMatch } = await cloudfront.send(
    new CreateFunctionCommand({
      Name: 'f',
      FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
      FunctionCode: Buffer.from('function handler(event) { return event.request; }'),
    }),
  );
  const { FunctionSummary } = await cloudfront.send(new PublishFunctionCommand({ Name: 'f', IfMatch }));
  return FunctionSummary?.FunctionMetadata?.FunctionARN ?? '';
}

test('100 distributions share a policy or a function of an account, and any number AWS’s own', async () => {
  await using at = await world();
  const { cloud, cloudfront } = at;
  const parameters = { EnableAcceptEncodingGzip: false, ...none };
  const { CachePolicy } = await cloudfront.send(
    new CreateCachePolicyCommand({
      CachePolicyConfig: { Name: 'own', MinTTL: 0, ParametersInCacheKeyAndForwardedToOrigin: parameters },
    }),
  );
  const cached = { CachePolicyId: CachePolicy?.Id };
  const running = {
    FunctionAssociations: {
      Quantity: 1,
      Items: [{ FunctionARN: await functionOf(cloud), EventType: 'viewer-request' as const }],
    },
  };
  const shared = behaving({ ...cached, ...running });
  await repeat(100, () => at.create(shared));
  const policy = 'TooManyDistributionsAssociatedToCachePolicy';
  assert.equal(await at.refused(behaving(cached)), policy);
  assert.equal(await at.refused(behaving(running)), 'TooManyDistributionsWithFunctionAssociations');
  // A change counts as well; what refers to it already may be changed.
  const { id, etag } = await distribute(cloud, configOf(customOrigin(80)));
  const changed = behaving(cached, await wholeConfig(cloud, id));
  const change = new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig: changed });
  assert.equal((await failure(cloudfront.send(change))).name, policy);
  assert.notEqual((await wholeConfig(cloud, id)).DefaultCacheBehavior?.CachePolicyId, CachePolicy?.Id);
});

test('staging and multi-tenant distributions, keys and key value stores are not many', async () => {
  await using at = await world();
  const { cloud, cloudfront } = at;
  const { id, etag } = await distribute(cloud, configOf(customOrigin(80)));
  const copy = (CallerReference: string) =>
    cloudfront.send(
      new CopyDistributionCommand({ PrimaryDistributionId: id, IfMatch: etag, Staging: true, CallerReference }),
    );
  await repeat(20, (nth) => copy(`copy ${nth}`));
  assert.equal((await failure(copy('one more'))).name, 'TooManyDistributions');
  const template = configOf(customOrigin(80), { ConnectionMode: 'tenant-only' });
  await repeat(20, () => at.create(template));
  assert.equal(await at.refused(template), 'EntityLimitExceeded');
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const EncodedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const key = (Name: string) =>
    cloudfront.send(new CreatePublicKeyCommand({ PublicKeyConfig: { CallerReference: Name, Name, EncodedKey } }));
  await repeat(10, (nth) => key(`key-${nth}`));
  assert.equal((await failure(key('key-10'))).name, 'TooManyPublicKeys');
  const store = (nth: number) => cloudfront.send(new CreateKeyValueStoreCommand({ Name: `store-${nth}` }));
  await repeat(200, store);
  assert.equal((await failure(store(200))).name, 'EntityLimitExceeded');
});

test('names that are too long together, timeouts, and logs of others', async () => {
  await using at = await world();
  const { cloudfront } = at;
  const names = (length: number) => ({
    Quantity: 9,
    Items: Array.from({ length: 9 }, (_, nth) => `${nth}`.padEnd(length, 'x')),
  });
  const long = { QueryStringsConfig: { QueryStringBehavior: 'whitelist' as const, QueryStrings: names(114) } };
  const parameters = { EnableAcceptEncodingGzip: false, ...none, ...long };
  const cache = new CreateCachePolicyCommand({
    CachePolicyConfig: { Name: 'own', MinTTL: 0, ParametersInCacheKeyAndForwardedToOrigin: parameters },
  });
  const asked = new CreateOriginRequestPolicyCommand({ OriginRequestPolicyConfig: { Name: 'own', ...none, ...long } });
  assert.equal((await failure(cloudfront.send(cache))).name, 'InvalidArgument');
  assert.equal((await failure(cloudfront.send(asked))).name, 'InvalidArgument');
  const forwarding = (QueryStringCacheKeys: { Quantity: number; Items: string[] }) =>
    behaving({
      CachePolicyId: undefined,
      MinTTL: 0,
      ForwardedValues: { QueryString: true, Cookies: { Forward: 'none' }, QueryStringCacheKeys },
    });
  const query = 'InvalidQueryStringParameters';
  assert.equal(await at.refused(forwarding(names(57))), query);
  assert.equal(await at.refused(forwarding({ Quantity: 1, Items: ['x'.repeat(129)] })), query);
  const RealtimeLogConfigArn = 'arn:aws:cloudfront::210987654321:realtime-log-config/theirs';
  assert.equal(await at.refused(behaving({ RealtimeLogConfigArn })), 'RealtimeLogConfigOwnerMismatch');
  const keeping = (OriginKeepaliveTimeout: number) =>
    configOf(
      customOrigin(80, {
        CustomOriginConfig: {
          HTTPPort: 80,
          HTTPSPort: 443,
          OriginProtocolPolicy: 'http-only',
          OriginKeepaliveTimeout,
        },
      }),
    );
  assert.equal(await at.refused(keeping(301)), 'InvalidOriginKeepaliveTimeout');
  await at.create(keeping(300));
});

test('a continuous deployment policy is made once', async () => {
  await using at = await world();
  const { cloud, cloudfront } = at;
  const { id, etag } = await distribute(cloud, configOf(customOrigin(80)));
  const copied = { PrimaryDistributionId: id, IfMatch: etag, Staging: true, CallerReference: 'copy' };
  const { Distribution } = await cloudfront.send(new CopyDistributionCommand(copied));
  const make = (Enabled: boolean) =>
    cloudfront.send(
      new CreateContinuousDeploymentPolicyCommand({
        ContinuousDeploymentPolicyConfig: {
          StagingDistributionDnsNames: { Quantity: 1, Items: [Distribution?.DomainName ?? ''] },
          Enabled,
        },
      }),
    );
  await make(true);
  assert.equal((await failure(make(true))).name, 'ContinuousDeploymentPolicyAlreadyExists');
  assert.equal((await failure(make(false))).name, 'StagingDistributionInUse');
});
