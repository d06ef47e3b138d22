/** KMS's condition keys. Source: KMS Developer Guide, "AWS KMS condition keys"; Service Authorization Reference, KMS. */
import type { ConditionKeys, Ctx } from '#kernel/contract';
import type { CreateGrantRequest } from '#models/kms';
import { aliases, type KeyRow } from '../state.ts';
import type { Found } from './find.ts';
import { constraintsOf } from './grants.ts';
import { viaService } from './managed.ts';

/** Parameters of requests that conditions see as they are. */
const PARAMETERS: { readonly [parameter: string]: string } = {
  EncryptionAlgorithm: 'kms:EncryptionAlgorithm',
  SigningAlgorithm: 'kms:SigningAlgorithm',
  MacAlgorithm: 'kms:MacAlgorithm',
  KeyAgreementAlgorithm: 'kms:KeyAgreementAlgorithm',
  MessageType: 'kms:MessageType',
  KeyPairSpec: 'kms:DataKeyPairSpec',
  WrappingAlgorithm: 'kms:WrappingAlgorithm',
  WrappingKeySpec: 'kms:WrappingKeySpec',
  ExpirationModel: 'kms:ExpirationModel',
  PendingWindowInDays: 'kms:ScheduleKeyDeletionPendingWindowInDays',
  RotationPeriodInDays: 'kms:RotationPeriodInDays',
  BypassPolicyLockoutSafetyCheck: 'kms:BypassPolicyLockoutSafetyCheck',
  ReplicaRegion: 'kms:ReplicaRegion',
  PrimaryRegion: 'kms:PrimaryRegion',
  GranteePrincipal: 'kms:GranteePrincipal',
  RetiringPrincipal: 'kms:RetiringPrincipal',
  GranteeServicePrincipal: 'kms:GranteeServicePrincipal',
  RetiringServicePrincipal: 'kms:RetiringServicePrincipal',
  ReEncryptOnSameKey: 'kms:ReEncryptOnSameKey',
};

/** What a request that doesn't say means. */
const DEFAULTS: { readonly [usage in KeyRow['usage']]?: ConditionKeys } = {
  ENCRYPT_DECRYPT: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' },
  SIGN_VERIFY: { 'kms:MessageType': 'RAW' },
};

type Input = { readonly [parameter: string]: unknown };

/** What conditions see of a call about a key. */
export function keyConditions({ key, store, alias }: Found, input: Input, ctx: Ctx): ConditionKeys {
  const { multiRegion } = key;
  const named = store.list(aliases, { index: 'byKey', where: { key: key.id } }).map(({ name }) => name);
  return {
    ...callerConditions(ctx),
    ...DEFAULTS[key.usage],
    ...requestConditions(input),
    ...ofKind(key.spec, key.usage),
    'kms:KeyOrigin': key.origin,
    'kms:MultiRegion': String(multiRegion !== undefined),
    ...(multiRegion !== undefined && {
      'kms:MultiRegionKeyType': multiRegion.primary === key.region ? 'PRIMARY' : 'REPLICA',
    }),
    ...(named.length > 0 && { 'kms:ResourceAliases': named }),
    ...(alias !== undefined && { 'kms:RequestAlias': alias }),
    ...Object.fromEntries(Object.entries(key.tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value])),
  };
}

/** What conditions see of a call that makes a key. @param type of a multi-Region one */
export function newKeyConditions(input: Input, type: 'PRIMARY' | 'REPLICA', ctx: Ctx): ConditionKeys {
  return {
    ...callerConditions(ctx),
    ...requestConditions(input),
    ...ofKind(
      String(input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'),
      String(input.KeyUsage ?? 'ENCRYPT_DECRYPT'),
    ),
    'kms:KeyOrigin': String(input.Origin ?? 'AWS_KMS'),
    'kms:MultiRegion': String(input.MultiRegion === true),
    ...(input.MultiRegion === true && { 'kms:MultiRegionKeyType': type }),
  };
}

/** By today's names and those of before, which policies may still have. */
function ofKind(spec: string, usage: string): ConditionKeys {
  return {
    'kms:KeySpec': spec,
    'kms:KeyUsage': usage,
    'kms:CustomerMasterKeySpec': spec,
    'kms:CustomerMasterKeyUsage': usage,
  };
}

function callerConditions(ctx: Ctx): ConditionKeys {
  const via = viaService(ctx);
  return {
    'kms:CallerAccount': ctx.caller.principal.account,
    'kms:GrantIsForAWSResource': String(via !== undefined),
    ...(via !== undefined && { 'kms:ViaService': via }),
  };
}

function requestConditions(input: Input): ConditionKeys {
  const seen: { [key: string]: string | readonly string[] } = {};
  for (const [parameter, key] of Object.entries(PARAMETERS))
    if (input[parameter] !== undefined) seen[key] = String(input[parameter]);
  if (input.ValidTo !== undefined) seen['kms:ValidTo'] = new Date(Number(input.ValidTo)).toISOString();
  const tags = input.Tags as readonly { TagKey: string; TagValue: string }[] | undefined;
  for (const { TagKey, TagValue } of tags ?? []) seen[`aws:RequestTag/${TagKey}`] = TagValue;
  const tagKeys = tags?.map(({ TagKey }) => TagKey) ?? (input.TagKeys as readonly string[] | undefined);
  if (tagKeys !== undefined) seen['aws:TagKeys'] = tagKeys;
  if (input.Operations !== undefined) seen['kms:GrantOperations'] = input.Operations as string[];
  const constraints = constraintsOf(input as Pick<CreateGrantRequest, 'Constraints'>);
  const [constraint] = Object.keys(constraints ?? {});
  if (constraint !== undefined) seen['kms:GrantConstraintType'] = constraint;
  const bound = constraints?.EncryptionContextEquals ?? constraints?.EncryptionContextSubset;
  const context = (input.EncryptionContext as { [key: string]: string } | undefined) ?? bound;
  for (const [key, value] of Object.entries(context ?? {})) seen[`kms:EncryptionContext:${key}`] = value;
  if (context !== undefined) seen['kms:EncryptionContextKeys'] = Object.keys(context);
  return seen;
}
