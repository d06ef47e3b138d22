/** KMS's types of CloudFormation. */
import { SECOND } from '#kernel/base';
import type { Made, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, ServiceError, tagListOf, tagsGone, textOf } from '#kernel/contract';
import { defaultPolicy } from './domain/key-policy.ts';
import { invalid } from './errors.ts';

const GONE = 'NotFoundException';
/** Its deletion has been scheduled already. */
const GOING = 'KMSInvalidStateException';

type Key = {
  Description?: string;
  EnableKeyRotation?: boolean;
  Enabled?: boolean;
  KeySpec?: string;
  KeyUsage?: string;
  MultiRegion?: boolean;
  Origin?: string;
  PendingWindowInDays?: number;
  RotationPeriodInDays?: number;
  BypassPolicyLockoutSafetyCheck?: boolean;
};

/** Source: CloudFormation Template Reference, AWS::KMS::Key: a change of these fails the update. */
const FIXED = ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'] as const;

/** Source: badmintoncryer/cdk-preflight. @throws {ServiceError} InvalidRequest */
function checkRotation({ EnableKeyRotation, KeySpec = 'SYMMETRIC_DEFAULT', Origin }: Key): void {
  if (EnableKeyRotation === true && (KeySpec !== 'SYMMETRIC_DEFAULT' || Origin === 'EXTERNAL'))
    throw new ServiceError(
      'InvalidRequest',
      'Invalid request provided: You cannot set the EnableKeyRotation property to true on asymmetric or external keys.',
    );
}

const keyTags = (properties: Properties, scope: ResourceScope) =>
  tagListOf(properties, scope).map(({ Key: TagKey, Value: TagValue }) => ({ TagKey, TagValue }));

/** Deviation: a step in whose middle the cloud was killed makes its key once more; the first one stays, for nothing tells it from others. */
const key: ResourceType = {
  async create(properties, scope) {
    const { kms } = scope.aws;
    checkRotation(properties as Key);
    const { Description, KeySpec, KeyUsage, MultiRegion, Origin, BypassPolicyLockoutSafetyCheck } = properties as Key;
    const { KeyMetadata } = await kms.CreateKey({
      ...(properties.KeyPolicy !== undefined && { Policy: textOf(properties.KeyPolicy) ?? '' }),
      ...(Description !== undefined && { Description }),
      ...(KeySpec !== undefined && { KeySpec: KeySpec as 'SYMMETRIC_DEFAULT' }),
      ...(KeyUsage !== undefined && { KeyUsage: KeyUsage as 'ENCRYPT_DECRYPT' }),
      ...(MultiRegion !== undefined && { MultiRegion }),
      ...(Origin !== undefined && { Origin: Origin as 'AWS_KMS' }),
      ...(BypassPolicyLockoutSafetyCheck !== undefined && { BypassPolicyLockoutSafetyCheck }),
      Tags: keyTags(properties, scope),
    });
    const { KeyId = '', Arn } = KeyMetadata ?? {};
    scope.begun(KeyId);
    await setState(KeyId, properties as Key, {}, scope);
    return { id: KeyId, attributes: { KeyId, Arn } };
  },
  async update(KeyId, properties, before, scope) {
    const [fixed] = FIXED.filter((name) => textOf(properties[name]) !== textOf(before[name]));
    if (fixed !== undefined) throw invalid(`You cannot change the ${fixed} of an existing KMS key.`);
    checkRotation(properties as Key);
    return change(KeyId, properties, before, scope);
  },
  delete: scheduleDeletion,
  async read(KeyId, properties, { aws: { kms } }) {
    const found = await ifThere(GONE, kms.DescribeKey({ KeyId }));
    if (found?.KeyMetadata === undefined || found.KeyMetadata.KeyState === 'PendingDeletion') return undefined;
    const { Description, KeySpec, KeyUsage, MultiRegion, Origin, Enabled } = found.KeyMetadata;
    const { Policy = '{}' } = await kms.GetKeyPolicy({ KeyId });
    const { Tags = [] } = await kms.ListResourceTags({ KeyId });
    const rotation = properties.EnableKeyRotation === undefined ? undefined : await kms.GetKeyRotationStatus({ KeyId });
    return {
      Description,
      KeySpec,
      KeyUsage,
      MultiRegion,
      Origin,
      Enabled,
      KeyPolicy: JSON.parse(Policy),
      ...(rotation !== undefined && {
        EnableKeyRotation: rotation.KeyRotationEnabled,
        RotationPeriodInDays: rotation.RotationPeriodInDays,
      }),
      Tags: Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value })),
    };
  },
};

/** A replica of a key of another Region: it has the id of that one, and a description, policy, tags and state of its own. */
const replica: ResourceType = {
  async create(properties, scope) {
    const { PrimaryKeyArn, Description } = properties as { PrimaryKeyArn: string; Description?: string };
    const [, , , primaryRegion = scope.region, , resource = ''] = PrimaryKeyArn.split(':');
    const KeyId = resource.slice(resource.indexOf('/') + 1);
    const { kms } = scope.aws;
    if (!scope.again || (await ifThere(GONE, kms.DescribeKey({ KeyId }))) === undefined)
      await scope.awsIn(primaryRegion).kms.ReplicateKey({
        KeyId: PrimaryKeyArn,
        ReplicaRegion: scope.region,
        Policy: textOf(properties.KeyPolicy) ?? '',
        ...(Description !== undefined && { Description }),
        Tags: keyTags(properties, scope),
      });
    scope.begun(KeyId);
    const { KeyMetadata } = await kms.DescribeKey({ KeyId });
    if (KeyMetadata?.KeyState === 'Creating') scope.later(SECOND);
    if ((properties as Key).Enabled === false) await kms.DisableKey({ KeyId });
    return { id: KeyId, attributes: { KeyId, Arn: KeyMetadata?.Arn } };
  },
  update: change,
  delete: scheduleDeletion,
  async read(KeyId, properties, scope) {
    const found = await key.read?.(KeyId, properties, scope);
    if (found === undefined) return undefined;
    const { Description, Enabled, KeyPolicy, Tags } = found;
    const { KeyMetadata } = await scope.aws.kms.DescribeKey({ KeyId });
    const PrimaryKeyArn = KeyMetadata?.MultiRegionConfiguration?.PrimaryKey?.Arn ?? properties.PrimaryKeyArn;
    return { Description, Enabled, KeyPolicy, Tags, PrimaryKeyArn };
  },
};

