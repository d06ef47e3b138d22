/** S3's types of CloudFormation. */
import type { Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import {
  ifThere,
  isGone,
  madeOnce,
  refuseProperties,
  ServiceError,
  tagListOf,
  tagsGone,
  textOf,
} from '#kernel/contract';
import type { Scope, TagList } from '#models/s3-control';
import { isDirectoryPointName } from './domain/directory.ts';
import { keptPolicy } from './domain/policy-text.ts';
import { bucketExists } from './errors.ts';
import { ASPECTS } from './resources-aspects.ts';
import { checkBucket, checkName } from './resources-checks.ts';
import { accessGrant, accessGrantsInstance, accessGrantsLocation } from './resources-grants.ts';
import { multiRegionAccessPoint, multiRegionAccessPointPolicy } from './resources-multi-region.ts';

const GONE = 'NoSuchBucket';
const UNBUILT = ['MetadataConfiguration', 'MetadataTableConfiguration'];
const text = (value: unknown) => textOf(value) ?? '';

type BucketProperties = {
  AccessControl?: string;
  ObjectLockEnabled?: boolean;
  BucketNamespace?: 'global';
  OwnershipControls?: { Rules: { ObjectOwnership?: 'ObjectWriter' }[] };
  PublicAccessBlockConfiguration?: { BlockPublicAcls?: boolean };
};

const bucket: ResourceType = {
  async create(properties, scope) {
    refuseProperties(properties, UNBUILT);
    checkName(properties);
    checkBucket(properties);
    const { aws, region } = scope;
    const { ObjectLockEnabled, BucketNamespace, AccessControl, OwnershipControls, PublicAccessBlockConfiguration } =
      properties as BucketProperties;
    const ObjectOwnership = OwnershipControls?.Rules[0]?.ObjectOwnership;
    const Bucket = nameOf(properties, scope);
    // S3 makes no bucket with a public ACL; one that then does not block them can get it afterwards.
    const later = PublicAccessBlockConfiguration !== undefined && !PublicAccessBlockConfiguration.BlockPublicAcls;
    await madeOnce(
      'BucketAlreadyOwnedByYou',
      scope,
      // In us-east-1 S3 takes a bucket that is the caller's for one that was made: a template may not.
      createNew(Bucket, scope, () =>
        aws.s3.CreateBucket({
          Bucket,
          ...(region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }),
          ...(ObjectLockEnabled !== undefined && { ObjectLockEnabledForBucket: ObjectLockEnabled }),
          ...(BucketNamespace !== undefined && { BucketNamespace }),
          ...(AccessControl !== undefined && !later && { ACL: cannedAcl(AccessControl) }),
          ...(ObjectOwnership !== undefined && { ObjectOwnership }),
        }),
      ),
    );
    scope.begun(Bucket);
    await configure(Bucket, properties, later ? {} : { AccessControl }, scope);
    return made(Bucket, scope);
  },
  async update(Bucket, properties, before, scope) {
    refuseProperties(properties, UNBUILT);
    checkBucket(properties);
    await configure(Bucket, properties, before, scope);
    return made(Bucket, scope);
  },
  delete: (Bucket, _, { aws }) => isGone(GONE, aws.s3.DeleteBucket({ Bucket })),
  async read(Bucket, properties, { aws: { s3 } }) {
    if ((await ifThere(GONE, s3.GetBucketLocation({ Bucket }))) === undefined) return undefined;
    const tags = await ifThere('NoSuchTagSet', s3.GetBucketTagging({ Bucket }));
    const said = ASPECTS.filter(({ property }) => properties[property] !== undefined);
    const read = said.map(async (one) => [one.property, await one.read(Bucket, properties[one.property], s3)] as const);
    return {
      // What is not read here is taken for unchanged.
      ...properties,
      BucketName: Bucket,
      ...Object.fromEntries(await Promise.all(read)),
      Tags: tags?.TagSet,
    };
  },
};

async function createNew(Bucket: string, scope: ResourceScope, create: () => Promise<unknown>): Promise<void> {
  const { Buckets = [] } = await scope.aws.s3.ListBuckets({ Prefix: Bucket });
  const isThere = Buckets.some(({ Name }) => Name === Bucket);
  if (!isThere) await create();
  else if (!scope.again) throw bucketExists(Bucket);
}

function nameOf(properties: Properties, scope: ResourceScope): string {
  const { BucketName, BucketNamePrefix } = properties;
  if (BucketNamePrefix !== undefined)
    return `${text(BucketNamePrefix)}${scope.name(NAME_MAX).slice(-12).toLowerCase()}`;
  return textOf(BucketName) ?? scope.name(NAME_MAX).toLowerCase();
}

/** Source: S3 User Guide, "Bucket naming rules". */
const NAME_MAX = 63;

