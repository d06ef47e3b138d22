/** ListObjects, ListObjectsV2 and ListObjectVersions. */
import { mixed } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { canonicalId, ownerIn } from '../domain/acl.ts';
import { restoreStatus } from '../domain/archive.ts';
import { quoted } from '../domain/conditions.ts';
import { directoryReader, unordered } from '../domain/directory-listing.ts';
import { findBucket } from '../domain/find.ts';
import { objectReader, versionReader } from '../domain/history.ts';
import { countOf, encoder, lastShown, type Rules, type Start, startAfter, walk } from '../domain/listing.ts';
import { NULL_VERSION, rankOf, versionOf } from '../domain/versions.ts';
import { badToken, invalidArgument } from '../errors.ts';
import { LIST_KEYS_MAX } from '../limits.ts';
import type { BucketRow, VersionRow } from '../state.ts';

type Asked = {
  Prefix?: string;
  Delimiter?: string;
  MaxKeys?: number;
  EncodingType?: string;
  OptionalObjectAttributes?: readonly string[];
};

/** @throws {ServiceError} InvalidArgument */
function rulesOf(input: Asked): Rules {
  return {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter === '' ? undefined : input.Delimiter,
    limit: countOf('maxKeys', input.MaxKeys),
  };
}

function shownObject(row: VersionRow, input: Asked, ctx: Ctx, owner?: string): object {
  const { checksum } = row;
  const encode = encoder(input);
  const status =
    row.restore !== undefined && input.OptionalObjectAttributes?.includes('RestoreStatus') === true
      ? restoreStatus(row, ctx.now)
      : undefined;
  return {
    Key: encode(row.key),
    LastModified: row.modifiedAt,
    ETag: quoted(row.etag),
    ...(checksum !== undefined && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksum.type }),
    Size: row.size,
    StorageClass: row.attributes.storageClass ?? 'STANDARD',
    ...(owner !== undefined && { Owner: { ID: canonicalId(owner) } }),
    ...(status !== undefined && { RestoreStatus: status }),
  };
}

function common(
  input: Asked & { Bucket: string },
  encode: (text: string) => string,
  prefixes: readonly string[],
): object {
  return {
    Name: input.Bucket,
    Prefix: encode(input.Prefix ?? ''),
    // As it was asked for. Source: S3's answers in brekkylab/backlot, September 2026.
    MaxKeys: input.MaxKeys ?? LIST_KEYS_MAX,
    ...(input.Delimiter !== undefined && input.Delimiter !== '' && { Delimiter: encode(input.Delimiter) }),
    ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
    ...(prefixes.length > 0 && { CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })) }),
  };
}

export const listObjects: Handler<'s3', 'ListObjects'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const rules = rulesOf(input);
  const encode = encoder(input);
  const page = walk(rules, startAfter(input.Marker, rules), objectReader(store, bucket, rules.prefix));
  return {
    BucketRegion: bucket.region,
    IsTruncated: page.truncated,
    Marker: encode(input.Marker ?? ''),
    // Source: S3 API Reference, ListObjects: NextMarker comes only with a delimiter; without one the last key is the marker.
    ...(page.truncated && rules.delimiter !== undefined && { NextMarker: encode(lastShown(page.last)) }),
    Contents: page.entries.map((row) => shownObject(row, input, ctx, ownerIn(bucket, row))),
    ...common(input, encode, page.prefixes),
  };
};

export const listObjectsV2: Handler<'s3', 'ListObjectsV2'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const rules = rulesOf(input);
  const encode = encoder(input);
  const token = input.ContinuationToken;
  if (token === '') throw badToken();
  const start = token === undefined ? startAfter(input.StartAfter, rules) : startAfter(readToken(token), rules);
  const { directory } = bucket;
  const read =
    directory === undefined ? objectReader(store, bucket, rules.prefix) : directoryReader(store, bucket, rules);
  const page = walk(rules, start, read);
  const shown = directory === undefined ? page.entries : unordered(page.entries);
  return {
    BucketRegion: bucket.region,
    IsTruncated: page.truncated,
    Contents: shown.map((row) =>
      shownObject(row, input, ctx, input.FetchOwner === true ? ownerIn(bucket, row) : undefined),
    ),
    KeyCount: page.entries.length + page.prefixes.length,
    ...common(input, encode, page.prefixes),
    ...(token !== undefined && { ContinuationToken: token }),
    ...(page.truncated && { NextContinuationToken: writeToken(lastShown(page.last)) }),
    ...(input.StartAfter !== undefined && { StartAfter: encode(input.StartAfter) }),
  };
};

/** Continuation tokens hold the last thing shown; `1` tells them from other texts. */
function writeToken(last: string): string {
  return Buffer.from(`1${last}`).toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('1')) throw badToken();
  return text.slice(1);
}

export const listObjectVersions: Handler<'s3', 'ListObjectVersions'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  // Source: S3's answer in github.com/versity/versitygw/issues/1809.
  if ((input.MaxKeys ?? 0) < 0) throw invalidArgument('max-keys cannot be negative', 'max-keys');
  const rules = rulesOf(input);
  const encode = encoder(input);
  const { KeyMarker: keyMarker, VersionIdMarker: versionMarker } = input;
  const start = versionStart(store, bucket, keyMarker, versionMarker, rules);
  const page = walk(rules, start, versionReader(store, bucket, rules.prefix));
  const inside =
    start !== undefined && 'after' in start && start.after.rank !== undefined ? start.after.key : undefined;
  const latest = (row: VersionRow, index: number) => row.key !== (index === 0 ? inside : page.entries[index - 1]?.key);
  const shown = page.entries.map((row, index) => {
    const IsLatest = latest(row, index);
    return row.marker === true
      ? (['DeleteMarkers', shownMarker(row, IsLatest, encode, ownerIn(bucket, row))] as const)
      : ([
          'Versions',
          { ...shownObject(row, input, ctx, ownerIn(bucket, row)), VersionId: row.versionId, IsLatest },
        ] as const);
  });
  const of = (list: string) => shown.filter(([name]) => name === list).map(([, one]) => one);
  const last = page.entries.at(-1);
  const next =
    !page.truncated || page.last === undefined
      ? {}
      : 'prefix' in page.last
        ? { NextKeyMarker: encode(page.last.prefix) }
        : { NextKeyMarker: encode(page.last.key), NextVersionIdMarker: last?.versionId };
  return {
    IsTruncated: page.truncated,
    KeyMarker: encode(keyMarker ?? ''),
    VersionIdMarker: versionMarker ?? '',
    ...next,
    Versions: of('Versions'),
    DeleteMarkers: of('DeleteMarkers'),
    ...mixed(shown),
    ...common(input, encode, page.prefixes),
    ...(input.Delimiter === '' && { Delimiter: '' }),
  };
};

function shownMarker(row: VersionRow, IsLatest: boolean, encode: (text: string) => string, owner: string): object {
  return {
    Key: encode(row.key),
    VersionId: row.versionId,
    IsLatest,
    LastModified: row.modifiedAt,
    Owner: { ID: canonicalId(owner) },
  };
}

function versionStart(
  store: StoreView,
  bucket: BucketRow,
  key: string | undefined,
  versionId: string | undefined,
  rules: Rules,
): Start<VersionRow> | undefined {
  if (versionId === undefined || versionId === '' || key === undefined) return startAfter(key, rules);
  const marked = versionId === NULL_VERSION ? undefined : rankOf(versionId, 'version-id-marker');
  const rank = versionOf(store, bucket, key, versionId)?.rank ?? marked;
  return rank === undefined ? { after: { key } } : { after: { key, rank } };
}
