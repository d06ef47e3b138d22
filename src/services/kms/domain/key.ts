/** A key as a row and as metadata. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { KeyMetadata, KeySpec, Tag } from '#models/kms';
import { badTag, limitExceeded } from '../errors.ts';
import { KEYS_QUOTA, TAGS_MAX } from '../limits.ts';
import { type KeyRow, keyCounts, keys, type MaterialRow, materials } from '../state.ts';
import { isUnavailable } from '../xks/store.ts';
import { stateOf } from './key-state.ts';
import { algorithmsOf, specMembers } from './specs.ts';

/** What DescribeKey tells. */
export function metadataOf(key: KeyRow, store: StoreView, ctx: Ctx): KeyMetadata {
  const state = isUnavailable(key, store) ? 'Unavailable' : stateOf(key, ctx.now);
  const { multiRegion } = key;
  const spec = key.spec as KeySpec;
  const material = key.material === undefined ? undefined : store.get(materials, { key: key.id, id: key.material });
  return {
    AWSAccountId: key.account,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAt,
    Enabled: state === 'Enabled' || state === 'Updating',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    Origin: key.origin,
    KeyManager: key.manager,
    ...specMembers(spec),
    MultiRegion: multiRegion !== undefined,
    ...algorithmsOf(key.spec, key.usage),
    ...(key.deletionAt !== undefined && { DeletionDate: key.deletionAt }),
    ...(key.state === 'PendingReplicaDeletion' && { PendingDeletionWindowInDays: key.pendingDays ?? 0 }),
    ...(multiRegion !== undefined && { MultiRegionConfiguration: configurationOf(key, multiRegion) }),
    ...(key.origin === 'EXTERNAL' && key.state !== 'PendingImport' && expiryOf(store, key, material)),
    ...(key.external !== undefined && {
      CustomKeyStoreId: key.external.store,
      XksKeyConfiguration: { Id: key.external.id },
    }),
    // Source: API Reference, KeyMetadata, CurrentKeyMaterialId: of keys with the origin AWS_KMS or EXTERNAL.
    ...(spec === 'SYMMETRIC_DEFAULT' &&
      key.external === undefined &&
      key.material !== undefined &&
      state !== 'Creating' && { CurrentKeyMaterialId: key.material }),
  };
}

/** The expiry of the material that goes first. */
function expiryOf(
  store: StoreView,
  key: KeyRow,
  current: MaterialRow | undefined,
): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  const soonest = store
    .list(materials, { index: 'bySequence', where: { key: key.id } })
    .filter((row) => row.validTo !== undefined && row.pending === undefined)
    .sort((a, b) => (a.validTo ?? 0) - (b.validTo ?? 0))[0];
  if (soonest?.validTo !== undefined) return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: soonest.validTo };
  return current?.expires === undefined ? {} : { ExpirationModel: current.expires };
}

function configurationOf(key: KeyRow, { primary, replicas }: { primary: string; replicas: string[] }) {
  const at = (Region: string) => ({ Arn: key.arn.replace(`:kms:${key.region}:`, `:kms:${Region}:`), Region });
  return {
    MultiRegionKeyType: key.region === primary ? ('PRIMARY' as const) : ('REPLICA' as const),
    PrimaryKey: at(primary),
    ReplicaKeys: replicas.map(at),
  };
}

/** Adds a key. @throws {ServiceError} LimitExceededException when the account has as many as it may in the Region */
export function addKey(store: StoreView, key: KeyRow, ctx: Ctx): void {
  const limit = ctx.quota(KEYS_QUOTA);
  const total = store.get(keyCounts, { id: 'keys' })?.total ?? 0;
  if (total >= limit) throw limitExceeded(`You have reached the limit of ${limit} KMS keys.`);
  store.put(keyCounts, { id: 'keys', total: total + 1 });
  store.put(keys, key);
}

/** Tags of a request as a row keeps them. @throws {ServiceError} TagException */
export function readTags(tags: readonly Tag[] | undefined, before: KeyRow['tags'] = {}): KeyRow['tags'] {
  const given = tags ?? [];
  if (new Set(given.map(({ TagKey }) => TagKey)).size < given.length) throw badTag('Duplicate tag keys');
  for (const { TagKey } of given) if (/^aws:/i.test(TagKey)) throw badTag('Tags beginning with aws: are reserved');
  const after = { ...before, ...Object.fromEntries(given.map(({ TagKey, TagValue }) => [TagKey, TagValue])) };
  if (Object.keys(after).length > TAGS_MAX) throw badTag('Too many tags');
  return after;
}
