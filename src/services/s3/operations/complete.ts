/** CompleteMultipartUpload: the parts become the pieces of one object, without their bytes being touched. */

import { createHash } from 'node:crypto';
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { CompletedPart, CompleteMultipartUploadRequest } from '#models/s3';
import { type Algorithm, claimedChecksum, joinChecksums, shownChecksum } from '../domain/checksum.ts';
import { checkWrite, quoted } from '../domain/conditions.ts';
import { customerKeyForPart, etagOf, shownEncryption } from '../domain/encryption.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { shownExpiration } from '../domain/lifecycle.ts';
import { announce } from '../domain/notifications.ts';
import { currentOf, isDisturbed, putVersion } from '../domain/versions.ts';
import {
  badChecksum,
  badPartNumber,
  entityTooSmall,
  invalidArgument,
  invalidPart,
  invalidPartOrder,
  invalidRequest,
  malformedXml,
  partsWithGaps,
} from '../errors.ts';
import { PART_BYTES_MIN, PARTS_MAX } from '../limits.ts';
import { type BucketRow, type PartRow, parts, pieces, type UploadRow, uploads, type VersionRow } from '../state.ts';
import { findUpload } from './upload.ts';
import { shownVersion } from './write.ts';

export const completeMultipartUpload: Handler<'s3', 'CompleteMultipartUpload'> = async (input, ctx) => {
  const place = findBucket(input, ctx);
  const done = completedBy(input, place);
  if (done !== undefined) return shownCompleted(ctx, place, done);
  const before = findUpload(input, ctx);
  checkCustomerKey(input, before.upload);
  checkCondition(input, before);
  const chosen = choose(input, before);
  const algorithm = before.upload.algorithm as Algorithm;
  const value = await joinChecksums(algorithm, before.upload.checksumType, chosen);
  checkWhole(input, ctx, before.upload, value, chosen);
  return ctx.transact((view) => {
    const found = findUpload(input, ctx, view);
    const { bucket, store, upload } = found;
    checkCondition(input, found);
    // A part may have been replaced while the checksums were joined; it is looked at again, and must still be the one.
    const rows = choose(input, found);
    if (rows.some((row, index) => row.etag !== chosen[index]?.etag)) throw invalidPart(upload.id, 0, '');
    const size = assemble(ctx, found, rows);
    const etag = etagOfWhole(ctx, bucket, rows);
    const checksum = { algorithm, value, type: upload.checksumType };
    const { attributes, owner, tags, acl, lock, encryption } = upload;
    const version = putVersion(ctx, store, bucket, {
      key: upload.key,
      size,
      etag,
      modifiedAt: wholeSecond(ctx.clock()),
      checksum,
      attributes,
      owner,
      parts: rows.length,
      ...(size > 0 && { body: upload.id }),
      ...(tags !== undefined && { tags }),
      ...(acl !== undefined && { acl }),
      ...(lock !== undefined && { lock }),
      ...(encryption !== undefined && { encryption }),
    });
    announce(ctx, store, bucket, 'ObjectCreated:CompleteMultipartUpload', version);
    return shownCompleted(ctx, found, version);
  });
};

/**
 * Source: S3 API Reference, CompleteMultipartUpload, If-Match and If-None-Match: what conflicts with the upload while it is under way ends
 * its chances for good, it has to be begun anew.
 */
function checkCondition(
  input: CompleteMultipartUploadRequest,
  { store, bucket, upload }: Found & { upload: UploadRow },
): void {
  checkWrite(
    input,
    () => currentOf(store, bucket, input.Key),
    () => isDisturbed(store, bucket, upload),
  );
}

function shownCompleted(ctx: Ctx, { bucket, store }: Found, version: VersionRow) {
  const { key, etag, checksum, encryption } = version;
  return {
    // Slashes are told as %2F, spaces as +. Source: answers in github.com/aws/aws-sdk-js/issues/811 and 1707.
    Location: `${ctx.endpoint}/${bucket.name}/${encodeURIComponent(key).replaceAll('%20', '+')}`,
    Bucket: bucket.name,
    Key: key,
    ETag: quoted(etag),
    ...(encryption?.kind !== 'customer' && shownEncryption(encryption)),
    ...(checksum !== undefined && shownChecksum(checksum)),
    ...shownVersion(bucket, version),
    ...shownExpiration(store, bucket, version),
  };
}

/**
 * What the same request has made before, for a client that did not hear of it. Source: a script against S3 in
 * github.com/adobe/S3Mock/issues/2586: with the same parts, it is answered again as if it were the first time.
 *
 * Deviation: no longer once something else has been written to the key; how long AWS remembers is not known.
 */
function completedBy(
  { Key, UploadId, MultipartUpload }: CompleteMultipartUploadRequest,
  { bucket, store }: Found,
): VersionRow | undefined {
  const current = currentOf(store, bucket, Key);
  if (current === undefined || current.body !== UploadId) return undefined;
  if (bucket.directory !== undefined) return current;
  const listed = (MultipartUpload?.Parts ?? []).map(({ ETag }) => (ETag ?? '').replaceAll('"', ''));
  return etagOfParts(listed) === current.etag ? current : undefined;
}

