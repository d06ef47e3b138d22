/** CloudFront's types of CloudFormation. */
import {
  ifThere,
  isGone,
  type Made,
  type Properties,
  type ResourceScope,
  type ResourceType,
  type ResourceTypes,
  refuseProperties,
  ServiceError,
  tagListOf,
} from '#kernel/contract';
import type { DistributionConfig } from '#models/cloudfront';
import { completeConfig } from './domain/config.ts';
import { configOf, toTemplate } from './domain/template.ts';
import { connectionFunction } from './resources-connection.ts';
import { functionResources } from './resources-function.ts';
import { realtimeLogConfig } from './resources-realtime.ts';
import { retag } from './resources-tags.ts';
import { tenantResources } from './resources-tenant.ts';
import { trustStore } from './resources-trust.ts';
import { checkTemplate, worded } from './resources-words.ts';

type Fields = { [name: string]: unknown };
type Call = (input: Fields) => Promise<Fields>;

/** An operation by its name: those of nouns differ in nothing else. */
function call(scope: ResourceScope, operation: string): Call {
  return (scope.aws.cloudfront as unknown as { [name: string]: Call })[operation] as Call;
}

type Noun = {
  /** `CachePolicy`. */
  member: string;
  missing: string;
  exists: string;
  plural: string;
  /** Adds what the API wants besides. */
  complete?(config: Fields, scope: ResourceScope): Fields;
  attributes(thing: Fields, scope: ResourceScope): Fields;
  /** What names it, where that is not its id: an ARN that ends with it. */
  reference?(thing: Fields, scope: ResourceScope): string;
  /** Parts of the configuration of which another value needs another thing. */
  fixed?: readonly string[];
  /** What a template does not say. */
  hidden?: readonly string[];
};

const modified = (thing: Fields) => ({
  Id: thing.Id,
  LastModifiedTime: new Date(Number(thing.LastModifiedTime)).toISOString(),
});

/** A type whose one property is a configuration. */
function typeOf(noun: Noun): ResourceType {
  const { member } = noun;
  const config = `${member}Config`;
  const wanted = (properties: Properties, scope: ResourceScope) =>
    noun.complete?.(configOf(properties, config), scope) ?? configOf(properties, config);
  const made = (thing: Fields, scope: ResourceScope): Made => ({
    id: noun.reference?.(thing, scope) ?? String(thing.Id),
    attributes: noun.attributes(thing, scope),
  });
  const idOf = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1);
  return {
    async create(properties, scope) {
      const given = wanted(properties, scope);
      try {
        const output = await call(scope, `Create${member}`)({ [config]: given });
        return made(output[member] as Fields, scope);
      } catch (error) {
        const isThere = scope.again && error instanceof ServiceError && error.code === noun.exists;
        const known = isThere ? await findByName(noun, given, scope) : undefined;
        if (known === undefined) throw error;
        return made(known, scope);
      }
    },
    async update(reference, properties, _, scope) {
      const Id = idOf(reference);
      const { ETag, ...before } = await call(scope, `Get${member}Config`)({ Id });
      const { CallerReference } = before[config] as Fields;
      const given = { ...wanted(properties, scope), ...(CallerReference !== undefined && { CallerReference }) };
      const output = await call(scope, `Update${member}`)({ Id, IfMatch: ETag, [config]: given });
      return made(output[member] as Fields, scope);
    },
    async delete(reference, _, scope) {
      const Id = idOf(reference);
      const found = await ifThere(noun.missing, call(scope, `Get${member}`)({ Id }));
      if (found !== undefined) await isGone(noun.missing, call(scope, `Delete${member}`)({ Id, IfMatch: found.ETag }));
    },
    async read(reference, _, scope) {
      const found = await ifThere(noun.missing, call(scope, `Get${member}Config`)({ Id: idOf(reference) }));
      if (found === undefined) return undefined;
      const read = toTemplate(found[config], config) as Fields;
      for (const name of noun.hidden ?? []) delete read[name];
      return { [config]: read };
    },
    replaces(properties, before) {
      const [now, then] = [properties[config], before[config]] as [Fields, Fields];
      return (noun.fixed ?? []).some((name) => now[name] !== then[name]);
    },
  };
}

