/** Multipart uploads: begin, upload and copy parts, abort, list. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { canonicalId, grantsOfWrite, ownerIn } from '../domain/acl.ts';
import { attributesOf } from '../domain/attributes.ts';
import { readBody, storing, type Taken, takeBody } from '../domain/body.ts';
import {
  ALGORITHM_DEFAULT,
  type Algorithm,
  allowsType,
  claimedChecksum,
  shownPartChecksum,
} from '../domain/checksum.ts';
import { quoted } from '../domain/conditions.ts';
import { dataKeyOf, sealingFor } from '../domain/data-key.ts';
import {
  customerKeyForPart,
  type EncryptionInput,
  etagOf,
  shownEncryption,
  shownWritten,
  wantedOf,
} from '../domain/encryption.ts';
import { type Found, findBucket } from '../domain/find.ts';
import { shownAbort } from '../domain/lifecycle.ts';
import { expectLifecycle } from '../domain/lifecycle-schedule.ts';
import { countOf, encoder, lastShown, type Rules, type Start, startAfter, walk } from '../domain/listing.ts';
import { checkSummed, lockOf } from '../domain/lock.ts';
import { checkKey } from '../domain/names.ts';
import { rangeOf } from '../domain/range.ts';
import { noteStorage } from '../domain/storage.ts';
import { tagsOfHeader } from '../domain/tags.ts';
import { noteAccess } from '../domain/tiering.ts';
import { newestMark } from '../domain/versions.ts';
import {
  badPartNumber,
  checksumTypeMismatch,
  copyTooLarge,
  invalidArgument,
  invalidRequest,
  noSuchUpload,
} from '../errors.ts';
import { PART_BYTES_MAX, PARTS_MAX } from '../limits.ts';
import { type PartRow, parts, type UploadRow, uploads } from '../state.ts';
import { keyOfSource, sourceOf } from './copy.ts';
import { ownerOf } from './write.ts';

const ID_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const createMultipartUpload: Handler<'s3', 'CreateMultipartUpload'> = async (input, ctx) => {
  const found = findBucket(input, ctx);
  const { bucket } = found;
  checkKey(input.Key);
  const attributes = attributesOf(input, bucket);
  const tags = tagsOfHeader(input.Tagging);
  const owner = ownerOf(bucket, input.ACL, ctx);
  const acl = grantsOfWrite(input, bucket, owner, ctx);
  const lock = lockOf(input, bucket, ctx.now);
  const algorithm: Algorithm = input.ChecksumAlgorithm ?? ALGORITHM_DEFAULT;
  const checksumType = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (input.ChecksumType !== undefined && input.ChecksumAlgorithm === undefined)
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  if (!allowsType(algorithm, checksumType))
    throw invalidRequest(
      `The ${checksumType} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  const { row: encryption } = await sealingFor(ctx, found, input.Key, wantedOf(input, bucket, ctx));
  const id = `${ctx.now.toString(36).padStart(9, '0')}${ctx.random.text(55, ID_ALPHABET)}`;
  const { principal } = ctx.caller;
  const upload: UploadRow = {
    bucket: bucket.id,
    key: input.Key,
    id,
    initiatedAt: wholeSecond(ctx.now),
    initiator:
      principal.kind === 'user' || principal.kind === 'session' ? principal.arn : canonicalId(principal.account),
    owner,
    attributes,
    algorithm,
    checksumType,
    chosen: input.ChecksumAlgorithm !== undefined,
    ...(tags !== undefined && { tags }),
    ...(acl !== undefined && { acl }),
    ...(lock !== undefined && { lock }),
    encryption,
  };
  ctx.transact((view) => {
    const { bucket: present, store } = findBucket(input, ctx, view);
    store.put(uploads, { ...upload, bucket: present.id, over: newestMark(store, present, input.Key) });
    expectLifecycle(ctx, store, present, 'upload');
  });
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: id,
    ...shownWritten(encryption),
    ...shownAbort(found.store, bucket, upload),
    ...(input.ChecksumAlgorithm !== undefined && { ChecksumAlgorithm: algorithm, ChecksumType: checksumType }),
  };
};

type Named = { Bucket: string; Key: string; UploadId: string; ExpectedBucketOwner?: string };

/** @throws {ServiceError} NoSuchUpload */
export function findUpload(input: Named, ctx: Ctx, view?: StoreView): Found & { upload: UploadRow } {
  const found = findBucket(input, ctx, view);
  const upload = found.store.get(uploads, { bucket: found.bucket.id, key: input.Key, id: input.UploadId });
  if (upload === undefined) throw noSuchUpload(input.UploadId);
  return { ...found, upload };
}

