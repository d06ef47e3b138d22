/** Multi-Region keys: replicas in other Regions, and which Region leads. */
import type { Handler } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { findKey, keyArn } from '../domain/find.ts';
import { addKey, metadataOf, readTags } from '../domain/key.ts';
import { checkKeyPolicy, defaultPolicy, policyOf } from '../domain/key-policy.ts';
import { demandUsable, refuseStates } from '../domain/key-state.ts';
import { changeEverywhere, isPrimary } from '../domain/multi-region.ts';
import { armRotation } from '../domain/rotation.ts';
import { alreadyExists, invalid, keyNotFound, notPrimary, primaryThere } from '../errors.ts';
import { PASSING_FOR } from '../limits.ts';
import { type KeyRow, keys, materials } from '../state.ts';

export const replicateKey: Handler<'kms', 'ReplicateKey'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  const { multiRegion } = key;
  if (multiRegion === undefined || !isPrimary(key)) throw notPrimary(key.arn);
  demandUsable(key, ctx.now);
  refuseStates(key, ctx.now, ['Updating']);
  const region = input.ReplicaRegion;
  if (!REGIONS.has(region)) throw invalid(`Region ${region} is not a valid Region.`);
  const arn = keyArn(ctx, key.id, ctx.account, region);
  if (region === key.region) throw primaryThere(region);
  if (multiRegion.replicas.includes(region)) throw alreadyExists(`Key ${arn} already exists`);
  if (input.Policy !== undefined) checkKeyPolicy(input.Policy, arn, input.BypassPolicyLockoutSafetyCheck, ctx);
  const { deletionAt: _, pendingDays: __, inEffect: ___, ...shared } = key;
  const set = { primary: key.region, replicas: [...multiRegion.replicas, region].sort() };
  const replica: KeyRow = {
    ...shared,
    arn,
    region,
    description: input.Description ?? '',
    ...policyOf(input.Policy ?? defaultPolicy(ctx)),
    tags: readTags(input.Tags),
    createdAt: ctx.now,
    state: key.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    passing: { state: 'Creating', until: ctx.now + PASSING_FOR },
  };
  const there = store.in({ region });
  addKey(there, replica, ctx);
  // Imported material is shared by importing the same again: the replica knows only which.
  for (const row of store.list(materials, { where: { key: key.id } })) {
    const { wrapped, expires: _____, validTo: ____, ...rest } = row;
    there.put(materials, key.origin === 'EXTERNAL' ? rest : { ...rest, ...(wrapped !== undefined && { wrapped }) });
  }
  changeEverywhere(store, { ...replica, multiRegion: set }, (row) => ({ ...row, multiRegion: set }));
  const made = { ...replica, multiRegion: set };
  return {
    ReplicaKeyMetadata: metadataOf(made, there, ctx),
    ReplicaPolicy: made.policy,
    ...(input.Tags !== undefined && {
      ReplicaTags: Object.entries(made.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    }),
  };
};

export const updatePrimaryRegion: Handler<'kms', 'UpdatePrimaryRegion'> = (input, ctx) => {
  const { key, store } = findKey(input.KeyId, ctx);
  const { multiRegion } = key;
  const region = input.PrimaryRegion;
  if (multiRegion === undefined || !isPrimary(key)) throw notPrimary(key.arn);
  demandUsable(key, ctx.now);
  refuseStates(key, ctx.now, ['Updating']);
  if (!multiRegion.replicas.includes(region)) throw keyNotFound(keyArn(ctx, key.id, ctx.account, region));
  const other = store.in({ region }).get(keys, { id: key.id });
  if (other !== undefined) {
    demandUsable(other, ctx.now);
    refuseStates(other, ctx.now, ['Updating']);
  }
  const replicas = [...multiRegion.replicas.filter((one) => one !== region), key.region].sort();
  changeEverywhere(store, key, (row) => ({
    ...row,
    multiRegion: { primary: region, replicas },
    ...([region, key.region].includes(row.region) && {
      passing: { state: 'Updating' as const, until: ctx.now + PASSING_FOR },
    }),
  }));
  armRotation({ ...key, multiRegion: { primary: region, replicas } }, ctx);
  return {};
};