async function configure(Bucket: string, properties: Properties, before: Properties, scope: ResourceScope) {
  const { s3 } = scope.aws;
  for (const { property, set } of ASPECTS)
    if (JSON.stringify(properties[property]) !== JSON.stringify(before[property]))
      await set(Bucket, properties[property], before[property], s3);
  const { AccessControl } = properties as BucketProperties;
  if (AccessControl !== before.AccessControl) await s3.PutBucketAcl({ Bucket, ACL: cannedAcl(AccessControl) });
  const TagSet = tagListOf(properties, scope);
  const gone = tagsGone(properties, before, scope);
  if (properties.AbacStatus === 'Enabled') await retag(Bucket, TagSet, gone, scope);
  else if (TagSet.length > 0) await s3.PutBucketTagging({ Bucket, Tagging: { TagSet } });
  else if (tagListOf(before, scope).length > 0) await s3.DeleteBucketTagging({ Bucket });
}

/** The tags of a bucket whose tags policies see are only S3 Control's to change. */
async function retag(Bucket: string, Tags: TagList, TagKeys: string[], { aws, account, partition }: ResourceScope) {
  const named = { AccountId: account, ResourceArn: `arn:${partition}:s3:::${Bucket}` };
  if (Tags.length > 0) await aws['s3-control'].TagResource({ ...named, Tags });
  if (TagKeys.length > 0) await aws['s3-control'].UntagResource({ ...named, TagKeys });
}

/** `PublicRead` is `public-read` in the API. */
function cannedAcl(name = 'Private') {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase() as 'private';
}

function made(Bucket: string, { partition, region }: ResourceScope) {
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  // Older Regions have their website behind a dash. Source: S3 User Guide, "Website endpoints".
  const website = OLD_WEBSITES.includes(region) ? `s3-website-${region}` : `s3-website.${region}`;
  return {
    id: Bucket,
    attributes: {
      Arn: `arn:${partition}:s3:::${Bucket}`,
      DomainName: `${Bucket}.s3.${suffix}`,
      DualStackDomainName: `${Bucket}.s3.dualstack.${region}.${suffix}`,
      RegionalDomainName: `${Bucket}.s3.${region}.${suffix}`,
      WebsiteURL: `http://${Bucket}.${website}.${suffix}`,
    },
  };
}

const OLD_WEBSITES = [
  'us-east-1',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'sa-east-1',
];

/** A policy that is there already is nobody's to replace. Source: github.com/awslabs/cdk-serverless-clamscan/issues/1382. */
export const bucketPolicy: ResourceType = {
  async create({ Bucket, PolicyDocument }, { aws, again }) {
    const there = again
      ? undefined
      : await ifThere('NoSuchBucketPolicy', aws.s3.GetBucketPolicy({ Bucket: text(Bucket) }));
    if (there !== undefined)
      throw new ServiceError('AlreadyExists', `The bucket policy already exists on bucket ${text(Bucket)}.`, {
        status: 409,
      });
    await aws.s3.PutBucketPolicy({ Bucket: text(Bucket), Policy: text(PolicyDocument) });
    return { id: text(Bucket), attributes: {} };
  },
  async update(Bucket, { PolicyDocument }, _, { aws }) {
    await aws.s3.PutBucketPolicy({ Bucket, Policy: text(PolicyDocument) });
    return { id: Bucket, attributes: {} };
  },
  delete: (Bucket, _, { aws }) => isGone(GONE, aws.s3.DeleteBucketPolicy({ Bucket })),
  async read(Bucket, { PolicyDocument: said }, { aws, partition }) {
    const found = await ifThere([GONE, 'NoSuchBucketPolicy'], aws.s3.GetBucketPolicy({ Bucket }));
    if (found === undefined) return undefined;
    return { Bucket, PolicyDocument: policyAsSaid(said, found.Policy, partition) };
  },
};

/** S3 writes a policy in its own way, which is no drift. */
function policyAsSaid(said: unknown, found = '{}', partition: string): unknown {
  return said !== undefined && keptPolicy(text(said), partition) === found ? said : JSON.parse(found);
}

type Point = {
  Bucket: string;
  BucketAccountId?: string;
  VpcConfiguration?: object;
  PublicAccessBlockConfiguration?: object;
  Scope?: Scope;
};

