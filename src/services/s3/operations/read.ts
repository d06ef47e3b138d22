/** GetObject, HeadObject, GetObjectAttributes. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { GetObjectAttributesRequest, GetObjectRequest, HeadObjectRequest } from '#models/s3';
import { readAccess } from '../access.ts';
import { checkActive, shownRestore } from '../domain/archive.ts';
import { shownAttributes } from '../domain/attributes.ts';
import { pieceOfPart, readBody } from '../domain/body.ts';
import { shownChecksum, shownPartChecksum, withoutCount } from '../domain/checksum.ts';
import { checkRead, isUnchanged } from '../domain/conditions.ts';
import { dataKeyOf } from '../domain/data-key.ts';
import { customerKeyFor } from '../domain/encryption.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { shownExpiration } from '../domain/lifecycle.ts';
import { shownLock } from '../domain/lock.ts';
import { rangeOf, type Span } from '../domain/range.ts';
import { noteAccess } from '../domain/tiering.ts';
import { versionOf } from '../domain/versions.ts';
import {
  badPartNumber,
  invalidArgument,
  invalidPartNumber,
  invalidRequest,
  isDeleteMarker,
  keyIsDeleted,
  noAttributes,
  noSuchKey,
  noSuchVersion,
} from '../errors.ts';
import { LIST_KEYS_MAX as LIST_PARTS_MAX, PARTS_MAX } from '../limits.ts';
import { type PieceRow, pieces, type VersionRow } from '../state.ts';
import { through } from '../through.ts';
import { shownVersion } from './write.ts';

type Named = { Bucket: string; Key: string; VersionId?: string; ExpectedBucketOwner?: string };

/**
 * The version a read is about.
 *
 * @param told what an error calls the key
 * @throws {ServiceError} NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker asked for by its id
 */
export function readable(input: Named, ctx: Ctx, view?: StoreView, told = input.Key): Found & { version: VersionRow } {
  const found = findBucket(input, ctx, view);
  const version = versionOf(found.store, found.bucket, input.Key, input.VersionId);
  if (version === undefined)
    throw input.VersionId === undefined ? noSuchKey(told) : noSuchVersion(told, input.VersionId);
  if (version.marker === true)
    throw input.VersionId === undefined
      ? keyIsDeleted(input.Key, version.versionId)
      : isDeleteMarker(ctx.http.method, version.versionId, version.modifiedAt);
  return { ...found, version };
}

/** What of the object is asked for, and how to say so. */
type Slice = Span & { partial: boolean; members: object; part?: PieceRow | undefined };

function sliceOf(
  input: GetObjectRequest | HeadObjectRequest,
  { store, version }: Found & { version: VersionRow },
  condition: string | undefined,
): Slice {
  const { size } = version;
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined)
      throw invalidRequest('Cannot specify both Range header and partNumber query parameter');
    return partSlice(input.PartNumber, store, version);
  }
  const span = isUnchanged(condition, version) ? rangeOf(input.Range, size) : undefined;
  if (span === undefined) return { from: 0, to: size - 1, partial: false, members: {} };
  return { ...span, partial: true, members: rangeMembers(span, size), part: pieceOfSpan(store, version, span) };
}

/** The part whose bytes a range asks for, no fewer and no more. */
function pieceOfSpan(store: Found['store'], version: VersionRow, { from, to }: Span): PieceRow | undefined {
  if (!isMultipart(version) || version.body === undefined) return undefined;
  const piece = store.get(pieces, { body: version.body, offset: from });
  return piece?.size === to - from + 1 ? piece : undefined;
}

function rangeMembers({ from, to }: Span, size: number): object {
  return { ContentRange: `bytes ${from}-${to}/${size}`, StatusCode: 206 };
}

function partSlice(number: number, store: Found['store'], version: VersionRow): Slice {
  const { size } = version;
  const count = isMultipart(version) ? version.parts : undefined;
  if (number < 1 || number > PARTS_MAX) throw badPartNumber(number);
  if (number > (count ?? 1)) throw invalidPartNumber(number, count ?? 1);
  if (count === undefined) {
    const span = { from: 0, to: size - 1 };
    return { ...span, partial: true, members: size === 0 ? { StatusCode: 206 } : rangeMembers(span, size) };
  }
  const piece = pieceOfPart(store, version, number);
  const span = { from: piece?.offset ?? 0, to: (piece?.offset ?? 0) + (piece?.size ?? 0) - 1 };
  return { ...span, partial: true, members: { ...rangeMembers(span, size), PartsCount: count }, part: piece };
}

/** A copy of a multipart object has pieces, but no parts. */
function isMultipart(version: VersionRow): boolean {
  return version.parts !== undefined && version.joined !== true;
}

function answer(
  input: GetObjectRequest | HeadObjectRequest,
  found: Found & { version: VersionRow },
  ctx: Ctx,
): { slice: Slice; output: object } {
  const { version, bucket } = found;
  checkRead(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    version,
    ctx.now,
  );
  const slice = sliceOf(input, found, ctx.http.headers['if-range']);
  const sums = input.ChecksumMode === 'ENABLED' ? sumsOf(version, slice) : {};
  return {
    slice,
    output: {
      ...shownAttributes(version, input),
      ...(version.tags !== undefined && seesTags(input, found, ctx) && { TagCount: Object.keys(version.tags).length }),
      ...shownLock(ctx, bucket, version),
      ...shownRestore(found.store, bucket, version, ctx.now),
      ContentLength: slice.to - slice.from + 1,
      ...slice.members,
      ...sums,
      ...shownVersion(bucket, version),
      // Not for one who asks for a version, be it the current one.
      ...(bucket.lifecycle === true && input.VersionId === undefined && shownExpiration(found.store, bucket, version)),
    },
  };
}

