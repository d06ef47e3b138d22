/** Keys: create, describe, list, enable, disable, describe anew, delete after a while. */
import type { Ctx, Handler } from '#kernel/contract';
import type { CreateKeyRequest, KeySpec } from '#models/kms';
import { ANY, findKey, keyArn } from '../domain/find.ts';
import { addKey, metadataOf, readTags } from '../domain/key.ts';
import { checkKeyPolicy, defaultPolicy, policyOf } from '../domain/key-policy.ts';
import { demandAlive, demandSwitchable, demandUsable } from '../domain/key-state.ts';
import { keepMaterial, newMaterial, newMaterialId } from '../domain/material.ts';
import { pageOf, readMarker } from '../domain/page.ts';
import { rotateWhenDue } from '../domain/rotation.ts';
import { algorithmsOf, isAsymmetric, SPECS, specMembers } from '../domain/specs.ts';
import { checkGrantTokens } from '../domain/use.ts';
import { invalid, noPublicKey, notForOrigin, unsupported } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type KeyRow, keys } from '../state.ts';
import { demandExternal, readExternal, takeExternal } from '../xks/new-key.ts';

export const createKey: Handler<'kms', 'CreateKey'> = async (input, ctx) => {
  const external = readExternal(input, ctx);
  const { spec, usage, origin } = readKind(input);
  const policy = input.Policy ?? defaultPolicy(ctx);
  const tags = readTags(input.Tags);
  if (external !== undefined) await demandExternal(external, ctx);
  const material = origin === 'EXTERNAL' ? undefined : await newMaterial(spec);
  return ctx.transact((store) => {
    const id = newKeyId(input.MultiRegion === true, ctx);
    const arn = keyArn(ctx, id);
    if (input.Policy !== undefined) checkKeyPolicy(policy, arn, input.BypassPolicyLockoutSafetyCheck, ctx);
    const materialId = material === undefined ? undefined : newMaterialId(ctx);
    const key: KeyRow = {
      id,
      arn,
      account: ctx.account,
      region: ctx.region,
      description: input.Description ?? '',
      usage,
      spec,
      origin,
      manager: 'CUSTOMER',
      state: material === undefined ? 'PendingImport' : 'Enabled',
      ...policyOf(policy),
      tags,
      createdAt: ctx.now,
      ...(materialId !== undefined && { material: materialId }),
      ...(material?.publicKey !== undefined && { publicKey: material.publicKey.toString('base64') }),
      ...(external !== undefined && { external }),
      ...(input.MultiRegion === true && { multiRegion: { primary: ctx.region, replicas: [] } }),
    };
    addKey(store, key, ctx);
    if (external !== undefined) takeExternal(external, id, store);
    if (material !== undefined && materialId !== undefined)
      keepMaterial(store, { key: id, id: materialId }, material.secret);
    return { KeyMetadata: metadataOf(key, store, ctx) };
  });
};

function newKeyId(multiRegion: boolean, ctx: Ctx): string {
  const uuid = ctx.uuid();
  return multiRegion ? `mrk-${uuid.replaceAll('-', '')}` : uuid;
}

/** @throws {ServiceError} ValidationException, UnsupportedOperationException */
function readKind(input: CreateKeyRequest): Pick<KeyRow, 'usage' | 'origin'> & { spec: KeySpec } {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw invalid(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  const spec: KeySpec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const origin = (input.Origin ?? 'AWS_KMS') as KeyRow['origin'];
  // Source: API Reference, CreateKey, KeySpec: SM2 in China Regions only, which Cloudyard does not have.
  if (spec === 'SM2') throw unsupported('KeySpec SM2 is not supported in this Region');
  if (origin === 'EXTERNAL' && spec.startsWith('ML_DSA')) throw notForOrigin(spec, origin);
  const usage = input.KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined);
  if (usage === undefined)
    throw invalid('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  if (!SPECS[spec].usages.includes(usage)) throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  return { spec, usage, origin };
}

export const describeKey: Handler<'kms', 'DescribeKey'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx, ANY);
  checkGrantTokens(input);
  return { KeyMetadata: metadataOf(key, store, ctx) };
};

export const listKeys: Handler<'kms', 'ListKeys'> = (input, ctx) => {
  // Nobody shares keys through RAM here, so that other owners have none to list.
  if (input.ResourceOwners?.includes('SELF') === false) return { Keys: [], Truncated: false };
  const limit = input.Limit ?? LIST_DEFAULT;
  const after = readMarker(input.Marker);
  const found = ctx.store.list(keys, { ...(after !== undefined && { after: { id: after } }), limit: limit + 1 });
  const { page, rest } = pageOf(found, limit, ({ id }) => id);
  return { Keys: page.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...rest };
};

export const enableKey: Handler<'kms', 'EnableKey'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  demandSwitchable(key, ctx.now);
  store.put(keys, { ...key, state: 'Enabled' });
  if (key.rotationDue === true) rotateWhenDue(key.region, key.id, ctx);
  return {};
};

export const disableKey: Handler<'kms', 'DisableKey'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  demandSwitchable(key, ctx.now);
  store.put(keys, { ...key, state: 'Disabled' });
  return {};
};

export const updateKeyDescription: Handler<'kms', 'UpdateKeyDescription'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  demandAlive(key, ctx.now);
  store.put(keys, { ...key, description: input.Description });
  return {};
};

export const getPublicKey: Handler<'kms', 'GetPublicKey'> = (input, ctx) => {
  const { key } = findKey(input.KeyId, ctx, ANY);
  checkGrantTokens(input);
  demandUsable(key, ctx.now);
  if (!isAsymmetric(key.spec)) throw noPublicKey();
  const spec = key.spec as KeySpec;
  return {
    KeyId: key.arn,
    PublicKey: Buffer.from(key.publicKey ?? '', 'base64'),
    ...specMembers(spec),
    KeyUsage: key.usage,
    ...algorithmsOf(key.spec, key.usage),
  };
};