/** Also of directory buckets, whose names end with the zone, and which have a scope. */
export const accessPoint: ResourceType = {
  async create(properties, scope) {
    const control = scope.aws['s3-control'];
    const { Bucket, BucketAccountId, VpcConfiguration, PublicAccessBlockConfiguration, Scope } = properties as Point;
    const Name = textOf(properties.Name) ?? pointName(Bucket, scope);
    // Source: answers of AWS in badmintoncryer/cdk-preflight, September 2026.
    if (Name.endsWith('-s3alias'))
      throw new ServiceError('InvalidRequest', 'The specified access point alias is not valid');
    const point = { AccountId: scope.account, Name };
    await madeOnce(
      'AccessPointAlreadyOwnedByYou',
      scope,
      control.CreateAccessPoint({
        ...point,
        Bucket,
        ...(BucketAccountId !== undefined && { BucketAccountId }),
        ...(VpcConfiguration !== undefined && { VpcConfiguration: VpcConfiguration as { VpcId: string } }),
        ...(PublicAccessBlockConfiguration !== undefined && { PublicAccessBlockConfiguration }),
        ...(Scope !== undefined && { Scope }),
        Tags: tagListOf(properties, scope),
      }),
    );
    scope.begun(Name);
    return settlePoint(Name, properties, {}, scope);
  },
  update: (Name, properties, before, scope) => settlePoint(Name, properties, before, scope),
  delete: (Name, _, { aws, account }) =>
    isGone('NoSuchAccessPoint', aws['s3-control'].DeleteAccessPoint({ AccountId: account, Name })),
  async read(Name, { Tags, Policy: said }, { aws, account, partition }) {
    const point = { AccountId: account, Name };
    const found = await ifThere('NoSuchAccessPoint', aws['s3-control'].GetAccessPoint(point));
    if (found === undefined) return undefined;
    const { Bucket, PublicAccessBlockConfiguration, VpcConfiguration } = found;
    const kept = await ifThere('NoSuchAccessPointPolicy', aws['s3-control'].GetAccessPointPolicy(point));
    const scoped = isDirectoryPointName(Name) ? await aws['s3-control'].GetAccessPointScope(point) : {};
    return {
      ...scoped,
      ...(Tags !== undefined && { Tags }),
      ...(kept !== undefined && { Policy: policyAsSaid(said, kept.Policy, partition) }),
      Name,
      Bucket,
      PublicAccessBlockConfiguration,
      ...(VpcConfiguration !== undefined && { VpcConfiguration }),
    };
  },
};

/** Source: S3 User Guide, "Access points for directory buckets naming rules". */
function pointName(bucket: string, scope: ResourceScope): string {
  const zone = /--[^-]+-[^-]+--x-s3$/.exec(bucket)?.[0].slice(0, -'--x-s3'.length);
  return `${scope.name(50).toLowerCase()}${zone === undefined ? '' : `${zone}--xa-s3`}`;
}

async function settlePoint(Name: string, properties: Properties, before: Properties, scope: ResourceScope) {
  const control = scope.aws['s3-control'];
  const point = { AccountId: scope.account, Name };
  const block = (given: Properties) => JSON.stringify(given.PublicAccessBlockConfiguration);
  if (before.Bucket !== undefined && block(properties) !== block(before))
    refuseProperties(properties, ['PublicAccessBlockConfiguration']);
  if (properties.Policy !== undefined)
    await control.PutAccessPointPolicy({ ...point, Policy: text(properties.Policy) });
  else if (before.Policy !== undefined) await isGone('NoSuchAccessPointPolicy', control.DeleteAccessPointPolicy(point));
  const { Scope } = properties as Point;
  if (before.Bucket !== undefined && JSON.stringify(Scope) !== JSON.stringify(before.Scope))
    await (Scope === undefined
      ? control.DeleteAccessPointScope(point)
      : control.PutAccessPointScope({ ...point, Scope }));
  const { Alias, AccessPointArn: Arn, NetworkOrigin } = await control.GetAccessPoint(point);
  if (before.Bucket !== undefined) await retagPoint(Arn ?? '', properties, before, scope);
  return { id: Name, attributes: { Name, Alias, Arn, NetworkOrigin } };
}

async function retagPoint(ResourceArn: string, properties: Properties, before: Properties, scope: ResourceScope) {
  const control = scope.aws['s3-control'];
  const resource = { AccountId: scope.account, ResourceArn };
  const TagKeys = tagsGone(properties, before, scope);
  if (TagKeys.length > 0) await control.UntagResource({ ...resource, TagKeys });
  const Tags = tagListOf(properties, scope);
  if (Tags.length > 0) await control.TagResource({ ...resource, Tags });
}

export const resources: ResourceTypes = {
  'AWS::S3::AccessGrant': accessGrant,
  'AWS::S3::AccessGrantsInstance': accessGrantsInstance,
  'AWS::S3::AccessGrantsLocation': accessGrantsLocation,
  'AWS::S3::AccessPoint': accessPoint,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': bucketPolicy,
  'AWS::S3::MultiRegionAccessPoint': multiRegionAccessPoint,
  'AWS::S3::MultiRegionAccessPointPolicy': multiRegionAccessPointPolicy,
};
