/** Checksums of what is stored, computed anew for jobs of Batch Operations. Source: S3 User Guide, "Checking object integrity for data at rest". */
import { invariant } from '#kernel/base';
import type { Acting, Ctx } from '#kernel/contract';
import { pieces, type VersionRow } from '../state.ts';
import { archiveOf } from './archive.ts';
import { readBody } from './body.ts';
import { type Algorithm, hasherOf, joinChecksums } from './checksum.ts';
import { dataKeyOf } from './data-key.ts';
import { arnOf, type Found } from './find.ts';
import type { Span } from './range.ts';

export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/**
 * The checksum of a version's bytes, as a role may read them; an archived one need not be restored.
 *
 * Deviation: one that is archived does not take days, and S3's own key of KMS (`aws/s3`) does not open it; what AWS calls composite of an object without parts is not told: here it has one part.
 *
 * @param isNamed whether the version was asked for by its id
 * @returns base64; a composite one with the number of parts behind it
 * @throws {ServiceError} the denial that the role would get; as KMS refuses
 */
export async function computeChecksum(
  ctx: Ctx,
  acting: Acting,
  found: Found,
  version: VersionRow,
  isNamed: boolean,
  algorithm: Algorithm,
  type: ChecksumType,
): Promise<string> {
  const read = await readerFor(ctx, acting, found, version, isNamed);
  const sum = async (from: number, to: number): Promise<string> => {
    const hasher = await hasherOf(algorithm);
    if (from <= to) for await (const bytes of await read({ from, to })) hasher.update(bytes);
    return hasher.base64();
  };
  if (type === 'FULL_OBJECT') return sum(0, version.size - 1);
  const parts: { size: number; checksum: string }[] = [];
  for (const { from, size } of partsOf(found, version))
    parts.push({ size, checksum: await sum(from, from + size - 1) });
  return joinChecksums(algorithm, type, parts);
}

type Reader = (span: Span) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;

/**
 * What can be read is read as S3's clients do; what is archived, where it lies.
 * Source: S3 User Guide, "Granting permissions for Batch Operations", Compute checksum.
 */
async function readerFor(
  ctx: Ctx,
  acting: Acting,
  found: Found,
  version: VersionRow,
  isNamed: boolean,
): Promise<Reader> {
  const { bucket, store } = found;
  const { key, versionId, encryption } = version;
  const { s3, kms } = acting.aws(bucket.region);
  const isArchived = archiveOf(store, bucket, version, ctx.clock()) !== undefined;
  for (const action of [isNamed ? 'GetObjectVersion' : 'GetObject', ...(isArchived ? ['RestoreObject'] : [])])
    acting.authorize({
      action: `s3:${action}`,
      resource: arnOf(ctx, bucket.name, key),
      account: bucket.account,
      policy: bucket.policy,
    });
  const named = { Bucket: bucket.name, Key: key, ...(isNamed && { VersionId: versionId }) };
  if (!isArchived)
    return async ({ from, to }) => {
      const { Body } = await s3.GetObject({ ...named, Range: `bytes=${from}-${to}` });
      invariant(Body !== undefined, 'a range of an object has bytes');
      return Body;
    };
  const dataKey = await dataKeyOf(ctx, found, key, encryption, undefined, () => kms);
  return (span) => readBody(ctx, store, version, dataKey, span);
}

/** A copy of a multipart object has none. */
function partsOf({ store }: Found, version: VersionRow): { from: number; size: number }[] {
  const { body, parts, joined, size } = version;
  if (body === undefined || parts === undefined || joined === true) return [{ from: 0, size }];
  return store.list(pieces, { where: { body } }).map(({ offset, size: own }) => ({ from: offset, size: own }));
}
