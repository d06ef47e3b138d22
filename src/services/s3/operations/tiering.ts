/** Archive tiers of Intelligent-Tiering. */
import type { Handler } from '#kernel/contract';
import type { IntelligentTieringConfiguration } from '#models/s3';
import { expectTiers } from '../background/tiers.ts';
import { findBucket } from '../domain/find.ts';
import { deleteNamed, getNamed, listNamed, putNamed } from '../domain/named.ts';
import { checkTags } from '../domain/tags.ts';
import { TIERING_DAYS_MIN } from '../domain/tiering.ts';
import { invalidArgument, malformedXml } from '../errors.ts';

const kind = 'tiering';
/** Source: S3 API Reference, Tiering: at least 90 and 180 days, at most two years. */
const DAYS_MIN = { ARCHIVE_ACCESS: TIERING_DAYS_MIN, DEEP_ARCHIVE_ACCESS: 180 } as const;
const DAYS_MAX = 730;

export const getBucketIntelligentTieringConfiguration: Handler<'s3', 'GetBucketIntelligentTieringConfiguration'> = (
  input,
  ctx,
) => ({ IntelligentTieringConfiguration: getNamed<IntelligentTieringConfiguration>(input, ctx, kind) });

export const listBucketIntelligentTieringConfigurations: Handler<'s3', 'ListBucketIntelligentTieringConfigurations'> = (
  input,
  ctx,
) => {
  const { page, members } = listNamed<IntelligentTieringConfiguration>(input, ctx, kind);
  return { ...members, ...(page.length > 0 && { IntelligentTieringConfigurationList: page }) };
};

export const putBucketIntelligentTieringConfiguration: Handler<'s3', 'PutBucketIntelligentTieringConfiguration'> = (
  input,
  ctx,
) => {
  const value = input.IntelligentTieringConfiguration;
  const { Tierings: tierings, Filter: filter } = value;
  if (tierings.length === 0 || tierings.length > 2) throw malformedXml();
  if (new Set(tierings.map(({ AccessTier }) => AccessTier)).size < tierings.length) throw malformedXml();
  if (Object.values(filter ?? {}).filter((one) => one !== undefined).length > 1) throw malformedXml();
  checkTags(filter?.And?.Tags ?? (filter?.Tag === undefined ? [] : [filter.Tag]), 'object');
  for (const { Days, AccessTier } of tierings)
    if (Days < DAYS_MIN[AccessTier] || Days > DAYS_MAX)
      throw invalidArgument(
        `'Days' for ${AccessTier} must be between ${DAYS_MIN[AccessTier]} and ${DAYS_MAX}`,
        'Days',
        String(Days),
      );
  putNamed(input, ctx, kind, value);
  expectTiers(ctx, findBucket(input, ctx).bucket);
  return {};
};

export const deleteBucketIntelligentTieringConfiguration: Handler<
  's3',
  'DeleteBucketIntelligentTieringConfiguration'
> = (input, ctx) => {
  deleteNamed(input, ctx, kind);
  return {};
};
