/** Public keys, and the groups of keys whose signatures distributions trust. Source of texts: badmintoncryer/cdk-preflight. */
import { createPublicKey as readPublicKey } from 'node:crypto';
import type { Ctx, Handler } from '#kernel/contract';
import type { FieldLevelEncryptionProfileConfig, KeyGroupConfig, PublicKeyConfig } from '#models/cloudfront';
import { PROFILE } from '../domain/encryption.ts';
import { newId } from '../domain/ids.ts';
import * as errors from '../errors.ts';
import { ENCRYPTION_PROFILES_MAX, KEYS_OF_GROUP_MAX, PUBLIC_KEYS_MAX } from '../limits.ts';
import { type ThingRow, things } from '../state.ts';
import { createThing, deleteThing, getThing, listThingsShortly, locationOf, type Noun, updateThing } from './noun.ts';

/** Source: CloudFront Developer Guide, "Create key pairs for your signers": RSA with 2048 bits, or ECDSA on P-256. */
function isKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails, type } = readPublicKey(pem);
    if (type !== 'public' || !pem.includes('PUBLIC KEY')) return false;
    if (asymmetricKeyType === 'rsa') return asymmetricKeyDetails?.modulusLength === 2_048;
    return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const publicKey: Noun<PublicKeyConfig> = {
  kind: 'public-key',
  path: 'public-key',
  newId: (ctx) => newId(ctx, 'K'),
  nameOf: ({ CallerReference }) => CallerReference,
  complete(config, ctx) {
    if (!/^[\w-]{1,64}$/.test(config.Name))
      throw errors.invalidArgument('The parameter Name contains invalid characters.');
    if (!isKey(config.EncodedKey))
      throw errors.invalidArgument('Your request contains empty/invalid/out of limits RSA Encoded Key');
    const others = ctx.store
      .list(things, { where: { kind: 'public-key' }, limit: 100 })
      .map((row) => row.config as PublicKeyConfig);
    if (others.some(({ Name, CallerReference }) => Name === config.Name && CallerReference !== config.CallerReference))
      throw errors.thingError('PublicKeyAlreadyExists', 'The specified public key already exists.');
    return { ...config, Comment: config.Comment ?? '' };
  },
  change(config, before) {
    if ((['CallerReference', 'Name', 'EncodedKey'] as const).some((field) => config[field] !== before[field]))
      throw errors.thingError('CannotChangeImmutablePublicKeyFields', "You can't change the value of a public key.");
  },
  isSame: (config, before) => config.Name === before.Name && config.EncodedKey === before.EncodedKey,
  missing: () => errors.thingError('NoSuchPublicKey', "The specified public key doesn't exist."),
  exists: () => errors.thingError('PublicKeyAlreadyExists', 'The specified public key already exists.'),
  inUse: () => errors.thingError('PublicKeyInUse', 'The specified public key is in use.'),
  isUsed: (ctx, id) => groupsOf(ctx).some(({ Items }) => Items.includes(id)) || isEncryptedWith(id, ctx),
  most: { count: PUBLIC_KEYS_MAX, error: () => errors.tooMany('TooManyPublicKeys', 'public keys') },
};

function groupsOf(ctx: Ctx): KeyGroupConfig[] {
  return ctx.store
    .list(things, { where: { kind: 'key-group' }, limit: 100 })
    .map((row) => row.config as KeyGroupConfig);
}

/** Whether a profile for field-level encryption has the key. */
function isEncryptedWith(id: string, ctx: Ctx): boolean {
  return ctx.store
    .list(things, { where: { kind: PROFILE }, limit: ENCRYPTION_PROFILES_MAX })
    .map((row) => row.config as FieldLevelEncryptionProfileConfig)
    .some(({ EncryptionEntities }) => EncryptionEntities.Items?.some(({ PublicKeyId }) => PublicKeyId === id) === true);
}