/** How many tags there are hears who may read them. Source: S3 User Guide, "Categorizing your storage using tags". */
function seesTags(input: GetObjectRequest | HeadObjectRequest, found: Found, ctx: Ctx): boolean {
  try {
    const wanted = readAccess(found, input.Key, input.VersionId, ctx, 'GetObjectTagging');
    for (const one of [through('GetObjectTagging', input.Bucket, wanted, ctx)].flat()) ctx.authorize(one);
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/**
 * The checksum of what is sent: of the whole, or of one part if the object's is made of theirs; any other range has none.
 * Sources: S3 User Guide, "Checking object integrity in Amazon S3", "Part-level checksums" (a part is also asked for by
 * its bytes); github.com/localstack/localstack/pull/12842 (beside a full object checksum there are none of parts).
 */
function sumsOf({ checksum, size }: VersionRow, { from, to, partial, part }: Slice): object {
  if (checksum === undefined || !partial) return shownChecksum(checksum);
  if (checksum.type === 'FULL_OBJECT') return to - from + 1 === size ? shownChecksum(checksum) : {};
  return part === undefined
    ? {}
    : { ...shownPartChecksum(checksum.algorithm, part.checksum), ChecksumType: checksum.type };
}

export const getObject: Handler<'s3', 'GetObject'> = (input, ctx) => {
  checkHeaders(input, ctx);
  const found = readable(input, ctx);
  const { version, store, bucket } = found;
  checkActive(store, bucket, version, ctx.now);
  const customer = customerKeyFor(version.encryption, input);
  const { slice, output } = answer(input, found, ctx);
  const send = (key: Buffer | undefined) => {
    noteAccess(ctx, store, bucket, version);
    return { ...output, Body: readBody(ctx, store, version, key, slice) };
  };
  const key = dataKeyOf(ctx, found, input.Key, version.encryption, customer);
  return key instanceof Promise ? key.then(send) : send(key);
};

export const headObject: Handler<'s3', 'HeadObject'> = (input, ctx) => {
  checkHeaders(input, ctx);
  const found = readable(input, ctx);
  customerKeyFor(found.version.encryption, input);
  return answer(input, found, ctx).output;
};

const ENCRYPTION = 'x-amz-server-side-encryption';

/** Source: S3 API Reference, GetObject, "Overriding response header values through the request", "Encryption". */
function checkHeaders(input: GetObjectRequest | HeadObjectRequest, ctx: Ctx): void {
  if (ctx.http.headers[ENCRYPTION] !== undefined)
    throw invalidArgument(
      `${ENCRYPTION} header is not supported for this operation.`,
      ENCRYPTION,
      ctx.http.headers[ENCRYPTION],
    );
  const overrides =
    input.ResponseCacheControl ??
    input.ResponseContentDisposition ??
    input.ResponseContentEncoding ??
    input.ResponseContentLanguage ??
    input.ResponseContentType ??
    input.ResponseExpires;
  if (overrides !== undefined && ctx.caller.principal.kind === 'anonymous')
    throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.');
}

export const getObjectAttributes: Handler<'s3', 'GetObjectAttributes'> = (input, ctx) => {
  const { bucket, store, version } = readable(input, ctx);
  customerKeyFor(version.encryption, input);
  if (input.ObjectAttributes.length === 0) throw noAttributes();
  const wanted = new Set<string>(input.ObjectAttributes);
  const { checksum } = version;
  const sums = checksum === undefined ? undefined : shownChecksum(withoutCount(checksum));
  const objectParts =
    wanted.has('ObjectParts') && isMultipart(version) && version.body !== undefined
      ? shownParts(input, store, version)
      : undefined;
  return {
    LastModified: version.modifiedAt,
    ...shownVersion(bucket, version),
    ...(wanted.has('ETag') && { ETag: version.etag }),
    ...(wanted.has('Checksum') && sums !== undefined && { Checksum: sums }),
    ...(objectParts !== undefined && { ObjectParts: objectParts }),
    ...(wanted.has('StorageClass') && { StorageClass: (version.attributes.storageClass ?? 'STANDARD') as never }),
    ...(wanted.has('ObjectSize') && { ObjectSize: version.size }),
  };
};

/**
 * How many parts there are; of an object with a checksum of its parts' checksums, the parts too.
 * Source: S3's answers in github.com/versity/versitygw/issues/1001, localstack/localstack/pull/12764.
 */
function shownParts(
  { MaxParts, PartNumberMarker }: GetObjectAttributesRequest,
  store: Found['store'],
  { body = '', parts: TotalPartsCount, checksum }: VersionRow,
): object {
  if (checksum?.type !== 'COMPOSITE') return { TotalPartsCount };
  // A number that is none is ignored. Source: github.com/versity/versitygw/issues/1806.
  const max = MaxParts === undefined || MaxParts < 0 ? LIST_PARTS_MAX : Math.min(MaxParts, LIST_PARTS_MAX);
  const after = Number(PartNumberMarker ?? 0);
  const shown = store.list(pieces, { where: { body } }).filter(({ part }) => part > after);
  const page = shown.slice(0, max);
  return {
    TotalPartsCount,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.part ?? 0,
    MaxParts: max,
    IsTruncated: shown.length > max,
    Parts: page.map(({ part, size, checksum: sum }) => ({
      PartNumber: part,
      Size: size,
      ...shownPartChecksum(checksum.algorithm, sum),
    })),
  };
}