/**
 * What can change of a key that is there: what its template leaves as it was stays as it is, whoever has set it, and without a policy it has the default one.
 * Source: AWS's own handlers of the types (aws-cloudformation/aws-cloudformation-resource-providers-kms).
 */
async function change(KeyId: string, properties: Properties, before: Properties, scope: ResourceScope): Promise<Made> {
  const { kms } = scope.aws;
  const { KeyMetadata } = await kms.DescribeKey({ KeyId });
  if (/^Pending(Replica)?Deletion$/.test(KeyMetadata?.KeyState ?? ''))
    throw new ServiceError('NotFound', `Resource of type 'AWS::KMS::Key' with identifier '${KeyId}' was not found.`);
  await setState(KeyId, properties as Key, before as Key, scope);
  const { Description = '' } = properties as Key;
  if (Description !== ((before as Key).Description ?? '')) await kms.UpdateKeyDescription({ KeyId, Description });
  if (textOf(properties.KeyPolicy) !== textOf(before.KeyPolicy))
    await kms.PutKeyPolicy({
      KeyId,
      Policy: textOf(properties.KeyPolicy) ?? defaultPolicy(scope),
      BypassPolicyLockoutSafetyCheck: (properties as Key).BypassPolicyLockoutSafetyCheck ?? false,
    });
  const TagKeys = tagsGone(properties, before, scope).filter((name) => !name.startsWith('aws:'));
  if (TagKeys.length > 0) await kms.UntagResource({ KeyId, TagKeys });
  const Tags = keyTags(properties, scope);
  if (Tags.length > 0) await kms.TagResource({ KeyId, Tags });
  return { id: KeyId, attributes: { KeyId, Arn: KeyMetadata?.Arn } };
}

/** Keys go after a while only. */
function scheduleDeletion(KeyId: string, { PendingWindowInDays }: Properties, { aws }: ResourceScope): Promise<void> {
  const days = PendingWindowInDays === undefined ? {} : { PendingWindowInDays: Number(PendingWindowInDays) };
  return isGone([GONE, GOING], aws.kms.ScheduleKeyDeletion({ KeyId, ...days }));
}

/** Whether it is enabled, and whether it is rotated. */
async function setState(KeyId: string, properties: Key, before: Key, { aws: { kms } }: ResourceScope): Promise<void> {
  const { Enabled = true, EnableKeyRotation = false, RotationPeriodInDays } = properties;
  // Only a key that is enabled can be told whether it rotates.
  if (before.Enabled === false && Enabled) await kms.EnableKey({ KeyId });
  const rotation = { EnableKeyRotation, RotationPeriodInDays };
  const old = {
    EnableKeyRotation: before.EnableKeyRotation ?? false,
    RotationPeriodInDays: before.RotationPeriodInDays,
  };
  if (JSON.stringify(rotation) !== JSON.stringify(old)) {
    if (EnableKeyRotation)
      await kms.EnableKeyRotation({ KeyId, ...(RotationPeriodInDays !== undefined && { RotationPeriodInDays }) });
    else await kms.DisableKeyRotation({ KeyId });
  }
  if (!Enabled && before.Enabled !== false) await kms.DisableKey({ KeyId });
}

/** Source: badmintoncryer/cdk-preflight: the handler does not pass on why a name is AWS's own. */
function maskReserved(error: Error): never {
  const isReserved = error instanceof ServiceError && error.code === 'NotAuthorizedException';
  throw isReserved
    ? new ServiceError('GeneralServiceException', "Error occurred during operation 'CreateAlias'.")
    : error;
}

const alias: ResourceType = {
  async create(properties, scope) {
    const { AliasName, TargetKeyId } = properties as { AliasName: string; TargetKeyId: string };
    await madeOnce(
      'AlreadyExistsException',
      scope,
      scope.aws.kms.CreateAlias({ AliasName, TargetKeyId }).catch(maskReserved),
      `Resource of type 'AWS::KMS::Alias' with identifier '${AliasName}' already exists.`,
    );
    return { id: AliasName, attributes: {} };
  },
  async update(AliasName, { TargetKeyId }, _, { aws }) {
    await aws.kms.UpdateAlias({ AliasName, TargetKeyId: textOf(TargetKeyId) ?? '' });
    return { id: AliasName, attributes: {} };
  },
  delete: (AliasName, _, { aws }) => isGone(GONE, aws.kms.DeleteAlias({ AliasName })),
  async read(AliasName, properties, { aws }) {
    const found = await ifThere(GONE, aws.kms.DescribeKey({ KeyId: AliasName }));
    const { KeyId, Arn } = found?.KeyMetadata ?? {};
    return found && { AliasName, TargetKeyId: properties.TargetKeyId === Arn ? Arn : KeyId };
  },
};

export const resources: ResourceTypes = {
  'AWS::KMS::Alias': alias,
  'AWS::KMS::Key': key,
  'AWS::KMS::ReplicaKey': replica,
};
