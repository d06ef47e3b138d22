/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudFront". */
import { type Access, type AccessRules, type Ctx, passing, ServiceError } from '#kernel/contract';
import type { DistributionResourceId, EndPoint, Tags } from '#models/cloudfront';
import { findGroup, findTenant } from './domain/find.ts';
import { arnOf } from './domain/ids.ts';
import { findConnectionFunction } from './operations/connection-function.ts';
import { findTrustStore } from './operations/trust-store.ts';
import { stores } from './state.ts';

/** An operation on one thing, whose id is the input's `field`. */
const on =
  (action: string, kind: string, field: string) =>
  (input: object, ctx: Ctx): Access => ({
    action: `cloudfront:${action}`,
    resource: arnOf(ctx, kind, String((input as Record<string, unknown>)[field] ?? '*')),
  });

/** Made anew: any of its kind. */
const anew =
  (action: string, kind: string) =>
  (_: object, ctx: Ctx): Access => ({
    action: `cloudfront:${action}`,
    resource: arnOf(ctx, kind, '*'),
  });

/** The ARN of a tenant or a connection group that may be named in several ways. */
function namedArn(kind: string, find: (identifier: string, ctx: Ctx) => { id: string }, identifier: string, ctx: Ctx) {
  const start = arnOf(ctx, kind, '');
  try {
    return start + find(identifier, ctx).id;
  } catch (error) {
    // That there is none is told to those who may ask for it.
    if (error instanceof ServiceError) return identifier.startsWith(start) ? identifier : start + identifier;
    throw error;
  }
}

const onNamed =
  (kind: string, find: (identifier: string, ctx: Ctx) => { id: string }) =>
  (action: string, field: string) =>
  (input: object, ctx: Ctx): Access => ({
    action: `cloudfront:${action}`,
    resource: namedArn(kind, find, String((input as Record<string, unknown>)[field] ?? '*'), ctx),
  });
const onTenant = onNamed('distribution-tenant', findTenant);
const onGroup = onNamed('connection-group', findGroup);
const onConnectionFunction = onNamed('connection-function', findConnectionFunction);
const onTrustStore = onNamed('trust-store', findTrustStore);

const onEither = (action: string, target: DistributionResourceId, ctx: Ctx): Access =>
  target.DistributionTenantId === undefined
    ? on(action, 'distribution', 'DistributionId')(target, ctx)
    : onTenant(action, 'DistributionTenantId')(target, ctx);

/** Made anew, perhaps with tags. */
const made = (action: string, kind: string, { Tags }: { Tags?: Tags }, ctx: Ctx): Access[] =>
  [action, ...((Tags?.Items ?? []).length > 0 ? ['TagResource'] : [])].map((one) => anew(one, kind)({}, ctx));

/** A configuration of real-time logs is named, or its ARN is given. */
const onRealtime =
  (action: string) =>
  ({ Name, ARN }: { Name?: string; ARN?: string }, ctx: Ctx): Access => ({
    action: `cloudfront:${action}`,
    resource: ARN ?? arnOf(ctx, 'realtime-log-config', Name ?? '*'),
  });

/** A key value store is named; its ARN has its id. */
const onStore =
  (action: string) =>
  ({ Name: name }: { Name: string }, ctx: Ctx): Access => ({
    action: `cloudfront:${action}`,
    resource: arnOf(ctx, 'key-value-store', ctx.store.get(stores, { name })?.id ?? name),
  });

/** Roles that are handed over with a configuration. */
const passed = (ends: readonly EndPoint[]): Access[] =>
  ends.map(({ KinesisStreamConfig: stream }) => passing(stream?.RoleARN ?? '*', 'cloudfront'));

const onTagged = (action: string) => (input: { Resource: string }) => ({
  action: `cloudfront:${action}`,
  resource: input.Resource,
});