/** What a step that was cut off has made under its name. */
async function findByName({ member, plural }: Noun, given: Fields, scope: ResourceScope): Promise<Fields | undefined> {
  const name = given.Name ?? given.CallerReference;
  const output = await call(scope, `List${plural}`)({ MaxItems: '1000' });
  const { Items = [] } = output[`${member}List`] as { Items?: Fields[] };
  for (const item of Items) {
    const thing = (item[member] ?? item) as Fields;
    const config = (thing[`${member}Config`] ?? thing) as Fields;
    if (config.Name === name && thing.Id !== undefined) return thing;
  }
  return undefined;
}

const policy = (member: string, plural: string): ResourceType =>
  typeOf({ member, plural, missing: `NoSuch${member}`, exists: `${member}AlreadyExists`, attributes: modified });

const referenced = (config: Fields, scope: ResourceScope) => ({ CallerReference: scope.name(128), ...config });

const distribution: ResourceType = {
  async create(properties, scope) {
    const CallerReference = scope.name(128);
    try {
      const { Distribution } = await scope.aws.cloudfront.CreateDistributionWithTags({
        DistributionConfigWithTags: {
          DistributionConfig: distributionConfig(properties, CallerReference),
          Tags: { Items: tagListOf(properties, scope) },
        },
      });
      return madeDistribution(Distribution?.Id ?? '', Distribution?.DomainName ?? '');
    } catch (error) {
      const isThere = scope.again && error instanceof ServiceError && error.code === 'DistributionAlreadyExists';
      const id = isThere ? /Already exists: (\w+)$/.exec(error.message)?.[1] : undefined;
      if (id === undefined) throw error;
      const { Distribution } = await scope.aws.cloudfront.GetDistribution({ Id: id });
      return madeDistribution(id, Distribution?.DomainName ?? '');
    }
  },
  async update(Id, properties, before, scope) {
    const { cloudfront } = scope.aws;
    const { DistributionConfig, ETag = '' } = await cloudfront.GetDistributionConfig({ Id });
    const { Distribution } = await cloudfront.UpdateDistribution({
      Id,
      IfMatch: ETag,
      DistributionConfig: completeConfig(distributionConfig(properties, DistributionConfig?.CallerReference ?? '')),
    });
    await retag(Distribution?.ARN ?? '', properties, before, scope);
    return madeDistribution(Id, Distribution?.DomainName ?? '');
  },
  async delete(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere('NoSuchDistribution', cloudfront.GetDistributionConfig({ Id }));
    if (found?.DistributionConfig === undefined) return;
    let { ETag = '' } = found;
    if (found.DistributionConfig.Enabled) {
      const DistributionConfig = { ...found.DistributionConfig, Enabled: false };
      ({ ETag = '' } = await cloudfront.UpdateDistribution({ Id, IfMatch: ETag, DistributionConfig }));
    }
    await isGone('NoSuchDistribution', cloudfront.DeleteDistribution({ Id, IfMatch: ETag }));
  },
  async read(Id, _, { aws: { cloudfront } }) {
    const found = await ifThere('NoSuchDistribution', cloudfront.GetDistribution({ Id }));
    if (found?.Distribution === undefined) return undefined;
    const { CallerReference: __, Logging, ...rest } = found.Distribution.DistributionConfig;
    // One without a bucket would be refused if it were asked for.
    const config = { ...rest, ...(Logging?.Enabled === true && { Logging }) };
    const { Tags } = await cloudfront.ListTagsForResource({ Resource: found.Distribution.ARN });
    return { DistributionConfig: toTemplate(config, 'DistributionConfig'), Tags: Tags.Items ?? [] };
  },
};

function distributionConfig(properties: Properties, CallerReference: string): DistributionConfig {
  checkTemplate(properties);
  refuseProperties((properties.DistributionConfig ?? {}) as Properties, ['CNAMEs', 'S3Origin', 'CustomOrigin']);
  const config = configOf(properties, 'DistributionConfig');
  return { Comment: '', ...config, CallerReference } as unknown as DistributionConfig;
}

function madeDistribution(id: string, DomainName: string): Made {
  return { id, attributes: { Id: id, DomainName } };
}