function checkPartNumber(number: number): void {
  if (number < 1 || number > PARTS_MAX) throw badPartNumber(number);
}

export const uploadPart: Handler<'s3', 'UploadPart'> = async (input, ctx) => {
  const found = findUpload(input, ctx);
  const { upload } = found;
  checkPartNumber(input.PartNumber);
  const claimed = claimedChecksum(input, ctx.http.headers)?.algorithm;
  // Parts of which only the whole has a checksum need none. Source: github.com/versity/versitygw/issues/1342.
  const isMissing = claimed === undefined && upload.checksumType === 'COMPOSITE';
  if (upload.chosen && (isMissing || (claimed !== undefined && claimed !== upload.algorithm)))
    throw checksumTypeMismatch(upload.algorithm.toLowerCase(), claimed?.toLowerCase() ?? 'null');
  checkSummed(upload.lock !== undefined && ctx.http.method === 'PUT', ctx.http, 'Part');
  const key = await keyOfUpload(input, ctx, found);
  const taken = await takeBody(input, ctx, key, upload.algorithm as Algorithm, ALGORITHM_DEFAULT);
  return storing(ctx, taken, (view) => {
    const { etag } = putPart(ctx, findUpload(input, ctx, view), input.PartNumber, taken);
    return {
      ETag: quoted(etag),
      ...shownEncryption(upload.encryption),
      ...(upload.chosen && shownPartChecksum(upload.algorithm, taken.checksum)),
    };
  });
};

async function keyOfUpload(input: EncryptionInput, ctx: Ctx, found: Found & { upload: UploadRow }) {
  const { encryption, key } = found.upload;
  return dataKeyOf(ctx, found, key, encryption, customerKeyForPart(encryption, input));
}

/** In a transaction: the part takes the place of one of its number. */
function putPart(
  ctx: Ctx,
  { store, bucket, upload }: Found & { upload: UploadRow },
  part: number,
  taken: Taken,
): PartRow {
  const before = store.get(parts, { upload: upload.id, part });
  if (before !== undefined) ctx.blobs.drop(before.ref);
  const row: PartRow = {
    upload: upload.id,
    part,
    size: taken.size,
    etag: etagOf(ctx, bucket, upload.encryption, taken.md5),
    modifiedAt: wholeSecond(ctx.clock()),
    ref: taken.ref,
    ...(taken.nonce !== undefined && { nonce: taken.nonce }),
    checksum: taken.checksum,
  };
  store.put(parts, row);
  ctx.blobs.keep(taken.ref);
  noteStorage(ctx, store, bucket);
  return row;
}