/** The keys of a group are asked for when it is made or changed. */
const keyGroup: Noun<KeyGroupConfig> = {
  kind: 'key-group',
  path: 'key-group',
  newId: (ctx) => ctx.uuid(),
  nameOf: ({ Name }) => Name,
  complete(config, ctx) {
    if (!/^[\w-]{1,128}$/.test(config.Name))
      throw errors.invalidArgument('The parameter Name contains invalid characters.');
    if (
      config.Items.length === 0 ||
      config.Items.some((id) => ctx.store.get(things, { kind: 'public-key', id }) === undefined)
    )
      throw errors.invalidArgument('The specified CloudFront public key does not exist in key group.');
    if (config.Items.length > KEYS_OF_GROUP_MAX)
      throw errors.tooMany('TooManyPublicKeysInKeyGroup', 'public keys in the key group');
    return { ...config, Comment: config.Comment ?? '' };
  },
  missing: errors.noSuchResource,
  exists: () =>
    errors.thingError(
      'KeyGroupAlreadyExists',
      'A key group with this name already exists. You must provide a unique name.',
    ),
  inUse: errors.resourceInUse,
  most: { count: 10, error: () => errors.tooMany('TooManyKeyGroups', 'key groups') },
};

const keyOf = (row: ThingRow) => ({
  Id: row.id,
  CreatedTime: row.createdAt,
  PublicKeyConfig: row.config as PublicKeyConfig,
});
const groupOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  KeyGroupConfig: row.config as KeyGroupConfig,
});

export const createPublicKey: Handler<'cloudfront', 'CreatePublicKey'> = ({ PublicKeyConfig }, ctx) => {
  const row = createThing(publicKey, PublicKeyConfig, ctx);
  return { PublicKey: keyOf(row), Location: locationOf(publicKey, row), ETag: row.etag };
};

export const getPublicKey: Handler<'cloudfront', 'GetPublicKey'> = ({ Id }, ctx) => {
  const row = getThing(publicKey, Id, ctx);
  return { PublicKey: keyOf(row), ETag: row.etag };
};

export const getPublicKeyConfig: Handler<'cloudfront', 'GetPublicKeyConfig'> = ({ Id }, ctx) => {
  const row = getThing(publicKey, Id, ctx);
  return { PublicKeyConfig: row.config as PublicKeyConfig, ETag: row.etag };
};

export const updatePublicKey: Handler<'cloudfront', 'UpdatePublicKey'> = (input, ctx) => {
  const row = updateThing(publicKey, { id: input.Id, ifMatch: input.IfMatch, given: input.PublicKeyConfig }, ctx);
  return { PublicKey: keyOf(row), ETag: row.etag };
};

export const deletePublicKey: Handler<'cloudfront', 'DeletePublicKey'> = ({ Id, IfMatch }, ctx) =>
  deleteThing(publicKey, { id: Id, ifMatch: IfMatch }, ctx);

export const listPublicKeys: Handler<'cloudfront', 'ListPublicKeys'> = (input, ctx) => ({
  PublicKeyList: listThingsShortly(publicKey, input, ctx, (row) => {
    const { Name, EncodedKey, Comment } = row.config as PublicKeyConfig;
    return { Id: row.id, Name, EncodedKey, CreatedTime: row.createdAt, ...(Comment !== undefined && { Comment }) };
  }),
});

export const createKeyGroup: Handler<'cloudfront', 'CreateKeyGroup'> = ({ KeyGroupConfig }, ctx) => {
  const row = createThing(keyGroup, KeyGroupConfig, ctx);
  return { KeyGroup: groupOf(row), Location: locationOf(keyGroup, row), ETag: row.etag };
};

export const getKeyGroup: Handler<'cloudfront', 'GetKeyGroup'> = ({ Id }, ctx) => {
  const row = getThing(keyGroup, Id, ctx);
  return { KeyGroup: groupOf(row), ETag: row.etag };
};

export const getKeyGroupConfig: Handler<'cloudfront', 'GetKeyGroupConfig'> = ({ Id }, ctx) => {
  const row = getThing(keyGroup, Id, ctx);
  return { KeyGroupConfig: row.config as KeyGroupConfig, ETag: row.etag };
};

export const updateKeyGroup: Handler<'cloudfront', 'UpdateKeyGroup'> = (input, ctx) => {
  const row = updateThing(keyGroup, { id: input.Id, ifMatch: input.IfMatch, given: input.KeyGroupConfig }, ctx);
  return { KeyGroup: groupOf(row), ETag: row.etag };
};

export const deleteKeyGroup: Handler<'cloudfront', 'DeleteKeyGroup'> = ({ Id, IfMatch }, ctx) =>
  deleteThing(keyGroup, { id: Id, ifMatch: IfMatch }, ctx);

export const listKeyGroups: Handler<'cloudfront', 'ListKeyGroups'> = (input, ctx) => ({
  KeyGroupList: listThingsShortly(keyGroup, input, ctx, (row) => ({ KeyGroup: groupOf(row) })),
});
