/**
 * Generates a job's manifest, a bounded step at a time: lists the versions of the source bucket that its filter takes, then writes the list
 * down where that was asked for.
 *
 * Deviation: where AWS puts the files of a generated manifest and which columns they have is not told; of a bucket with versions only
 * Batch Replication has all, other operations the newest of each key.
 *
 * @see S3 User Guide, "Creating an S3 Batch Operations job", Generating an object list automatically
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bytesStream, parseArn } from '#kernel/base';
import { type Acting, type Ctx, mayPass, ServiceError } from '#kernel/contract';
import type { S3JobManifestGenerator } from '#models/s3-control';
import { type BucketRow, isEligible, objectReader, rowOf, type VersionRow, versionReader } from '../../s3/port.ts';
import { matches } from '../domain/filter.ts';
import {
  accessDenied,
  badRequest,
  manifestForbidden,
  manifestUnwritten,
  noKeysMatch,
  noSuchBucket,
} from '../errors.ts';
import { type Job, type JobRow, type Listing, type ManifestFile, tasks } from '../state.ts';

const READ_VERSIONS = 1_000;
/** Lines of a manifest's file. */
const FILE_LINES = 10_000;

type Generating = JobRow & { generator: S3JobManifestGenerator };

/** One step; the manifest is there once `total` is counted and `listing` is gone. @throws {ServiceError} what fails the job */
export async function generate(ctx: Ctx, at: Job, job: Generating, acting: Acting): Promise<JobRow> {
  const { listing = { files: [] }, generator } = job;
  const bucket = sourceOf(ctx, at, job, acting);
  if (listing.isComplete !== true) return list(ctx, at, job, bucket, listing);
  if (job.total === 0) throw noKeysMatch();
  const { listing: _, ...done } = job;
  if (!generator.EnableManifestOutput) return done;
  try {
    const file = await writeFile(ctx, at, job, acting, listing.files.length);
    if (file !== undefined) return { ...job, listing: { ...listing, files: [...listing.files, file] } };
    return { ...done, generated: await writeManifest(ctx, at, job, acting, listing.files) };
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error) || error.message === manifestForbidden().message)
      throw error;
    throw manifestUnwritten();
  }
}

const isReplication = ({ operation }: JobRow): boolean => operation.S3ReplicateObject !== undefined;

/** Whether only what the bucket's rules take is listed; of Batch Replication unless it says no. */
const isBoundToRules = (job: Generating): boolean => job.generator.Filter?.EligibleForReplication ?? isReplication(job);

/** Source: S3 User Guide, "Configuring an IAM role for S3 Batch Replication". */
function sourceOf(ctx: Ctx, { place }: Job, job: Generating, acting: Acting): BucketRow {
  const { SourceBucket: resource, ExpectedBucketOwner: owner } = job.generator;
  const bucket = rowOf(ctx.store, parseArn(resource)?.resource ?? '');
  if (bucket === undefined) throw noSuchBucket();
  const { account, policy } = bucket;
  if (owner !== undefined && owner !== account) throw accessDenied();
  const actions = ['PutInventoryConfiguration', ...(isBoundToRules(job) ? ['GetReplicationConfiguration'] : [])];
  try {
    for (const action of actions) acting.authorize({ action: `s3:${action}`, resource, account, policy });
  } catch (error) {
    throw error instanceof ServiceError ? accessDenied() : error;
  }
  if (bucket.region !== place.region) throw badRequest('A list of objects is not generated across Regions');
  return bucket;
}

function list(ctx: Ctx, at: Job, job: Generating, bucket: BucketRow, listing: Listing): JobRow {
  const { Filter: filter = {} } = job.generator;
  const store = ctx.store.in({ account: bucket.account, region: bucket.region });
  const [prefix = '', ...others] = filter.KeyNameConstraint?.MatchAnyPrefix ?? [];
  const read = (isReplication(job) ? versionReader : objectReader)(store, bucket, others.length === 0 ? prefix : '');
  const rows = read(listing.after && { after: listing.after }, READ_VERSIONS);
  const isBound = isBoundToRules(job);
  const found = rows.filter((row) => matches(filter, row) && (!isBound || isEligible(ctx, { bucket, store }, row)));
  ctx.transact((view) => {
    for (const [index, row] of found.entries())
      view.in(at.place).put(tasks, { job: job.id, index: job.total + index, ...named(job, bucket, row) });
  });
  const last = rows.at(-1);
  const after = last && { key: last.key, rank: last.rank };
  return {
    ...job,
    total: job.total + found.length,
    listing: { ...listing, ...(after && { after }), ...(rows.length < READ_VERSIONS && { isComplete: true }) },
  };
}

