/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets Manager". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { keyArnOf } from '../kms/port.ts';
import { accountIn, type Found, lookUp } from './domain/find.ts';

/** Members of requests that conditions see by their own names. */
const SEEN = [
  'BlockPublicPolicy',
  'Description',
  'ExternalSecretRotationRoleArn',
  'ForceDeleteWithoutRecovery',
  'ForceOverwriteReplicaSecret',
  'KmsKeyId',
  'RecoveryWindowInDays',
  'RotateImmediately',
  'RotationLambdaARN',
  'Type',
  'VersionId',
];

function given(input: object, ctx: Ctx): ConditionKeys {
  const members = input as { readonly [member: string]: unknown };
  const seen = SEEN.filter((member) => members[member] !== undefined);
  const { KmsKeyId: key } = members;
  const arn = typeof key === 'string' && key !== '' ? keyArnOf(key, ctx) : undefined;
  return {
    ...Object.fromEntries(seen.map((member) => [`secretsmanager:${member}`, String(members[member])])),
    ...(arn !== undefined && { 'secretsmanager:KmsKeyArn': arn }),
  };
}

const ofTags = (tags: readonly { Key?: string; Value?: string }[] = []) =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`secretsmanager:ResourceTag/${Key}`, Value]));

/** What conditions see of a secret. */
function ofSecret({ secret }: Found, { region }: Ctx): ConditionKeys {
  const rotator = secret.rotation?.lambdaArn;
  return {
    ...ofTags(secret.tags),
    'secretsmanager:SecretId': secret.arn,
    'secretsmanager:SecretPrimaryRegion': secret.primary ?? region,
    ...(rotator !== undefined && { 'secretsmanager:resource/AllowRotationLambdaArn': rotator }),
  };
}

/**
 * What an operation on a secret must be allowed. A denial names the secret as the caller does.
 * Source: aws/aws-cdk, issue 28537 (an ARN without its end, of another account and Region); external-secrets/external-secrets, issue 2685.
 */
export const onSecret =
  (action: string) =>
  (
    input: { SecretId: string; VersionStage?: string | undefined; RotationRules?: object | undefined },
    ctx: Ctx,
  ): Access => {
    const found = lookUp(input.SecretId, ctx);
    const { partition, region, account } = ctx;
    const { SecretId: id } = input;
    // Of one that is not there, any last six characters are meant: who may not use them all is denied. Source: radkawar/stackd, measured in 2026.
    const named = id.startsWith('arn:')
      ? id
      : `arn:${partition}:secretsmanager:${region}:${account}:secret:${id}-??????`;
    return {
      action: `secretsmanager:${action}`,
      resource: found?.secret.arn ?? named,
      called: id,
      account: found?.account ?? accountIn(id),
      policy: found?.secret.policy,
      grantedBy: () => linkedRole(action, found?.secret.name ?? '', ctx),
      context: () => ({
        ...given(input, ctx),
        ...(found !== undefined && ofSecret(found, ctx)),
        // One that is not named is not seen, even where AWSCURRENT is meant. Source: radkawar/stackd, measured in 2026.
        ...(input.VersionStage !== undefined && { 'secretsmanager:VersionStage': input.VersionStage }),
        ...(action === 'RotateSecret' && {
          'secretsmanager:ModifyRotationRules': String(input.RotationRules !== undefined),
        }),
      }),
    };
  };

/**
 * EventBridge reads the secrets of its connections by a role that is linked to it. Source: EventBridge User Guide, "Using service-linked
 * roles" (AWSServiceRoleForAmazonEventBridgeApiDestinations).
 */
function linkedRole(action: string, name: string, { caller: { principal } }: Ctx): string | undefined {
  const isOwn = principal.kind === 'service' && principal.service === 'events.amazonaws.com';
  return isOwn && action === 'GetSecretValue' && name.startsWith('events!connection/')
    ? 'AWSServiceRoleForAmazonEventBridgeApiDestinations'
    : undefined;
}

const addingRegions = (added: readonly { Region?: string }[]) => ({
  ...(added.length > 0 && { 'secretsmanager:AddReplicaRegions': added.map(({ Region = '' }) => Region) }),
});

/** The tags of the secret that an ARN names, as policies see them. */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } =>
  Object.fromEntries((lookUp(arn, ctx)?.secret.tags ?? []).map(({ Key, Value }) => [Key, Value]));

export const access: AccessRules<'secrets-manager'> = {
  CreateSecret: (input, ctx) => {
    const resource = `arn:${ctx.partition}:secretsmanager:${ctx.region}:${ctx.account}:secret:${input.Name}`;
    const added = input.AddReplicaRegions ?? [];
    return ['CreateSecret', ...(added.length > 0 ? ['ReplicateSecretToRegions'] : [])].map((action) => ({
      action: `secretsmanager:${action}`,
      resource,
      called: input.Name,
      context: {
        ...given(input, ctx),
        ...ofTags(input.Tags),
        'secretsmanager:Name': input.Name,
        ...addingRegions(added),
      },
    }));
  },
  ReplicateSecretToRegions: (input, ctx) => {
    const { context, ...access } = onSecret('ReplicateSecretToRegions')(input, ctx);
    const own = () => (typeof context === 'function' ? context() : context);
    return { ...access, context: () => ({ ...own(), ...addingRegions(input.AddReplicaRegions) }) };
  },
  RemoveRegionsFromReplication: onSecret('RemoveRegionsFromReplication'),
  StopReplicationToReplica: onSecret('StopReplicationToReplica'),
  ListSecrets: () => ({ action: 'secretsmanager:ListSecrets', resource: '*' }),
  // Source: API Reference, BatchGetSecretValue: filters take the permission to list, too.
  BatchGetSecretValue: ({ Filters }) =>
    ['BatchGetSecretValue', ...(Filters === undefined ? [] : ['ListSecrets'])].map((action) => ({
      action: `secretsmanager:${action}`,
      resource: '*',
    })),
  GetRandomPassword: () => ({ action: 'secretsmanager:GetRandomPassword', resource: '*' }),
  ValidateResourcePolicy: ({ SecretId }, ctx) =>
    SecretId === undefined
      ? { action: 'secretsmanager:ValidateResourcePolicy', resource: '*' }
      : onSecret('ValidateResourcePolicy')({ SecretId }, ctx),
  PutSecretValue: onSecret('PutSecretValue'),
  UpdateSecret: onSecret('UpdateSecret'),
  DescribeSecret: onSecret('DescribeSecret'),
  GetSecretValue: onSecret('GetSecretValue'),
  ListSecretVersionIds: onSecret('ListSecretVersionIds'),
  DeleteSecret: onSecret('DeleteSecret'),
  RestoreSecret: onSecret('RestoreSecret'),
  UpdateSecretVersionStage: onSecret('UpdateSecretVersionStage'),
  RotateSecret: onSecret('RotateSecret'),
  CancelRotateSecret: onSecret('CancelRotateSecret'),
  PutResourcePolicy: onSecret('PutResourcePolicy'),
  GetResourcePolicy: onSecret('GetResourcePolicy'),
  DeleteResourcePolicy: onSecret('DeleteResourcePolicy'),
  ListResourcePolicies: onSecret('ListResourcePolicies'),
  TagResource: onSecret('TagResource'),
  UntagResource: onSecret('UntagResource'),
};