export const uploadPartCopy: Handler<'s3', 'UploadPartCopy'> = async (input, ctx) => {
  const found = findUpload(input, ctx);
  const { upload } = found;
  checkPartNumber(input.PartNumber);
  const from = sourceOf(input, ctx);
  const { source } = from;
  if (input.CopySourceRange !== undefined && !/^bytes=\d+-\d+$/.test(input.CopySourceRange))
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      input.CopySourceRange,
    );
  const span = rangeOf(input.CopySourceRange, source.size) ?? { from: 0, to: source.size - 1 };
  if (input.CopySourceRange !== undefined && span.to < Number(input.CopySourceRange.split('-')[1]))
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${source.size}`,
      'x-amz-copy-source-range',
      input.CopySourceRange,
    );
  if (span.to - span.from + 1 > PART_BYTES_MAX) throw copyTooLarge();
  const key = await keyOfUpload(input, ctx, found);
  const body = readBody(ctx, from.store, source, await keyOfSource(input, ctx, from), span);
  noteAccess(ctx, from.store, from.bucket, source);
  const taken = await takeBody({ Body: body }, ctx, key, upload.algorithm as Algorithm, ALGORITHM_DEFAULT);
  return storing(ctx, taken, (view) => {
    const { etag } = putPart(ctx, findUpload(input, ctx, view), input.PartNumber, taken);
    return {
      CopyPartResult: {
        ETag: quoted(etag),
        LastModified: wholeSecond(ctx.clock()),
        ...(upload.chosen && shownPartChecksum(upload.algorithm, taken.checksum)),
      },
      ...shownEncryption(upload.encryption),
      ...(from.bucket.versioning !== undefined && { CopySourceVersionId: source.versionId }),
    };
  });
};

export const abortMultipartUpload: Handler<'s3', 'AbortMultipartUpload'> = (input, ctx) => {
  const { store, upload, bucket } = findUpload(input, ctx);
  store.delete(uploads, upload);
  ctx.arm('sweepParts', upload.id, ctx.now, { account: bucket.account, region: bucket.region, upload: upload.id });
  return {};
};

export const listParts: Handler<'s3', 'ListParts'> = (input, ctx) => {
  const { store, upload, bucket } = findUpload(input, ctx);
  const max = countOf('max-parts', input.MaxParts);
  const after = input.PartNumberMarker ?? 0;
  // Source: S3's answer in github.com/versity/versitygw/issues/1383.
  if (after < 0)
    throw invalidArgument(
      'Argument part-number-marker must be an integer between 0 and 2147483647',
      'part-number-marker',
      String(after),
    );
  const found = store.list(parts, { where: { upload: upload.id }, after: { part: after }, limit: max + 1 });
  const page = found.slice(0, max);
  const initiator = upload.initiator;
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: upload.id,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.part ?? 0,
    MaxParts: max,
    IsTruncated: found.length > max,
    Parts: page.map((row) => ({
      PartNumber: row.part,
      LastModified: row.modifiedAt,
      ETag: quoted(row.etag),
      Size: row.size,
      ...(upload.chosen && shownPartChecksum(upload.algorithm, row.checksum)),
    })),
    Initiator: { ID: initiator },
    Owner: { ID: canonicalId(ownerIn(bucket, upload)) },
    StorageClass: (upload.attributes.storageClass ?? 'STANDARD') as never,
    ...shownAbort(store, bucket, upload),
    ...(upload.chosen && { ChecksumAlgorithm: upload.algorithm as Algorithm, ChecksumType: upload.checksumType }),
  };
};

/** What ids of uploads look like here. */
const UPLOAD_ID = /^[0-9A-Za-z]{64}$/;

export const listMultipartUploads: Handler<'s3', 'ListMultipartUploads'> = (input, ctx) => {
  const { bucket, store } = findBucket(input, ctx);
  const { KeyMarker: keyMarker = '', EncodingType } = input;
  // Source: github.com/versity/versitygw/issues/2150: without a key the other marker is passed over.
  const idMarker = keyMarker === '' ? '' : (input.UploadIdMarker ?? '');
  // Of an upload that has ended since, pages go on. Source: S3's answer in github.com/versity/versitygw/issues/1797.
  if (idMarker !== '' && !UPLOAD_ID.test(idMarker))
    throw invalidArgument('Invalid uploadId marker', 'upload-id-marker', idMarker);
  const max = countOf('max-uploads', input.MaxUploads);
  const rules: Rules = {
    prefix: input.Prefix ?? '',
    delimiter: input.Delimiter === '' ? undefined : input.Delimiter,
    limit: max,
  };
  const encode = encoder(input);
  const first = idMarker === '' ? undefined : { key: keyMarker, id: idMarker };
  const page = walk(
    rules,
    first === undefined ? startAfter(keyMarker, rules) : { after: first },
    uploadReader(store, bucket.id, rules.prefix),
  );
  // They are told also where the list ends. Source: S3's answer in github.com/versity/versitygw/issues/2144.
  const isKey = page.last !== undefined && 'key' in page.last;
  return {
    Bucket: input.Bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: encode(lastShown(page.last)),
    NextUploadIdMarker: isKey ? (page.entries.at(-1)?.id ?? '') : '',
    ...(rules.prefix !== '' && { Prefix: encode(rules.prefix) }),
    ...(rules.delimiter !== undefined && { Delimiter: encode(rules.delimiter) }),
    ...(EncodingType !== undefined && { EncodingType }),
    MaxUploads: max,
    IsTruncated: page.truncated,
    Uploads: page.entries.map((row) => ({
      UploadId: row.id,
      Key: encode(row.key),
      Initiated: row.initiatedAt,
      StorageClass: (row.attributes.storageClass ?? 'STANDARD') as never,
      Owner: { ID: canonicalId(ownerIn(bucket, row)) },
      Initiator: { ID: row.initiator },
      ...(row.chosen && { ChecksumAlgorithm: row.algorithm as Algorithm, ChecksumType: row.checksumType }),
    })),
    ...(page.prefixes.length > 0 && { CommonPrefixes: page.prefixes.map((one) => ({ Prefix: encode(one) })) }),
  };
};

/** Uploads in order of key, then of their id, which is the order in which they began. */
function uploadReader(store: StoreView, bucket: string, prefix: string) {
  return (start: Start<UploadRow> | undefined, limit: number) => {
    const after = start !== undefined && 'after' in start ? start.after : undefined;
    const bound =
      start === undefined
        ? {}
        : 'from' in start
          ? { from: { key: start.from } }
          : { after: after?.id === undefined ? { key: start.after.key } : { key: after.key, id: after.id } };
    return store.list(uploads, { where: { bucket }, startsWith: prefix, ...bound, limit });
  };
}
