/** CloudFormation's types of directory buckets. */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, tagListOf, textOf } from '#kernel/contract';
import { REGIONS, zonesOf } from '#kernel/world';
import type { LifecycleRule, ServerSideEncryptionRule } from '#models/s3';
import { directoryArn } from './domain/directory.ts';
import { accessPoint, bucketPolicy } from './resources.ts';
import { checkDirectoryBucket } from './resources-checks.ts';

const GONE = 'NoSuchBucket';
const UNBUILT = ['InventoryConfigurations'];

type DirectoryProperties = {
  LocationName: string;
  DataRedundancy: string;
  BucketEncryption?: { ServerSideEncryptionConfiguration: Encryption[] };
  LifecycleConfiguration?: { Rules: Rule[] };
  MetricsConfigurations?: Metrics[];
};

/** What the API has in a filter stands in the configuration itself. */
type Metrics = { Id: string; Prefix?: string; AccessPointArn?: string };

/** The default is called `ApplyServerSideEncryptionByDefault` in the API. */
type Encryption = {
  BucketKeyEnabled?: boolean;
  ServerSideEncryptionByDefault?: { SSEAlgorithm: 'aws:kms'; KMSMasterKeyID?: string };
};

/** A rule, as templates have it: what the API has in a filter stands in the rule itself. */
type Rule = {
  Id?: string;
  Status: 'Enabled';
  Prefix?: string;
  ObjectSizeGreaterThan?: string;
  ObjectSizeLessThan?: string;
  ExpirationInDays?: number;
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
};

const bucket: ResourceType = {
  async create(properties, scope) {
    refuseProperties(properties, UNBUILT);
    checkDirectoryBucket(properties);
    const { LocationName, DataRedundancy } = properties as DirectoryProperties;
    const Bucket = nameOf(properties, LocationName, scope);
    const Tags = tagListOf(properties, scope);
    await madeOnce(
      'BucketAlreadyOwnedByYou',
      scope,
      scope.aws.s3.CreateBucket({
        Bucket,
        CreateBucketConfiguration: {
          Location: { Type: 'AvailabilityZone', Name: LocationName },
          Bucket: { Type: 'Directory', DataRedundancy: DataRedundancy as 'SingleAvailabilityZone' },
          ...(Tags.length > 0 && { Tags }),
        },
      }),
    );
    scope.begun(Bucket);
    await configure(Bucket, properties, {}, scope);
    return made(Bucket, LocationName, scope);
  },
  async update(Bucket, properties, before, scope) {
    refuseProperties(properties, UNBUILT);
    checkDirectoryBucket(properties);
    await retag(Bucket, properties, before, scope);
    await configure(Bucket, properties, before, scope);
    return made(Bucket, (properties as DirectoryProperties).LocationName, scope);
  },
  delete: (Bucket, _, { aws }) => isGone(GONE, aws.s3.DeleteBucket({ Bucket })),
  async read(Bucket, properties, { aws: { s3 } }) {
    const encryption = await ifThere(GONE, s3.GetBucketEncryption({ Bucket }));
    if (encryption === undefined) return undefined;
    const rules = await ifThere('NoSuchLifecycleConfiguration', s3.GetBucketLifecycleConfiguration({ Bucket }));
    const { BucketEncryption, LifecycleConfiguration } = properties as DirectoryProperties;
    return {
      // What is not read here is taken for unchanged.
      ...properties,
      BucketName: Bucket,
      LocationName: Bucket.split('--').at(-2),
      // There is no other.
      DataRedundancy: 'SingleAvailabilityZone',
      ...(BucketEncryption !== undefined && {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: encryption.ServerSideEncryptionConfiguration?.Rules.map(
            ({ ApplyServerSideEncryptionByDefault, ...rest }) => ({
              ...rest,
              ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault,
            }),
          ),
        },
      }),
      ...(LifecycleConfiguration !== undefined && { LifecycleConfiguration: { Rules: rules?.Rules?.map(shownRule) } }),
    };
  },
};

/** A name of its own keeps the suffix that tells the zone. */
function nameOf({ BucketName }: Properties, zone: string, scope: ResourceScope): string {
  const suffix = `--${zone}--x-s3`;
  return textOf(BucketName) ?? `${scope.name(NAME_MAX - suffix.length).toLowerCase()}${suffix}`;
}

/** Source: S3 User Guide, "Directory bucket naming rules". */
const NAME_MAX = 63;