/** Of parts in a directory bucket there is no MD5. */
function etagOfWhole(ctx: Ctx, bucket: BucketRow, rows: readonly PartRow[]): string {
  return bucket.directory === undefined
    ? etagOfParts(rows.map(({ etag }) => etag))
    : etagOf(ctx, bucket, undefined, '');
}

function etagOfParts(etags: readonly string[]): string {
  const hash = createHash('md5').update(Buffer.concat(etags.map((etag) => Buffer.from(etag, 'hex'))));
  return `${hash.digest('hex')}-${etags.length}`;
}

/**
 * The customer's key has to come along where the upload has a checksum of the client's choice, and has to be the parts'.
 * Source: S3 API Reference, CompleteMultipartUpload, x-amz-server-side-encryption-customer-algorithm.
 *
 * @throws {ServiceError} InvalidRequest
 */
function checkCustomerKey(input: CompleteMultipartUploadRequest, { chosen, encryption }: UploadRow): void {
  if (chosen || input.SSECustomerKey !== undefined) customerKeyForPart(encryption, input);
}

/**
 * The parts that the request lists.
 *
 * @throws {ServiceError} MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall, InvalidRequest, InternalError
 */
function choose(
  input: CompleteMultipartUploadRequest,
  { store, upload, bucket }: Found & { upload: UploadRow },
): PartRow[] {
  const listed = input.MultipartUpload?.Parts ?? [];
  if (listed.length === 0 || listed.length > PARTS_MAX) throw malformedXml();
  if (listed.some(({ PartNumber, ETag }) => PartNumber === undefined || ETag === undefined)) throw malformedXml();
  const chosen: PartRow[] = [];
  if (listed.some((one, index) => index > 0 && (one.PartNumber ?? 0) <= (listed[index - 1]?.PartNumber ?? 0)))
    throw invalidPartOrder(upload.id);
  // Source: S3 User Guide, "Using multipart uploads with directory buckets": 400. Deviation: by which code is not told.
  if (bucket.directory !== undefined && listed.some(({ PartNumber }, index) => PartNumber !== index + 1))
    throw invalidPartOrder(upload.id);
  for (const [index, one] of listed.entries()) {
    const number = one.PartNumber ?? 0;
    if (number < 1) throw invalidArgument('PartNumber must be >= 1', 'PartNumber', String(number));
    if (number > PARTS_MAX) throw badPartNumber(number);
    const row = store.get(parts, { upload: upload.id, part: number });
    const etag = (one.ETag ?? '').replaceAll('"', '');
    if (row === undefined || etag !== row.etag) throw invalidPart(upload.id, number, etag);
    checkPart(one, row, upload);
    const before = listed[index - 1]?.PartNumber;
    if (upload.chosen && upload.checksumType === 'COMPOSITE' && before !== undefined && before !== number - 1)
      throw partsWithGaps();
    if (row.size < PART_BYTES_MIN && index < listed.length - 1) throw entityTooSmall(row.size, number, row.etag);
    chosen.push(row);
  }
  return chosen;
}

/** A checksum that is listed must be the part's; composite ones of the client's choice must be listed. */
function checkPart(listed: CompletedPart, row: PartRow, upload: UploadRow): void {
  const algorithm = upload.algorithm as Algorithm;
  const given = listed[`Checksum${algorithm}`];
  if (given !== undefined && given !== row.checksum) throw invalidPart(upload.id, row.part, row.etag);
  if (given === undefined && upload.chosen && upload.checksumType === 'COMPOSITE')
    throw invalidRequest(
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${row.part} in the request.`,
    );
}

/** What the request says of the whole object. */
function checkWhole(
  input: CompleteMultipartUploadRequest,
  ctx: Ctx,
  upload: UploadRow,
  value: string,
  chosen: readonly PartRow[],
): void {
  if (input.ChecksumType !== undefined && input.ChecksumType !== upload.checksumType)
    throw invalidRequest(
      `The upload was created using the ${upload.checksumType} checksum mode. The complete request must use the same checksum mode.`,
    );
  const claimed = claimedChecksum(input, ctx.http.headers);
  if (
    claimed?.value !== undefined &&
    claimed.algorithm === upload.algorithm &&
    claimed.value !== value &&
    claimed.value !== value.replace(/-\d+$/, '')
  )
    throw badChecksum(claimed.algorithm.toLowerCase());
  const size = chosen.reduce((sum, row) => sum + row.size, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== size)
    throw invalidRequest(`The provided 'x-amz-mp-object-size' header does not match what was computed.`);
}

/** Turns parts into pieces and gives their size; parts that were not listed are swept. */
function assemble(
  ctx: Ctx,
  { bucket, store, upload }: Found & { upload: UploadRow },
  rows: readonly PartRow[],
): number {
  let offset = 0;
  for (const row of rows) {
    store.delete(parts, row);
    // A last part may be empty; it holds no bytes to be found at an offset.
    if (row.size > 0)
      store.put(pieces, {
        body: upload.id,
        offset,
        part: row.part,
        size: row.size,
        ref: row.ref,
        checksum: row.checksum,
        ...(row.nonce !== undefined && { nonce: row.nonce }),
      });
    offset += row.size;
  }
  store.delete(uploads, upload);
  ctx.arm('sweepParts', upload.id, ctx.now, { account: bucket.account, region: bucket.region, upload: upload.id });
  return offset;
}
