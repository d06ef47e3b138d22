/** Field-level encryption: profiles say which fields are encrypted for whom, configurations which requests have which profile. */
import { createPublicKey } from 'node:crypto';
import type { Ctx, Handler } from '#kernel/contract';
import type {
  EncryptionEntity,
  FieldLevelEncryptionConfig,
  FieldLevelEncryptionProfileConfig,
  PublicKeyConfig,
} from '#models/cloudfront';
import { ENCRYPTION, noSuchConfig, PROFILE } from '../domain/encryption.ts';
import { newId } from '../domain/ids.ts';
import * as errors from '../errors.ts';
import { ENCRYPTION_CONFIGS_MAX, ENCRYPTION_PROFILES_MAX, FIELD_PATTERNS_MAX, QUERY_PROFILES_MAX } from '../limits.ts';
import { type ThingRow, things } from '../state.ts';
import { createThing, deleteThing, getThing, listThingsShortly, locationOf, type Noun, updateThing } from './noun.ts';

const FORM = 'application/x-www-form-urlencoded';

const noSuchProfile = () =>
  errors.thingError(
    'NoSuchFieldLevelEncryptionProfile',
    "The specified profile for field-level encryption doesn't exist.",
  );

function checkQuantity(list: { Quantity: number; Items?: unknown[] } | undefined): void {
  if (list !== undefined && list.Quantity !== (list.Items?.length ?? 0)) throw errors.inconsistentQuantities();
}

const checkComment = (comment = '') => {
  if (comment.length > 128) throw errors.invalidArgument('The parameter Comment is too long.');
};

const profile: Noun<FieldLevelEncryptionProfileConfig> = {
  kind: PROFILE,
  path: PROFILE,
  newId: (ctx) => newId(ctx, 'P'),
  nameOf: ({ Name }) => Name,
  complete(config, ctx) {
    if (!/^[\w-]{1,128}$/.test(config.Name))
      throw errors.invalidArgument('The parameter Name contains invalid characters.');
    checkComment(config.Comment);
    checkQuantity(config.EncryptionEntities);
    const entities = config.EncryptionEntities.Items ?? [];
    if (entities.length === 0) throw errors.invalidArgument('The parameter EncryptionEntities must not be empty.');
    // Source: CloudFront Developer Guide, "Quotas": one key for each profile.
    if (entities.length > 1)
      throw errors.thingError(
        'TooManyFieldLevelEncryptionEncryptionEntities',
        'The maximum number of encryption entities for field-level encryption have been created.',
      );
    for (const entity of entities) checkEntity(entity, ctx);
    return { ...config, Comment: config.Comment ?? '' };
  },
  change({ CallerReference }, before) {
    if (CallerReference !== before.CallerReference)
      throw errors.illegalUpdate('The CallerReference of a profile for field-level encryption cannot be changed.');
  },
  missing: noSuchProfile,
  exists: () =>
    errors.thingError(
      'FieldLevelEncryptionProfileAlreadyExists',
      'The specified profile for field-level encryption already exists.',
    ),
  inUse: () =>
    errors.thingError(
      'FieldLevelEncryptionProfileInUse',
      'The specified profile for field-level encryption is in use.',
    ),
  isUsed: (ctx, id) => configsOf(ctx).some((config) => profilesIn(config).includes(id)),
  most: {
    count: ENCRYPTION_PROFILES_MAX,
    error: () =>
      errors.thingError(
        'TooManyFieldLevelEncryptionProfiles',
        'The maximum number of profiles for field-level encryption have been created.',
      ),
  },
};

function checkEntity({ PublicKeyId, ProviderId, FieldPatterns }: EncryptionEntity, ctx: Ctx): void {
  const key = ctx.store.get(things, { kind: 'public-key', id: PublicKeyId })?.config as PublicKeyConfig | undefined;
  if (key === undefined) throw errors.thingError('NoSuchPublicKey', "The specified public key doesn't exist.");
  if (createPublicKey(key.EncodedKey).asymmetricKeyType !== 'rsa')
    throw errors.invalidArgument('The public key of a profile for field-level encryption must be an RSA key.');
  if (!/^[\w.-]{1,128}$/.test(ProviderId)) throw errors.invalidArgument('The parameter ProviderId is not valid.');
  checkQuantity(FieldPatterns);
  const patterns = FieldPatterns.Items ?? [];
  if (patterns.length > FIELD_PATTERNS_MAX)
    throw errors.thingError(
      'TooManyFieldLevelEncryptionFieldPatterns',
      'The maximum number of field patterns for field-level encryption have been created.',
    );
  if (patterns.length === 0 || patterns.some((pattern) => !/^[\w.[\]-]{1,255}\*?$/.test(pattern)))
    throw errors.invalidArgument('The parameter FieldPatterns contains a value that is not valid.');
  if (patterns.some((one) => patterns.some((other) => one !== other && overlaps(one, other))))
    throw errors.invalidArgument('The parameter FieldPatterns contains values that overlap.');
}

