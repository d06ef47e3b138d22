/** Tenants and connection groups as types of CloudFormation. */
import {
  ifThere,
  isGone,
  type Made,
  madeOnce,
  type Properties,
  type ResourceScope,
  type ResourceType,
  type ResourceTypes,
  tagListOf,
} from '#kernel/contract';
import type { Customizations, ManagedCertificateRequest, Parameter } from '#models/cloudfront';
import { retag } from './resources-tags.ts';

const GONE = 'EntityNotFound';
const isTrue = (value: unknown) => String(value) === 'true';
const time = (millis: number | undefined) => new Date(millis ?? 0).toISOString();

/** What a tenant is made and changed with alike. */
function tenantInput(properties: Properties) {
  const { DistributionId, Domains, ConnectionGroupId, Parameters, Customizations: custom, Enabled } = properties;
  const { ManagedCertificateRequest: certificate } = properties;
  return {
    DistributionId: String(DistributionId),
    Domains: (Domains as string[]).map((Domain) => ({ Domain })),
    Customizations: (custom ?? {}) as Customizations,
    Parameters: (Parameters ?? []) as Parameter[],
    Enabled: Enabled === undefined || isTrue(Enabled),
    ...(ConnectionGroupId !== undefined && { ConnectionGroupId: String(ConnectionGroupId) }),
    ...(certificate !== undefined && { ManagedCertificateRequest: certificate as ManagedCertificateRequest }),
  };
}

async function madeTenant(Identifier: string, { aws }: ResourceScope): Promise<Made> {
  const { DistributionTenant: tenant = {}, ETag } = await aws.cloudfront.GetDistributionTenant({ Identifier });
  const { Id = '', Arn, Status, Domains } = tenant;
  return {
    id: Id,
    attributes: {
      Id,
      Arn,
      Status,
      ETag,
      DomainResults: Domains,
      CreatedTime: time(tenant.CreatedTime),
      LastModifiedTime: time(tenant.LastModifiedTime),
    },
  };
}

const tenant: ResourceType = {
  async create(properties, scope) {
    const Name = String(properties.Name);
    const Tags = { Items: tagListOf(properties, scope) };
    const creation = scope.aws.cloudfront.CreateDistributionTenant({ Name, Tags, ...tenantInput(properties) });
    await madeOnce('EntityAlreadyExists', scope, creation);
    return madeTenant(Name, scope);
  },
  async update(Id, properties, before, scope) {
    const { cloudfront } = scope.aws;
    const { ETag = '', DistributionTenant } = await cloudfront.GetDistributionTenant({ Identifier: Id });
    const { ManagedCertificateRequest: certificate, ...input } = tenantInput(properties);
    // Asked for once: with the same words no other certificate is meant.
    const isAsked = JSON.stringify(certificate) !== JSON.stringify(before.ManagedCertificateRequest);
    await cloudfront.UpdateDistributionTenant({
      Id,
      IfMatch: ETag,
      ...input,
      ...(certificate !== undefined && isAsked && { ManagedCertificateRequest: certificate }),
    });
    await retag(DistributionTenant?.Arn ?? '', properties, before, scope);
    return madeTenant(Id, scope);
  },
  async delete(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere(GONE, cloudfront.GetDistributionTenant({ Identifier: Id }));
    if (found === undefined) return;
    let { ETag = '' } = found;
    if (found.DistributionTenant?.Enabled === true)
      ({ ETag = '' } = await cloudfront.UpdateDistributionTenant({ Id, IfMatch: ETag, Enabled: false }));
    await isGone(GONE, cloudfront.DeleteDistributionTenant({ Id, IfMatch: ETag }));
  },
  async read(Id, { ManagedCertificateRequest }, { aws: { cloudfront } }) {
    const found = (await ifThere(GONE, cloudfront.GetDistributionTenant({ Identifier: Id })))?.DistributionTenant;
    if (found === undefined) return undefined;
    const { Name, DistributionId, ConnectionGroupId, Enabled, Parameters, Customizations, Tags, Domains = [] } = found;
    return {
      Name,
      DistributionId,
      ConnectionGroupId,
      Enabled,
      Parameters,
      Customizations,
      ManagedCertificateRequest,
      Tags: Tags?.Items ?? [],
      Domains: Domains.map(({ Domain }) => Domain),
    };
  },
};

async function madeGroup(Identifier: string, { aws }: ResourceScope): Promise<Made> {
  const { ConnectionGroup: group = {}, ETag } = await aws.cloudfront.GetConnectionGroup({ Identifier });
  const { Id = '', Arn, Status, RoutingEndpoint, IsDefault } = group;
  return {
    id: Id,
    attributes: {
      Id,
      Arn,
      Status,
      ETag,
      RoutingEndpoint,
      IsDefault,
      CreatedTime: time(group.CreatedTime),
      LastModifiedTime: time(group.LastModifiedTime),
    },
  };
}

const groupInput = ({ AnycastIpListId, Ipv6Enabled, Enabled }: Properties) => ({
  Ipv6Enabled: Ipv6Enabled === undefined || isTrue(Ipv6Enabled),
  Enabled: Enabled === undefined || isTrue(Enabled),
  ...(AnycastIpListId !== undefined && { AnycastIpListId: String(AnycastIpListId) }),
});

const group: ResourceType = {
  async create(properties, scope) {
    const Name = String(properties.Name);
    const Tags = { Items: tagListOf(properties, scope) };
    const creation = scope.aws.cloudfront.CreateConnectionGroup({ Name, Tags, ...groupInput(properties) });
    await madeOnce('EntityAlreadyExists', scope, creation);
    return madeGroup(Name, scope);
  },
  async update(Id, properties, before, scope) {
    const { cloudfront } = scope.aws;
    const { ETag = '', ConnectionGroup } = await cloudfront.GetConnectionGroup({ Identifier: Id });
    await cloudfront.UpdateConnectionGroup({ Id, IfMatch: ETag, ...groupInput(properties) });
    await retag(ConnectionGroup?.Arn ?? '', properties, before, scope);
    return madeGroup(Id, scope);
  },
  async delete(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere(GONE, cloudfront.GetConnectionGroup({ Identifier: Id }));
    if (found === undefined) return;
    let { ETag = '' } = found;
    if (found.ConnectionGroup?.Enabled === true)
      ({ ETag = '' } = await cloudfront.UpdateConnectionGroup({ Id, IfMatch: ETag, Enabled: false }));
    await isGone(GONE, cloudfront.DeleteConnectionGroup({ Id, IfMatch: ETag }));
  },
  async read(Id, _, { aws: { cloudfront } }) {
    const found = (await ifThere(GONE, cloudfront.GetConnectionGroup({ Identifier: Id })))?.ConnectionGroup;
    if (found === undefined) return undefined;
    const { Name, Ipv6Enabled, Enabled, Tags } = found;
    return { Name, Ipv6Enabled, Enabled, Tags: Tags?.Items ?? [] };
  },
};

export const tenantResources: ResourceTypes = {
  'AWS::CloudFront::ConnectionGroup': group,
  'AWS::CloudFront::DistributionTenant': tenant,
};
