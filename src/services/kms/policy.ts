/** What each operation must be allowed: the key's policy decides, IAM's where it leaves it to the account. */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { findSource, sourceOfDecrypt, sourceOfReEncrypt } from './domain/cipher.ts';
import { keyConditions, newKeyConditions } from './domain/conditions.ts';
import { ANY, aliasArn, type Found, findKey, type Naming } from './domain/find.ts';
import { findGrant, grantFor, retiredBy } from './domain/grants.ts';
import { aliases, keys } from './state.ts';

type Input = { readonly [parameter: string]: unknown };

/** Permission for an action on a key. */
function on(found: Found, action: string, input: Input, ctx: Ctx): Access {
  const { key } = found;
  return {
    action: `kms:${action}`,
    resource: key.arn,
    account: key.account,
    policy: key.inEffect ?? key.policy,
    policyDecides: true,
    grantedBy: () => grantFor(found, action, input, ctx),
    context: () => keyConditions(found, input, ctx),
  };
}

const onKey =
  (action: string, naming: Naming = {}) =>
  (input: { KeyId: string }, ctx: Ctx) =>
    on(findKey(input.KeyId, ctx, naming, `kms:${action}`), action, input, ctx);

/** Aliases have no policy of their own: IAM's decide, and the key's about the key. */
function onAlias(action: string, name: string, ctx: Ctx): Access {
  return { action: `kms:${action}`, resource: aliasArn(ctx, name) };
}

/** The key an alias points to; none when there is no such alias, which the handler says. */
function behindAlias(name: string, ctx: Ctx): Found[] {
  const alias = ctx.store.get(aliases, { name });
  const key = alias === undefined ? undefined : ctx.store.get(keys, { id: alias.key });
  return key === undefined ? [] : [{ key, store: ctx.store }];
}

/** The key an alias is to point to; an alias in its place is refused by the handler. */
function target(id: string, action: string, input: Input, ctx: Ctx): Access[] {
  return id.includes('alias/') ? [] : [on(findKey(id, ctx, {}, `kms:${action}`), action, input, ctx)];
}

/** Key stores have no ARNs. */
const onStores = (action: string) => (_: object, ctx: Ctx) => ({
  action: `kms:${action}`,
  resource: '*',
  context: () => ({ 'kms:CallerAccount': ctx.caller.principal.account }),
});