export const access: AccessRules<'cloudfront'> = {
  DescribeKeyValueStore: onStore('DescribeKeyValueStore'),
  UpdateKeyValueStore: onStore('UpdateKeyValueStore'),
  DeleteKeyValueStore: onStore('DeleteKeyValueStore'),
  CreateDistribution: anew('CreateDistribution', 'distribution'),
  CreateDistributionWithTags: (input, ctx) =>
    ['CreateDistribution', 'TagResource'].map((action) => anew(action, 'distribution')(input, ctx)),
  GetDistribution: on('GetDistribution', 'distribution', 'Id'),
  GetDistributionConfig: on('GetDistributionConfig', 'distribution', 'Id'),
  UpdateDistribution: on('UpdateDistribution', 'distribution', 'Id'),
  DeleteDistribution: on('DeleteDistribution', 'distribution', 'Id'),
  UpdateDistributionWithStagingConfig: on('UpdateDistribution', 'distribution', 'Id'),
  CopyDistribution: on('CopyDistribution', 'distribution', 'PrimaryDistributionId'),
  CreateInvalidation: on('CreateInvalidation', 'distribution', 'DistributionId'),
  GetInvalidation: on('GetInvalidation', 'distribution', 'DistributionId'),
  ListInvalidations: on('ListInvalidations', 'distribution', 'DistributionId'),
  AssociateAlias: on('AssociateAlias', 'distribution', 'TargetDistributionId'),
  ListConflictingAliases: on('ListConflictingAliases', 'distribution', 'DistributionId'),
  ListDomainConflicts: ({ DomainControlValidationResource: resource }, ctx) =>
    onEither('ListDomainConflicts', resource, ctx),
  UpdateDomainAssociation: ({ TargetResource }, ctx) => onEither('UpdateDomainAssociation', TargetResource, ctx),
  VerifyDnsConfiguration: onTenant('VerifyDnsConfiguration', 'Identifier'),
  GetManagedCertificateDetails: onTenant('GetManagedCertificateDetails', 'Identifier'),
  CreateDistributionTenant: (input, ctx) => [
    ...made('CreateDistributionTenant', 'distribution-tenant', input, ctx),
    { action: 'cloudfront:CreateDistributionTenant', resource: arnOf(ctx, 'distribution', input.DistributionId) },
    ...(input.ConnectionGroupId === undefined
      ? []
      : [onGroup('CreateDistributionTenant', 'ConnectionGroupId')(input, ctx)]),
  ],
  GetDistributionTenant: onTenant('GetDistributionTenant', 'Identifier'),
  GetDistributionTenantByDomain: anew('GetDistributionTenantByDomain', 'distribution-tenant'),
  UpdateDistributionTenant: onTenant('UpdateDistributionTenant', 'Id'),
  DeleteDistributionTenant: onTenant('DeleteDistributionTenant', 'Id'),
  CreateInvalidationForDistributionTenant: onTenant('CreateInvalidationForDistributionTenant', 'Id'),
  GetInvalidationForDistributionTenant: onTenant('GetInvalidationForDistributionTenant', 'DistributionTenantId'),
  ListInvalidationsForDistributionTenant: onTenant('ListInvalidationsForDistributionTenant', 'Id'),
  CreateFieldLevelEncryptionConfig: anew('CreateFieldLevelEncryptionConfig', 'field-level-encryption-config'),
  GetFieldLevelEncryption: on('GetFieldLevelEncryption', 'field-level-encryption-config', 'Id'),
  GetFieldLevelEncryptionConfig: on('GetFieldLevelEncryptionConfig', 'field-level-encryption-config', 'Id'),
  UpdateFieldLevelEncryptionConfig: on('UpdateFieldLevelEncryptionConfig', 'field-level-encryption-config', 'Id'),
  DeleteFieldLevelEncryptionConfig: on('DeleteFieldLevelEncryptionConfig', 'field-level-encryption-config', 'Id'),
  CreateFieldLevelEncryptionProfile: anew('CreateFieldLevelEncryptionProfile', 'field-level-encryption-profile'),
  GetFieldLevelEncryptionProfile: on('GetFieldLevelEncryptionProfile', 'field-level-encryption-profile', 'Id'),
  GetFieldLevelEncryptionProfileConfig: on(
    'GetFieldLevelEncryptionProfileConfig',
    'field-level-encryption-profile',
    'Id',
  ),
  UpdateFieldLevelEncryptionProfile: on('UpdateFieldLevelEncryptionProfile', 'field-level-encryption-profile', 'Id'),
  DeleteFieldLevelEncryptionProfile: on('DeleteFieldLevelEncryptionProfile', 'field-level-encryption-profile', 'Id'),
  CreateConnectionFunction: (input, ctx) => made('CreateConnectionFunction', 'connection-function', input, ctx),
  DescribeConnectionFunction: onConnectionFunction('DescribeConnectionFunction', 'Identifier'),
  GetConnectionFunction: onConnectionFunction('GetConnectionFunction', 'Identifier'),
  UpdateConnectionFunction: onConnectionFunction('UpdateConnectionFunction', 'Id'),
  DeleteConnectionFunction: onConnectionFunction('DeleteConnectionFunction', 'Id'),
  PublishConnectionFunction: onConnectionFunction('PublishConnectionFunction', 'Id'),
  TestConnectionFunction: onConnectionFunction('TestConnectionFunction', 'Id'),
  ListDistributionsByConnectionFunction: onConnectionFunction(
    'ListDistributionsByConnectionFunction',
    'ConnectionFunctionIdentifier',
  ),
  CreateTrustStore: (input, ctx) => made('CreateTrustStore', 'trust-store', input, ctx),
  GetTrustStore: onTrustStore('GetTrustStore', 'Identifier'),
  UpdateTrustStore: onTrustStore('UpdateTrustStore', 'Id'),
  DeleteTrustStore: onTrustStore('DeleteTrustStore', 'Id'),
  ListDistributionsByTrustStore: onTrustStore('ListDistributionsByTrustStore', 'TrustStoreIdentifier'),
  CreateConnectionGroup: (input, ctx) => made('CreateConnectionGroup', 'connection-group', input, ctx),
  GetConnectionGroup: onGroup('GetConnectionGroup', 'Identifier'),
  GetConnectionGroupByRoutingEndpoint: anew('GetConnectionGroupByRoutingEndpoint', 'connection-group'),
  UpdateConnectionGroup: onGroup('UpdateConnectionGroup', 'Id'),
  DeleteConnectionGroup: onGroup('DeleteConnectionGroup', 'Id'),
  CreateRealtimeLogConfig: (input, ctx) => [
    on('CreateRealtimeLogConfig', 'realtime-log-config', 'Name')(input, ctx),
    ...passed(input.EndPoints),
  ],
  DeleteRealtimeLogConfig: onRealtime('DeleteRealtimeLogConfig'),
  GetRealtimeLogConfig: onRealtime('GetRealtimeLogConfig'),
  UpdateRealtimeLogConfig: (input, ctx) => [
    onRealtime('UpdateRealtimeLogConfig')(input, ctx),
    ...passed(input.EndPoints ?? []),
  ],
  ListRealtimeLogConfigs: anew('ListRealtimeLogConfigs', 'realtime-log-config'),
  CreateMonitoringSubscription: on('CreateMonitoringSubscription', 'distribution', 'DistributionId'),
  GetMonitoringSubscription: on('GetMonitoringSubscription', 'distribution', 'DistributionId'),
  DeleteMonitoringSubscription: on('DeleteMonitoringSubscription', 'distribution', 'DistributionId'),
  CreateCachePolicy: anew('CreateCachePolicy', 'cache-policy'),
  GetCachePolicy: on('GetCachePolicy', 'cache-policy', 'Id'),
  GetCachePolicyConfig: on('GetCachePolicyConfig', 'cache-policy', 'Id'),
  UpdateCachePolicy: on('UpdateCachePolicy', 'cache-policy', 'Id'),
  DeleteCachePolicy: on('DeleteCachePolicy', 'cache-policy', 'Id'),
  CreateOriginRequestPolicy: anew('CreateOriginRequestPolicy', 'origin-request-policy'),
  GetOriginRequestPolicy: on('GetOriginRequestPolicy', 'origin-request-policy', 'Id'),
  GetOriginRequestPolicyConfig: on('GetOriginRequestPolicyConfig', 'origin-request-policy', 'Id'),
  UpdateOriginRequestPolicy: on('UpdateOriginRequestPolicy', 'origin-request-policy', 'Id'),
  DeleteOriginRequestPolicy: on('DeleteOriginRequestPolicy', 'origin-request-policy', 'Id'),
  CreateResponseHeadersPolicy: anew('CreateResponseHeadersPolicy', 'response-headers-policy'),
  GetResponseHeadersPolicy: on('GetResponseHeadersPolicy', 'response-headers-policy', 'Id'),
  GetResponseHeadersPolicyConfig: on('GetResponseHeadersPolicyConfig', 'response-headers-policy', 'Id'),
  UpdateResponseHeadersPolicy: on('UpdateResponseHeadersPolicy', 'response-headers-policy', 'Id'),
  DeleteResponseHeadersPolicy: on('DeleteResponseHeadersPolicy', 'response-headers-policy', 'Id'),
  CreateOriginAccessControl: anew('CreateOriginAccessControl', 'origin-access-control'),
  GetOriginAccessControl: on('GetOriginAccessControl', 'origin-access-control', 'Id'),
  GetOriginAccessControlConfig: on('GetOriginAccessControlConfig', 'origin-access-control', 'Id'),
  UpdateOriginAccessControl: on('UpdateOriginAccessControl', 'origin-access-control', 'Id'),
  DeleteOriginAccessControl: on('DeleteOriginAccessControl', 'origin-access-control', 'Id'),
  CreateCloudFrontOriginAccessIdentity: anew('CreateCloudFrontOriginAccessIdentity', 'origin-access-identity'),
  GetCloudFrontOriginAccessIdentity: on('GetCloudFrontOriginAccessIdentity', 'origin-access-identity', 'Id'),
  GetCloudFrontOriginAccessIdentityConfig: on(
    'GetCloudFrontOriginAccessIdentityConfig',
    'origin-access-identity',
    'Id',
  ),
  UpdateCloudFrontOriginAccessIdentity: on('UpdateCloudFrontOriginAccessIdentity', 'origin-access-identity', 'Id'),
  DeleteCloudFrontOriginAccessIdentity: on('DeleteCloudFrontOriginAccessIdentity', 'origin-access-identity', 'Id'),
  CreateContinuousDeploymentPolicy: anew('CreateContinuousDeploymentPolicy', 'continuous-deployment-policy'),
  GetContinuousDeploymentPolicy: on('GetContinuousDeploymentPolicy', 'continuous-deployment-policy', 'Id'),
  GetContinuousDeploymentPolicyConfig: on('GetContinuousDeploymentPolicyConfig', 'continuous-deployment-policy', 'Id'),
  UpdateContinuousDeploymentPolicy: on('UpdateContinuousDeploymentPolicy', 'continuous-deployment-policy', 'Id'),
  DeleteContinuousDeploymentPolicy: on('DeleteContinuousDeploymentPolicy', 'continuous-deployment-policy', 'Id'),
  CreateFunction: on('CreateFunction', 'function', 'Name'),
  GetFunction: on('GetFunction', 'function', 'Name'),
  DescribeFunction: on('DescribeFunction', 'function', 'Name'),
  UpdateFunction: on('UpdateFunction', 'function', 'Name'),
  DeleteFunction: on('DeleteFunction', 'function', 'Name'),
  PublishFunction: on('PublishFunction', 'function', 'Name'),
  TestFunction: on('TestFunction', 'function', 'Name'),
  ListTagsForResource: onTagged('ListTagsForResource'),
  TagResource: onTagged('TagResource'),
  UntagResource: onTagged('UntagResource'),
};
