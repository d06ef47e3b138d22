/** Field-level encryption: what the edge is told of it, and where it can be. Source: CloudFront Developer Guide, "Use field-level encryption to help protect sensitive data". */
import type { Ctx, EdgeEncryption, EdgeField } from '#kernel/contract';
import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  FieldLevelEncryptionConfig,
  FieldLevelEncryptionProfileConfig,
  PublicKeyConfig,
} from '#models/cloudfront';
import * as errors from '../errors.ts';
import { things } from '../state.ts';

/** The kinds of things that the configurations are. */
export const ENCRYPTION = 'field-level-encryption';
export const PROFILE = 'field-level-encryption-profile';

type Behavior = DefaultCacheBehavior | CacheBehavior;

/** That a configuration for field-level encryption is not there. */
export const noSuchConfig = () =>
  errors.thingError('NoSuchFieldLevelEncryptionConfig', 'The specified field level encryption config does not exist.');

/** @throws {ServiceError} unless a behaviour can encrypt fields: of what comes and goes over TLS alone, and is written */
export function checkEncryption(behavior: Behavior, config: DistributionConfig, ctx: Ctx): void {
  const { FieldLevelEncryptionId: id = '', ViewerProtocolPolicy, AllowedMethods, TargetOriginId } = behavior;
  if (id === '') return;
  if (ctx.store.get(things, { kind: ENCRYPTION, id }) === undefined) throw noSuchConfig();
  const group = config.OriginGroups?.Items?.find(({ Id }) => Id === TargetOriginId);
  const targets = group === undefined ? [TargetOriginId] : group.Members.Items.map(({ OriginId }) => OriginId);
  const isOpen = config.Origins.Items.some(
    ({ Id, CustomOriginConfig }) => targets.includes(Id) && CustomOriginConfig?.OriginProtocolPolicy === 'http-only',
  );
  if (isOpen || ViewerProtocolPolicy === 'allow-all' || AllowedMethods?.Items.includes('POST') !== true)
    throw errors.thingError(
      'IllegalFieldLevelEncryptionConfigAssociationWithCacheBehavior',
      "The specified configuration for field-level encryption can't be associated with the specified cache behavior.",
    );
}

/** What the edge is told; undefined for a behaviour that encrypts nothing. */
export function encryptionOf({ FieldLevelEncryptionId: id = '' }: Behavior, ctx: Ctx): EdgeEncryption | undefined {
  const row = id === '' ? undefined : ctx.store.get(things, { kind: ENCRYPTION, id });
  if (row === undefined) return undefined;
  const { ContentTypeProfileConfig, QueryArgProfileConfig } = row.config as FieldLevelEncryptionConfig;
  const byType = ContentTypeProfileConfig?.ContentTypeProfiles?.Items ?? [];
  const byArgument = QueryArgProfileConfig?.QueryArgProfiles?.Items ?? [];
  const ids = new Set([...byType, ...byArgument].flatMap(({ ProfileId = '' }) => (ProfileId === '' ? [] : ProfileId)));
  return {
    types: Object.fromEntries(byType.map(({ ContentType, ProfileId = '' }) => [ContentType.toLowerCase(), ProfileId])),
    queryProfiles: Object.fromEntries(byArgument.map(({ QueryArg, ProfileId }) => [QueryArg, ProfileId])),
    profiles: Object.fromEntries([...ids].map((profile) => [profile, fieldsOf(profile, ctx)])),
    forwardUnknownType: ContentTypeProfileConfig?.ForwardWhenContentTypeIsUnknown ?? false,
    forwardUnknownArgument: QueryArgProfileConfig?.ForwardWhenQueryArgProfileIsUnknown ?? false,
  };
}

function fieldsOf(profile: string, ctx: Ctx): EdgeField[] {
  const row = ctx.store.get(things, { kind: PROFILE, id: profile });
  const { EncryptionEntities } = (row?.config ?? {}) as Partial<FieldLevelEncryptionProfileConfig>;
  return (EncryptionEntities?.Items ?? []).flatMap(({ PublicKeyId, ProviderId, FieldPatterns }) => {
    const key = ctx.store.get(things, { kind: 'public-key', id: PublicKeyId })?.config as PublicKeyConfig | undefined;
    if (key === undefined) return [];
    return { provider: ProviderId, keyName: key.Name, pem: key.EncodedKey, patterns: FieldPatterns.Items ?? [] };
  });
}