async function configure(Bucket: string, properties: Properties, before: Properties, { aws: { s3 } }: ResourceScope) {
  const changed = (name: keyof DirectoryProperties) =>
    JSON.stringify(properties[name]) !== JSON.stringify(before[name]);
  const { BucketEncryption, LifecycleConfiguration } = properties as DirectoryProperties;
  if (changed('BucketEncryption')) {
    const Rules = BucketEncryption?.ServerSideEncryptionConfiguration.map(
      ({ ServerSideEncryptionByDefault: preset, ...rest }): ServerSideEncryptionRule => ({
        ...rest,
        ...(preset !== undefined && { ApplyServerSideEncryptionByDefault: preset }),
      }),
    );
    if (Rules === undefined) await s3.DeleteBucketEncryption({ Bucket });
    else await s3.PutBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
  }
  if (changed('MetricsConfigurations')) {
    const { MetricsConfigurations: now = [] } = properties as DirectoryProperties;
    await measure(Bucket, now, (before as DirectoryProperties).MetricsConfigurations ?? [], s3);
  }
  if (changed('LifecycleConfiguration')) {
    const Rules = LifecycleConfiguration?.Rules.map(ruleOf);
    if (Rules === undefined) await s3.DeleteBucketLifecycle({ Bucket });
    else await s3.PutBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } });
  }
}

async function retag(Bucket: string, properties: Properties, before: Properties, scope: ResourceScope) {
  const control = scope.aws['s3-control'];
  const resource = { AccountId: scope.account, ResourceArn: directoryArn(scope, { ...scope, name: Bucket }) };
  const [now, then] = [tagListOf(properties, scope), tagListOf(before, scope)];
  if (JSON.stringify(now) === JSON.stringify(then)) return;
  const TagKeys = then.map(({ Key }) => Key).filter((key) => now.every(({ Key }) => Key !== key));
  if (TagKeys.length > 0) await control.UntagResource({ ...resource, TagKeys });
  if (now.length > 0) await control.TagResource({ ...resource, Tags: now });
}

async function measure(
  Bucket: string,
  now: readonly Metrics[],
  then: readonly Metrics[],
  s3: ResourceScope['aws']['s3'],
) {
  for (const { Id } of then)
    if (now.every((one) => one.Id !== Id)) await s3.DeleteBucketMetricsConfiguration({ Bucket, Id });
  for (const { Id, ...Filter } of now) {
    const filter = Object.keys(Filter).length === 0 ? {} : { Filter };
    await s3.PutBucketMetricsConfiguration({ Bucket, Id, MetricsConfiguration: { Id, ...filter } });
  }
}

function ruleOf(rule: Rule): LifecycleRule {
  const { Id, Status, Prefix, ObjectSizeGreaterThan: above, ObjectSizeLessThan: below, ExpirationInDays: Days } = rule;
  const filter = {
    ...(Prefix !== undefined && { Prefix }),
    ...(above !== undefined && { ObjectSizeGreaterThan: Number(above) }),
    ...(below !== undefined && { ObjectSizeLessThan: Number(below) }),
  };
  return {
    Status,
    Filter: Object.keys(filter).length > 1 ? { And: filter } : filter,
    ...(Id !== undefined && { ID: Id }),
    ...(Days !== undefined && { Expiration: { Days } }),
    ...(rule.AbortIncompleteMultipartUpload !== undefined && {
      AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload,
    }),
  };
}

function shownRule({ ID, Status, Filter, Expiration, AbortIncompleteMultipartUpload }: LifecycleRule): object {
  const { Prefix, ObjectSizeGreaterThan, ObjectSizeLessThan } = Filter?.And ?? Filter ?? {};
  return {
    Id: ID,
    Status,
    ...(Prefix !== undefined && { Prefix }),
    ...(ObjectSizeGreaterThan !== undefined && { ObjectSizeGreaterThan: String(ObjectSizeGreaterThan) }),
    ...(ObjectSizeLessThan !== undefined && { ObjectSizeLessThan: String(ObjectSizeLessThan) }),
    ...(Expiration?.Days !== undefined && { ExpirationInDays: Expiration.Days }),
    ...(AbortIncompleteMultipartUpload !== undefined && { AbortIncompleteMultipartUpload }),
  };
}

function made(Bucket: string, zone: string, scope: ResourceScope) {
  return {
    id: Bucket,
    attributes: {
      Arn: directoryArn(scope, { ...scope, name: Bucket }),
      // Source: CloudFormation Template Reference, AWS::S3Express::DirectoryBucket, "Return values".
      AvailabilityZoneName: zoneNameOf(zone, scope),
    },
  };
}

/** `us-east-1d` of `use1-az4`, as the account calls it. */
function zoneNameOf(zone: string, { region, account }: ResourceScope): string {
  const found = REGIONS.get(region);
  const zones = found === undefined ? [] : zonesOf(found, account);
  return zones.find(({ id }) => id === zone)?.name ?? zone;
}

export const resources: ResourceTypes = {
  'AWS::S3Express::AccessPoint': accessPoint,
  'AWS::S3Express::BucketPolicy': bucketPolicy,
  'AWS::S3Express::DirectoryBucket': bucket,
};
