/** Secrets Manager's types of CloudFormation. */
import type { InputOf, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
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

const GONE = 'ResourceNotFoundException';
type Wishes = InputOf<'secrets-manager', 'GetRandomPassword'> & {
  SecretStringTemplate?: string;
  GenerateStringKey?: string;
};

/** The value: as given, or with a password drawn into a template. */
async function secretString(properties: Properties, { aws }: ResourceScope): Promise<string | undefined> {
  const { GenerateSecretString: wishes, SecretString } = properties as {
    GenerateSecretString?: Wishes;
    SecretString?: string;
  };
  if (wishes === undefined) return SecretString;
  // Source: badmintoncryer/cdk-preflight, measured in September 2026.
  if (SecretString !== undefined)
    throw new ServiceError('InvalidRequest', 'Can only specify either SecretString or GenerateSecretString.');
  const { SecretStringTemplate: template, GenerateStringKey: key, ...rest } = wishes;
  const { RandomPassword = '' } = await aws['secrets-manager'].GetRandomPassword(rest);
  if (template === undefined || key === undefined) return RandomPassword;
  return JSON.stringify({ ...objectIn(template), [key]: RandomPassword });
}

/** @throws {ServiceError} what CloudFormation says of a template that is no object */
function objectIn(template: string): object {
  try {
    const value: unknown = JSON.parse(template);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new ServiceError('InvalidRequest', 'Could not parse SecretStringTemplate JSON string.');
}

type Replica = { Region: string; KmsKeyId?: string };

const regionsOf = ({ ReplicaRegions }: Properties) => ReplicaRegions as Replica[] | undefined;

/** Replicas that the next template has no more go; those that it has otherwise, or anew, come. */
async function setRegions(SecretId: string, after: Properties, before: Properties, { aws }: ResourceScope) {
  const manager = aws['secrets-manager'];
  const [old, now] = [regionsOf(before) ?? [], regionsOf(after) ?? []];
  const gone = old.filter(({ Region }) => !now.some((one) => one.Region === Region)).map(({ Region }) => Region);
  const added = now.filter((one) => !old.some((other) => JSON.stringify(other) === JSON.stringify(one)));
  if (gone.length > 0) await manager.RemoveRegionsFromReplication({ SecretId, RemoveReplicaRegions: gone });
  if (added.length > 0) await manager.ReplicateSecretToRegions({ SecretId, AddReplicaRegions: added });
}

export const resources: ResourceTypes = {
  'AWS::SecretsManager::Secret': {
    async create(properties, scope) {
      refuseProperties(properties, ['Type']);
      const manager = scope.aws['secrets-manager'];
      // Source: aws/aws-cdk, issue 11573.
      const Name = textOf(properties.Name) ?? scope.name(512, true);
      const SecretString = await secretString(properties, scope);
      const Tags = tagListOf(properties, scope);
      const { Description, KmsKeyId } = properties as { Description?: string; KmsKeyId?: string };
      await madeOnce(
        'ResourceExistsException',
        scope,
        manager.CreateSecret({
          Name,
          SecretString,
          Tags,
          Description,
          KmsKeyId,
          AddReplicaRegions: regionsOf(properties),
        }),
      );
      const { ARN = '' } = await manager.DescribeSecret({ SecretId: Name });
      return { id: ARN, attributes: { Id: ARN } };
    },
    async update(SecretId, properties, before, scope) {
      const manager = scope.aws['secrets-manager'];
      const isDrawnAnew =
        JSON.stringify(properties.GenerateSecretString) !== JSON.stringify(before.GenerateSecretString);
      const isGivenAnew = properties.SecretString !== before.SecretString;
      const SecretString = isDrawnAnew || isGivenAnew ? await secretString(properties, scope) : undefined;
      const { Description, KmsKeyId } = properties as { Description?: string; KmsKeyId?: string };
      const isUndescribed = Description === undefined && before.Description !== undefined;
      await manager.UpdateSecret({ SecretId, Description: isUndescribed ? '' : Description, KmsKeyId, SecretString });
      await setRegions(SecretId, properties, before, scope);
      const gone = tagsGone(properties, before, scope);
      if (gone.length > 0) await manager.UntagResource({ SecretId, TagKeys: gone });
      const Tags = tagListOf(properties, scope);
      if (Tags.length > 0) await manager.TagResource({ SecretId, Tags });
      return { id: SecretId, attributes: { Id: SecretId } };
    },
    async delete(SecretId, properties, scope) {
      const manager = scope.aws['secrets-manager'];
      await isGone([GONE, 'InvalidParameterException'], setRegions(SecretId, {}, properties, scope));
      await isGone(GONE, manager.DeleteSecret({ SecretId, ForceDeleteWithoutRecovery: true }));
    },
    async read(SecretId, properties, { aws }) {
      const found = await ifThere(GONE, aws['secrets-manager'].DescribeSecret({ SecretId }));
      const there = new Set(found?.ReplicationStatus?.map(({ Region }) => Region));
      const ReplicaRegions = regionsOf(properties)?.filter(({ Region }) => there.has(Region));
      // What is secret can't be read.
      return (
        found && {
          ...properties,
          Name: found.Name,
          Description: found.Description,
          KmsKeyId: found.KmsKeyId,
          Tags: found.Tags,
          ...(ReplicaRegions !== undefined && { ReplicaRegions }),
        }
      );
    },
  },
  'AWS::SecretsManager::ResourcePolicy': {
    create: (properties, scope) => putPolicy(properties, scope),
    update: (_, properties, __, scope) => putPolicy(properties, scope),
    delete: (SecretId, _, { aws }) => isGone(GONE, aws['secrets-manager'].DeleteResourcePolicy({ SecretId })),
    async read(SecretId, properties, { aws }) {
      const found = await ifThere(GONE, aws['secrets-manager'].GetResourcePolicy({ SecretId }));
      if (found?.ResourcePolicy === undefined) return undefined;
      return { ...properties, ResourcePolicy: JSON.parse(found.ResourcePolicy) };
    },
  },
  'AWS::SecretsManager::RotationSchedule': {
    create: (properties, scope) => putRotation(properties, scope),
    update: (_, properties, __, scope) => putRotation(properties, scope),
    delete: (SecretId, _, { aws }) =>
      isGone([GONE, 'InvalidRequestException'], aws['secrets-manager'].CancelRotateSecret({ SecretId })),
  },
};

async function putPolicy(properties: Properties, { aws }: ResourceScope) {
  const SecretId = textOf(properties.SecretId) ?? '';
  await aws['secrets-manager'].PutResourcePolicy({
    SecretId,
    ResourcePolicy: textOf(properties.ResourcePolicy) ?? '',
    BlockPublicPolicy: properties.BlockPublicPolicy === true,
  });
  return { id: SecretId, attributes: { Id: SecretId } };
}

async function putRotation(properties: Properties, { aws }: ResourceScope) {
  refuseProperties(properties, [
    'HostedRotationLambda',
    'ExternalSecretRotationMetadata',
    'ExternalSecretRotationRoleArn',
  ]);
  const SecretId = textOf(properties.SecretId) ?? '';
  await aws['secrets-manager'].RotateSecret({
    SecretId,
    RotationLambdaARN: textOf(properties.RotationLambdaARN),
    RotationRules: properties.RotationRules as { AutomaticallyAfterDays?: number },
    RotateImmediately: properties.RotateImmediatelyOnUpdate !== false,
  });
  return { id: SecretId, attributes: { Id: SecretId } };
}
