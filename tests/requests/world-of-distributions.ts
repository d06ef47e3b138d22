/** CloudFront: distributions, tenants, and what they refer to. */
import { generateKeyPairSync } from 'node:crypto';
import { signed } from '../support/client-certificates.ts';
import type { Furnish } from './world.ts';

const CACHE_POLICY = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const BUCKET = 'trust-2026';
const FORM = 'application/x-www-form-urlencoded';

const config = (CallerReference: string, Enabled = true) => ({
  CallerReference,
  Comment: '',
  Enabled,
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: 'web',
        DomainName: 'localhost',
        CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' as const },
      },
    ],
  },
  DefaultCacheBehavior: {
    TargetOriginId: 'web',
    ViewerProtocolPolicy: 'allow-all' as const,
    CachePolicyId: CACHE_POLICY,
  },
});

const profile = (Name: string, PublicKeyId = '') => ({
  Name,
  CallerReference: 'profile',
  EncryptionEntities: {
    Quantity: 1,
    Items: [{ PublicKeyId, ProviderId: 'shop', FieldPatterns: { Quantity: 1, Items: ['card*'] } }],
  },
});

const encryption = (CallerReference: string, ProfileId = '') => ({
  CallerReference,
  ContentTypeProfileConfig: {
    ForwardWhenContentTypeIsUnknown: true,
    ContentTypeProfiles: {
      Quantity: 1,
      Items: [{ Format: 'URLEncoded' as const, ContentType: FORM, ProfileId }],
    },
  },
});

const EACH = ['Get', 'Update', 'Delete'];

/** A thing by its id and its version, for the operations on it. */
const known = (verbs: readonly string[], noun: string, id: string | undefined, version: string | undefined) =>
  Object.fromEntries(
    verbs.flatMap((verb) => [
      [`${verb}${noun}Request.Id`, [id]],
      [`${verb}${noun}Request.IfMatch`, [version]],
    ]),
  );

