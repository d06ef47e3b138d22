/** ECR's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'RepositoryNotFoundException';

type Creation = InputOf<'ecr', 'CreateRepository'>;
type Wanted = {
  RepositoryName?: string;
  EmptyOnDelete?: boolean | string;
  EncryptionConfiguration?: { EncryptionType: string; KmsKey?: string };
  ImageScanningConfiguration?: { ScanOnPush?: boolean | string };
  ImageTagMutability?: Creation['imageTagMutability'];
  ImageTagMutabilityExclusionFilters?: {
    ImageTagMutabilityExclusionFilterType: 'WILDCARD';
    ImageTagMutabilityExclusionFilterValue: string;
  }[];
  LifecyclePolicy?: { LifecyclePolicyText?: string; RegistryId?: string };
  RepositoryPolicyText?: unknown;
};

const isTrue = (value: unknown) => String(value) === 'true';

/** How the tags of its images are held, with what is held otherwise. */
function mutabilityOf({ ImageTagMutability = 'MUTABLE', ImageTagMutabilityExclusionFilters }: Wanted) {
  return {
    imageTagMutability: ImageTagMutability,
    ...(ImageTagMutabilityExclusionFilters !== undefined && {
      imageTagMutabilityExclusionFilters: ImageTagMutabilityExclusionFilters.map((filter) => ({
        filterType: filter.ImageTagMutabilityExclusionFilterType,
        filter: filter.ImageTagMutabilityExclusionFilterValue,
      })),
    }),
  };
}

function scanningOf({ ImageScanningConfiguration }: Wanted) {
  return { imageScanningConfiguration: { scanOnPush: isTrue(ImageScanningConfiguration?.ScanOnPush) } };
}

/** Sets the policies that a repository has; those that it had before and has no more go. */
async function putPolicies(repositoryName: string, wanted: Wanted, before: Wanted, { aws }: ResourceScope) {
  const policyText = textOf(wanted.RepositoryPolicyText);
  if (policyText !== undefined) await aws.ecr.SetRepositoryPolicy({ repositoryName, policyText });
  else if (before.RepositoryPolicyText !== undefined)
    await isGone('RepositoryPolicyNotFoundException', aws.ecr.DeleteRepositoryPolicy({ repositoryName }));
  const { LifecyclePolicyText: lifecyclePolicyText, RegistryId: registryId } = wanted.LifecyclePolicy ?? {};
  if (lifecyclePolicyText !== undefined)
    await aws.ecr.PutLifecyclePolicy({ repositoryName, registryId, lifecyclePolicyText });
  else if (before.LifecyclePolicy?.LifecyclePolicyText !== undefined)
    await isGone('LifecyclePolicyNotFoundException', aws.ecr.DeleteLifecyclePolicy({ repositoryName }));
}

async function made(name: string, { aws }: ResourceScope): Promise<Made> {
  const { repositories: [found] = [] } = await aws.ecr.DescribeRepositories({ repositoryNames: [name] });
  return { id: name, attributes: { Arn: found?.repositoryArn, RepositoryUri: found?.repositoryUri } };
}

type Replication = {
  ReplicationConfiguration?: {
    Rules: {
      Destinations: { Region: string; RegistryId: string }[];
      RepositoryFilters?: { Filter: string; FilterType: 'PREFIX_MATCH' }[];
    }[];
  };
};

/** There is one in each registry, so that none is made of no rules. */
async function putReplication(properties: Properties, { aws, account }: ResourceScope): Promise<Made> {
  const { ReplicationConfiguration: { Rules = [] } = {} } = properties as Replication;
  const rules = Rules.map(({ Destinations, RepositoryFilters: filters }) => ({
    destinations: Destinations.map(({ Region, RegistryId }) => ({ region: Region, registryId: String(RegistryId) })),
    ...(filters !== undefined && {
      repositoryFilters: filters.map(({ Filter, FilterType }) => ({ filter: Filter, filterType: FilterType })),
    }),
  }));
  await aws.ecr.PutReplicationConfiguration({ replicationConfiguration: { rules } });
  return { id: account, attributes: { RegistryId: account } };
}