/** Source: CloudFront Developer Guide, "Field name pattern to match": no name may match two of them. */
function overlaps(one: string, other: string): boolean {
  return one.endsWith('*') && other.startsWith(one.slice(0, -1));
}

function configsOf({ store }: Ctx): FieldLevelEncryptionConfig[] {
  return store
    .list(things, { where: { kind: ENCRYPTION }, limit: ENCRYPTION_CONFIGS_MAX })
    .map((row) => row.config as FieldLevelEncryptionConfig);
}

function profilesIn({ ContentTypeProfileConfig, QueryArgProfileConfig }: FieldLevelEncryptionConfig): string[] {
  const byType = ContentTypeProfileConfig?.ContentTypeProfiles?.Items ?? [];
  const byArgument = QueryArgProfileConfig?.QueryArgProfiles?.Items ?? [];
  return [...byType, ...byArgument].flatMap(({ ProfileId = '' }) => (ProfileId === '' ? [] : ProfileId));
}

/** Lists of profiles have items even where there are none. Source: AWS CLI Command Reference, examples of create-field-level-encryption-config. */
function withItems(config: FieldLevelEncryptionConfig): FieldLevelEncryptionConfig {
  const { QueryArgProfileConfig: byArgument, ContentTypeProfileConfig: byType } = config;
  const QueryArgProfiles = itemsOf(byArgument?.QueryArgProfiles);
  const ContentTypeProfiles = itemsOf(byType?.ContentTypeProfiles);
  return {
    ...config,
    ...(byArgument && { QueryArgProfileConfig: { ...byArgument, ...(QueryArgProfiles && { QueryArgProfiles }) } }),
    ...(byType && { ContentTypeProfileConfig: { ...byType, ...(ContentTypeProfiles && { ContentTypeProfiles }) } }),
  };
}

const itemsOf = <List extends object>(list: List | undefined) => list && { Items: [], ...list };

const encryption: Noun<FieldLevelEncryptionConfig> = {
  kind: ENCRYPTION,
  path: ENCRYPTION,
  newId: (ctx) => newId(ctx, 'C'),
  nameOf: ({ CallerReference }) => CallerReference,
  complete(config, ctx) {
    checkComment(config.Comment);
    const byType = config.ContentTypeProfileConfig?.ContentTypeProfiles;
    const byArgument = config.QueryArgProfileConfig?.QueryArgProfiles;
    checkQuantity(byType);
    checkQuantity(byArgument);
    if ((byType?.Quantity ?? 0) > 1)
      throw errors.thingError(
        'TooManyFieldLevelEncryptionContentTypeProfiles',
        'The maximum number of content type profiles for field-level encryption have been created.',
      );
    if ((byArgument?.Quantity ?? 0) > QUERY_PROFILES_MAX)
      throw errors.thingError(
        'TooManyFieldLevelEncryptionQueryArgProfiles',
        'The maximum number of query arg profiles for field-level encryption have been created.',
      );
    if ((byType?.Items ?? []).some(({ ContentType }) => ContentType !== FORM))
      throw errors.invalidArgument(`The parameter ContentType must be ${FORM}.`);
    const named = byArgument?.Items ?? [];
    if (named.some(({ ProfileId, QueryArg }) => ProfileId === '' || QueryArg === ''))
      throw errors.thingError(
        'QueryArgProfileEmpty',
        'No profile specified for the field-level encryption query argument.',
      );
    if (new Set(named.map(({ QueryArg }) => QueryArg)).size !== named.length)
      throw errors.invalidArgument('The parameter QueryArgProfiles contains duplicate values.');
    if (profilesIn(config).some((id) => ctx.store.get(things, { kind: PROFILE, id }) === undefined))
      throw noSuchProfile();
    return withItems({ ...config, Comment: config.Comment ?? '' });
  },
  change({ CallerReference }, before) {
    if (CallerReference !== before.CallerReference)
      throw errors.illegalUpdate(
        'The CallerReference of a configuration for field-level encryption cannot be changed.',
      );
  },
  missing: noSuchConfig,
  exists: () =>
    errors.thingError(
      'FieldLevelEncryptionConfigAlreadyExists',
      'The specified configuration for field-level encryption already exists.',
    ),
  inUse: () =>
    errors.thingError(
      'FieldLevelEncryptionConfigInUse',
      'The specified configuration for field-level encryption is in use.',
    ),
  most: {
    count: ENCRYPTION_CONFIGS_MAX,
    error: () =>
      errors.thingError(
        'TooManyFieldLevelEncryptionConfigs',
        'The maximum number of configurations for field-level encryption have been created.',
      ),
  },
};

const profileOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  FieldLevelEncryptionProfileConfig: row.config as FieldLevelEncryptionProfileConfig,
});
const configOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  FieldLevelEncryptionConfig: row.config as FieldLevelEncryptionConfig,
});

export const createFieldLevelEncryptionProfile: Handler<'cloudfront', 'CreateFieldLevelEncryptionProfile'> = (
  { FieldLevelEncryptionProfileConfig },
  ctx,
) => {
  const row = createThing(profile, FieldLevelEncryptionProfileConfig, ctx);
  return { FieldLevelEncryptionProfile: profileOf(row), Location: locationOf(profile, row), ETag: row.etag };
};

export const getFieldLevelEncryptionProfile: Handler<'cloudfront', 'GetFieldLevelEncryptionProfile'> = (
  { Id },
  ctx,
) => {
  const row = getThing(profile, Id, ctx);
  return { FieldLevelEncryptionProfile: profileOf(row), ETag: row.etag };
};

export const getFieldLevelEncryptionProfileConfig: Handler<'cloudfront', 'GetFieldLevelEncryptionProfileConfig'> = (
  { Id },
  ctx,
) => {
  const row = getThing(profile, Id, ctx);
  return { FieldLevelEncryptionProfileConfig: row.config as FieldLevelEncryptionProfileConfig, ETag: row.etag };
};

export const updateFieldLevelEncryptionProfile: Handler<'cloudfront', 'UpdateFieldLevelEncryptionProfile'> = (
  { Id: id, IfMatch: ifMatch, FieldLevelEncryptionProfileConfig: given },
  ctx,
) => {
  const row = updateThing(profile, { id, ifMatch, given }, ctx);
  return { FieldLevelEncryptionProfile: profileOf(row), ETag: row.etag };
};

export const deleteFieldLevelEncryptionProfile: Handler<'cloudfront', 'DeleteFieldLevelEncryptionProfile'> = (
  { Id: id, IfMatch: ifMatch },
  ctx,
) => deleteThing(profile, { id, ifMatch }, ctx);

export const listFieldLevelEncryptionProfiles: Handler<'cloudfront', 'ListFieldLevelEncryptionProfiles'> = (
  input,
  ctx,
) => ({
  FieldLevelEncryptionProfileList: listThingsShortly(profile, input, ctx, (row) => {
    const { CallerReference: _, ...config } = row.config as FieldLevelEncryptionProfileConfig;
    return { Id: row.id, LastModifiedTime: row.modifiedAt, ...config };
  }),
});

export const createFieldLevelEncryptionConfig: Handler<'cloudfront', 'CreateFieldLevelEncryptionConfig'> = (
  { FieldLevelEncryptionConfig },
  ctx,
) => {
  const row = createThing(encryption, FieldLevelEncryptionConfig, ctx);
  return { FieldLevelEncryption: configOf(row), Location: locationOf(encryption, row), ETag: row.etag };
};

export const getFieldLevelEncryption: Handler<'cloudfront', 'GetFieldLevelEncryption'> = ({ Id }, ctx) => {
  const row = getThing(encryption, Id, ctx);
  return { FieldLevelEncryption: configOf(row), ETag: row.etag };
};

export const getFieldLevelEncryptionConfig: Handler<'cloudfront', 'GetFieldLevelEncryptionConfig'> = ({ Id }, ctx) => {
  const row = getThing(encryption, Id, ctx);
  return { FieldLevelEncryptionConfig: row.config as FieldLevelEncryptionConfig, ETag: row.etag };
};

export const updateFieldLevelEncryptionConfig: Handler<'cloudfront', 'UpdateFieldLevelEncryptionConfig'> = (
  { Id: id, IfMatch: ifMatch, FieldLevelEncryptionConfig: given },
  ctx,
) => {
  const row = updateThing(encryption, { id, ifMatch, given }, ctx);
  return { FieldLevelEncryption: configOf(row), ETag: row.etag };
};

export const deleteFieldLevelEncryptionConfig: Handler<'cloudfront', 'DeleteFieldLevelEncryptionConfig'> = (
  { Id: id, IfMatch: ifMatch },
  ctx,
) => deleteThing(encryption, { id, ifMatch }, ctx);

export const listFieldLevelEncryptionConfigs: Handler<'cloudfront', 'ListFieldLevelEncryptionConfigs'> = (
  input,
  ctx,
) => ({
  FieldLevelEncryptionList: listThingsShortly(encryption, input, ctx, (row) => {
    const { CallerReference: _, ...config } = row.config as FieldLevelEncryptionConfig;
    return { Id: row.id, LastModifiedTime: row.modifiedAt, ...config };
  }),
});