export const distributions: Furnish = async ({ cloudfront, s3 }) => {
  const { Distribution, ETag } = await cloudfront.CreateDistribution({ DistributionConfig: config('one') });
  const policy = await cloudfront.CreateCachePolicy({ CachePolicyConfig: { Name: 'own', MinTTL: 0 } });
  const FunctionConfig = { Comment: '', Runtime: 'cloudfront-js-2.0' as const };
  const FunctionCode = Buffer.from('function handler(event) { return event.request; }');
  const made = await cloudfront.CreateFunction({ Name: 'rewrite', FunctionConfig, FunctionCode });
  const store = await cloudfront.CreateKeyValueStore({ Name: 'pairs' });
  const batch = { CallerReference: '1', Paths: { Quantity: 1, Items: ['/a'] } };
  const DistributionId = Distribution?.Id ?? '';
  const invalidation = await cloudfront.CreateInvalidation({ DistributionId, InvalidationBatch: batch });
  // Tenants, which wait for the certificates that CloudFront asks for.
  const template = await cloudfront.CreateDistribution({
    DistributionConfig: { ...config('template'), ConnectionMode: 'tenant-only' },
  });
  const TemplateId = template.Distribution?.Id ?? '';
  const group = await cloudfront.CreateConnectionGroup({ Name: 'group', Enabled: false });
  const tenantOf = (name: string, Enabled: boolean) =>
    cloudfront.CreateDistributionTenant({
      DistributionId: TemplateId,
      Name: name,
      Domains: [{ Domain: `${name}.example.com` }],
      ManagedCertificateRequest: { ValidationTokenHost: 'self-hosted' },
      Enabled,
    });
  const tenant = await tenantOf('tenant', true);
  const idle = await tenantOf('idle', false);
  const TenantId = tenant.DistributionTenant?.Id ?? '';
  const asked = await cloudfront.CreateInvalidationForDistributionTenant({ Id: TenantId, InvalidationBatch: batch });
  // Fields that are encrypted.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const EncodedKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const key = await cloudfront.CreatePublicKey({
    PublicKeyConfig: { CallerReference: 'key', Name: 'key', EncodedKey },
  });
  const PublicKeyId = key.PublicKey?.Id;
  const fields = await cloudfront.CreateFieldLevelEncryptionProfile({
    FieldLevelEncryptionProfileConfig: profile('fields', PublicKeyId),
  });
  const ProfileId = fields.FieldLevelEncryptionProfile?.Id;
  const encrypted = await cloudfront.CreateFieldLevelEncryptionConfig({
    FieldLevelEncryptionConfig: encryption('one', ProfileId),
  });
  // Viewers who show certificates.
  await s3.CreateBucket({ Bucket: BUCKET });
  const { cert } = await signed('CN=Root', { isCa: true });
  await s3.PutObject({ Bucket: BUCKET, Key: 'ca.pem', Body: streamOf(cert) });
  const CaCertificatesBundleSource = {
    CaCertificatesBundleS3Location: { Bucket: BUCKET, Key: 'ca.pem', Region: 'us-east-1' },
  };
  const trust = await cloudfront.CreateTrustStore({ Name: 'trust', CaCertificatesBundleSource });
  const ConnectionFunctionCode = Buffer.from('function connectionHandler(connection) { connection.allow(); }');
  const guard = await cloudfront.CreateConnectionFunction({
    Name: 'guard',
    ConnectionFunctionConfig: FunctionConfig,
    ConnectionFunctionCode,
  });
  const GuardId = guard.ConnectionFunctionSummary?.Id;
  const control = await cloudfront.CreateOriginAccessControl({
    OriginAccessControlConfig: {
      Name: 'control',
      SigningProtocol: 'sigv4',
      SigningBehavior: 'always',
      OriginAccessControlOriginType: 's3',
    },
  });
  const ids = [Distribution?.Id, policy.CachePolicy?.Id, invalidation.Invalidation?.Id];
  const tenants = [TenantId, idle.DistributionTenant?.Id];
  return {
    Id: ids,
    DistributionId: [Distribution?.Id, TemplateId],
    PrimaryDistributionId: [Distribution?.Id],
    IfMatch: [ETag, policy.ETag, made.ETag, store.ETag],
    ...known(['Update', 'CreateInvalidationFor', 'ListInvalidationsFor'], 'DistributionTenant', TenantId, tenant.ETag),
    ...known(['Delete'], 'DistributionTenant', idle.DistributionTenant?.Id, idle.ETag),
    ...known(['Update', 'Delete'], 'ConnectionGroup', group.ConnectionGroup?.Id, group.ETag),
    ...known(['Update', 'Delete'], 'TrustStore', trust.TrustStore?.Id, trust.ETag),
    ...known(['Get'], 'FieldLevelEncryption', encrypted.FieldLevelEncryption?.Id, encrypted.ETag),
    ...known(EACH, 'FieldLevelEncryptionConfig', encrypted.FieldLevelEncryption?.Id, encrypted.ETag),
    ...known(EACH, 'FieldLevelEncryptionProfile', ProfileId, fields.ETag),
    ...known(['Get'], 'FieldLevelEncryptionProfileConfig', ProfileId, fields.ETag),
    ...known(['Update', 'Delete', 'Publish', 'Test'], 'ConnectionFunction', GuardId, guard.ETag),
    ...known(EACH, 'PublicKey', PublicKeyId, key.ETag),
    ...known(EACH, 'OriginAccessControl', control.OriginAccessControl?.Id, control.ETag),
    'CreateDistributionTenantRequest.Name': ['third'],
    'CreateDistributionTenantRequest.DistributionId': [TemplateId],
    'GetInvalidationForDistributionTenantRequest.DistributionTenantId': [TenantId],
    'GetInvalidationForDistributionTenantRequest.Id': [asked.Invalidation?.Id],
    DistributionTenantId: tenants,
    Domains: [{ Domain: 'third.example.com' }, { Domain: 'a.example.org' }],
    Domain: ['tenant.example.com', 'idle.example.com'],
    ConnectionGroupId: [group.ConnectionGroup?.Id],
    AnycastIpListId: [],
    Parameters: [],
    Customizations: [{ GeoRestrictions: { RestrictionType: 'whitelist', Locations: ['DE'] } }, {}],
    ManagedCertificateRequest: [{ ValidationTokenHost: 'cloudfront' }],
    Identifier: [...tenants, 'tenant'],
    'GetConnectionGroupRequest.Identifier': [group.ConnectionGroup?.Id, 'group'],
    'GetTrustStoreRequest.Identifier': [trust.TrustStore?.Id, 'trust'],
    TargetDistributionId: [Distribution?.Id],
    TrustStoreIdentifier: ['trust'],
    RoutingEndpoint: [group.ConnectionGroup?.RoutingEndpoint],
    'CreateConnectionGroupRequest.Name': ['another'],
    'CreateTrustStoreRequest.Name': ['others'],
    CaCertificatesBundleSource: [CaCertificatesBundleSource],
    UseClientCertificateOCSPEndpoint: [false],
    FieldLevelEncryptionProfileConfig: [profile('other', PublicKeyId), profile('fields', PublicKeyId)],
    FieldLevelEncryptionConfig: [encryption('one', ProfileId), encryption('two')],
    PublicKeyConfig: [{ CallerReference: 'two', Name: 'two', EncodedKey }],
    OriginAccessControlConfig: [
      {
        Name: 'media',
        SigningProtocol: 'sigv4',
        SigningBehavior: 'always',
        OriginAccessControlOriginType: 'mediapackagev2',
      },
    ],
    'CreateConnectionFunctionRequest.Name': ['guards'],
    'DescribeConnectionFunctionRequest.Identifier': [GuardId, 'guard'],
    'GetConnectionFunctionRequest.Identifier': [GuardId, 'guard'],
    ConnectionFunctionIdentifier: [GuardId],
    ConnectionFunctionConfig: [FunctionConfig],
    ConnectionFunctionCode: [ConnectionFunctionCode],
    ConnectionObject: [Buffer.from('{"clientIp":"192.0.2.1"}')],
    'CreateFunctionRequest.Name': ['other'],
    'CreateKeyValueStoreRequest.Name': ['others'],
    'DescribeKeyValueStoreRequest.Name': ['pairs'],
    Name: ['rewrite'],
    FunctionConfig: [FunctionConfig],
    FunctionCode: [FunctionCode],
    EventObject: [Buffer.from('{"request":{}}')],
    DistributionConfig: [config('two'), config('one', false), { ...config('three'), ConnectionMode: 'tenant-only' }],
    CachePolicyConfig: [{ Name: 'another', MinTTL: 1 }],
    InvalidationBatch: [batch, { CallerReference: '2', Paths: { Quantity: 1, Items: ['/b/*'] } }],
    Resource: [Distribution?.ARN, tenant.DistributionTenant?.Arn, group.ConnectionGroup?.Arn, trust.TrustStore?.Arn],
    Tags: [{ Items: [{ Key: 'a', Value: 'b' }] }],
    TagKeys: [{ Items: ['a'] }],
    MaxItems: ['10'],
    Marker: [''],
    CachePolicyId: [CACHE_POLICY],
  };
};

async function* streamOf(text: string) {
  yield Buffer.from(text);
}