export const resources: ResourceTypes = {
  'AWS::ECR::ReplicationConfiguration': {
    create: (properties, scope) => putReplication(properties, scope),
    update: (_, properties, __, scope) => putReplication(properties, scope),
    async delete(_, __, scope) {
      await putReplication({}, scope);
    },
    async read(_, __, { aws }) {
      const { replicationConfiguration: { rules = [] } = {} } = await aws.ecr.DescribeRegistry({});
      if (rules.length === 0) return undefined;
      const Rules = rules.map(({ destinations, repositoryFilters: filters }) => ({
        Destinations: destinations.map(({ region, registryId }) => ({ Region: region, RegistryId: registryId })),
        ...(filters !== undefined && {
          RepositoryFilters: filters.map(({ filter, filterType }) => ({ Filter: filter, FilterType: filterType })),
        }),
      }));
      return { ReplicationConfiguration: { Rules } };
    },
  },
  'AWS::ECR::Repository': {
    async create(properties, scope) {
      const wanted = properties as Wanted;
      const { EncryptionConfiguration: encryption } = wanted;
      const repositoryName = wanted.RepositoryName ?? scope.name(256).toLowerCase();
      const creation = scope.aws.ecr.CreateRepository({
        repositoryName,
        tags: tagListOf(properties, scope),
        ...mutabilityOf(wanted),
        ...scanningOf(wanted),
        ...(encryption !== undefined && {
          encryptionConfiguration: {
            encryptionType: encryption.EncryptionType as 'KMS',
            ...(encryption.KmsKey !== undefined && { kmsKey: encryption.KmsKey }),
          },
        }),
      });
      await madeOnce('RepositoryAlreadyExistsException', scope, creation);
      scope.begun(repositoryName);
      await putPolicies(repositoryName, wanted, {}, scope);
      return made(repositoryName, scope);
    },
    async update(repositoryName, properties, before, scope) {
      const wanted = properties as Wanted;
      const { ecr } = scope.aws;
      await ecr.PutImageTagMutability({ repositoryName, ...mutabilityOf(wanted) });
      await ecr.PutImageScanningConfiguration({ repositoryName, ...scanningOf(wanted) });
      await putPolicies(repositoryName, wanted, before as Wanted, scope);
      const result = await made(repositoryName, scope);
      const resourceArn = String(result.attributes.Arn);
      const tagKeys = tagsGone(properties, before, scope);
      if (tagKeys.length > 0) await ecr.UntagResource({ resourceArn, tagKeys });
      const tags = tagListOf(properties, scope);
      if (tags.length > 0) await ecr.TagResource({ resourceArn, tags });
      return result;
    },
    async delete(repositoryName, properties, { aws }) {
      const force = isTrue((properties as Wanted).EmptyOnDelete);
      await isGone(GONE, aws.ecr.DeleteRepository({ repositoryName, force }));
    },
    async read(repositoryName, properties, { aws }) {
      const found = await ifThere(GONE, aws.ecr.DescribeRepositories({ repositoryNames: [repositoryName] }));
      const [row] = found?.repositories ?? [];
      if (row === undefined) return undefined;
      const { ecr } = aws;
      const policy = await ifThere('RepositoryPolicyNotFoundException', ecr.GetRepositoryPolicy({ repositoryName }));
      const cycle = await ifThere('LifecyclePolicyNotFoundException', ecr.GetLifecyclePolicy({ repositoryName }));
      const { tags = [] } = await ecr.ListTagsForResource({ resourceArn: row.repositoryArn ?? '' });
      const { encryptionConfiguration: encryption } = row;
      return {
        RepositoryName: repositoryName,
        ...(properties.EmptyOnDelete !== undefined && { EmptyOnDelete: properties.EmptyOnDelete }),
        EncryptionConfiguration: {
          EncryptionType: encryption?.encryptionType,
          ...(encryption?.kmsKey !== undefined && { KmsKey: encryption.kmsKey }),
        },
        ImageScanningConfiguration: { ScanOnPush: row.imageScanningConfiguration?.scanOnPush },
        ImageTagMutability: row.imageTagMutability,
        ...(row.imageTagMutabilityExclusionFilters !== undefined && {
          ImageTagMutabilityExclusionFilters: row.imageTagMutabilityExclusionFilters.map(({ filterType, filter }) => ({
            ImageTagMutabilityExclusionFilterType: filterType,
            ImageTagMutabilityExclusionFilterValue: filter,
          })),
        }),
        LifecyclePolicy: cycle && {
          LifecyclePolicyText: cycle.lifecyclePolicyText,
          ...((properties as Wanted).LifecyclePolicy?.RegistryId !== undefined && { RegistryId: cycle.registryId }),
        },
        RepositoryPolicyText: policy && JSON.parse(policy.policyText ?? '{}'),
        Tags: tags,
      };
    },
  },
};