/** A key that is made with tags takes the permission to tag, too. @param region in which it is made */
function creating(made: Input & { Tags?: readonly object[] | undefined }, region: string, ctx: Ctx): Access[] {
  const context = () => newKeyConditions(made, region === ctx.region ? 'PRIMARY' : 'REPLICA', ctx);
  const resource = `arn:${ctx.partition}:kms:${region}:${ctx.account}:key/*`;
  return [
    { action: 'kms:CreateKey', resource: '*', context },
    ...((made.Tags ?? []).length > 0 ? [{ action: 'kms:TagResource', resource, context }] : []),
  ];
}

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS KMS"; Developer Guide, "AWS KMS permissions". */
export const access: AccessRules<'kms'> = {
  CreateKey: (input, ctx) => creating(input, ctx.region, ctx),
  CreateCustomKeyStore: onStores('CreateCustomKeyStore'),
  DescribeCustomKeyStores: onStores('DescribeCustomKeyStores'),
  ConnectCustomKeyStore: onStores('ConnectCustomKeyStore'),
  DisconnectCustomKeyStore: onStores('DisconnectCustomKeyStore'),
  UpdateCustomKeyStore: onStores('UpdateCustomKeyStore'),
  DeleteCustomKeyStore: onStores('DeleteCustomKeyStore'),
  DescribeKey: onKey('DescribeKey', ANY),
  EnableKey: onKey('EnableKey'),
  DisableKey: onKey('DisableKey'),
  UpdateKeyDescription: onKey('UpdateKeyDescription'),
  GetPublicKey: onKey('GetPublicKey', ANY),
  ScheduleKeyDeletion: onKey('ScheduleKeyDeletion'),
  CancelKeyDeletion: onKey('CancelKeyDeletion'),
  TagResource: onKey('TagResource'),
  UntagResource: onKey('UntagResource'),
  ListResourceTags: onKey('ListResourceTags'),
  EnableKeyRotation: onKey('EnableKeyRotation'),
  DisableKeyRotation: onKey('DisableKeyRotation'),
  GetKeyRotationStatus: onKey('GetKeyRotationStatus', { foreign: true }),
  RotateKeyOnDemand: onKey('RotateKeyOnDemand'),
  ListKeyRotations: onKey('ListKeyRotations'),
  GetKeyLastUsage: onKey('GetKeyLastUsage'),
  GetParametersForImport: onKey('GetParametersForImport'),
  ImportKeyMaterial: onKey('ImportKeyMaterial'),
  DeleteImportedKeyMaterial: onKey('DeleteImportedKeyMaterial'),
  ReplicateKey: (input, ctx) => {
    const found = findKey(input.KeyId, ctx, {}, 'kms:ReplicateKey');
    const { key } = found;
    const made = { KeySpec: key.spec, KeyUsage: key.usage, Origin: key.origin, MultiRegion: true, Tags: input.Tags };
    return [on(found, 'ReplicateKey', input, ctx), ...creating(made, input.ReplicaRegion, ctx)];
  },
  UpdatePrimaryRegion: (input, ctx) => {
    const found = findKey(input.KeyId, ctx, {}, 'kms:UpdatePrimaryRegion');
    const store = ctx.store.in({ region: input.PrimaryRegion });
    const replica = store.get(keys, { id: found.key.id });
    const both = replica === undefined ? [found] : [found, { key: replica, store }];
    return both.map((one) => on(one, 'UpdatePrimaryRegion', input, ctx));
  },
  Sign: onKey('Sign', ANY),
  Verify: onKey('Verify', ANY),
  GenerateMac: onKey('GenerateMac', ANY),
  VerifyMac: onKey('VerifyMac', ANY),
  DeriveSharedSecret: onKey('DeriveSharedSecret', ANY),
  Encapsulate: onKey('Encapsulate', ANY),
  Decapsulate: onKey('Decapsulate', ANY),
  GetKeyPolicy: onKey('GetKeyPolicy'),
  PutKeyPolicy: onKey('PutKeyPolicy'),
  ListKeyPolicies: onKey('ListKeyPolicies'),
  Encrypt: onKey('Encrypt', ANY),
  Decrypt: (input, ctx) => on(findSource(sourceOfDecrypt(input), ctx, 'kms:Decrypt'), 'Decrypt', input, ctx),
  ReEncrypt: (input, ctx) => {
    const from = findSource(sourceOfReEncrypt(input), ctx, 'kms:ReEncryptFrom');
    const to = findKey(input.DestinationKeyId, ctx, ANY, 'kms:ReEncryptTo');
    const same = { ReEncryptOnSameKey: from.key.arn === to.key.arn };
    const source = {
      EncryptionContext: input.SourceEncryptionContext,
      EncryptionAlgorithm: input.SourceEncryptionAlgorithm,
    };
    const destination = {
      EncryptionContext: input.DestinationEncryptionContext,
      EncryptionAlgorithm: input.DestinationEncryptionAlgorithm,
    };
    return [
      on(from, 'ReEncryptFrom', { ...source, ...same }, ctx),
      on(to, 'ReEncryptTo', { ...destination, ...same }, ctx),
    ];
  },
  GenerateDataKey: onKey('GenerateDataKey', ANY),
  GenerateDataKeyWithoutPlaintext: onKey('GenerateDataKeyWithoutPlaintext', ANY),
  GenerateDataKeyPair: onKey('GenerateDataKeyPair', ANY),
  GenerateDataKeyPairWithoutPlaintext: onKey('GenerateDataKeyPairWithoutPlaintext', ANY),
  CreateGrant: onKey('CreateGrant', { foreign: true }),
  ListGrants: onKey('ListGrants', { foreign: true }),
  ListRetirableGrants: () => ({ action: 'kms:ListRetirableGrants', resource: '*' }),
  RevokeGrant: onKey('RevokeGrant', { foreign: true }),
  RetireGrant: (input, ctx) => {
    const found = findGrant(input, ctx);
    // Source: Developer Guide, "Retiring and revoking grants": the permission counts in IAM's policies, not in the key's.
    const { policy: _, policyDecides: __, ...access } = on(found, 'RetireGrant', input, ctx);
    return { ...access, grantedBy: () => retiredBy(found.grant, ctx) };
  },
  CreateAlias: (input, ctx) => [
    onAlias('CreateAlias', input.AliasName, ctx),
    ...target(input.TargetKeyId, 'CreateAlias', input, ctx),
  ],
  UpdateAlias: (input, ctx) => [
    onAlias('UpdateAlias', input.AliasName, ctx),
    ...behindAlias(input.AliasName, ctx).map((found) => on(found, 'UpdateAlias', input, ctx)),
    ...target(input.TargetKeyId, 'UpdateAlias', input, ctx),
  ],
  DeleteAlias: (input, ctx) => [
    onAlias('DeleteAlias', input.AliasName, ctx),
    ...behindAlias(input.AliasName, ctx).map((found) => on(found, 'DeleteAlias', input, ctx)),
  ],
};
