/** Configurations of which a bucket has several, each with an id: request metrics, inventory, archive tiers, storage class analyses. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { malformedToken } from '../errors.ts';
import { noSuchConfiguration, tooManyConfigurations } from '../errors-named.ts';
import { CONFIGURATIONS_MAX, LIST_CONFIGURATIONS_MAX } from '../limits.ts';
import { type BucketRow, type ConfigurationKind, configurations } from '../state.ts';
import { keepBucket } from './bucket-row.ts';
import { findBucket } from './find.ts';

type OfBucket = { Bucket: string; ExpectedBucketOwner?: string };
type Named = OfBucket & { Id: string };
/** What the bucket's row says while there are some. */
type Flag = 'tiering' | 'metrics' | 'inventory' | 'analytics';

/** @throws {ServiceError} NoSuchConfiguration */
export function getNamed<Value extends object>(input: Named, ctx: Ctx, kind: ConfigurationKind): Value {
  const { bucket, store } = findBucket(input, ctx);
  const row = store.get(configurations, { bucket: bucket.id, kind, id: input.Id });
  if (row === undefined) throw noSuchConfiguration();
  return row.value as Value;
}

/** The value's id is the request's. @throws {ServiceError} TooManyConfigurations */
export function putNamed(input: Named, ctx: Ctx, kind: ConfigurationKind & Flag, value: { Id: string }): void {
  const { bucket, store } = findBucket(input, ctx);
  const key = { bucket: bucket.id, kind, id: input.Id };
  const isNew = store.get(configurations, key) === undefined;
  if (isNew && countOf(store, bucket, kind) >= CONFIGURATIONS_MAX) throw tooManyConfigurations();
  store.put(configurations, { ...key, value });
  if (bucket[kind] !== true) keepBucket(ctx.store, { ...bucket, [kind]: true });
}

/** @throws {ServiceError} NoSuchConfiguration */
export function deleteNamed(input: Named, ctx: Ctx, kind: ConfigurationKind & Flag): void {
  const { bucket, store } = findBucket(input, ctx);
  if (!store.delete(configurations, { bucket: bucket.id, kind, id: input.Id })) throw noSuchConfiguration();
  if (countOf(store, bucket, kind) > 0) return;
  const { [kind]: _, ...rest } = bucket;
  keepBucket(ctx.store, rest);
}

function countOf(store: StoreView, bucket: BucketRow, kind: ConfigurationKind): number {
  return store.count(configurations, { where: { bucket: bucket.id, kind } });
}

/** One page, in order of the ids. @throws {ServiceError} InvalidArgument */
export function listNamed<Value extends object>(
  input: OfBucket & { ContinuationToken?: string },
  ctx: Ctx,
  kind: ConfigurationKind,
): { page: Value[]; members: { IsTruncated: boolean; ContinuationToken?: string; NextContinuationToken?: string } } {
  const { bucket, store } = findBucket(input, ctx);
  const { ContinuationToken: token } = input;
  // One that is empty is none. Source: S3's answers in brekkylab/backlot, September 2026.
  const after = token === undefined || token === '' ? undefined : Buffer.from(token, 'base64url').toString();
  if (after === '') throw malformedToken();
  const rows = store.list(configurations, {
    where: { bucket: bucket.id, kind },
    ...(after !== undefined && { after: { id: after } }),
    limit: LIST_CONFIGURATIONS_MAX + 1,
  });
  const page = rows.slice(0, LIST_CONFIGURATIONS_MAX);
  return {
    page: page.map(({ value }) => value as Value),
    members: {
      IsTruncated: rows.length > page.length,
      ...(token !== undefined && { ContinuationToken: token }),
      ...(rows.length > page.length && {
        NextContinuationToken: Buffer.from(page.at(-1)?.id ?? '').toString('base64url'),
      }),
    },
  };
}