const monitoring: ResourceType = {
  async create(properties, { aws }) {
    const DistributionId = String(properties.DistributionId);
    const MonitoringSubscription = configOf(properties, 'MonitoringSubscription');
    await isGone('NoSuchMonitoringSubscription', aws.cloudfront.DeleteMonitoringSubscription({ DistributionId }));
    await aws.cloudfront.CreateMonitoringSubscription({ DistributionId, MonitoringSubscription });
    return { id: DistributionId, attributes: {} };
  },
  update: (_, properties, __, scope) => monitoring.create(properties, scope),
  delete: (DistributionId, _, { aws }) =>
    isGone(
      ['NoSuchMonitoringSubscription', 'NoSuchDistribution'],
      aws.cloudfront.DeleteMonitoringSubscription({ DistributionId }),
    ),
  async read(DistributionId, _, { aws }) {
    const found = await ifThere(
      ['NoSuchMonitoringSubscription', 'NoSuchDistribution'],
      aws.cloudfront.GetMonitoringSubscription({ DistributionId }),
    );
    return found && { DistributionId, MonitoringSubscription: found.MonitoringSubscription };
  },
};

const profileArn = ({ Id }: Fields, { partition, account }: ResourceScope) =>
  `arn:${partition}:cloudfront::${account}:field-level-encryption-profile/${String(Id)}`;

export const resources: ResourceTypes = worded({
  ...functionResources,
  ...tenantResources,
  'AWS::CloudFront::Distribution': distribution,
  'AWS::CloudFront::MonitoringSubscription': monitoring,
  'AWS::CloudFront::RealtimeLogConfig': realtimeLogConfig,
  'AWS::CloudFront::ConnectionFunction': connectionFunction,
  'AWS::CloudFront::TrustStore': trustStore,
  'AWS::CloudFront::CachePolicy': policy('CachePolicy', 'CachePolicies'),
  'AWS::CloudFront::OriginRequestPolicy': policy('OriginRequestPolicy', 'OriginRequestPolicies'),
  'AWS::CloudFront::ResponseHeadersPolicy': policy('ResponseHeadersPolicy', 'ResponseHeadersPolicies'),
  'AWS::CloudFront::ContinuousDeploymentPolicy': policy('ContinuousDeploymentPolicy', 'ContinuousDeploymentPolicies'),
  'AWS::CloudFront::OriginAccessControl': typeOf({
    member: 'OriginAccessControl',
    plural: 'OriginAccessControls',
    missing: 'NoSuchOriginAccessControl',
    exists: 'OriginAccessControlAlreadyExists',
    attributes: ({ Id }) => ({ Id }),
  }),
  'AWS::CloudFront::CloudFrontOriginAccessIdentity': typeOf({
    member: 'CloudFrontOriginAccessIdentity',
    plural: 'CloudFrontOriginAccessIdentities',
    missing: 'NoSuchCloudFrontOriginAccessIdentity',
    exists: 'CloudFrontOriginAccessIdentityAlreadyExists',
    complete: referenced,
    attributes: ({ Id, S3CanonicalUserId }) => ({ Id, S3CanonicalUserId }),
    hidden: ['CallerReference'],
  }),
  'AWS::CloudFront::PublicKey': typeOf({
    member: 'PublicKey',
    plural: 'PublicKeys',
    missing: 'NoSuchPublicKey',
    exists: 'PublicKeyAlreadyExists',
    attributes: ({ Id, CreatedTime }) => ({ Id, CreatedTime: new Date(Number(CreatedTime)).toISOString() }),
  }),
  'AWS::CloudFront::FieldLevelEncryptionProfile': typeOf({
    member: 'FieldLevelEncryptionProfile',
    plural: 'FieldLevelEncryptionProfiles',
    missing: 'NoSuchFieldLevelEncryptionProfile',
    exists: 'FieldLevelEncryptionProfileAlreadyExists',
    reference: profileArn,
    fixed: ['CallerReference'],
    attributes: (thing, scope) => ({ ...modified(thing), Arn: profileArn(thing, scope) }),
  }),
  'AWS::CloudFront::KeyGroup': typeOf({
    member: 'KeyGroup',
    plural: 'KeyGroups',
    missing: 'NoSuchResource',
    exists: 'KeyGroupAlreadyExists',
    attributes: modified,
  }),
});