function named(job: JobRow, bucket: BucketRow, { key, versionId }: VersionRow) {
  return { bucket: bucket.name, key, ...(isReplication(job) && { versionId }) };
}

/** The next file; undefined when all tasks are in one. */
async function writeFile(ctx: Ctx, at: Job, job: Generating, acting: Acting, number: number) {
  const first = number * FILE_LINES;
  const rows = ctx.store
    .in(at.place)
    .list(tasks, { where: { job: job.id }, from: { index: first }, limit: FILE_LINES });
  if (rows.length === 0) return undefined;
  const lines = rows.map(({ bucket, key, versionId }) => {
    const cells = [
      bucket,
      encodeURIComponent(key).replaceAll('%2F', '/'),
      ...(versionId === undefined ? [] : [versionId]),
    ];
    return `${cells.map((cell) => `"${cell}"`).join(',')}\n`;
  });
  const bytes = gzipSync(lines.join(''));
  const key = `${folderOf(job)}/data/${ctx.uuid()}.csv.gz`;
  await put(ctx, at, job, acting, key, bytes);
  return { key, size: bytes.length, MD5checksum: createHash('md5').update(bytes).digest('hex') };
}

function folderOf({ id, generator }: Generating): string {
  const { ManifestPrefix: prefix } = generator.ManifestOutputLocation ?? {};
  return `${prefix === undefined ? '' : `${prefix.replace(/\/$/, '')}/`}${bucketIn(generator.SourceBucket)}/job-${id}`;
}

const bucketIn = (arn = ''): string => parseArn(arn)?.resource ?? '';

async function writeManifest(ctx: Ctx, at: Job, job: Generating, acting: Acting, files: readonly ManifestFile[]) {
  const { SourceBucket, ManifestOutputLocation: kept } = job.generator;
  const text = JSON.stringify({
    sourceBucket: bucketIn(SourceBucket),
    destinationBucket: kept?.Bucket,
    version: '2021-11-30',
    creationTimestamp: String(ctx.clock()),
    fileFormat: 'CSV',
    fileSchema: isReplication(job) ? 'Bucket, Key, VersionId' : 'Bucket, Key',
    files,
  });
  const key = `${folderOf(job)}/manifest.json`;
  const { ETag = '', VersionId } = await put(ctx, at, job, acting, key, Buffer.from(text));
  const ObjectArn = `${kept?.Bucket}/${key}`;
  const { account, policy } = rowOf(ctx.store, bucketIn(kept?.Bucket)) ?? {};
  try {
    acting.authorize({ action: 's3:GetObject', resource: ObjectArn, account, policy });
  } catch (error) {
    throw error instanceof ServiceError ? manifestForbidden() : error;
  }
  const Location = { ObjectArn, ETag, ...(VersionId !== undefined && { ObjectVersionId: VersionId }) };
  return { Format: 'S3InventoryReport_CSV_20211130' as const, Location };
}

/** Source: S3 User Guide, "Granting permissions for Batch Operations": where another account's bucket has ACLs, its owner is granted what is written. */
function put(ctx: Ctx, { place }: Job, { generator }: Generating, acting: Acting, Key: string, bytes: Uint8Array) {
  const {
    Bucket = '',
    ExpectedManifestBucketOwner: owner,
    ManifestEncryption,
  } = generator.ManifestOutputLocation ?? {};
  const row = rowOf(ctx.store, bucketIn(Bucket));
  // Source: S3 User Guide, "Replicating existing objects with Batch Replication": it lies in the Region of the source bucket.
  if (row !== undefined && row.region !== place.region) throw manifestUnwritten();
  const isForeign = row !== undefined && row.account !== place.account && row.ownership !== 'BucketOwnerEnforced';
  const key = ManifestEncryption?.SSEKMS?.KeyId;
  return acting.aws(place.region).s3.PutObject({
    Bucket: bucketIn(Bucket),
    Key,
    Body: bytesStream(bytes),
    ...(owner !== undefined && { ExpectedBucketOwner: owner }),
    ...(isForeign && { ACL: 'bucket-owner-full-control' as const }),
    ...(ManifestEncryption?.SSES3 !== undefined && { ServerSideEncryption: 'AES256' as const }),
    ...(key !== undefined && { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: key }),
  });
}
