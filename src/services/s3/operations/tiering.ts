/** Archive tiers of Intelligent-Tiering. */
import type { Handler } from '#kernel/contract';
import type { IntelligentTieringConfiguration } from '#models/s3';
import { expectTiers } from '../background/tiers.ts';
import { findBucket } from '../domain/find.ts';
import { deleteNamed, getNamed, listNamed, putNamed } from '../domain/named.ts';
import { checkId, checkTieringFilter, checkTiers, TIERING_ID } from '../domain/named-check.ts';

const kind = 'tiering';
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
  checkId(value, input.Id, TIERING_ID);
  checkTieringFilter(value.Filter);
  checkTiers(value.Tierings);
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
