/**
 * What the named configurations of a bucket may not say: archive tiers, storage class analyses, request metrics, inventories.
 *
 * Source: S3's answers as radkawar/stackd and badmintoncryer/cdk-preflight measured them in 2026.
 */
import { parseArn } from '#kernel/base';
import type { InventoryConfiguration, Tag, Tiering } from '#models/s3';
import { invalidTag, malformedXml } from '../errors.ts';
import {
  badAccessTier,
  badAnd,
  badConfigId,
  badFilterPrefix,
  badInventoryBucket,
  badInventoryKey,
  otherId,
} from '../errors-named.ts';
import { TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX } from '../limits.ts';
import { isTagText } from './tags.ts';
import { TIERING_DAYS_MIN } from './tiering.ts';

const ID = /^[a-zA-Z0-9\-_.]+$/;
const ID_LENGTH_MAX = 64;
const AND_TAGS_MAX = 10;
/** Source: S3 API Reference, Tiering: at least 90 and 180 days, at most two years. */
const DAYS_MIN = { ARCHIVE_ACCESS: TIERING_DAYS_MIN, DEEP_ARCHIVE_ACCESS: 180 } as const;
const DAYS_MAX = 730;

type Named = { Id: string };
type Filter = { Prefix?: string; Tag?: Tag; AccessPointArn?: string; And?: And };
type And = { Prefix?: string; Tags?: readonly Tag[]; AccessPointArn?: string };

const isId = (id: string) => id.length <= ID_LENGTH_MAX && ID.test(id);

/** @throws {ServiceError} InvalidConfigId, MalformedXML for another id than the request's */
export function checkId({ Id: id }: Named, asked: string, texts: { empty: string; long: string }): void {
  if (id === '') throw badConfigId(texts.empty);
  if (id.length > ID_LENGTH_MAX) throw badConfigId(texts.long);
  if (!ID.test(id)) throw badConfigId(`Config Id does not match the pattern ${ID.source}`);
  if (id !== asked) throw malformedXml();
}

export const TIERING_ID = {
  empty: 'Config Id cannot be null or empty.',
  long: 'Config Id should be more than 1 character and less than 64 characters in length.',
};
export const ANALYTICS_ID = {
  empty: 'Config Id is null or empty',
  long: 'Config Id should not be more than 1 char and less than 64 chars in length',
};

/** The members of a filter, of which there is one. @throws {ServiceError} MalformedXML */
function conditionsOf(filter: Filter): And {
  if (Object.values(filter).filter((one) => one !== undefined).length !== 1) throw malformedXml();
  const { And, Tag, ...rest } = filter;
  return And ?? { ...rest, ...(Tag !== undefined && { Tags: [Tag] }) };
}

const countOf = ({ Tags = [], ...rest }: And) =>
  Tags.length + Object.values(rest).filter((one) => one !== undefined).length;

/** Of archive tiers. @throws {ServiceError} MalformedXML, InvalidAnd, InvalidPrefix */
export function checkTieringFilter(filter: Filter | undefined): void {
  if (filter === undefined) return;
  const conditions = conditionsOf(filter);
  if (filter.And !== undefined && countOf(conditions) < 2) throw tooFew();
  if (conditions.Prefix === '') throw badFilterPrefix();
  const keys = (conditions.Tags ?? []).map(({ Key }) => Key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw badAnd(`All Tag Keys in an And must be unique. Found duplicate entry for ${twice}.`);
}

const tooFew = () =>
  badAnd('Number of Prefixes and Tags combined cannot be less than 2. And cannot contain less than 2 elements.');

/** Of a storage class analysis. @throws {ServiceError} MalformedXML, InvalidAnd, InvalidPrefix, InvalidTag */
export function checkAnalyticsFilter(filter: Filter | undefined): void {
  if (filter === undefined) return;
  const conditions = conditionsOf(filter);
  const { Tags: tags = [], Prefix } = conditions;
  if (filter.And !== undefined && (tags.length === 0 || tags.length > AND_TAGS_MAX))
    throw badAnd(
      'Number of tags should not be less than 1 and more than 10 within And. And cannot contain less than 2 elements.',
    );
  if (filter.And !== undefined && countOf(conditions) < 2) throw tooFew();
  if (Prefix === '') throw badFilterPrefix();
  for (const { Key, Value } of tags) {
    checkTag('Key', Key, TAG_KEY_CHARACTERS_MAX);
    checkTag('Value', Value, TAG_VALUE_CHARACTERS_MAX);
  }
}

function checkTag(part: 'Key' | 'Value', text: string, max: number): void {
  if (text === '' || [...text].length > max)
    throw invalidTag(`Tag ${part} cannot be empty or longer than ${max} chars.`);
  if (!isTagText(text)) throw invalidTag(`Tag ${part} contains invalid characters.`);
}

/** Of request metrics, all of it. @throws {ServiceError} MalformedXML */
export function checkMetrics({ Id, Filter: filter }: Named & { Filter?: Filter }, asked: string): void {
  if (!isId(Id) || Id !== asked) throw malformedXml();
  if (filter === undefined) return;
  const conditions = conditionsOf(filter);
  if (filter.And !== undefined && countOf(conditions) < 2) throw malformedXml();
  if (conditions.Prefix === '') throw malformedXml();
}

/** @throws {ServiceError} MalformedXML, InvalidAccessTier */
export function checkTiers(tierings: readonly Tiering[]): void {
  if (tierings.length === 0) throw malformedXml();
  const seen = new Map<Tiering['AccessTier'], number>();
  for (const { AccessTier: tier, Days: days } of tierings) {
    if (seen.has(tier))
      throw badAccessTier(`All Access Tiers in a configuration must be unique. Found duplicate entry for ${tier}.`);
    if (days < DAYS_MIN[tier])
      throw badAccessTier(`Days specified in ${tier} tier should not be less than ${DAYS_MIN[tier]}.`);
    if (days > DAYS_MAX) throw badAccessTier(`Days specified in ${tier} tier should not be more than ${DAYS_MAX}.`);
    seen.set(tier, days);
  }
  const [archive, deep] = [seen.get('ARCHIVE_ACCESS'), seen.get('DEEP_ARCHIVE_ACCESS')];
  if (archive !== undefined && deep !== undefined && deep <= archive)
    throw badAccessTier(
      'Days specified in DEEP_ARCHIVE_ACCESS should be greater than days specified in ARCHIVE_ACCESS',
    );
}

/** @throws {ServiceError} MalformedXML, IdMismatch, InvalidS3DestinationBucket, InvalidKmskeyId */
export function checkInventory({ Id, Filter, Destination }: InventoryConfiguration, asked: string): void {
  if (!isId(Id)) throw malformedXml();
  if (Id !== asked) throw otherId();
  const { Bucket, Encryption, AccountId } = Destination.S3BucketDestination;
  if (Bucket === '' || Filter?.Prefix === '' || AccountId === '') throw malformedXml();
  const bucket = parseArn(Bucket);
  if (bucket?.service !== 's3' || bucket.region !== '' || bucket.account !== '' || /[/:]|^$/.test(bucket.resource))
    throw badInventoryBucket();
  if (Encryption === undefined) return;
  if ((Encryption.SSES3 === undefined) === (Encryption.SSEKMS === undefined)) throw malformedXml();
  if (Encryption.SSEKMS === undefined) return;
  const { service, region, account, resource = '' } = parseArn(Encryption.SSEKMS.KeyId) ?? {};
  if (service !== 'kms' || region === '' || account === '' || !/^(key|alias)\/./.test(resource))
    throw badInventoryKey();
}
