/** ECR's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, textOf } from '#kernel/contract';

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

const NO_POLICY = 'RepositoryPolicyNotFoundException';
const NO_CYCLE = 'LifecyclePolicyNotFoundException';

/** Sets the policies that a template has. */
async function putPolicies(repositoryName: string, wanted: Wanted, { aws }: ResourceScope): Promise<void> {
  const policyText = textOf(wanted.RepositoryPolicyText);
  if (policyText !== undefined) await aws.ecr.SetRepositoryPolicy({ repositoryName, policyText });
  const { LifecyclePolicyText: lifecyclePolicyText, RegistryId: registryId } = wanted.LifecyclePolicy ?? {};
  if (lifecyclePolicyText !== undefined)
    await aws.ecr.PutLifecyclePolicy({ repositoryName, registryId, lifecyclePolicyText });
}

/** Removes the policies that a template has not, whoever has set them; who may not delete one reads first that there is none. */
async function dropPolicies(repositoryName: string, wanted: Wanted, { aws: { ecr } }: ResourceScope): Promise<void> {
  if (
    wanted.RepositoryPolicyText === undefined &&
    (await ifThere(NO_POLICY, ecr.GetRepositoryPolicy({ repositoryName })))
  )
    await isGone(NO_POLICY, ecr.DeleteRepositoryPolicy({ repositoryName }));
  if (
    wanted.LifecyclePolicy?.LifecyclePolicyText === undefined &&
    (await ifThere(NO_CYCLE, ecr.GetLifecyclePolicy({ repositoryName })))
  )
    await isGone(NO_CYCLE, ecr.DeleteLifecyclePolicy({ repositoryName }));
}

/** A repository has the tags of its template, and no others. */
async function retag(resourceArn: string, properties: Properties, scope: ResourceScope): Promise<void> {
  const { ecr } = scope.aws;
  const wanted = tagListOf(properties, scope);
  const { tags: found = [] } = await ecr.ListTagsForResource({ resourceArn });
  const isIn = (list: typeof found, tag: (typeof found)[number]) =>
    list.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value);
  const tagKeys = found.filter((tag) => !isIn(wanted, tag)).map(({ Key }) => Key);
  if (tagKeys.length > 0) await ecr.UntagResource({ resourceArn, tagKeys });
  const tags = wanted.filter((tag) => !isIn(found, tag));
  if (tags.length > 0) await ecr.TagResource({ resourceArn, tags });
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
      await madeOnce(
        'RepositoryAlreadyExistsException',
        scope,
        creation,
        // Source: stratospheric-dev/stratospheric, issue 204.
        `Resource of type 'AWS::ECR::Repository' with identifier '${repositoryName}' already exists.`,
      );
      scope.begun(repositoryName);
      await putPolicies(repositoryName, wanted, scope);
      return made(repositoryName, scope);
    },
    // Source: AWS's own handler of the type (aws-cloudformation/aws-cloudformation-resource-providers-ecr).
    async update(repositoryName, properties, _, scope) {
      const wanted = properties as Wanted;
      const { ecr } = scope.aws;
      await putPolicies(repositoryName, wanted, scope);
      await dropPolicies(repositoryName, wanted, scope);
      // What the template has no more stays as it is.
      if (wanted.ImageTagMutability !== undefined)
        await ecr.PutImageTagMutability({ repositoryName, ...mutabilityOf(wanted) });
      if (wanted.ImageScanningConfiguration !== undefined)
        await ecr.PutImageScanningConfiguration({ repositoryName, ...scanningOf(wanted) });
      const result = await made(repositoryName, scope);
      await retag(String(result.attributes.Arn), properties, scope);
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
      const policy = await ifThere(NO_POLICY, ecr.GetRepositoryPolicy({ repositoryName }));
      const cycle = await ifThere(NO_CYCLE, ecr.GetLifecyclePolicy({ repositoryName }));
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
